# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake host with what a restart needs: a clock, one task of ours, servicing, and a life after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.last_attempt import last_attempt_command
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.scheduled import others_command
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows import scheduled_tasks
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.countdown import COUNTDOWN_COMMAND
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.packages import packages_command
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.pending_restart import pending_command
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.scheduled_tasks import LISTING_COMMAND
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import (
    RegisteredTask,
    parse_task_xml,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.user_sessions import SESSIONS_COMMAND
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import ConnectionLost

from tests.unit.fake_session import FakeSession

KB = "KB978918"
TASK = "\\winfleet.hotfix\\KB978918-restart"
PACKAGE = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
PENDING, INSTALLED, ABSENT, REMOVING = 0x60, 0x70, 0x00, 0x05
SUMMER = timezone(timedelta(hours=2))
PARTS = re.compile(r"echo \[\[(\w+)\]\]& \((.*?)\) (?=& echo \[\[)")
NOW = datetime(2026, 6, 18, 8, tzinfo=SUMMER)  # a Thursday


def shutdown_event(number: int, moment: datetime, user: str) -> str:
    """An event of User32 as wevtutil prints it."""
    time = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='USER32'/><EventID Qualifiers='32768'>{number}</EventID>"
        f"<TimeCreated SystemTime='{time}'/></System><EventData>"
        "<Data>C:\\Windows\\system32\\shutdown.exe (PC1)</Data><Data>PC1</Data><Data>Geplant</Data>"
        f"<Data>0x80020011</Data><Data>Neustart</Data><Data>???</Data><Data>{user}</Data></EventData></Event>\r\n"
    )


@dataclass
class PatientClock:
    """Time that passes only when somebody sleeps; what is planned happens then."""

    seconds: float = 0.0
    plans: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        due = [plan for plan in self.plans if plan[0] <= self.seconds]
        self.plans = [plan for plan in self.plans if plan[0] > self.seconds]
        for _unused, happens in due:
            happens()

    def after(self, seconds: float, happens: Callable[[], None]) -> None:
        self.plans.append((self.seconds + seconds, happens))


class RestartHost(FakeSession):
    """A host with KB978918 in some state of servicing and at most one task of ours."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, package: int = PENDING) -> None:
        self.clock = PatientClock()
        self.package = package
        self.pending = ""
        self.boot = NOW - timedelta(days=5)
        self.start = NOW
        self.task: str | None = None
        self.last_result = 267011
        self.listing = ""
        self.event = ""
        self.sessions = ""
        self.attempt = ""
        self.on_run: Callable[[], None] = lambda: None
        self.up = True
        self.uploads: list[bytes] = []
        super().__init__(
            wmi={"Win32_OperatingSystem": lambda _wql: [self._system()]}, commands=self._commands()
        )
        monkeypatch.setattr(
            scheduled_tasks, "send_bytes", lambda _session, data, _to: self.uploads.append(data)
        )

    @property
    def definition(self) -> RegisteredTask:
        assert self.task is not None, "there is no task on the host"
        return parse_task_xml(self.task)

    @property
    def changes(self) -> list[str]:
        """The commands that changed something, without those that only look."""
        looks = ("echo [[", "(type", "schtasks /query")
        return [line for line in self.command_lines if not line.startswith(looks)]

    def run(self, command_line: str, **options: Any) -> Any:
        self._require_up()
        return super().run(command_line, **options)

    def query(self, wql: str, **options: Any) -> Any:
        self._require_up()
        return super().query(wql, **options)

    def reconnect(self) -> None:
        self._require_up()

    def restarts(self, *, after: float, down_for: float, package: int) -> None:
        """Plan what follows the start of the task: down, up again, and what becomes of the package."""

        def went_down() -> None:
            self.up = False

        def came_up() -> None:
            self.up = True
            self.boot = self.start + timedelta(seconds=self.clock.seconds)
            self.package = package

        def begin() -> None:
            self.last_result = 0
            self.clock.after(after, went_down)
            self.clock.after(after + down_for, came_up)

        self.on_run = begin

    def _require_up(self) -> None:
        if not self.up:
            raise ConnectionLost(self.host, "The host does not answer.")

    def _system(self) -> dict[str, Any]:
        return {
            "LastBootUpTime": self.boot.isoformat(),
            "LocalDateTime": (self.start + timedelta(seconds=self.clock.seconds)).isoformat(),
            "CurrentTimeZone": "120",
            "WindowsDirectory": "C:\\Windows",
        }

    def _commands(self) -> dict[str, Any]:
        key = f"HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\x\\Packages\\{PACKAGE}"
        return {
            "echo [[": self._answer_parts,
            packages_command(KB): lambda _line: (
                f"{key}\r\n    CurrentState    REG_DWORD    0x{self.package:x}\r\n"
            ),
            pending_command(): lambda _line: self.pending,
            "(type": lambda _line: (0, self.task) if self.task else (1, ""),
            "schtasks /create": self._create,
            "schtasks /delete": self._delete,
            "schtasks /run": self._start,
            others_command(): lambda _line: self._listing(),
            LISTING_COMMAND: lambda _line: self._listing(),
            COUNTDOWN_COMMAND: lambda _line: self.event,
            SESSIONS_COMMAND: lambda _line: self.sessions,
            last_attempt_command(KB): lambda _line: self.attempt,
            "shutdown /a": "",
            "change logon /enable": "",
            "change logon /drainuntilrestart": "",
        }

    def _answer_parts(self, line: str) -> str:
        """Answer a line that asks for several things, each by its own entry of the table."""
        parts = PARTS.findall(line)
        answers = [(name, super(RestartHost, self).run(command).stdout) for name, command in parts]
        del self.command_lines[-len(parts) :]
        return "".join(f"[[{name}]]\r\n{text}" for name, text in answers) + "[[end]] \r\n"

    def _listing(self) -> str:
        ours = (
            f'"PC1","{TASK}","x","x","x","x","{self.last_result}","x","shutdown.exe"\r\n' if self.task else ""
        )
        return ours + self.listing

    def _create(self, line: str) -> str:
        if TASK not in line:
            return "SUCCESS"
        self.task, self.last_result = self.uploads[-1].decode("utf-16"), 267011
        return "SUCCESS"

    def _delete(self, line: str) -> tuple[int, str]:
        if TASK not in line:
            return 0, ""
        there, self.task = self.task is not None, None
        return (0 if there else 1), ""

    def _start(self, line: str) -> str:
        if TASK in line:
            self.on_run()
        return "SUCCESS"
