# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task Scheduler: keeps what was registered and runs exactly that, by the fleet's clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tests.lab.clock import Timer

from . import task_xml
from .accounts import SYSTEM, Account
from .streams import NullWriter, Streams

if TYPE_CHECKING:
    from .host import WindowsHost

NEVER_RUN = 267011  # SCHED_S_TASK_HAS_NOT_RUN
RUNNING = 267009  # SCHED_S_TASK_RUNNING
TERMINATED = 267014  # SCHED_S_TASK_TERMINATED
_FOLDER = "C:\\Windows\\System32\\Tasks"
_SYSTEM_NAMES = ("s-1-5-18", "system", "nt authority\\system", "nt-autorität\\system")


@dataclass
class Task:
    """A registered task."""

    name: str
    xml: str
    definition: task_xml.Definition
    registered: datetime
    account: Account = SYSTEM
    last_run: datetime | None = None
    last_result: int = NEVER_RUN
    missed: list[datetime] = field(default_factory=list)
    running: set[asyncio.Task[None]] = field(default_factory=set)
    timers: list[Timer] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


class Scheduler:
    """The tasks of one host. Names are full paths (`\\folder\\task`), compared without case."""

    def __init__(self, host: WindowsHost) -> None:
        self._host = host
        self._tasks: dict[str, Task] = {}
        self._down_since = host.clock.now()

    # -- registration --------------------------------------------------------------------------------

    def register(self, name: str, xml: str, author: Account = SYSTEM) -> Task:
        """Register or replace a task; without a principal of its own it runs as its author.

        Raises:
            task_xml.TaskXmlError: The definition is refused.
        """
        definition = task_xml.parse(xml)
        account = self._account(definition.user_id, author)
        name = "\\" + name.strip("\\")
        old = self._tasks.pop(name.lower(), None)
        if old is not None:
            self._disarm(old)
        task = Task(name, xml, definition, self._host.clock.now(), account)
        self._tasks[name.lower()] = task
        self._save(task)
        for trigger in definition.triggers:
            if trigger.enabled and trigger.kind == "RegistrationTrigger":
                self._at(task, self._host.clock.now() + trigger.delay, trigger)
        self._arm(task, registering=True)
        return task

    def find(self, name: str) -> Task | None:
        return self._tasks.get("\\" + name.strip("\\").lower())

    def all(self) -> list[Task]:
        return sorted(self._tasks.values(), key=lambda task: task.name.lower())

    def delete(self, name: str) -> bool:
        task = self._tasks.pop("\\" + name.strip("\\").lower(), None)
        if task is None:
            return False
        self._disarm(task)
        path = _FOLDER + task.name
        if self._host.disk.exists(path):
            self._host.disk.delete(path)
        return True

    # -- running -------------------------------------------------------------------------------------

    def run(self, task: Task) -> bool:
        """Start a task now (on demand or by trigger). False: it was not started."""
        definition = task.definition
        if not self._host.powered or not definition.enabled:
            return False
        if task.running and definition.multiple_instances in ("IgnoreNew", "Queue"):
            return False
        work = self._host.clock.spawn(self._execute(task))
        task.running.add(work)
        work.add_done_callback(task.running.discard)
        return True

    def end(self, task: Task) -> bool:
        """Terminate running instances."""
        if not task.running:
            return False
        task.stop.set()
        return True

    def next_run(self, task: Task) -> datetime | None:
        """The next start by a time trigger, aware."""
        now = self._host.clock.now()
        moments = [
            moment for trigger in task.definition.triggers if (moment := self._next(trigger, now)) is not None
        ]
        return min(moments) if moments and task.definition.enabled else None

    async def _execute(self, task: Task) -> None:
        host, definition = self._host, task.definition
        task.last_run, task.last_result = host.clock.now(), RUNNING
        task.stop = asyncio.Event()
        result = 0
        for command, arguments, folder in definition.commands:
            streams = Streams(
                stdout=NullWriter(), stderr=NullWriter(), code_page=host.profile.texts["oem_code_page"]
            )
            streams.terminated = task.stop
            limit = None
            if definition.time_limit is not None:
                limit = host.clock.call_later(definition.time_limit.total_seconds(), task.stop.set)
            line = (
                (f'"{command}"' if " " in command and not command.startswith('"') else command)
                + " "
                + arguments
            )
            try:
                result = await host.run_program(
                    line.strip(),
                    streams,
                    task.account,
                    directory=folder or None,
                    environment={},
                )
            except Exception as error:  # ProgramNotFoundError and the like: the task's result says so
                host.log.info("task %s: %s", task.name, error)
                result = 0x80070002
            finally:
                if limit is not None:
                    limit.cancel()
            if task.stop.is_set():
                result = TERMINATED
                break
        task.last_result = result

    def _account(self, user_id: str, author: Account) -> Account:
        if not user_id:
            return author
        if user_id.lower() in _SYSTEM_NAMES:
            return SYSTEM
        user = self._host.find_user(user_id)
        if user is None:
            raise task_xml.TaskXmlError(
                f"No mapping between account names and security IDs was done.\r\n(2,2):UserId:{user_id}"
            )
        return self._host.logon(user)

    # -- power ---------------------------------------------------------------------------------------

    def went_down(self) -> None:
        """Timers stop with the host; what falls due while it is off is missed."""
        for task in self._tasks.values():
            for timer in task.timers:
                timer.cancel()
            task.timers.clear()
            if task.running:
                task.last_result = 0x40010004  # DBG_TERMINATE_PROCESS: what a shutdown leaves
        self._down_since = self._host.clock.now()

    def came_up(self) -> None:
        """After a boot: what was missed counts, boot triggers fire, timers are set again."""
        now = self._host.clock.now()
        since = self._down_since
        for task in list(self._tasks.values()):
            self._catch_up(task, since, now)
            for trigger in task.definition.triggers:
                if trigger.kind == "BootTrigger" and trigger.enabled:
                    self._at(task, now + trigger.delay, trigger)
            self._arm(task)

    def _catch_up(self, task: Task, since: datetime, now: datetime) -> None:
        for trigger in task.definition.triggers:
            moment = self._next(trigger, since)
            if moment is not None and moment <= now:
                task.missed.append(moment)
                end = trigger.end and task_xml.in_zone(trigger.end, self._host.time_zone)
                if task.definition.start_when_available and (end is None or end > now):
                    self._at(task, now + timedelta(seconds=1), trigger)

    # -- triggers ------------------------------------------------------------------------------------

    def _next(self, trigger: task_xml.Trigger, after: datetime) -> datetime | None:
        """The first moment at or after `after`; every day is computed in local time (daylight saving)."""
        if (
            not trigger.enabled
            or trigger.start is None
            or trigger.kind not in ("TimeTrigger", "CalendarTrigger")
        ):
            return None
        zone = self._host.time_zone
        step = 0
        while True:
            moment = task_xml.in_zone(trigger.start + timedelta(days=step), zone).astimezone(timezone.utc)
            if trigger.end is not None and moment > task_xml.in_zone(trigger.end, zone):
                return None
            if moment >= after:
                return moment
            if trigger.kind == "TimeTrigger" or not trigger.days:
                return None
            step += trigger.days

    def _arm(self, task: Task, *, registering: bool = False) -> None:
        now = self._host.clock.now()
        for trigger in task.definition.triggers:
            moment = self._next(trigger, now)
            if moment is not None:
                self._at(task, moment, trigger)
            elif registering and trigger.kind == "TimeTrigger" and trigger.start and trigger.enabled:
                # A start in the past is missed at once; StartWhenAvailable would catch up.
                task.missed.append(task_xml.in_zone(trigger.start, self._host.time_zone))
                if task.definition.start_when_available:
                    self._at(task, now + timedelta(seconds=1), trigger)
        ends = [task_xml.in_zone(t.end, self._host.time_zone) for t in task.definition.triggers if t.end]
        if task.definition.delete_after is not None and ends:
            when = max(max(ends) + task.definition.delete_after, now)
            task.timers.append(self._host.clock.call_at(when, lambda: self._expire(task)))

    def _expire(self, task: Task) -> None:
        if self._tasks.get(task.name.lower()) is task and not task.running:
            self.delete(task.name)

    def _at(self, task: Task, moment: datetime, trigger: task_xml.Trigger) -> None:
        task.timers.append(self._host.clock.call_at(moment, lambda: self._due(task, trigger)))

    def _due(self, task: Task, trigger: task_xml.Trigger) -> None:
        host = self._host
        if self._tasks.get(task.name.lower()) is not task:
            return
        if (host.profile.on_battery and task.definition.needs_mains) or not self.run(task):
            task.missed.append(host.clock.now())
        if trigger.kind == "CalendarTrigger":
            following = self._next(trigger, host.clock.now() + timedelta(seconds=1))
            if following is not None:
                self._at(task, following, trigger)

    def _disarm(self, task: Task) -> None:
        for timer in task.timers:
            timer.cancel()
        task.timers.clear()

    def _save(self, task: Task) -> None:
        """Task Scheduler keeps each definition as a UTF-16 file under System32\\Tasks."""
        disk, path = self._host.disk, _FOLDER + task.name
        folder = path.rpartition("\\")[0]
        if not disk.exists(folder):
            disk.make_folder(folder)
        disk.write(path, b"\xff\xfe" + task.xml.encode("utf-16-le"))
