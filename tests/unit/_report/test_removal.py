# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run that removes the hotfix (`hotfix_state: absent`): a host without it is done."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report._fleet_page import render_html
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.changes import changes_since
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import FleetReport
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import HostRow
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import KeptRun
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.summary import summary_lines
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.work_groups import work_group
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.outcome import outcomes

INSTALLED = {"packages": [{"identity": "Package_for_KB978918", "state": "Installed"}]}
PERMANENT = {"packages": [{"identity": "Package_for_KB978918", "state": "Permanent"}]}
WHEN = "2026-03-01T02:00:00+00:00"


def row(host: str, status: str, **known: Any) -> HostRow:
    return HostRow(host, status, removal=True, **known)


@pytest.mark.parametrize(
    ("found", "group"),
    [
        (row("a", "vulnerable"), "removed"),
        (row("a", "compliant", by="newer"), "removed"),
        (row("a", "compliant", by="newer", servicing=INSTALLED), "to_do"),
        (row("a", "compliant", by="newer", servicing=PERMANENT), "to_do"),
        (row("a", "compliant", by="hotfix", servicing=INSTALLED), "to_do"),
        (row("a", "not_applicable"), "not_applicable"),
        (row("a", "unreachable", error="Nothing listens there."), "not_reachable"),
        (row("a", "restart_pending", restart={"scheduled_for": "2026-03-08T02:11:00"}), "restart_planned"),
    ],
)
def test_a_host_is_grouped_by_what_is_left_to_do_of_the_removal(found: HostRow, group: str) -> None:
    assert work_group(found) == group


def test_the_summary_of_a_removal_calls_only_hosts_with_the_hotfix_to_do() -> None:
    rows = [row("gone", "vulnerable"), row("there", "compliant", by="hotfix", servicing=INSTALLED)]
    rows += [row("now", "vulnerable", actions={"step": "remove", "removed": True})]
    assert summary_lines(rows, [])[:2] == ["1 removed it, 1 is to do, 1 needs nothing", "To do: there"]


def test_the_page_of_a_removal_says_how_many_hosts_are_rid_of_the_hotfix() -> None:
    rows = (row("gone", "vulnerable"), row("there", "compliant", by="hotfix", servicing=INSTALLED))
    page = render_html(FleetReport("KB978918", WHEN, rows))
    assert "1 of 2 hosts are rid of the hotfix, 1 not settled yet." in page
    assert "No host has the hotfix, which is not wanted there." in render_html(
        FleetReport("KB978918", WHEN, rows[:1])
    )


def test_a_removal_is_not_a_host_that_lost_its_fix() -> None:
    before = KeptRun("KB978918", "2026-02-01T02:00:00+00:00", {"a": "compliant"}, {})
    assert changes_since([HostRow("a", "vulnerable")], WHEN, [before]).hosts["regressed"] == ("a",)
    assert not changes_since([row("a", "vulnerable")], WHEN, [before]).any


@pytest.mark.parametrize(
    "known",
    [
        {"hotfix__read": {"settings": {"state": "absent"}}},
        {"hotfix__run": {"states": {"a": "absent"}}, "hotfix__assessed": {"changed": False}},
    ],
)
def test_the_settings_of_a_run_say_that_it_removes(known: dict[str, Any]) -> None:
    known = {"hotfix_result": {"status": "vulnerable"}, **known}
    (item,) = outcomes({"a": known})
    assert build_rows([item])[0].removal


def test_a_run_that_installs_is_no_removal() -> None:
    known = {"hotfix__read": {"settings": {"state": "present"}}, "hotfix_result": {"status": "vulnerable"}}
    assert not build_rows(outcomes({"a": known}))[0].removal
