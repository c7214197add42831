# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedule restarts that the host carries out by itself, and call them off."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .._windows.scheduled_tasks import delete_task, register_task
from .._windows.task_xml import format_boundary, render_task_xml
from .._wsman.errors import InputError, RemoteError
from ._drain import allow_logons, no_effect
from ._rollback import rolled_back
from ._task import restart_task
from .request import RestartOutcome, RestartRequest
from .scheduled import Phase
from .situation import Situation, look

if TYPE_CHECKING:
    from .._wsman.session import CommandResult, Session

NO_SHUTDOWN_IN_PROGRESS = 1116


def schedule_restart(session: Session, request: RestartRequest, *, check_mode: bool) -> RestartOutcome:
    """Make sure that one task restarts the host as requested, or none if nothing waits for a restart.

    Raises:
        InputError: This host cannot restart at that time or in that window.
        RemoteError: The host refused a request.
    """
    situation = look(session, request.kb)
    situation.check_readable()
    existing, outcome = situation.existing, situation.outcome(request)
    if not situation.needs(request):
        if situation.waiting and not check_mode:
            # The restart has become needless: do not send users home for nothing.
            call_off(session, situation)
        outcome = replace(outcome, changed=situation.waiting)
        if situation.undone:
            return rolled_back(session, outcome, request.kb, check_mode=check_mode)
        message = (
            f"Nothing waits for a restart on {session.host} (only_if_pending: {request.only_if_pending})."
        )
        return replace(outcome, message=message)
    if existing and situation.waiting and existing.request == request.text:
        return replace(
            outcome,
            scheduled_for=existing.at,
            request=existing.request,
            message=f"The restart is already scheduled for {existing.scheduled_for}.",
        )
    try:
        at = request.plan(situation.clock, session.host)
    except InputError as exc:
        missed = existing.scheduled_for if existing and outcome.missed else None
        raise InputError(f"{exc} (the restart of {missed} was missed)" if missed else str(exc)) from None
    if request.notice.drain and (note := no_effect(session)):
        outcome = replace(outcome, notes=(*outcome.notes, note))
    if not check_mode:
        if situation.phase in (Phase.COUNTING_DOWN, Phase.MISSED):
            # A missed restart may have left its drain behind too, if somebody ended the countdown.
            call_off(session, situation)
        task = restart_task(request.kb, request.notice, at=at, request=request.text)
        register_task(session, request.task_name, render_task_xml(task))
    return replace(
        outcome,
        changed=True,
        scheduled_for=at,
        request=request.text,
        message=f"The restart is scheduled for {format_boundary(at)}.",
    )


def cancel_restart(session: Session, request: RestartRequest, *, check_mode: bool) -> RestartOutcome:
    """Remove our restart task; if its notice has begun, end the countdown and let users log on again.

    Raises:
        RemoteError: The host refused a request, or is already going down.
    """
    situation = look(session, request.kb)
    existing, outcome = situation.existing, situation.outcome(request)
    if situation.unreadable is not None:
        existed = delete_task(session, request.task_name) if not check_mode else True
        message = (
            f"The restart task could not be read. It is {'deleted' if existed else 'not there'}; "
            "nothing shows whether its notice has begun."
        )
        return replace(outcome, changed=existed, message=message)
    if existing is None:
        return replace(outcome, message="No restart was scheduled.")
    if not check_mode:
        call_off(session, situation)
    when = existing.scheduled_for or "once"
    return replace(outcome, changed=True, message=f"The restart at {when} is called off.")


def win32_code(result: CommandResult) -> int:
    """Return the Win32 error of shutdown.exe.

    It is the number in brackets at the end of the message, in every language, or else the exit code.
    """
    numbers = re.findall(r"\((\d{1,10})\)", result.stderr or result.stdout)
    return int(numbers[-1]) if result.exit_code and numbers else result.exit_code


def call_off(session: Session, situation: Situation) -> None:
    """Delete our task, if there is one; end the countdown and the drain that it has begun.

    Raises:
        RemoteError: The host refused a request, or is already going down.
    """
    existing, phase = situation.existing, situation.phase
    if existing is None:
        return
    # Delete the task first, so that it cannot begin while the rest is undone.
    delete_task(session, existing.task_name)
    if phase is Phase.COUNTING_DOWN:
        result = session.run("shutdown /a")
        if win32_code(result) not in (0, NO_SHUTDOWN_IN_PROGRESS):
            raise RemoteError(
                session.host,
                f"The restart could not be called off: {result.said}. The host may be going down already.",
            )
    if existing.drain and phase in (Phase.COUNTING_DOWN, Phase.MISSED):
        allow_logons(session)
