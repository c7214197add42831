# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read all that matters for a restart, before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._hotfix.current_run import UNKNOWN, CurrentRun, current_run_command, parse_current_run
from .._hotfix.last_attempt import last_attempt_command, read_attempt, settle_attempt
from .._windows.clock import HostClock, read_clock
from .._windows.countdown import COUNTDOWN_COMMAND, Countdown, parse_countdown
from .._windows.joined_command import ask_in_one_command
from .._windows.packages import PackageState, packages_command, packages_from_answer, parent_package
from .._windows.pending_restart import PendingRestart, pending_command, read_pending
from .._windows.scheduled_tasks import TaskUnreadableError
from .._windows.system_log import START_QUERY, LogEvent, newest_event_command, parse_newest_event
from .._windows.user_sessions import SESSIONS_COMMAND, UserSessions, parse_sessions
from .._wsman.errors import InputError, RemoteError
from .request import RestartOutcome, RestartRequest
from .scheduled import (
    Phase,
    phase_of,
    read_other_restarts,
    read_scheduled,
    read_tasks,
    scheduled_command,
    tasks_command,
)

if TYPE_CHECKING:
    from .._wsman.session import Session
    from .scheduled import ScheduledRestart


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
        start: The event of the last start of Windows; None if the host does not show it.
        notes: What the host did not show, in sentences.
        unreadable: Why our restart task cannot be read, if it exists or may exist.
        run: The installation, removal or download of the hotfix that is on the host.
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
    start: LogEvent | None = None
    notes: tuple[str, ...] = ()
    unreadable: TaskUnreadableError | None = None
    run: CurrentRun | None = None

    @property
    def waiting(self) -> bool:
        """Return whether our task is going to restart the host."""
        return self.phase in (Phase.PLANNED, Phase.COUNTING_DOWN)

    def needs(self, request: RestartRequest) -> bool:
        """Return whether the request's `only_if_pending` is met.

        Raises:
            InputError: The host does not show whether it is.
        """
        if request.only_if_pending == "never":
            return True
        parent = parent_package(list(self.packages))
        if parent is not None and parent.pending:
            return True
        if request.only_if_pending == "any" and self.pending.pending_any is None:
            raise InputError(
                "only_if_pending: whether anything waits for a restart could not be read. "
                f"{self.pending.cause}"
            )
        return request.only_if_pending == "any" and self.pending.pending_any is True

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
            notes=self.notes,
        )

    def check_readable(self) -> None:
        """Refuse to plan a restart over a restart task whose time is not known.

        Raises:
            RemoteError: Our restart task cannot be read.
        """
        if self.unreadable is not None:
            raise RemoteError(
                self.unreadable.host,
                f"{self.unreadable.message} The playbook cancel_restarts (`state: cancelled`) deletes it by "
                "its name; then run this again.",
            )


def check_at_rest(host: str, run: CurrentRun | None) -> None:
    """Refuse to restart a host in the middle of an installation.

    Raises:
        RemoteError: A run of the hotfix is at work, or the host does not show whether one is.
    """
    if run is None or not (run.at_work or run.state == UNKNOWN):
        return
    reason = run.cause or f"A run of {run.run.kb} ({run.run.action}) is at work there."
    raise RemoteError(
        host,
        f"The host was not restarted: {reason} When `current_run` of hotfix_info shows that none is at "
        "work, run this again.",
    )


def look(session: Session, kb: str) -> Situation:
    """Read everything that matters for a restart, in one query and one command."""
    clock = read_clock(session)
    answers = ask_in_one_command(
        session,
        {
            "run": current_run_command(kb),
            "scheduled": scheduled_command(kb),
            "countdown": COUNTDOWN_COMMAND,
            "start": newest_event_command(START_QUERY),
            "tasks": tasks_command(),
            "packages": packages_command(kb),
            "pending": pending_command(),
            "attempt": last_attempt_command(kb),
            "sessions": SESSIONS_COMMAND,
        },
    )
    packages = packages_from_answer(session, kb, answers["packages"])
    record, unread_attempt = read_attempt(kb, answers["attempt"])
    attempt = settle_attempt(record, packages)
    existing, unreadable = _our_restart(session, kb, answers["scheduled"])
    tasks, notes = read_tasks(session, answers["tasks"])
    phase = phase_of(existing, clock, tasks.get(existing.task_name)) if existing else None
    countdown, start, log_notes = _read_log(session.host, clock, answers["countdown"], answers["start"])
    if countdown is not None and existing is not None and phase is Phase.COUNTING_DOWN:
        # Windows runs one countdown at a time: if somebody else's is running, it refused ours.
        ours = countdown.is_of_task(existing.start, clock)
        countdown, phase = (None, phase) if ours else (countdown, Phase.MISSED)
    others, unread = read_other_restarts(session, clock, tasks)
    sessions = parse_sessions(answers["sessions"])
    if sessions is None:
        log_notes.append("How many users are logged on is not known: `query session` did not answer.")
    return Situation(
        clock=clock,
        existing=existing,
        phase=phase,
        countdown=countdown,
        others=tuple(others),
        packages=tuple(packages),
        pending=read_pending(session, answers["pending"]),
        undone=attempt is not None and attempt.outcome == "rolled_back",
        sessions=sessions,
        start=start,
        notes=(*notes, *unread, *log_notes, *filter(None, [unread_attempt])),
        unreadable=unreadable,
        run=parse_current_run(kb, answers["run"]),
    )


def _our_restart(
    session: Session, kb: str, text: str
) -> tuple[ScheduledRestart | None, TaskUnreadableError | None]:
    try:
        return read_scheduled(session, kb, text), None
    except TaskUnreadableError as error:
        return None, error


def _read_log(
    host: str, clock: HostClock, countdown_text: str, start_text: str
) -> tuple[Countdown | None, LogEvent | None, list[str]]:
    """Return the countdown that has to be expected, the last start, and what the log does not show."""
    countdown: Countdown | None = None
    start: LogEvent | None = None
    notes = []
    try:
        countdown = parse_countdown(host, countdown_text)
    except RemoteError as error:
        notes.append(f"Whether a countdown to a restart is running is not known: {error.message}")
    try:
        start = parse_newest_event(host, start_text)
    except RemoteError as error:
        notes.append(f"When Windows last started is not known: {error.message}")
    if countdown is None or countdown.is_running(clock):
        return countdown, start, notes
    if countdown.may_be_running():
        notes.append(f"{countdown.describe()} may still be running: the System log does not show its end.")
    return None, start, notes
