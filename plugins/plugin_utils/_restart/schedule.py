# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedule restarts that the host carries out by itself, and call them off."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .._hotfix.last_attempt import last_attempt_command, parse_last_attempt, settle_attempt
from .._windows.clock import HostClock, read_clock
from .._windows.countdown import COUNTDOWN_COMMAND, Countdown, parse_countdown
from .._windows.joined_command import ask_in_one_command
from .._windows.packages import PackageState, packages_command, packages_from_answer, parent_package
from .._windows.pending_restart import PendingRestart, parse_pending, pending_command
from .._windows.scheduled_tasks import delete_task, parse_listing, register_task
from .._windows.task_xml import format_boundary, render_task_xml
from .._windows.user_sessions import SESSIONS_COMMAND, UserSessions, parse_sessions
from .._wsman.errors import InputError, RemoteError
from ._rollback import rolled_back
from ._task import UNDRAIN_COMMAND, restart_task
from .request import RestartOutcome, RestartRequest
from .scheduled import (
    Phase,
    others_command,
    parse_scheduled,
    phase_of,
    read_other_restarts,
    scheduled_command,
)

if TYPE_CHECKING:
    from .._wsman.session import CommandResult, Session
    from .scheduled import ScheduledRestart

NO_SHUTDOWN_IN_PROGRESS = 1116


@dataclass(frozen=True)
class Situation:
    """The state of a host before anything changes.

    Attributes:
        existing: Our restart task, if there is one.
        phase: How far that restart has come.
        countdown: A running countdown of somebody else.
        others: Tasks of others that restart the host.
        packages: The packages of the hotfix in servicing.
        undone: Whether Windows undid the last installation at the restart.
        sessions: The sessions of users; None if unknown.
    """

    clock: HostClock
    existing: ScheduledRestart | None
    phase: Phase | None
    countdown: Countdown | None
    others: tuple[ScheduledRestart, ...]
    packages: tuple[PackageState, ...]
    pending: PendingRestart
    undone: bool
    sessions: UserSessions | None

    @property
    def waiting(self) -> bool:
        """Return whether our task is going to restart the host."""
        return self.phase in (Phase.PLANNED, Phase.COUNTING_DOWN)

    def needs(self, request: RestartRequest) -> bool:
        """Return whether the request's `only_if_pending` is met."""
        if request.only_if_pending == "never":
            return True
        parent = parent_package(list(self.packages))
        if parent is not None and parent.pending:
            return True
        return request.only_if_pending == "any" and self.pending.pending_any

    def outcome(self, request: RestartRequest) -> RestartOutcome:
        """Return the outcome if nothing changes."""
        return RestartOutcome(
            changed=False,
            task_name=request.task_name,
            boot_time=self.clock.boot,
            missed=self.phase is Phase.MISSED,
            others=self.others,
            countdown=self.countdown,
            sessions=self.sessions,
            before=self.existing,
        )


def schedule_restart(session: Session, request: RestartRequest, *, check_mode: bool) -> RestartOutcome:
    """Make sure that one task restarts the host as requested, or none if nothing waits for a restart.

    Raises:
        InputError: This host cannot restart at that time or in that window.
        RemoteError: The host refused a request.
    """
    situation = look(session, request.kb)
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


def allow_logons(session: Session) -> None:
    """Let users log on again.

    Raises:
        RemoteError: The host still refuses new logons.
    """
    result = session.run(UNDRAIN_COMMAND)
    if result.exit_code:
        raise RemoteError(
            session.host,
            f"The host still refuses new logons because '{UNDRAIN_COMMAND}' failed: {result.said}. Run it on "
            "the host.",
        )


def look(session: Session, kb: str) -> Situation:
    """Read everything that matters for a restart, in one query and one command."""
    clock = read_clock(session)
    answers = ask_in_one_command(
        session,
        {
            "scheduled": scheduled_command(kb),
            "countdown": COUNTDOWN_COMMAND,
            "tasks": others_command(),
            "packages": packages_command(kb),
            "pending": pending_command(),
            "attempt": last_attempt_command(kb),
            "sessions": SESSIONS_COMMAND,
        },
    )
    packages = packages_from_answer(session, kb, answers["packages"])
    attempt = settle_attempt(parse_last_attempt(answers["attempt"]), packages)
    existing = parse_scheduled(answers["scheduled"])
    tasks = parse_listing(answers["tasks"])
    phase = phase_of(existing, clock, tasks.get(existing.task_name)) if existing else None
    countdown = parse_countdown(answers["countdown"])
    if countdown is not None and not countdown.is_running(clock):
        countdown = None
    if countdown is not None and existing is not None and phase is Phase.COUNTING_DOWN:
        # Windows runs one countdown at a time: if somebody else's is running, it refused ours.
        ours = countdown.is_of_task(existing.start, clock)
        countdown, phase = (None, phase) if ours else (countdown, Phase.MISSED)
    return Situation(
        clock=clock,
        existing=existing,
        phase=phase,
        countdown=countdown,
        others=tuple(read_other_restarts(session, clock, tasks)),
        packages=tuple(packages),
        pending=parse_pending(answers["pending"]),
        undone=attempt is not None and attempt.outcome == "rolled_back",
        sessions=parse_sessions(answers["sessions"]),
    )


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
