# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator sees of a scan while it runs."""

from __future__ import annotations

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.progress import LINES_A_CAUSE, Progress
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import HostRow

from tests.unit._wsman.replay import FakeClock


class Watched:
    """The progress of a scan of so many hosts, and the lines that it showed."""

    def __init__(self, total: int) -> None:
        self.lines: list[str] = []
        self.clock = FakeClock()
        self.colours: list[str | None] = []
        self.progress = Progress(total, self._show, self.clock)

    def _show(self, line: str, colour: str | None) -> None:
        self.lines.append(line)
        self.colours.append(colour)

    def add(self, *statuses: str) -> None:
        for number, status in enumerate(statuses):
            error = "No answer." if status == "unreachable" else None
            self.progress.add(HostRow(f"host{number}", status, error=error))


def test_a_line_says_how_far_it_is_at_which_rate_and_how_long_it_takes() -> None:
    watched = Watched(100)
    watched.clock.sleep(10)
    watched.add("compliant", "compliant", "vulnerable", "vulnerable", "not_applicable")
    assert watched.progress.line() == (
        "5 of 100 hosts (2 compliant, 2 vulnerable, 1 not applicable), 30 a minute, about 3 min 10 s left"
    )


def test_a_fast_scan_says_how_many_hosts_a_second() -> None:
    watched = Watched(100)
    watched.clock.sleep(1)
    watched.add("compliant", "compliant")
    assert ", 2 a second" in watched.progress.line()


def test_lines_come_every_five_seconds() -> None:
    watched = Watched(3)
    watched.add("compliant")
    for _second in range(12):
        watched.clock.sleep(1)
        watched.progress.tick()
    assert len(watched.lines) == 2


def test_no_line_of_progress_comes_after_the_last_host() -> None:
    watched = Watched(1)
    watched.add("compliant")
    watched.clock.sleep(60)
    watched.progress.tick()
    assert not watched.lines


def test_hosts_that_need_a_person_are_named() -> None:
    watched = Watched(2)
    watched.add("compliant", "unreachable")
    assert watched.lines == ["host1: not reachable: No answer."]
    assert watched.colours == ["COLOR_UNREACHABLE"]


def test_a_host_that_was_named_before_the_scan_is_counted_only() -> None:
    watched = Watched(1)
    watched.progress.add(HostRow("host1", "error", error="No such host."), named=True)
    assert not watched.lines
    assert watched.progress.line().startswith("1 of 1 hosts (1 error)")


def test_many_hosts_with_the_same_cause_do_not_flood_the_terminal() -> None:
    watched = Watched(1000)
    watched.add(*["unreachable"] * 1000)
    assert len(watched.lines) == LINES_A_CAUSE + 1
    assert "report" in watched.lines[-1]
