# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart a host at once, and wait until it is up and servicing is at rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .._windows.clock import read_clock
from .._windows.joined_command import ask_in_one_command
from .._windows.packages import PackageState, packages_command, packages_from_answer, parent_package
from .._windows.pending_restart import REBOOT_IN_PROGRESS, parse_pending, pending_command
from .._windows.scheduled_tasks import (
    NEVER_RUN,
    STILL_RUNNING,
    delete_task,
    last_result,
    register_task,
    start_task,
)
from .._windows.task_xml import render_task_xml
from .._wsman.errors import RemoteError
from .._wsman.waiting import Heartbeat
from ._rollback import is_rolled_back, rolled_back
from ._session_wait import wait_for_sessions
from ._task import DRAIN_COMMAND, restart_task
from .request import RestartOutcome, RestartRequest
from .schedule import allow_logons, call_off, look
from .scheduled import Phase

if TYPE_CHECKING:
    from .._wsman.session import Session

_STILL_UP = "it has not gone down"
# Seconds between two looks at the host.
_POLL = 5.0
_PROGRESS_EVERY = 60.0
# The answer to the start of the task has to arrive before the host goes down.
_SHORTEST_COUNTDOWN = timedelta(seconds=5)
# The Task Scheduler may take so many seconds to start shutdown.exe and run it.
_START_LIMIT = 30.0
_START_POLL = 2.0
# Windows derives the boot time from clock and uptime, so corrections of the clock move it a little.
_BOOT_TIME_JITTER = timedelta(seconds=10)

_ANOTHER_COUNTDOWN = 1190
# The reasons why there is no restart, by the exit code of shutdown.exe.
_REFUSALS = {
    5: "access is denied to SYSTEM: look for a security product that blocks restarts",
    1115: "it is already going down; wait until it is up, then run this again",
    _ANOTHER_COUNTDOWN: (
        "somebody else's restart is counting down there; let it happen or end it on the host with "
        "'shutdown /a', then run this again"
    ),
}


@dataclass(frozen=True)
class _Reading:
    """The state of the host at one look; two equal states in a row mean that it is at rest."""

    boot: datetime
    packages: tuple[PackageState, ...] = ()
    unsettled: str = ""


def restart_now(
    session: Session, request: RestartRequest, *, timeout: float, check_mode: bool
) -> RestartOutcome:
    """Restart the host after the notice and wait until everything has settled.

    Args:
        request: The request; `at` is ignored, and a window has to be open.
        timeout: Seconds from the end of the notice until the host has to be up and at rest.

    Returns:
        The outcome with the new boot time. It is `failed` if the host did not come back or come to rest in
        time, or if Windows undid the pending change.

    Raises:
        InputError: The window is closed, or today is a blackout date.
        RemoteError: The host refused the restart.
    """
    situation = look(session, request.kb)
    outcome = situation.outcome(request)
    if not situation.needs(request):
        message = (
            f"Nothing waits for a restart on {session.host} (only_if_pending: {request.only_if_pending})."
        )
        return replace(outcome, message=message)
    if situation.countdown is not None:
        raise _refused(session, _ANOTHER_COUNTDOWN)
    request.check_open(situation.clock)
    outcome = replace(outcome, changed=True, request=request.text)
    if check_mode:
        return replace(outcome, message="The host would be restarted.")
    if situation.phase is Phase.COUNTING_DOWN:
        call_off(session, situation)
    lead = max(request.notice.lead, _SHORTEST_COUNTDOWN)
    _drain(session, request)
    # From here on the task is on the host, so a later run can lift the drain even if this controller dies.
    _register(session, request, lead)
    if request.wait_for_sessions:
        left = wait_for_sessions(session, request)
        outcome = replace(outcome, sessions=left)
        if left is not None and not left.total and lead > _SHORTEST_COUNTDOWN:
            # Nobody is left to read a notice.
            lead = _SHORTEST_COUNTDOWN
            _register(session, request, lead)
    _start(session, request)
    try:
        settled = _wait(session, request.kb, situation.clock.boot, lead.total_seconds(), timeout)
    except RemoteError as exc:
        # The host has changed all the same.
        return replace(outcome, failed=True, message=str(exc))
    delete_task(session, request.task_name)
    outcome = replace(outcome, boot_time=settled.boot, message="The host was restarted.")
    if not is_rolled_back(situation.packages, settled.packages):
        return outcome
    return rolled_back(session, outcome, request.kb)


def _drain(session: Session, request: RestartRequest) -> None:
    """Refuse new logons, if the request says so."""
    if not request.notice.drain:
        return
    drained = session.run(DRAIN_COMMAND)
    if drained.exit_code:
        raise RemoteError(
            session.host,
            f"The host was not restarted because '{DRAIN_COMMAND}' failed: {drained.said}. Turn "
            "drain_sessions off for hosts without Remote Desktop Services.",
        )


def _register(session: Session, request: RestartRequest, lead: timedelta) -> None:
    """Register the task that begins the countdown; a command line could not carry every message."""
    # Without the actions of the drain, the task ends with the exit code of shutdown.exe.
    notice = replace(request.notice, lead=lead, drain=False)
    task = restart_task(request.kb, notice, at=None, request=request.text)
    register_task(session, request.task_name, render_task_xml(task))


def _start(session: Session, request: RestartRequest) -> None:
    """Begin the countdown; raise if the host refuses it."""
    start_task(session, request.task_name)
    code = _result_of_shutdown(session, request.task_name)
    if code in (0, None):
        return
    delete_task(session, request.task_name)
    if request.notice.drain:
        allow_logons(session)
    raise _refused(session, code)


def _refused(session: Session, code: int) -> RemoteError:
    reason = _REFUSALS.get(code, f"shutdown.exe ended with {code}")
    return RemoteError(session.host, f"The host was not restarted: {reason}.")


def _result_of_shutdown(session: Session, name: str) -> int | None:
    """Return the exit code of shutdown.exe; None if unknown, or if the host is already going down."""
    deadline = session.clock.now() + _START_LIMIT
    while session.clock.now() < deadline:
        session.clock.sleep(_START_POLL)
        try:
            code = last_result(session, name)
        except RemoteError:
            return None
        if code not in (STILL_RUNNING, NEVER_RUN):
            return code
    return None


def _wait(session: Session, kb: str, old_boot: datetime, countdown: float, timeout: float) -> _Reading:
    """Wait until the host has restarted and two looks in a row show the same state at rest."""
    heartbeat = Heartbeat(session.clock, _PROGRESS_EVERY)
    session.progress(f"restarting in {countdown:.0f} seconds")
    session.clock.sleep(countdown)
    previous: _Reading | None = None
    lost = False
    stage = _STILL_UP
    while heartbeat.waited < countdown + timeout:
        try:
            if lost:
                session.reconnect()
                lost = False
            reading = _look(session, kb, old_boot)
        except RemoteError:
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


def _look(session: Session, kb: str, old_boot: datetime) -> _Reading:
    boot = read_clock(session).boot
    if abs(boot - old_boot) <= _BOOT_TIME_JITTER:
        return _Reading(boot, unsettled=_STILL_UP)
    parts = {"packages": packages_command(kb), "pending": pending_command()}
    answers = ask_in_one_command(session, parts)
    packages = packages_from_answer(session, kb, answers["packages"])
    parent = parent_package(packages)
    unsettled = ""
    if REBOOT_IN_PROGRESS in parse_pending(answers["pending"]).sources:
        unsettled = "it is up, and servicing is at work"
    elif parent is not None and parent.pending:
        unsettled = "it is up, and the package is still pending"
    return _Reading(boot, tuple(packages), unsettled)
