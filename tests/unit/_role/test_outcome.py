# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report says of a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.winfleet.hotfix.plugins.filter.unproven import FilterModule as UnprovenFilter
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._negotiation import Security
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.findings import Findings
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.next_step import unproven
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.outcome import (
    ANSWERS,
    outcomes,
    refused,
)

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
ASSESSED = {"hotfix_info": {"status": "compliant"}}


def outcome(failed: bool = False, **answers: Any) -> dict[str, Any]:
    """Return the row of the host h1, of what its tasks registered."""
    known = {f"hotfix__{name}": answer for name, answer in answers.items()}
    (row,) = outcomes({"h1": known}, {"h1"} if failed else set())
    return row


def test_the_filter_has_its_name() -> None:
    assert UnprovenFilter().filters() == {"unproven": unproven}


def test_a_host_without_trouble_has_its_assessment() -> None:
    assert outcome(assessed=ASSESSED) == {"status": "compliant", "host": "h1"}


def test_the_result_of_the_role_wins_over_the_assessment_that_it_began_with() -> None:
    known = {"hotfix__assessed": ASSESSED, "hotfix_result": {"status": "restart_pending"}}
    assert list(outcomes({"h1": known})) == [{"status": "restart_pending", "host": "h1"}]


def test_a_host_that_the_run_did_not_come_to_has_no_row() -> None:
    assert list(outcomes({"h1": {"hotfix__assessed": {}, "ansible_host": "10.0.0.1"}})) == []


@pytest.mark.parametrize("name", ANSWERS)
def test_a_task_that_failed_says_why(name: str) -> None:
    row = outcome(**{"assessed": ASSESSED, name: {"failed": True, "msg": "It broke."}})
    assert row["error"] == "It broke."


@pytest.mark.parametrize(
    "error",
    [
        "It broke.",
        "Task failed: It broke.",
        "Task failed: Action failed: It broke.",
        "Task failed: Finalization failed: The filter plugin 'winfleet.hotfix.x' failed: It broke.",
    ],
)
def test_the_words_of_ansible_are_left_out(error: str) -> None:
    assert outcome(refused={"failed": True, "msg": error}) == {"host": "h1", "error": "It broke."}


@pytest.mark.parametrize("silence", ["silent", "unreachable"])
def test_a_host_that_does_not_answer_says_what_it_said_when_it_fell_silent(silence: str) -> None:
    row = outcome(assessed={"failed": True, silence: True, "msg": "Task failed: No route."})
    assert row == {"host": "h1", "unreachable": True, "error": "No route."}
    assert outcome(assessed={"failed": True, silence: True})["error"] == "The host did not answer."


def test_a_failure_that_no_task_registered_is_a_failure() -> None:
    row = outcome(failed=True, assessed=ASSESSED)
    assert row["error"] == "A task failed on this host; the output of the run has its message."


def test_a_run_is_refused_if_the_settings_of_all_its_hosts_were() -> None:
    by_role = {"hotfix__read": {"failed": True, "msg": "Wrong."}}
    by_playbook = {"hotfix__assessed": {"failed": True, "refused": True, "msg": "Wrong."}}
    not_reached: dict[str, Any] = {"hotfix__read": {}}
    looked_at = {"hotfix__read": {"kb": "KB978918"}, "hotfix__assessed": {"failed": True}}
    assert refused([by_role, not_reached])
    assert refused([by_playbook, by_playbook])
    assert not refused([by_role, looked_at])


def test_what_an_earlier_play_registered_is_forgotten_before_the_first_host() -> None:
    tasks = yaml.safe_load((PLAYBOOKS / "tasks" / "begin.yml").read_text("utf-8"))
    forgotten = {name for name, value in tasks[-1]["ansible.builtin.set_fact"].items() if value == {}}
    assert forgotten == {"hotfix_result", "hotfix__run", *(f"hotfix__{name}" for name in ANSWERS)}


SEEN = Findings(True, ("Asked.",), Security(True, False, False, True)).to_result()


def test_a_host_that_was_probed_has_the_findings_and_no_remark_without_a_contradiction() -> None:
    row = outcome(assessed={**ASSESSED, "rdp": {**SEEN, "port": 3390}})
    assert row["rdp"] == {"port": 3390, **SEEN}
    assert row["remarks"] == []


def test_a_silent_host_that_was_probed_has_a_second_line() -> None:
    silent = {"failed": True, "silent": True, "msg": "Nothing listens there."}
    row = outcome(assessed={**silent, "rdp": {**SEEN, "port": 3389}})
    assert row["error"] == "Nothing listens there."
    assert row["remarks"] == ["RDP open, NLA required: switch WinRM on here first."]


def test_a_probe_that_could_not_be_made_is_a_remark() -> None:
    row = outcome(assessed={**ASSESSED, "rdp": {"port": 3389, "msg": "host is '?': give a name"}})
    assert row["remarks"] == ["Remote Desktop was not probed: host is '?': give a name"]
    assert "rdp" not in row
