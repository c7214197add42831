# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator sees of a scan: a line every few seconds, and the hosts that need a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ansible import constants
from ansible.utils.display import Display

from .._report.host_row import HostRow
from .._report.statuses import CAUSES, STATUSES
from .._report.work_groups import cause_of
from .._wsman.waiting import Clock

LINE_EVERY = 5.0
"""Seconds between two lines of progress."""

LINES_A_CAUSE = 5
"""Hosts that are named for the same kind of cause; the report has all of them."""


_COLOURS = {"unreachable": "COLOR_UNREACHABLE", "error": "COLOR_ERROR"}
"""Ansible's setting of the colour by the status of a host that is named; of any other, that of warnings."""

Show = Callable[[str, "str | None"], None]


def show(line: str, colour: str | None) -> None:
    """Show a line at once, in the colour of a setting of Ansible such as ``COLOR_WARN``."""
    Display().display(line, color=getattr(constants, colour) if colour else None)


def warn(text: str) -> None:
    """Show a warning at once: since ansible-core 2.19, those of a task are shown when it has ended."""
    Display().display(f"[WARNING]: {text}", color=constants.COLOR_WARN, stderr=True)


class Progress:
    """Counts the hosts of a scan, and shows lines.

    Args:
        total: The number of hosts.
        show: Shows the operator a line in a colour.
        clock: Measures the time since the scan began.
    """

    def __init__(self, total: int, show: Show, clock: Clock) -> None:
        self._total, self._show, self._clock = total, show, clock
        self._began = self._shown_at = clock.now()
        self._statuses: Counter[str] = Counter()
        self._causes: Counter[str] = Counter()

    def add(self, row: HostRow, *, named: bool = False) -> None:
        """Count a host, and name it if it needs a person, few did for the same cause, and it was not yet."""
        self._statuses[row.status] += 1
        found = cause_of(row)
        if named or found is None or row.status == "vulnerable":
            return
        colour = _COLOURS.get(row.status, "COLOR_WARN")
        kind, reason = found
        self._causes[kind] += 1
        if self._causes[kind] <= LINES_A_CAUSE:
            self._show(f"{row.host}: {CAUSES[kind].label.lower()}: {reason.what}", colour)
        elif self._causes[kind] == LINES_A_CAUSE + 1:
            label = CAUSES[kind].label.lower()
            self._show(f"Further hosts for the same cause ({label}) are in the report.", colour)

    def tick(self) -> None:
        """Show a line of progress if the last one is some seconds old."""
        if self._clock.now() - self._shown_at >= LINE_EVERY and self._statuses.total() < self._total:
            self._shown_at = self._clock.now()
            self._show(self.line(), None)

    def line(self) -> str:
        """Return how far the scan is: hosts looked at, by status, the rate and the time left."""
        done = self._statuses.total()
        seconds = self._clock.now() - self._began
        rate = done / seconds if seconds > 0 else 0.0
        by_status = ", ".join(
            f"{self._statuses[name]} {STATUSES[name].label.lower()}"
            for name in STATUSES
            if self._statuses[name]
        )
        left = f", about {_duration((self._total - done) / rate)} left" if rate and done < self._total else ""
        pace = f"{rate:.0f} a second" if rate >= 1 else f"{60 * rate:.0f} a minute"
        return f"{done} of {self._total} hosts ({by_status or 'none yet'}), {pace}{left}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
