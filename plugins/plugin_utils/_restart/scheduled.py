# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: whether a host waits for a restart, and which restarts are scheduled on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from .._hotfix.product import TASK_FOLDER
from .._windows.clock import HostClock
from .._windows.scheduled_tasks import (
    NEVER_RUN,
    STILL_RUNNING,
    listing_command,
    read_task,
    read_task_command,
)
from .._windows.task_xml import RegisteredTask, TaskXmlError, format_boundary, parse_task_xml
from ._task import asks_for_drain, restart_delay, task_name

if TYPE_CHECKING:
    from .._wsman.session import Session


# How long a host may take from the end of the countdown until it is down.
_GOING_DOWN = timedelta(minutes=10)


@dataclass(frozen=True)
class ScheduledRestart:
    """A task that restarts the host.

    Attributes:
        at: When the host goes down: aware, or naive in its local time; None where a trigger of another kind
            (daily, at logon) or somebody's hand starts the task.
        task_name: Full name.
        start: When the task starts, of the same kind as `at`.
        drain: New logons are refused from its start on.
        request: What it was asked for, as `describe_request` wrote it.
        enabled: False if somebody switched it off.
    """

    at: datetime | None
    task_name: str
    start: datetime | None = None
    drain: bool = False
    request: str = ""
    enabled: bool = True

    @property
    def scheduled_for(self) -> str | None:
        """`at` in ISO 8601: with `Z`, or without offset for the host's local time."""
        return None if self.at is None else format_boundary(self.at)

    def is_ahead(self, clock: HostClock) -> bool:
        """Tell whether the restart is still to come."""
        return self.enabled and self.at is not None and self.at > clock.now_for(self.at)


class Phase(Enum):
    """How far a scheduled restart of ours has come."""

    PLANNED = "its time is to come"
    COUNTING_DOWN = "users are warned and the host is about to go down"
    DONE = "it was carried out"
    MISSED = "its time passed without it: the host was off, or the restart was refused or called off"


def phase_of(scheduled: ScheduledRestart, clock: HostClock, last_result: int | None = None) -> Phase:
    """Tell how far a restart has come.

    Args:
        scheduled: A restart of ours.
        clock: The host's clock.
        last_result: How its task ended, where that could be read.
    """
    start, at = scheduled.start, scheduled.at
    if start is None or at is None:
        # A restart at once deletes its task when it is through: this one's controller went away meanwhile, in
        # the countdown, or while it waited for users to sign out (a task that never ran may also have 1).
        return Phase.COUNTING_DOWN if last_result in (0, 1, NEVER_RUN) else Phase.DONE
    now = clock.now_for(start)
    if start > now:
        return Phase.PLANNED if scheduled.enabled else Phase.MISSED
    # The exit code is that of shutdown.exe, unless further actions followed it; a task that never ran has
    # NEVER_RUN by the documentation, and may have 1.
    refused = last_result == NEVER_RUN or (
        not scheduled.drain and last_result not in (0, STILL_RUNNING, None)
    )
    if refused:
        return Phase.MISSED
    if clock.boot_for(start) >= start:
        return Phase.DONE
    return Phase.COUNTING_DOWN if now < at + _GOING_DOWN else Phase.MISSED


def scheduled_command(kb: str) -> str:
    """Return a part of a cmd.exe line that prints our restart task of a hotfix, or nothing."""
    return read_task_command(task_name(kb))


def parse_scheduled(text: str) -> ScheduledRestart | None:
    """Read what `scheduled_command` printed; None where it printed no task of ours.

    The text of a task does not hold its name; the request in it begins with the hotfix.
    """
    try:
        task = parse_task_xml(text)
    except TaskXmlError:
        return None
    return _as_restart(task_name(task.documentation.partition(" ")[0]), task)


def others_command() -> str:
    """Return a part of a cmd.exe line that lists the tasks in which shutdown.exe is named, ours included."""
    return f"({listing_command()}) | findstr /i shutdown"


def read_other_restarts(session: Session, clock: HostClock, names: Iterable[str]) -> list[ScheduledRestart]:
    """Return the restarts that others have scheduled: enabled tasks that start shutdown.exe, not ours.

    Args:
        session: The host.
        clock: Its clock; one-off tasks whose time has passed are left out.
        names: Tasks to look at, of what `others_command` printed.
    """
    foreign = [name for name in names if name.startswith("\\") and not name.lower().startswith(TASK_FOLDER)]
    restarts = [_read_other(session, name) for name in foreign]
    return [
        restart
        for restart in restarts
        if restart is not None and restart.enabled and (restart.at is None or restart.is_ahead(clock))
    ]


def _read_other(session: Session, name: str) -> ScheduledRestart | None:
    text = read_task(session, name)
    try:
        return None if text is None else _as_restart(name, parse_task_xml(text))
    except TaskXmlError:
        return None


def _as_restart(name: str, task: RegisteredTask) -> ScheduledRestart | None:
    delays = [delay for delay in map(restart_delay, task.actions) if delay is not None]
    if not delays:
        return None
    return ScheduledRestart(
        at=None if task.start is None else task.start + timedelta(seconds=delays[0]),
        task_name=name,
        start=task.start,
        drain=asks_for_drain(task.documentation),
        request=task.documentation,
        enabled=task.enabled,
    )
