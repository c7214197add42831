# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report says of a host, and which restarts a fleet has."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.filter.outcome import FilterModule as OutcomeFilter
from ansible_collections.winfleet.hotfix.plugins.filter.restarts import FilterModule as RestartsFilter
from ansible_collections.winfleet.hotfix.plugins.filter.unproven import FilterModule as UnprovenFilter
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._negotiation import Security
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.findings import Findings
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.next_step import unproven
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.outcome import outcome, restarts


def test_the_filters_have_their_names() -> None:
    assert OutcomeFilter().filters() == {"outcome": outcome}
    assert RestartsFilter().filters() == {"restarts": restarts}
    assert UnprovenFilter().filters() == {"unproven": unproven}


def test_a_host_without_trouble_has_its_assessment() -> None:
    row = outcome({"status": "compliant"}, "h1", answers=[{}, {"unreachable": False}])
    assert row == {"status": "compliant", "host": "h1"}


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
    assert outcome({}, "h1", error) == {"host": "h1", "error": "It broke."}


def test_a_host_that_does_not_answer_says_what_it_said_when_it_fell_silent() -> None:
    answers: list[dict[str, Any]] = [{}, {"unreachable": True, "msg": "Task failed: No route."}]
    row = outcome(None, "h1", "h1 did not answer.", answers)
    assert row == {"host": "h1", "unreachable": True, "error": "No route."}
    assert outcome({}, "h1", answers=[{"unreachable": True}])["error"] == "The host did not answer."


def test_the_restarts_of_a_fleet() -> None:
    def row(host: str, status: str, scheduled: str | None, missed: str | None) -> dict[str, Any]:
        return {"host": host, "status": status, "restart": {"scheduled_for": scheduled, "missed_at": missed}}

    rows = [
        row("late", "restart_pending", "2026-03-09T02:00:00", None),
        row("soon", "restart_pending", "2026-03-08T02:00:00", "2026-03-01T02:00:00"),
        row("none", "restart_pending", None, None),
        row("done", "compliant", None, None),
        {"host": "off", "unreachable": True, "error": "No route."},
    ]
    found = restarts(rows)
    assert found == {
        "scheduled": {"soon": "2026-03-08T02:00:00", "late": "2026-03-09T02:00:00"},
        "missed": {"soon": "2026-03-01T02:00:00"},
        "waiting_without": ["none"],
        "not_known": {"off": ["No route."]},
    }
    assert list(found["scheduled"]) == ["soon", "late"]


def test_a_host_that_does_not_show_its_restart_is_not_a_host_without_one() -> None:
    shown = {"scheduled_for": None, "missed_at": None, "unread": ["The task cannot be read."]}
    found = restarts([{"host": "h1", "status": "restart_pending", "restart": shown}])
    assert (found["waiting_without"], found["not_known"]) == ([], {"h1": ["The task cannot be read."]})


SEEN = Findings(True, ("Asked.",), Security(True, False, False, True)).to_result()


def test_a_host_that_was_probed_has_the_findings_and_no_remark_without_a_contradiction() -> None:
    row = outcome({"status": "compliant"}, "h1", rdp={**SEEN, "changed": False}, rdp_port=3390)
    assert row["rdp"] == {"port": 3390, **SEEN}
    assert row["remarks"] == []


def test_a_silent_host_that_was_probed_has_a_second_line() -> None:
    row = outcome({}, "h1", answers=[{"unreachable": True, "msg": "Nothing listens there."}], rdp=SEEN)
    assert row["error"] == "Nothing listens there."
    assert row["remarks"] == ["RDP open, NLA required: switch WinRM on here first."]


@pytest.mark.parametrize("rdp", [None, {}, {"skipped": True, "changed": False}])
def test_a_host_that_was_not_probed_says_nothing_of_it(rdp: dict[str, Any] | None) -> None:
    assert outcome({"status": "compliant"}, "h1", rdp=rdp) == {"status": "compliant", "host": "h1"}


def test_a_probe_that_could_not_be_made_is_a_remark() -> None:
    row = outcome({}, "h1", rdp={"failed": False, "msg": "Task failed: host is '?': give a name"})
    assert row["remarks"] == ["Remote Desktop was not probed: host is '?': give a name"]
    assert "rdp" not in row
