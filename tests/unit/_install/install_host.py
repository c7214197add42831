# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host for the tests of the installation: it takes files and a task, and the task leaves a record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install import _delivery, _run
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.outcome import HotfixRequest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows import scheduled_tasks
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._transfer_commands import FileHash
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import ConnectionLost
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Clock

from tests.unit._assessment.hosts import (
    NO_PACKAGES,
    data_file_rows,
    package_text,
    part_printer,
    platform_rows,
)
from tests.unit.fake_session import FakeSession

VULNERABLE = "6.1.7600.16385"
FIXED = "6.1.7600.20618"
PACKAGE_PATH = "C:\\Windows\\winfleet.hotfix\\KB978918\\package.msu"


@dataclass(frozen=True)
class FakeClock(Clock):
    """Time that passes by sleeping only."""

    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class InstallHost(FakeSession):
    """A Windows Server 2008 R2 x64 host whose task ends as the test says.

    Args:
        state: CurrentState of the package before; None for a host without it.
        version: of the deciding files.
        ends: the stage and exit code of the task; None if it never ends.
        state_after: CurrentState once the task succeeded.
        polls: how often the task is seen at work before it ends.
    """

    def __init__(
        self,
        *,
        state: int | None = None,
        version: str = VULNERABLE,
        ends: tuple[str, int] | None = ("install", 3010),
        state_after: int | None = 0x60,
        polls: int = 2,
        parts: dict[str, str] | None = None,
        free: int = 20 * 2**30,
        start_mode: str = "Manual",
    ) -> None:
        disk = {
            f"C:\\Windows\\System32\\{name}": version
            for name in ("credssp.dll", "tspkg.dll", "drivers\\tssecsrv.sys")
        }
        super().__init__(
            wmi={
                **platform_rows(),
                "CIM_DataFile": data_file_rows(disk),
                "Win32_QuickFixEngineering": [],
                "Win32_LogicalDisk": [{"FreeSpace": str(free)}],
                "Win32_Service": [{"StartMode": start_mode}],
            },
            commands={
                "echo [[": self._assessed,
                "(mkdir": self._take,
                "(if exist": self._look,
                "if exist": self._if_held,
                "((ren": self._break,
                "(rd": self._release,
                "schtasks /create": "",
                "schtasks /query": self._query,
                "findstr /b /c": self._tidy_up,
                "type": self._type,
                "del": self._delete,
            },
        )
        self.clock = FakeClock()
        self.state = state
        self.ends = ends
        self.state_after = state_after
        self.polls_left = polls
        self.parts = parts or {}
        self.files: dict[str, bytes] = {}
        self.package: FileHash | None = None
        self.script = ""
        self.running = False
        self.record = ""
        self.lost = 0
        self.holder: str | None = None
        self.prepared: tuple[int, str, str] = (0, "", "")
        self.on_look: Callable[[], None] = lambda: None

    def reconnect(self) -> None:
        if self.lost > 0:
            self.lost -= 1
            raise ConnectionLost(self.host, "Nothing answers.")

    def run(self, command_line: str, **options: Any) -> Any:
        if self.running and self.lost > 0 and command_line.startswith(("schtasks /query", "type")):
            self.lost -= 1
            raise ConnectionLost(self.host, "The connection broke.")
        return super().run(command_line, **options)

    @property
    def starts(self) -> int:
        return sum("schtasks /run" in line for line in self.command_lines)

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        writes = ("(mkdir", "(ren", "(rd", "schtasks /create", "if exist", "findstr /b /c", "del")
        return bool(self.files) or any(line.startswith(writes) for line in self.command_lines)

    def take(self, data: bytes, destination: str) -> FileHash:
        self.files[destination] = data
        if destination.endswith("install.cmd"):
            self.script = data.decode("ascii")
        return FileHash("sha256", "0" * 64)

    def at_work(self, run: str, action: str = "install") -> None:
        """Let a task of an earlier run be at work."""
        self.script = f"@echo off\r\nset RUN={run}\r\nset ACTION={action}\r\n"
        self.running = True

    def _assessed(self, line: str) -> str:
        packages = NO_PACKAGES if self.state is None else package_text(self.state)
        return part_printer({"packages": packages, "attempt": self.record, **self.parts})(line)

    def _take(self, line: str) -> tuple[int, str, str]:
        if self.holder is None:
            self.holder = "".join(re.findall(r'\.lock\\([0-9a-f]{32})"', line)[:1])
            code, stdout, stderr = self.prepared
            return (code, f"[lock]\r\n{self.holder}\r\n{self.record}{stdout}", stderr)
        return (1, f"[lock]\r\n{self.holder}\r\n{self.record}", "A subdirectory or file already exists.")

    def _look(self, _unused: str) -> str:
        self.on_look()
        counts = "".join(f"---------- {name}: {len(data)}\r\n" for name, data in self.files.items())
        return counts if self.holder is None else f"[lock]\r\n{self.holder}\r\n{counts}"

    def _if_held(self, line: str) -> Any:
        held = bool(self.holder) and f"\\{self.holder}\\" in line
        if "schtasks /run" not in line:
            return "held\r\n" if held else ""
        self.running = self.running or held
        return "" if held else (75, "")

    def _break(self, line: str) -> str:
        if self.holder and f'\\{self.holder}"' in line:
            self.holder = None
        return ""

    def _release(self, line: str) -> str:
        return self._break(line)

    def _tidy_up(self, line: str) -> str:
        run = re.findall(r"set RUN=(\w+)", line)
        if run == re.findall(r"set RUN=(\w+)", self.script):
            self._delete(line)
        return self._break(line)

    def _query(self, _unused: str) -> Any:
        if self.running and self.ends and self.polls_left <= 0:
            self.running = False
            run = re.search(r"set RUN=(\w+)", self.script)
            stage, code = self.ends
            self.record = f"run={run and run[1]}\r\nstarted=\r\nstage={stage}\r\nexit_code={code}\r\n"
            if code in (0, 3010) and stage in ("install", "remove"):
                self.state = self.state_after
        self.polls_left -= 1
        last = 267009 if self.running else 0
        return f'"H","\\winfleet.hotfix\\KB978918-install","N/A","Ready","x","y","{last}"\r\n'

    def _type(self, line: str) -> str:
        return self.script if "install.cmd" in line else self.record

    def _delete(self, line: str) -> str:
        if re.search(r"del [^&]*install\.cmd", line):
            self.script = ""
        if "attempt.txt" in line:
            self.record = ""
        return ""


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the host take files without the commands that really carry them."""

    def send_file(session: InstallHost, source: Path, destination: str) -> FileHash:
        return session.take(source.read_bytes(), destination)

    def send_bytes(session: InstallHost, data: bytes, destination: str) -> FileHash:
        return session.take(data, destination)

    def fetch_bytes(session: InstallHost, path: str, *, last_bytes: int) -> bytes | None:
        return (
            b"== install\r\n[=====10.0%==  ]\r[====100.0%====]\r\nthe end\r\n"
            if path.endswith(".log")
            else None
        )

    monkeypatch.setattr(_delivery, "send_file", send_file)
    monkeypatch.setattr(_delivery, "file_hash", lambda session, path: session.package)
    monkeypatch.setattr(_run, "send_bytes", send_bytes)
    monkeypatch.setattr(_run, "fetch_bytes", fetch_bytes)
    monkeypatch.setattr(scheduled_tasks, "send_bytes", send_bytes)


def request(**changes: Any) -> HotfixRequest:
    """A request for KB978918."""
    base = HotfixRequest(load_definition("KB978918"), "present", None, 600.0, False, False)
    return replace(base, **changes)
