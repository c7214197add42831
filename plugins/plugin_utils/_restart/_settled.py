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
from .._wsman.errors import ConnectionLost, RemoteError
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
    heartbeat = Heartbeat(session.clock, _PROGRESS_EVERY)
    session.progress(f"restarting in {countdown:.0f} seconds")
    session.clock.sleep(countdown)
    previous: Reading | None = None
    lost = was_lost = False
    stage = _STILL_UP
    while heartbeat.waited < countdown + timeout:
        try:
            if lost:
                session.reconnect()
                lost = False
            reading = _look(session, kb, before, was_lost)
        except RemoteError as error:
            was_lost = was_lost or isinstance(error, ConnectionLost)
            previous, lost, now_at = None, True, "it does not answer"
        else:
            now_at = reading.unsettled
            if not now_at and reading == previous:
                return reading
            previous = reading
        if now_at and heartbeat.due(changed=now_at != stage):
            stage = now_at
            session.progress(f"waiting for the restart: {stage} ({heartbeat.waited:.0f} seconds)")
        session.clock.sleep(_POLL)
    raise RemoteError(
        session.host,
        f"The restart did not complete within {timeout:.0f} seconds after the notice: {stage}. Look at the "
        "host's console. When the host is at rest, run this again, or set a larger timeout.",
    )


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
