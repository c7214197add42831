# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Power: shutdown countdowns, restarts that take time, and what happens at boot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.lab.clock import Timer

if TYPE_CHECKING:
    from .host import WindowsHost

_REBOOT_IN_PROGRESS = (
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootInProgress"
)


@dataclass
class Countdown:
    """A shutdown that was asked for and has not begun."""

    at: datetime
    restart: bool
    comment: str
    reason: str
    timer: Timer


@dataclass(frozen=True)
class ShutdownEvent:
    """What Windows writes to the System log.

    User32 writes 1074 where a shutdown begins, 1073 where one failed and 1075 where one was called off;
    EventLog writes 6005 at every start.
    """

    number: int
    at: datetime
    user: str
    comment: str = ""
    restart: bool = True
    process: str = "C:\\Windows\\system32\\shutdown.exe"

    @property
    def provider(self) -> str:
        return "EventLog" if self.number == 6005 else "USER32"


class Power:
    """On, off and the way between.

    `callbacks` hear False when the host goes down (the network breaks at that moment) and True when
    it answers again.
    """

    def __init__(self, host: WindowsHost) -> None:
        self._host = host
        self.on = host.profile.powered
        self.going_down = False
        self.countdown: Countdown | None = None
        self.callbacks: list[Callable[[bool], None]] = []
        self.boots = 0
        self.history: list[tuple[datetime, str]] = []
        self.events: list[ShutdownEvent] = []
        self.starts: list[datetime] = [host.boot_time]

    def log(self) -> list[ShutdownEvent]:
        """The events of the System log, the oldest first."""
        starts = [ShutdownEvent(6005, moment, "") for moment in self.starts]
        return sorted([*self.events, *starts], key=lambda event: event.at)

    def schedule(
        self,
        seconds: float,
        *,
        restart: bool,
        comment: str = "",
        reason: str = "",
        user: str = "NT AUTHORITY\\SYSTEM",
    ) -> int:
        """Begin a countdown. Returns 0, or 1190 if one runs, or 1115 if the host goes down already."""
        if self.going_down:
            return 1115
        if self.countdown is not None:
            return 1190
        at = self._host.clock.now() + timedelta(seconds=seconds)
        timer = self._host.clock.call_at(at, self._begin)
        self.countdown = Countdown(at, restart, comment, reason, timer)
        self.events.append(ShutdownEvent(1074, self._host.clock.now(), user, comment, restart))
        self._note(f"countdown of {seconds:g} s: {comment}")
        return 0

    def abort(self, user: str = "NT AUTHORITY\\SYSTEM") -> int:
        """End a countdown. Returns 0, or 1116 if none runs, or 1115 if the host goes down already."""
        if self.going_down:
            return 1115
        if self.countdown is None:
            return 1116
        self.countdown.timer.cancel()
        self.countdown = None
        self.events.append(ShutdownEvent(1075, self._host.clock.now(), user))
        self._note("countdown aborted")
        return 0

    def switch_off(self) -> None:
        """Pull the plug."""
        if self.countdown is not None:
            self.abort()
        self._down("switched off")

    def switch_on(self) -> None:
        """Press the button; the host boots."""
        if not self.on:
            self._host.clock.spawn(self._boot())

    async def restart(self) -> None:
        """Restart without countdown and wait until the host is up again."""
        await self._restart()

    def _begin(self) -> None:
        countdown, self.countdown = self.countdown, None
        if countdown is None:
            return
        self._host.clock.spawn(self._restart() if countdown.restart else self._shut_down())

    async def _shut_down(self) -> None:
        self.going_down = True
        await self._host.clock.sleep(self._host.profile.shutdown_seconds)
        self._down("shut down")

    async def _restart(self) -> None:
        await self._shut_down()
        await self._boot()

    def _down(self, why: str) -> None:
        self._host.end_commands()
        self._host.scheduler.went_down()
        self._host.servicing.went_down()
        self.on = False
        self.going_down = False
        self._note(why)
        for callback in list(self.callbacks):
            callback(False)

    async def _boot(self) -> None:
        """Boot; servicing works before and after the host answers, and may ask for one more restart."""
        host = self._host
        if host.has_fault("no_boot"):
            self._note("does not come back")
            return
        await host.clock.sleep(host.profile.boot_seconds)
        working = host.servicing.at_boot()
        if working:
            host.registry.create(_REBOOT_IN_PROGRESS)
        self.boots += 1
        host.boot_time = host.clock.now()
        self.starts.append(host.boot_time)
        host.sessions.restarted()
        self.on = True
        self._note("up")
        for callback in list(self.callbacks):
            callback(True)
        host.scheduler.came_up()
        if working:
            host.clock.spawn(self._settle())

    async def _settle(self) -> None:
        host = self._host
        boots = self.boots
        await host.clock.sleep(host.profile.settle_seconds)
        if not self.on or self.boots != boots:
            return
        if host.servicing.needs_second_restart:
            self._note("servicing restarts a second time")
            await self._restart()
            return
        host.servicing.finish_boot()
        host.registry.delete(_REBOOT_IN_PROGRESS)
        self._note("servicing is at rest")

    def _note(self, text: str) -> None:
        self.history.append((self._host.clock.now(), text))
        self._host.log.info("%s", text)
