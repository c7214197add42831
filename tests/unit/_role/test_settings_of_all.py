# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts have the same settings, so that a large fleet's are read once and not for each host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.action.settings import _said

HOST = {
    "ansible_host": "10.0.0.1",
    "inventory_hostname": "a",
    "inventory_dir": "/fleet",
    "hotfix_restart": "now",
    "hotfix__pattern": "{{ hotfix__named }}",
}


@pytest.mark.parametrize(
    "own",
    [
        {"ansible_host": "10.0.0.2", "inventory_hostname": "b"},
        {"hotfix__assessed": {"failed": True}},  # of the run, and no setting
    ],
)
def test_hosts_that_differ_in_nothing_that_matters_say_the_same(own: dict[str, Any]) -> None:
    assert _said({**HOST, **own}) == _said(HOST)


def test_what_the_playbooks_themselves_set_is_no_template_of_a_host() -> None:
    assert "{{" not in _said(HOST)


@pytest.mark.parametrize(
    "own",
    [
        {"hotfix_restart": "scheduled"},
        {"hotfix_restart": "{{ wanted }}"},
        {"hotfix_state": "absent"},
        {"kb978918_restart": "now"},
        {"hotfx_restart": "now"},
        {"inventory_dir": "/other"},  # where the folder of definitions is looked for
    ],
)
def test_hosts_that_differ_in_a_setting_or_in_a_name_that_may_be_one_do_not(own: dict[str, Any]) -> None:
    assert _said({**HOST, **own}) != _said(HOST)
