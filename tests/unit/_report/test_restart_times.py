# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who restarts when, in the time of each host."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import HostRow
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.restart_times import (
    between,
    restart_time,
    restart_times,
    restarts,
)

BERLIN = {"utc_offset_minutes": 60, "boot_time": "2026-03-08T02:31:00+01:00"}
ATTEMPT = {"time": "2026-03-07T18:00:00+00:00", "outcome": "installed"}


def pending(host: str = "a", os: dict[str, Any] | None = None, **restart: Any) -> HostRow:
    return HostRow(host, "restart_pending", os=os, restart=restart)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (pending(scheduled_for="2026-03-08T02:30:00"), "planned 2026-03-08 02:30"),
        (pending(missed_at="2026-03-08T02:30:00"), "missed 2026-03-08 02:30"),
        (
            pending(missed_at="2026-03-01T02:30:00", scheduled_for="2026-03-08T02:30:00"),
            "planned 2026-03-08 02:30",
        ),
        (pending(os=BERLIN, scheduled_for="2026-03-08T01:30:00Z"), "planned 2026-03-08 02:30"),
        (pending(scheduled_for="2026-03-08T01:30:00Z"), "planned 2026-03-08 01:30 UTC"),
        (pending(scheduled_for="2026-03-08T02:30:00+01:00"), "planned 2026-03-08 02:30"),
        (pending(scheduled_for="next week"), "planned next week"),
        (
            HostRow(
                "a", "vulnerable", actions={"restart_scheduled_for": "2026-03-08T02:30:00", "predicted": True}
            ),
            "would 2026-03-08 02:30",
        ),
        (HostRow("a", "compliant", os=BERLIN, last_attempt=ATTEMPT), "done 2026-03-08 02:31"),
        (HostRow("a", "compliant", os=BERLIN, actions={"restarted": True}), "done 2026-03-08 02:31"),
    ],
)
def test_a_restart_is_given_in_host_time(row: HostRow, said: str) -> None:
    restart = restart_time(row)
    assert restart is not None
    assert f"{restart.state} {restart}" == said


@pytest.mark.parametrize(
    "row",
    [
        pending(),
        HostRow("a", "compliant", os=BERLIN),
        HostRow("a", "compliant", os=BERLIN, last_attempt={**ATTEMPT, "time": "2025-01-01T00:00:00+00:00"}),
        HostRow("a", "compliant", os=BERLIN, last_attempt={**ATTEMPT, "time": "2026-03-09T00:00:00+00:00"}),
        HostRow("a", "compliant", os=BERLIN, last_attempt={**ATTEMPT, "time": "not known"}),
        HostRow("a", "compliant", restart={"missed_at": "2026-03-08T02:30:00"}),
    ],
)
def test_a_start_that_did_not_complete_the_installation_is_no_restart_of_it(row: HostRow) -> None:
    assert restart_time(row) is None


@pytest.mark.parametrize(
    ("row", "due"),
    [
        (pending(os=BERLIN, scheduled_for="2026-03-08T02:30:00"), True),
        (pending(os=BERLIN, scheduled_for="2026-03-08T03:30:00"), False),
        (pending(scheduled_for="2026-03-08T01:30:00Z"), True),
        (pending(scheduled_for="2026-03-08T02:30:00"), False),
        (pending(os=BERLIN, missed_at="2026-03-08T02:30:00"), False),
        (pending(os={"utc_offset_minutes": 10**9}, scheduled_for="2026-03-08T01:30:00Z"), True),
    ],
)
def test_a_planned_restart_is_due_when_its_time_has_come_for_certain(row: HostRow, due: bool) -> None:
    restart = restart_time(row)
    assert restart is not None
    assert restart.due(datetime(2026, 3, 8, 2, 0, tzinfo=timezone.utc)) is due


def test_restarts_are_in_the_order_of_the_clock() -> None:
    rows = [pending("c", scheduled_for="never"), pending("b", scheduled_for="2026-03-08T02:36:00")]
    rows.append(pending("a", scheduled_for="2026-03-08T02:11:00"))
    assert [restart.host for restart in restart_times(rows)] == ["a", "b", "c"]
    assert between(restart_times(rows), "planned") == "between 2026-03-08 02:11 and 02:36 host time"
    assert between(restart_times(rows[1:2]), "planned") == "at 2026-03-08 02:36 host time"
    assert between(restart_times(rows), "missed") == ""


def test_the_restarts_of_a_fleet() -> None:
    def row(host: str, status: str, scheduled: str | None, missed: str | None) -> HostRow:
        return HostRow(host, status, restart={"scheduled_for": scheduled, "missed_at": missed})

    rows = [
        row("late", "restart_pending", "2026-03-09T02:00:00", None),
        row("soon", "restart_pending", "2026-03-08T02:00:00", "2026-03-01T02:00:00"),
        row("none", "restart_pending", None, None),
        row("done", "compliant", None, None),
        HostRow("off", "unreachable", error="No route."),
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
    found = restarts([pending("h1", scheduled_for=None, missed_at=None, unread=["The task cannot be read."])])
    assert (found["waiting_without"], found["not_known"]) == ([], {"h1": ["The task cannot be read."]})


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (HostRow("h1", "unreachable", reasons=("The host did not answer.",)), "The host did not answer."),
        (HostRow("h1", "not_attempted", reasons=("The run ended before.",)), "The run ended before."),
        (HostRow("h1", "unknown", reasons=("reg.exe is barred.",)), "reg.exe is barred."),
        (HostRow("h1", "restart_pending"), "The result says nothing of its restarts."),
    ],
)
def test_a_host_whose_row_has_no_restarts_is_named_with_the_reason(row: HostRow, why: str) -> None:
    found = restarts([row])
    assert (found["waiting_without"], found["not_known"]) == ([], {"h1": [why]})


def test_a_result_of_a_playbook_of_ones_own_may_have_a_part_of_the_restarts() -> None:
    rows = [HostRow("a", "compliant", restart={"pending_any": False})]
    rows += [pending("b", missed_at="2026-03-01T02:00:00"), pending("c", scheduled_for="2026-03-08T02:00:00")]
    found = restarts(rows)
    assert found["scheduled"] == {"c": "2026-03-08T02:00:00"}
    assert found["missed"] == {"b": "2026-03-01T02:00:00"}
