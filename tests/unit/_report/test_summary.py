# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in a screen of lines, which operators and approvers read."""

from __future__ import annotations

from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import HostRow
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.statuses import STATUSES
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.summary import (
    hosts_by_status,
    summary_lines,
)
from hypothesis import given
from hypothesis import strategies as st

SILENT = "Nothing listens there. Run winrm quickconfig on the host, and check ansible_port."
DENIED = "The host denied access. Use an account in the host's Administrators group."
SCREEN = 24


def remediated(host: str, status: str, at: str | None = None, **actions: Any) -> HostRow:
    """Return the row of a host that a remediation came to; `at` is the time of its restart."""
    return HostRow(host, status, actions={"restart_scheduled_for": at, "step": "none", **actions})


def silent(host: str) -> HostRow:
    return HostRow(host, "unreachable", error=SILENT, reasons=(SILENT,))


def test_a_rehearsal_says_in_one_line_what_would_happen_and_when() -> None:
    would: dict[str, Any] = {"step": "install", "predicted": True, "installed": True}
    rows = [remediated(f"rds{n}", "vulnerable", f"2026-03-08T02:{11 + n}:00", **would) for n in range(9)]
    rows += [silent("pc1"), silent("pc2"), *(HostRow(f"new{n}", "compliant") for n in range(3))]
    first, *_others, last = summary_lines(rows, ["fleet.json"])
    assert first == (
        "9 would install (restart between 2026-03-08 02:11 and 02:19 host time), 2 cannot be reached, "
        "3 need nothing"
    )
    assert last == "Report: fleet.json"


def test_a_run_says_the_same_in_the_past_tense() -> None:
    done: dict[str, Any] = {"step": "install", "predicted": False, "installed": True}
    rows = [
        remediated("rds1", "restart_pending", "2026-03-08T02:11:00", **done),
        remediated("rds2", "restart_pending", "2026-03-08T02:36:00", **done),
        HostRow("new1", "compliant"),
    ]
    assert summary_lines(rows, [])[0] == (
        "2 installed (restart planned between 2026-03-08 02:11 and 02:36 host time), 1 needs nothing"
    )


def test_hosts_that_denied_access_are_counted_apart_from_silent_ones() -> None:
    denied = HostRow("pc2", "unreachable", error=DENIED, reasons=(DENIED,))
    lines = summary_lines([silent("pc1"), denied], [])
    assert lines[0] == "1 denied access, 1 cannot be reached"
    assert lines[1].startswith("1 × Access denied: The host denied access. (pc2) Use an account ")
    assert lines[2].startswith("1 × Not reachable: Nothing listens there")


def test_a_stopped_run_says_which_limit_stopped_it_once_and_names_the_rest_in_that_line() -> None:
    rows = [HostRow("pc1", "error", error="It broke."), HostRow("pc2", "not_attempted")]
    rows += [HostRow(f"srv{number}", "not_attempted") for number in range(20)]
    lines = summary_lines(rows, [], "1 of 1 failed, limit 20 %")
    assert lines[0] == "1 failed, 21 were not reached by the run"
    assert lines[1].startswith("The run stopped: 1 of 1 failed, limit 20 %. Not reached: pc2, srv0, ")
    assert lines[1].endswith(" and 11 more")
    assert sum("limit 20 %" in line for line in lines) == 1
    assert sum("srv3" in line for line in lines) == 1


def test_a_thousand_hosts_with_ten_failures_fit_a_screen_that_names_the_ten() -> None:
    rows = [HostRow(f"srv{number}", "compliant") for number in range(990)]
    rows += [HostRow(f"bad{n}", "error", error=f"{chr(65 + n)} broke. Do this.") for n in range(10)]
    lines = summary_lines(rows, [f"/var/lib/hotfix-reports/remediate.{form}" for form in ("json", "html")])
    assert len(lines) <= SCREEN
    assert all(any(f"(bad{number})" in line for line in lines) for number in range(10))
    # A terminal has 80 columns or more, and Ansible indents each line.
    assert sum(-(-(len(line) + 12) // 80) for line in lines) <= SCREEN


def test_a_cause_has_its_remedy_whole_where_the_screen_has_room() -> None:
    remedy = "Restart the service WinRM there, then look at its log in the Event Viewer, and run again. " * 2
    rows = [HostRow("pc1", "error", error=f"The host broke. {remedy}")]
    assert summary_lines(rows, [])[1] == f"1 × Failed: The host broke. (pc1) {remedy.strip()}"
    many = [HostRow(f"pc{n}", "error", error=f"{chr(65 + n)} broke. {remedy}") for n in range(10)]
    lines = summary_lines(many, ["fleet.json"])
    assert sum(-(-(len(line) + 12) // 80) for line in lines) <= SCREEN
    assert all(line.endswith((f"(pc{n}) {remedy.strip()}", f"(pc{n})")) for n, line in enumerate(lines[1:11]))
    assert lines[1].endswith(remedy.strip()) and lines[10].endswith("(pc9)")


def test_a_long_cause_is_cut_between_words() -> None:
    what = " ".join(["words"] * 40)
    line = summary_lines([HostRow("pc1", "error", error=f"{what}. Do this.")], [])[1]
    assert line.startswith("1 × Failed: words words") and "words … (pc1) Do this." in line


def test_hosts_of_a_status_are_artifacts_up_to_a_hundred() -> None:
    rows = [HostRow(f"pc{number}", "vulnerable") for number in range(250)]
    assert hosts_by_status(rows) == {"vulnerable": [f"pc{number}" for number in range(100)]}
    assert hosts_by_status([HostRow("a", "compliant"), HostRow("b", "error")]) == {
        "error": ["b"],
        "compliant": ["a"],
    }


def test_what_is_to_do_is_named_and_the_rest_counted() -> None:
    rows = [HostRow(f"pc{number}", "vulnerable") for number in range(12)]
    assert summary_lines(rows, [])[:2] == [
        "12 are to do",
        "To do: pc0, pc1, pc2, pc3, pc4, pc5, pc6, pc7, pc8, pc9 and 2 more",
    ]


def test_a_run_without_hosts_says_so() -> None:
    assert summary_lines([], []) == ["No host", "Report: none"]


def test_hosts_that_need_another_hotfix_or_a_service_pack_need_a_person() -> None:
    rows = [
        HostRow("vista1", "not_applicable", sibling="KB975943"),
        HostRow("pc1", "not_applicable", service_pack_needed=1),
        HostRow("new1", "not_applicable"),
    ]
    lines = summary_lines(rows, [])
    assert lines[0] == "2 need a person, 1 needs nothing"
    assert any("KB975943" in line and "(vista1)" in line for line in lines)
    assert any("Service Pack 1" in line and "(pc1)" in line for line in lines)


@given(
    st.lists(
        st.builds(
            HostRow,
            st.text(min_size=1, max_size=8),
            st.sampled_from(sorted(STATUSES)),
            error=st.none() | st.text(max_size=300),
            actions=st.none() | st.fixed_dictionaries({"step": st.sampled_from(["none", "install", "fail"])}),
        ),
        max_size=60,
    )
)
def test_the_first_line_counts_every_host_once_and_the_summary_fits_a_screen(rows: list[HostRow]) -> None:
    lines = summary_lines(rows, [])
    counted = [part.split(" ")[0] for part in lines[0].split(", ")] if rows else []
    assert sum(map(int, counted)) == len(rows)
    assert len(lines) <= SCREEN
