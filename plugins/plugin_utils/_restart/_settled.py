# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until a host has restarted and servicing is at rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .._windows.clock import read_clock
from .._windows.joined_command import ask_in_one_command
from .._windows.packages import PackageState, packages_command, packages_from_answer, parent_package
from .._windows.pending_restart import REBOOT_IN_PROGRESS, pending_command, read_pending
from .._windows.system_log import START_QUERY, LogEvent, newest_event_command, parse_newest_event
from .._wsman.errors import ConnectionLost, LogonFailed, RemoteError, reason_of
from .._wsman.retries import Retries, look
from .._wsman.waiting import Heartbeat

if TYPE_CHECKING:
    from .._wsman.session import Session
    from .situation import Situation

_STILL_UP = "it has not gone down"
_CLOCK_SET = "its boot time has moved, and nothing else shows a restart"
# Seconds between two looks at the host.
_POLL = 5.0
_PROGRESS_EVERY = 60.0
# Windows derives the boot time from clock and uptime, so corrections of the clock move it a little, and by
# hours when somebody sets the clock (reports of users). It does not prove a restart on its own.
_BOOT_TIME_JITTER = timedelta(seconds=10)


@dataclass(frozen=True)
class Reading:
    """The state of the host at one look; two equal states in a row mean that it is at rest."""

    boot: datetime
    packages: tuple[PackageState, ...] = ()
    unsettled: str = ""


def wait_until_settled(
    session: Session, kb: str, before: Situation, countdown: float, timeout: float
) -> Reading:
    """Wait until the host has restarted and two looks in a row show the same state at rest.

    Args:
        before: The state of the host before the restart.
        countdown: Seconds until it goes down.
        timeout: Seconds from then until it has to be up and at rest.

    Raises:
        RemoteError: It is not, and the text says why.
    """
    watch = _Watch(session, countdown + timeout)
    session.progress(
        f"restarting in {countdown:.0f} seconds, the notice to users; notice_minutes shortens it"
    )
    session.clock.sleep(countdown)
    while (left := countdown + timeout - watch.heartbeat.waited) > 0:
        retries = Retries(session.clock, left, _POLL, _POLL)
        try:
            reading = look(session, lambda: _look(session, kb, before, watch.was_lost), retries, watch.failed)
        except LogonFailed as error:
            raise RemoteError(
                session.host,
                f"The restart has begun, and nobody can ask the host whether it is complete. {error.message} "
                "When the account can log on, run this again.",
            ) from error
        except RemoteError:
            break
        if not reading.unsettled and reading == watch.previous:
            return reading
        watch.saw(reading)
        session.clock.sleep(_POLL)
    raise RemoteError(
        session.host,
        f"The restart did not complete within {timeout:.0f} seconds after the notice: {watch.stage}. Look at "
        "the host's console. When the host is at rest, run this again, or set a larger timeout.",
    )


class _Watch:
    """What the looks at a host have shown; the operator sees each new stage, and the last now and then.

    Attributes:
        stage: Why the restart is not complete.
        previous: The last look, if the host answered it.
        was_lost: Whether the host was out of reach, which a failure to log on does not prove.
    """

    def __init__(self, session: Session, limit: float) -> None:
        self._limit = limit
        self.heartbeat = Heartbeat(session.clock, _PROGRESS_EVERY)
        self.stage = _STILL_UP
        self.previous: Reading | None = None
        self.was_lost = False
        self._progress = session.progress

    def saw(self, reading: Reading) -> None:
        """Note a look that the host answered."""
        self.previous = reading
        if reading.unsettled:
            self._show(reading.unsettled)

    def failed(self, error: RemoteError) -> None:
        """Note a look that failed."""
        lost = isinstance(error, ConnectionLost) and not isinstance(error, LogonFailed)
        self.was_lost = self.was_lost or lost
        self.previous = None
        self._show(f"it does not answer: {reason_of(error)}")

    def _show(self, stage: str) -> None:
        if self.heartbeat.due(changed=stage != self.stage):
            self._progress(
                f"waiting for the restart: {stage} ({self.heartbeat.waited:.0f} of {self._limit:.0f} seconds)"
            )
        self.stage = stage


def _look(session: Session, kb: str, before: Situation, was_lost: bool) -> Reading:
    boot = read_clock(session).boot
    if abs(boot - before.clock.boot) <= _BOOT_TIME_JITTER:
        return Reading(boot, unsettled=_STILL_UP)
    parts = {
        "start": newest_event_command(START_QUERY),
        "packages": packages_command(kb),
        "pending": pending_command(),
    }
    answers = ask_in_one_command(session, parts)
    if not _has_restarted(_start_event(session.host, answers["start"]), before.start, was_lost):
        return Reading(boot, unsettled=_CLOCK_SET)
    packages = packages_from_answer(session, kb, answers["packages"])
    parent = parent_package(packages)
    pending = read_pending(session, answers["pending"])
    unsettled = ""
    if REBOOT_IN_PROGRESS in pending.sources:
        unsettled = "it is up, and servicing is at work"
    elif REBOOT_IN_PROGRESS in pending.unread:
        unsettled = f"it is up, and does not show whether servicing is at work: {pending.cause}"
    elif parent is not None and parent.pending:
        unsettled = "it is up, and the package is still pending"
    return Reading(boot, tuple(packages), unsettled)


def _has_restarted(now: LogEvent | None, before: LogEvent | None, was_lost: bool) -> bool:
    """Return whether the System log has another start than before, else whether contact was lost."""
    if now is None or before is None:
        return was_lost
    return now != before


def _start_event(host: str, text: str) -> LogEvent | None:
    try:
        return parse_newest_event(host, text)
    except RemoteError:
        return None
