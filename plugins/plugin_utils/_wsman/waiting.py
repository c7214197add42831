# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: how long to wait for what, and how often to ask again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

QUOTA_PATIENCE = 90.0
"""Seconds to wait for a quota to free itself. Windows Server 2008 R2 was measured to recover within 30."""

OPERATION_TIMEOUTS = (0, 40, 60)
"""Seconds of OperationTimeout for the first and the repeated tries; 0 is the connection's own setting.
Stock hosts refuse more than 60 (MaxTimeoutms 60000)."""

LONGEST_OPERATION = 60

READ_MARGIN = 10
"""Seconds that the HTTP read may outlast the operation, as Ansible's winrm connection sets it."""


@dataclass(frozen=True)
class Clock:
    """The clock and the sleep that waiting uses; tests hand in their own."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)


def pauses(clock: Clock, patience: float, first: float = 1.0, longest: float = 10.0) -> Iterator[float]:
    """Sleeps ever longer between tries until the patience is used up.

    Args:
        clock: What to sleep with.
        patience: Seconds in all.
        first: The first pause, in seconds; each next one is doubled.
        longest: The longest pause, in seconds.

    Yields:
        Seconds waited so far, after each pause. Ends when nothing of the patience is left.
    """
    start, pause = clock.now(), first
    while (left := start + patience - clock.now()) > 0:
        clock.sleep(min(pause, left))
        pause = min(pause * 2, longest)
        yield clock.now() - start


class Heartbeat:
    """Decide when a long wait is worth another line for the operator.

    Args:
        clock: Measures the wait, from now on.
        every: Seconds between two lines.
    """

    def __init__(self, clock: Clock, every: float) -> None:
        self._clock = clock
        self._every = every
        self._began = self._last = clock.now()

    @property
    def waited(self) -> float:
        """Seconds since the wait began."""
        return self._clock.now() - self._began

    def due(self, *, changed: bool = False) -> bool:
        """Return whether to show a line now; if so, the next one is due after another interval.

        Args:
            changed: There is something new to say, which is due at once.
        """
        now = self._clock.now()
        if not changed and now - self._last < self._every:
            return False
        self._last = now
        return True
