# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet's clock: it runs like a real one and can be moved; what falls due runs in order.

Everything in the lab that takes time (DISM, restarts, task triggers) waits on this clock, so a test
or a demo that moves it by a week sees a week of events in seconds.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta, timezone
from typing import Any

_log = logging.getLogger("lab.clock")

Callback = Callable[[], Awaitable[None] | None]

# True inside an activity that the clock itself started: only those are waited for when time is moved.
_inside_activity: contextvars.ContextVar[bool] = contextvars.ContextVar("inside_activity", default=False)

# Real seconds that a move of the clock waits for activities that are at work (not asleep on the clock).
_SETTLE_LIMIT = 20.0


class Timer:
    """One callback that is due at a moment; `cancel` makes it never run."""

    def __init__(self, when: datetime, callback: Callback) -> None:
        self.when = when
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        self.callback = None


class Clock:
    """Time in UTC for all hosts of a fleet.

    Args:
        start: The first moment (aware). Default: the real time now.
        running: True lets it run with real time; False makes it stand still between calls of `advance`.
    """

    def __init__(self, start: datetime | None = None, *, running: bool = True) -> None:
        self._base = start or datetime.now(timezone.utc)
        self._anchor = time.monotonic()
        self._running = running
        self._queue: list[tuple[datetime, int, Timer]] = []
        self._order = itertools.count()
        self._wake: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._working = 0
        self._advancing = asyncio.Lock()

    def now(self) -> datetime:
        """The fleet's time, aware, in UTC."""
        if not self._running:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._anchor)

    def call_at(self, when: datetime, callback: Callback) -> Timer:
        """Run a callback (plain or coroutine function) when the clock reaches `when`."""
        timer = Timer(when, callback)
        heapq.heappush(self._queue, (when, next(self._order), timer))
        self._arm()
        return timer

    def call_later(self, seconds: float, callback: Callback) -> Timer:
        return self.call_at(self.now() + timedelta(seconds=seconds), callback)

    async def sleep(self, seconds: float) -> None:
        """Wait for seconds of the fleet's time."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        due = asyncio.Event()
        inside = _inside_activity.get()

        def wake() -> None:
            if inside:
                self._working += 1
            due.set()

        timer = self.call_later(seconds, wake)
        if inside:
            self._working -= 1
        try:
            await due.wait()
        except asyncio.CancelledError:
            if inside and not due.is_set():
                self._working += 1
            timer.cancel()
            raise

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[None]:
        """Start work that belongs to the simulated time: `advance` lets it finish or fall asleep first."""
        self._working += 1

        async def activity() -> None:
            _inside_activity.set(True)
            try:
                await work
            finally:
                self._working -= 1

        task = asyncio.get_running_loop().create_task(activity())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def advance(self, seconds: float) -> None:
        """Move the clock forward; everything that falls due on the way runs at its own moment, in order."""
        async with self._advancing:
            target = self.now() + timedelta(seconds=seconds)
            await self._settle()
            while self._queue and self._queue[0][0] <= target:
                self._set(max(self.now(), self._queue[0][0]))
                await self._run_due()
                await self._settle()
            self._set(max(self.now(), target))
        self._arm()

    async def advance_to(self, when: datetime) -> None:
        """Move the clock to a moment; a moment in the past moves nothing."""
        await self.advance(max(0.0, (when - self.now()).total_seconds()))

    def close(self) -> None:
        """Drop what is still planned or at work."""
        self._queue.clear()
        if self._wake is not None:
            self._wake.cancel()
        for task in list(self._tasks):
            task.cancel()

    def _set(self, moment: datetime) -> None:
        self._base, self._anchor = moment, time.monotonic()

    async def _settle(self) -> None:
        deadline = time.monotonic() + _SETTLE_LIMIT
        # A few rounds of the loop: an event that ended a wait reaches its task, and what the task calls back.
        for _unused in range(10):
            await asyncio.sleep(0)
        while self._working > 0 and time.monotonic() < deadline:
            await asyncio.sleep(0.001)

    async def _run_due(self) -> None:
        now = self.now()
        while self._queue and self._queue[0][0] <= now:
            timer = heapq.heappop(self._queue)[2]
            callback, timer.callback = timer.callback, None
            if callback is not None:
                try:
                    result = callback()
                    if result is not None:
                        await result
                except Exception:  # one host's trouble must not stop the time of all
                    _log.exception("an event of the fleet's clock failed")
        self._arm()

    def _arm(self) -> None:
        """Keep one real timer for the next event of a running clock."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if not (self._running and self._queue):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        delay = max(0.0, (self._queue[0][0] - self.now()).total_seconds())
        self._wake = loop.call_later(min(delay, 86400.0), self._on_wake)

    def _on_wake(self) -> None:
        self._wake = None
        if self._advancing.locked():
            return
        task = asyncio.get_running_loop().create_task(self._run_due())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def start(self) -> None:
        """Arm the real timer once a loop runs (events may have been planned before)."""
        self._arm()
