# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done with each host next, and who needs a person for which cause."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import HostRow
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.statuses import WORK_GROUPS
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.work_groups import (
    Cause,
    causes,
    count_work_groups,
    work_group,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit._report.samples import hotfix_info
from tests.unit._report.test_rows import wide_results

DENIED = (
    "The account can log on but has no right to use WinRM. Use an account in the host's Administrators group."
    " [ntlm: Access is denied. (fault 5)]"
)
OFF = (
    "The host is off or busy, or a firewall blocks the port. Check ansible_host and ansible_port "
    "(5985 for HTTP, 5986 for HTTPS). [ntlm: HTTPConnectionPool(host='10.0.0.7', port=5985): Max retries]"
)


def row(
    status: str = "compliant", host: str = "srv01", /, *, info: dict[str, Any] | None = None, **item: Any
) -> HostRow:
    (built,) = build_rows([{"host": host, "hotfix_info": hotfix_info(status, **(info or {})), **item}])
    return built


def restart(**known: str) -> dict[str, Any]:
    return {"restart": {"scheduled_for": None, "missed_at": None, **known}}


@pytest.mark.parametrize(
    ("found", "group"),
    [
        (row("compliant"), "fixed"),
        (row("not_applicable"), "not_applicable"),
        (row("not_applicable", info={"sibling": "KB975943"}), "to_do"),
        (row("not_applicable", info={"service_pack_needed": 1}), "to_do"),
        (row("vulnerable"), "to_do"),
        (row("unknown"), "to_do"),
        (row("restart_pending"), "to_do"),
        (row("restart_pending", info=restart(missed_at="2026-03-01T02:30:00")), "to_do"),
        (row("restart_pending", info=restart(scheduled_for="2026-03-08T02:30:00")), "restart_planned"),
        (row("restart_pending", actions={"restart_scheduled_for": "2026-03-08T02:30:00"}), "restart_planned"),
        (
            row(
                "restart_pending", actions={"restart_scheduled_for": "2026-03-08T02:30:00", "predicted": True}
            ),
            "to_do",
        ),
        (row("restart_pending", info=restart(scheduled_for="2026-03-08T02:30:00"), error="No."), "failed"),
        (row("vulnerable", error="The disk is full."), "failed"),
        (row("compliant", error="The disk is full."), "failed"),
        (row("vulnerable", unreachable=True, error=OFF), "not_reachable"),
        (row("vulnerable", unreachable=True, error=DENIED), "failed"),
        (HostRow("srv01", "not_attempted"), "not_looked_at"),
    ],
)
def test_a_host_is_in_the_group_of_what_is_to_be_done_next(found: HostRow, group: str) -> None:
    assert work_group(found) == group


@given(st.lists(wide_results, max_size=6))
def test_the_groups_add_up_to_the_fleet_whatever_the_results_say(items: list[dict[str, Any]]) -> None:
    rows = build_rows([{**item, "host": f"h{number}"} for number, item in enumerate(items)], hosts=["last"])
    counts = count_work_groups(rows)
    assert list(counts) == list(WORK_GROUPS)
    assert sum(counts.values()) == len(rows)
    settled = sum(each.settled and not each.failing for each in rows)
    assert counts["fixed"] + counts["not_applicable"] == settled
    named = [host for cause in causes(rows) for host in cause.hosts]
    assert len(named) == len(set(named))


def test_hosts_with_the_same_cause_are_one_entry_with_its_remedy() -> None:
    rows = [
        row("vulnerable", f"pc{number}", unreachable=True, error=f"pc{number}: {DENIED}") for number in (1, 2)
    ]
    (cause,) = causes(rows)
    assert cause.kind == "denied"
    assert cause.what == "The account can log on but has no right to use WinRM."
    assert cause.remedy.startswith("Use an account in the host's Administrators group.")
    assert cause.hosts == ("pc1", "pc2")


def test_figures_and_the_name_of_the_host_do_not_make_another_cause() -> None:
    rows = [
        row(
            "vulnerable",
            f"pc-{free}",
            error=f"pc-{free}: pc-{free} has {free} MB free on C:. Free some space.",
        )
        for free in (12, 7)
    ]
    assert causes(rows) == [
        Cause("failed", "the host has 12 MB free on C:.", "Free some space.", ("pc-12", "pc-7"))
    ]


@pytest.mark.parametrize(
    ("found", "kind", "remedy"),
    [
        (row("vulnerable", error="No."), "failed", "run again"),
        (row("vulnerable", unreachable=True, error=OFF), "not_reachable", "Check ansible_host"),
        (row("vulnerable", info={"last_attempt": {"outcome": "rolled_back"}}), "rolled_back", "CBS.log"),
        (
            row("vulnerable", info={"last_attempt": {"outcome": "failed", "exit_code": 5}}),
            "failed",
            "run again",
        ),
        (row("restart_pending", info=restart(missed_at="2026-03-01T02:30:00")), "missed", "remediate again"),
        (row("restart_pending"), "no_restart", "Run remediate"),
        (row("not_applicable", info={"sibling": "KB975943"}), "prerequisite", "Install KB975943 by hand"),
        (row("not_applicable", info={"service_pack_needed": 1}), "prerequisite", "Install Service Pack 1"),
        (
            row("not_applicable", info={"service_pack_needed": 1}, error="No."),
            "prerequisite",
            "Service Pack 1",
        ),
        (row("unknown"), "unknown", "rights"),
    ],
)
def test_every_cause_has_a_remedy(found: HostRow, kind: str, remedy: str) -> None:
    (cause,) = causes([found])
    assert cause.kind == kind
    assert remedy in cause.remedy


@pytest.mark.parametrize(
    "found",
    [
        row("compliant"),
        row("not_applicable"),
        row("vulnerable"),
        row("restart_pending", info=restart(scheduled_for="2026-03-08T02:30:00")),
        row("compliant", info={"last_attempt": {"outcome": "rolled_back"}}),
        HostRow("srv01", "not_attempted"),
    ],
)
def test_a_host_that_the_next_run_brings_further_needs_nobody(found: HostRow) -> None:
    assert causes([found]) == []


def test_the_most_frequent_of_a_kind_comes_first() -> None:
    rows = [
        row("vulnerable", "a", error="Rare."),
        *(row("vulnerable", f"b{n}", error="Often.") for n in (1, 2)),
    ]
    rows.append(row("vulnerable", "c", unreachable=True, error=DENIED))
    assert [(cause.kind, len(cause.hosts)) for cause in causes(rows)] == [
        ("denied", 1),
        ("failed", 2),
        ("failed", 1),
    ]
