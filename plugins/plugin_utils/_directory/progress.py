# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show a line every few seconds during a long read."""

from __future__ import annotations

import time
from collections.abc import Callable


class Progress:
    """Counts the objects that are read, and shows the count from time to time.

    Args:
        show: Prints a line.
        every: Seconds before the first line and between two lines.
        clock: Seconds of a monotonic clock.
    """

    def __init__(
        self, show: Callable[[str], None], *, every: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._show, self._every, self._clock = show, every, clock
        self._last = clock()
        self._key = ("", "")
        self._started = self._last
        self._count = 0

    def step(self, source: str, what: str, count: int) -> None:
        """Count more objects of a kind, such as ``users``, of a source."""
        now = self._clock()
        if self._key != (source, what):
            self._key, self._count, self._started = (source, what), 0, now
        self._count += count
        if now - self._last >= self._every:
            self._last = now
            rate = self._count / max(now - self._started, 0.001)
            self._show(f"token_size: {self._count:,} {what} read from {source} ({rate:,.0f}/s)")
