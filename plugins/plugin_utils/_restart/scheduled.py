# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which restarts are scheduled on a host, and how far ours has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from .._hotfix.product import TASK_FOLDER
from .._windows.clock import HostClock
from .._windows.scheduled_tasks import (
    LISTED,
    NEVER_RUN,
    STILL_RUNNING,
    TaskUnreadableError,
    is_whole_listing,
    list_each_task,
    listing_command,
    parse_listing,
    read_task,
    read_task_command,
)
from .._windows.task_xml import RegisteredTask, format_boundary
from .._wsman.errors import ConnectionLost, RemoteError
from ._task import asks_for_drain, restart_delay, task_name

if TYPE_CHECKING:
    from .._wsman.session import Session


# A host may take so long from the end of the countdown until it is down.
_GOING_DOWN = timedelta(minutes=10)


@dataclass(frozen=True)
class ScheduledRestart:
    """A task that restarts the host.

    Attributes:
        at: When the host goes down: aware, or naive in its local time; None if a trigger of another kind
            (daily, at logon) or a person starts the task.
        start: When the task starts, aware or naive like `at`.
        drain: The host refuses new logons from the start on.
        request: The request, as `describe_request` wrote it.
        enabled: False if somebody disabled the task.
    """

    at: datetime | None
    task_name: str
    start: datetime | None = None
    drain: bool = False
    request: str = ""
    enabled: bool = True

    @property
    def scheduled_for(self) -> str | None:
        """Return `at` in ISO 8601: with `Z`, or without an offset for the host's local time."""
        return None if self.at is None else format_boundary(self.at)

    def is_ahead(self, clock: HostClock) -> bool:
        """Return whether the restart is still to come."""
        return self.enabled and self.at is not None and self.at > clock.now_for(self.at)


class Phase(Enum):
    """How far a restart of this collection has come."""

    PLANNED = "its time has not come"
    COUNTING_DOWN = "users have been warned, and the host is about to go down"
    DONE = "the host restarted"
    MISSED = "the host did not restart: it was off, or somebody refused or called off the restart"


def phase_of(scheduled: ScheduledRestart, clock: HostClock, last_result: int | None = None) -> Phase:
    """Return how far a restart of this collection has come; its task ended with `last_result`, if known."""
    start, at = scheduled.start, scheduled.at
    if start is None or at is None:
        # A restart at once deletes its task at the end. This task is still there, so its controller went away
        # during the countdown or the wait for users to sign out (a task that never ran may also have 1). If
        # the result is not known, the countdown may run.
        return Phase.COUNTING_DOWN if last_result in (0, 1, NEVER_RUN, None) else Phase.DONE
    now = clock.now_for(start)
    if start > now:
        return Phase.PLANNED if scheduled.enabled else Phase.MISSED
    # The exit code is that of the last action: of shutdown.exe, unless others follow it. A task that never
    # ran has NEVER_RUN by the documentation, and may have 1.
    refused = last_result == NEVER_RUN or (
        not scheduled.drain and last_result not in (0, STILL_RUNNING, None)
    )
    if refused:
        return Phase.MISSED
    if clock.boot_for(start) >= start:
        return Phase.DONE
    return Phase.COUNTING_DOWN if now < at + _GOING_DOWN else Phase.MISSED


def scheduled_command(kb: str) -> str:
    """Return a part of a cmd.exe line that prints the restart task of a hotfix for `read_scheduled`."""
    return read_task_command(task_name(kb))


def read_scheduled(session: Session, kb: str, text: str) -> ScheduledRestart | None:
    """Read what `scheduled_command` printed; None if there is no restart task.

    Raises:
        TaskUnreadableError: The task exists, or may exist, and the host does not show its definition.
    """
    name = task_name(kb)
    task = read_task(session, name, text)
    if task is None:
        return None
    restart = _as_restart(name, task)
    if restart is None:
        raise TaskUnreadableError(session.host, name, True, "it does not start shutdown.exe as it should")
    return restart


def tasks_command() -> str:
    """Return a part of a cmd.exe line that lists the tasks that name shutdown.exe, ours included."""
    return f'({listing_command()}) | findstr /i /c:shutdown /c:"{LISTED}"'


def read_tasks(session: Session, text: str) -> tuple[dict[str, int | None], list[str]]:
    """Read what `tasks_command` printed: the last result of each task that names shutdown.exe.

    schtasks stops at a task that it cannot read. The tasks are then read one by one.

    Returns:
        The last results by name, and in sentences what the host did not show.
    """
    if is_whole_listing(text):
        return parse_listing(text), []
    try:
        text, unread = list_each_task(session)
    except ConnectionLost:
        raise
    except RemoteError as error:
        return {}, [f"Restarts that others scheduled are not known: {error.message}"]
    shutdowns = "\n".join(line for line in text.splitlines() if "shutdown" in line.lower())
    return parse_listing(shutdowns), [
        f"schtasks cannot read the task {name}, so nothing shows whether it restarts the host."
        for name in unread
    ]


def read_other_restarts(
    session: Session, clock: HostClock, names: Iterable[str]
) -> tuple[list[ScheduledRestart], list[str]]:
    """Return the restarts of others, from the names of the tasks that name shutdown.exe.

    Those are enabled tasks that start shutdown.exe; one-off tasks whose time has passed are left out. The
    second part of the answer says in sentences which tasks could not be read.
    """
    restarts: list[ScheduledRestart] = []
    unread: list[str] = []
    for name in names:
        if not name.startswith("\\") or name.lower().startswith(TASK_FOLDER):
            continue
        try:
            task = read_task(session, name)
        except TaskUnreadableError as error:
            unread.append(f"A task that names shutdown.exe may restart the host. {error.message}")
            continue
        if task is None:
            unread.append(
                f"The task {name} names shutdown.exe in the list of schtasks and cannot be found by it, so "
                "it may restart the host."
            )
            continue
        restart = _as_restart(name, task)
        if restart and restart.enabled and (restart.at is None or restart.is_ahead(clock)):
            restarts.append(restart)
    return restarts, unread


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
