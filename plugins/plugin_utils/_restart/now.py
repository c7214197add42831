# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart a host at once, and wait until it is up and servicing is at rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from .._hotfix.current_run import read_current_run
from .._windows.countdown import HOW_TO_END
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
from ._drain import allow_logons, drain, no_effect
from ._rollback import is_rolled_back, rolled_back
from ._session_wait import wait_for_sessions
from ._settled import wait_until_settled
from ._task import restart_task
from .request import RestartOutcome, RestartRequest
from .schedule import call_off
from .scheduled import Phase
from .situation import check_at_rest, look

if TYPE_CHECKING:
    from .._wsman.session import Session

# The answer to the start of the task has to arrive before the host goes down.
_SHORTEST_COUNTDOWN = timedelta(seconds=5)
# The Task Scheduler may take so many seconds to start shutdown.exe and run it.
_START_LIMIT = 30.0
_START_POLL = 2.0
_ANOTHER_COUNTDOWN = 1190
# The reasons why there is no restart, by the exit code of shutdown.exe.
_REFUSALS = {
    5: "access is denied to SYSTEM: look for a security product that blocks restarts",
    1115: "it is already going down; wait until it is up, then run this again",
    _ANOTHER_COUNTDOWN: f"somebody else's restart is counting down there; {HOW_TO_END}",
}


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
    situation.check_readable()
    outcome = situation.outcome(request)
    if not situation.needs(request):
        message = (
            f"Nothing waits for a restart on {session.host} (only_if_pending: {request.only_if_pending})."
        )
        return replace(outcome, message=message)
    if situation.countdown is not None:
        raise RemoteError(
            session.host,
            f"The host was not restarted: {situation.countdown.describe()} seems to be running; "
            f"{HOW_TO_END}.",
        )
    check_at_rest(session.host, situation.run)
    request.check_open(situation.clock)
    drains = request.notice.drain
    if drains and (note := no_effect(session)):
        drains, outcome = False, replace(outcome, notes=(*outcome.notes, note))
    outcome = replace(outcome, changed=True, request=request.text)
    if check_mode:
        minutes = request.notice.lead.total_seconds() / 60
        said = f"The host would be restarted after {minutes:g} minutes of notice; notice_minutes shortens it."
        return replace(outcome, message=said)
    if situation.phase is Phase.COUNTING_DOWN:
        call_off(session, situation)
    lead = max(request.notice.lead, _SHORTEST_COUNTDOWN)
    drained = drains and drain(session)
    # From here on the task is on the host, so a later run can lift the drain even if this controller dies.
    _register(session, request, lead)
    if request.wait_for_sessions:
        left = wait_for_sessions(session, request)
        outcome = replace(outcome, sessions=left)
        if left is not None and not left.total and lead > _SHORTEST_COUNTDOWN:
            # Nobody is left to read a notice.
            lead = _SHORTEST_COUNTDOWN
            _register(session, request, lead)
    _check_at_rest_again(session, request, drained=drained)
    _start(session, request, drained=drained)
    try:
        settled = wait_until_settled(session, request.kb, situation, lead.total_seconds(), timeout)
    except RemoteError as exc:
        # The host has changed all the same.
        return replace(outcome, failed=True, message=str(exc))
    delete_task(session, request.task_name)
    outcome = replace(outcome, boot_time=settled.boot, message="The host was restarted.")
    if not is_rolled_back(situation.packages, settled.packages):
        return outcome
    return rolled_back(session, outcome, request.kb)


def _register(session: Session, request: RestartRequest, lead: timedelta) -> None:
    """Register the task that begins the countdown; a command line could not carry every message."""
    # Without the actions of the drain, the task ends with the exit code of shutdown.exe.
    notice = replace(request.notice, lead=lead, drain=False)
    task = restart_task(request.kb, notice, at=None, request=request.text)
    register_task(session, request.task_name, render_task_xml(task))


def _check_at_rest_again(session: Session, request: RestartRequest, *, drained: bool) -> None:
    """Look for a run once more: the wait for users may take hours. Undo what was prepared if there is one.

    Raises:
        RemoteError: A run of the hotfix has begun, or the host does not show whether one has.
    """
    try:
        check_at_rest(session.host, read_current_run(session, request.kb))
    except RemoteError:
        delete_task(session, request.task_name)
        if drained:
            allow_logons(session)
        raise


def _start(session: Session, request: RestartRequest, *, drained: bool) -> None:
    """Begin the countdown; raise if the host refuses it, and end the drain that came before."""
    start_task(session, request.task_name)
    code = _result_of_shutdown(session, request.task_name)
    if code in (0, None):
        return
    delete_task(session, request.task_name)
    if drained:
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
