# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet's clock."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

from tests.lab.clock import Clock

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_what_falls_due_runs_in_order_and_at_its_own_moment() -> None:
    async def work() -> None:
        clock = Clock(START, running=False)
        seen: list[tuple[str, datetime]] = []
        clock.call_later(20, lambda: seen.append(("second", clock.now())))
        clock.call_later(10, lambda: seen.append(("first", clock.now())))
        clock.call_later(40, lambda: seen.append(("later", clock.now()))).cancel()
        await clock.advance(60)
        assert seen == [("first", START + timedelta(seconds=10)), ("second", START + timedelta(seconds=20))]
        assert clock.now() == START + timedelta(seconds=60)

    asyncio.run(work())


def test_work_that_sleeps_goes_on_within_the_same_move() -> None:
    async def work() -> None:
        clock = Clock(START, running=False)
        moments: list[float] = []

        async def steps() -> None:
            for _unused in range(3):
                await clock.sleep(5)
                await asyncio.sleep(0.01)
                moments.append((clock.now() - START).total_seconds())

        clock.spawn(steps())
        await clock.advance(60)
        assert moments == [5, 10, 15]

    asyncio.run(work())


def test_a_running_clock_wakes_sleepers_by_itself() -> None:
    async def work() -> None:
        clock = Clock()
        await asyncio.wait_for(clock.sleep(0.02), 1)
        await clock.advance(3600)
        assert clock.now() > datetime.now(timezone.utc) + timedelta(minutes=59)
        await asyncio.wait_for(clock.sleep(0.02), 1)

    asyncio.run(work())
