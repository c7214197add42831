# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long to wait, and how often to try again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass

QUOTA_PATIENCE = 90.0
"""Seconds to wait for a quota. Windows Server 2008 R2 was measured to recover within 30."""

OPERATION_TIMEOUTS = (0, 40, 60)
"""Seconds of OperationTimeout for the first try and the next ones; 0 is the connection's own setting.
Stock hosts refuse more than 60 (MaxTimeoutms 60000)."""

LONGEST_OPERATION = 60

READ_MARGIN = 10
"""Seconds that the HTTP read may outlast the operation, as in Ansible's winrm connection."""

waited_for_others: ContextVar[Callable[[float], None]] = ContextVar("waited", default=lambda seconds: None)
"""Hears in its thread of seconds that passed waiting for other hosts, and not for the one that is asked."""


@dataclass(frozen=True)
class Clock:
    """The clock to wait with; tests pass their own."""

    def now(self) -> float:
        """Return the seconds of a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for some seconds."""
        time.sleep(seconds)


def pauses(clock: Clock, patience: float, first: float = 1.0, longest: float = 10.0) -> Iterator[float]:
    """Sleep longer and longer between tries, and yield after each pause the seconds waited so far.

    Stop after `patience` seconds in all. Each pause doubles the last, from `first` to `longest` seconds.
    """
    start, pause = clock.now(), first
    while (left := start + patience - clock.now()) > 0:
        clock.sleep(min(pause, left))
        pause = min(pause * 2, longest)
        yield clock.now() - start


class Heartbeat:
    """Show the operator a line `every` so many seconds during a wait that begins now."""

    def __init__(self, clock: Clock, every: float) -> None:
        self._clock = clock
        self._every = every
        self._began = self._last = clock.now()

    @property
    def waited(self) -> float:
        """Seconds since the wait began."""
        return self._clock.now() - self._began

    def due(self, *, changed: bool = False) -> bool:
        """Return whether to show a line now, which is due at once if it has `changed`.

        If so, the next one is due after another interval.
        """
        now = self._clock.now()
        if not changed and now - self._last < self._every:
            return False
        self._last = now
        return True
