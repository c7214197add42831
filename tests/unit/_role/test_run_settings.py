# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has once is refused where a host has it otherwise, or where it would have no effect."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.run_settings import (
    OF_RUN,
    differences,
    without_effect,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.settings import read_settings


def values(**given: Any) -> dict[str, Any]:
    return read_settings({f"hotfix_{name}": value for name, value in given.items()}, []).values


def told(own: dict[str, Any], first: dict[str, Any]) -> list[str]:
    return list(differences(values(**own), {name: first.get(name) for name in OF_RUN}, "rds01"))


DIFFERENT = [
    (
        {"report_dir": "/srv/a"},
        {},
        "hotfix_report_dir is /srv/a here and hotfix-reports for rds01, and a run has one",
    ),
    (
        {},
        {"max_fail_percent": "50"},
        "hotfix_max_fail_percent is 25 here and 50.0 for rds01, and a run has one",
    ),
    ({"report_formats": "csv"}, {}, "hotfix_report_formats is csv here and json, csv, html for rds01"),
    ({"token_report": "t.json"}, {}, "hotfix_token_report is t.json here and not set for rds01"),
    ({"require_restart": "yes"}, {}, "hotfix_require_restart is True here and False for rds01"),
    ({"definition": "KB4012212"}, {}, "hotfix_definition is KB4012212 here and KB978918 for rds01"),
]


@pytest.mark.parametrize(("own", "first", "said"), DIFFERENT)
def test_a_host_that_has_it_otherwise_than_the_first_is_refused(
    own: dict[str, Any], first: dict[str, Any], said: str
) -> None:
    (problem,) = told(own, first)
    assert problem.startswith(said)


SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"max_fail_percent": 50}, {"max_fail_percent": "50"}),
    ({"report_formats": ["csv"]}, {"report_formats": "csv"}),
    ({"definition": "978918"}, {"definition": "KB978918"}),
    ({"report_dir": "hotfix-reports"}, {"report_dir": ""}),
    ({}, {"max_fail_percent": "many"}),
]


@pytest.mark.parametrize(("own", "first"), SAME)
def test_the_same_value_in_another_form_is_the_same(own: dict[str, Any], first: dict[str, Any]) -> None:
    assert told(own, first) == []


def test_batches_of_the_inventory_are_refused_with_the_way_that_works() -> None:
    (problem,) = without_effect("batches", [1, "10%"], ["100%"])
    assert problem.startswith("hotfix_batches is 1, 10% in the inventory, and the run goes by 100%")
    assert problem.endswith("Give hotfix_batches by -e instead")


def test_hosts_of_the_inventory_are_refused() -> None:
    (problem,) = without_effect("hosts", ["canary"], ["all"])
    assert problem.startswith("hotfix_hosts is canary in the inventory, and the run goes by all")


def test_what_the_play_goes_by_is_fine() -> None:
    assert list(without_effect("batches", [1, "100%"], ["1", "100%"])) == []
