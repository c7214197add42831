# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions of the playbooks take from them."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.playbook_action import PlaybookAction

from tests.unit.test_argument_specs import ACTIONS, action_class

OF_PLAYBOOKS = ("hotfix", "hotfix_info", "preflight_info", "restart")


@pytest.fixture
def action() -> PlaybookAction:
    found: PlaybookAction = object.__new__(action_class("hotfix_info"))
    return found


def test_a_host_whose_settings_are_refused_has_the_reason(action: PlaybookAction) -> None:
    read = {"hotfix__run": {"refused": {"rdsh-07": "hotfix_restart must be one of now, none."}}}
    assert action.refusal("rdsh-07", read) == "hotfix_restart must be one of now, none."
    assert action.refusal("rdsh-08", read) == ""


@pytest.mark.parametrize("known", [{}, {"hotfix__run": None}, {"hotfix__run": {}}])
def test_in_a_play_of_the_operators_own_no_host_is_refused(action: PlaybookAction, known: dict) -> None:
    assert action.refusal("rdsh-07", known) == ""


def test_a_silent_host_fails_only_where_the_playbook_asks_for_it(action: PlaybookAction) -> None:
    assert action.silence_fails({"hotfix__silence_fails": True})
    assert not action.silence_fails({})


@pytest.mark.parametrize("name", ACTIONS)
def test_the_actions_of_the_playbooks_and_no_others_keep_to_them(name: str) -> None:
    assert issubclass(action_class(name), PlaybookAction) == (name in OF_PLAYBOOKS)
