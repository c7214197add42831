# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in ten lines, which approvers read."""

from __future__ import annotations

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import HostRow
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.statuses import STATUSES
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.summary import (
    hosts_by_status,
    summary_lines,
)


def test_hosts_are_named_by_verdict_and_the_most_urgent_comes_first() -> None:
    rows = [HostRow("rds01", "compliant"), HostRow("pc1", "vulnerable"), HostRow("pc2", "vulnerable")]
    rows.append(HostRow("off", "unreachable", error="No route to host."))
    assert summary_lines(rows, ["/srv/fleet.json", "/srv/fleet.html"]) == [
        "Hosts: 4, of which 1 failed. Report: /srv/fleet.json, /srv/fleet.html",
        "vulnerable: 2 (pc1, pc2)",
        "unreachable: 1 (off)",
        "compliant: 1 (rds01)",
    ]


def test_a_hundred_hosts_of_a_status_are_named_and_the_others_counted() -> None:
    rows = [HostRow(f"pc{number}", "vulnerable") for number in range(250)]
    assert hosts_by_status(rows) == {"vulnerable": [f"pc{number}" for number in range(100)]}
    assert summary_lines(rows, [])[1].startswith("vulnerable: 250 (pc0, pc1, ")
    assert summary_lines(rows, [])[1].endswith("pc99, and 150 more)")


def test_a_host_of_every_status_makes_ten_lines() -> None:
    rows = [HostRow(f"of-{status}", status) for status in STATUSES]
    lines = summary_lines(rows, ["fleet.json"])
    assert len(lines) == 10
    assert all(any(f"of-{status})" in line for line in lines) for status in STATUSES)


def test_a_run_without_hosts_says_so() -> None:
    assert summary_lines([], []) == ["Hosts: 0, of which 0 failed. Report: none"]


def test_hosts_that_need_another_hotfix_by_hand_are_counted() -> None:
    rows = [HostRow("rds01", "compliant"), HostRow("vista1", "not_applicable", sibling="KB975943")]
    assert summary_lines(rows, [])[0] == (
        "Hosts: 2, of which 0 failed and 1 needs KB975943 by hand. Report: none"
    )


def test_hosts_that_need_a_service_pack_are_counted_apart_from_other_hosts_that_need_a_person() -> None:
    rows = [
        HostRow("vista1", "not_applicable", sibling="KB975943"),
        HostRow("pc1", "not_applicable", service_pack_needed=1),
        HostRow("pc2", "not_applicable", service_pack_needed=1),
        HostRow("new1", "not_applicable"),
    ]
    assert summary_lines(rows, [])[0] == (
        "Hosts: 4, of which 0 failed and 1 needs KB975943 by hand and 2 need Service Pack 1 first. "
        "Report: none"
    )
    assert [row.settled for row in rows] == [False, False, False, True]
