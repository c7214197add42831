# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands, scripts and tasks on a simulated host, for the tests of the machine itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.lab.clock import Clock
from tests.lab.packages.builder import PackageSpec, inner_cabinet
from tests.lab.packages.update import Update
from tests.lab.windows.accounts import SYSTEM, Account
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.streams import BytePipe, Streams

from .hosts import make_host

CAB = "C:\\Windows\\Temp\\package.cab"
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
CBS = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"


@dataclass(frozen=True)
class Result:
    """What a command gave back."""

    code: int
    out: str
    err: str


async def command(host: WindowsHost, line: str, stdin: bytes = b"", **more: Any) -> Result:
    """Run a line as `cmd /c` does, as SYSTEM unless `account` says otherwise."""
    code_page = more.pop("code_page", 437)
    account: Account = more.pop("account", SYSTEM)
    streams = Streams(stdin=BytePipe(stdin, closed=True), code_page=code_page)
    code = await host.run_command(line, streams, account, **more)
    name = "utf-8" if code_page == 65001 else f"cp{code_page}"
    assert isinstance(streams.stdout, BytePipe)
    assert isinstance(streams.stderr, BytePipe)
    return Result(code, streams.stdout.take().decode(name), streams.stderr.take().decode(name))


def cmd(line: str, stdin: bytes = b"", **more: Any) -> Result:
    """Run one line on a fresh host; further arguments go to the profile."""
    account = more.pop("account", SYSTEM)
    code_page = more.pop("code_page", 437)

    async def work() -> Result:
        return await command(make_host(**more), line, stdin, account=account, code_page=code_page)

    return asyncio.run(work())


def script(text: str, arguments: str = "", **profile: Any) -> Result:
    """Run a batch file of these lines on a fresh host."""

    async def work() -> Result:
        host = make_host(**profile)
        host.disk.write("C:\\Windows\\Temp\\test.cmd", text.replace("\n", "\r\n").encode("cp437"))
        return await command(host, f"C:\\Windows\\Temp\\test.cmd {arguments}")

    return asyncio.run(work())


def on_host(work: Callable[[WindowsHost], Awaitable[None]], **profile: Any) -> None:
    """Run a coroutine with a fresh host."""

    async def run() -> None:
        await work(make_host(**profile))

    asyncio.run(run())


def frozen_host(now: str, **profile: Any) -> WindowsHost:
    """A host whose clock stands at a moment and moves only by `advance`."""
    return make_host(clock=Clock(datetime.fromisoformat(now), running=False), **profile)


async def add_package(host: WindowsHost, architecture: str = "x64", **spec: Any) -> Result:
    host.disk.write(CAB, inner_cabinet(PackageSpec(architecture, **spec)))
    return await command(host, f"dism /online /english /norestart /add-package /packagepath:{CAB}")


async def install_update(host: WindowsHost, update: Update) -> Result:
    """Install any package as DISM does with its cabinet."""
    host.disk.write(CAB, inner_cabinet(update))
    return await command(host, f"dism /online /english /norestart /add-package /packagepath:{CAB}")


async def install_forced(host: WindowsHost, update: Update) -> Result:
    """Force the LDR branch: expand the cabinet and install the other root in it."""
    host.disk.write(CAB, inner_cabinet(update))
    folder = "C:\\Windows\\Temp\\expanded"
    host.disk.make_folder(folder)
    await command(host, f"expand -F:* {CAB} {folder}")
    path = f"{folder}\\update-bf.mum"
    return await command(host, f"dism /online /english /norestart /add-package /packagepath:{path}")


async def restart(host: WindowsHost) -> None:
    """Restart and let boot-time servicing come to rest."""
    await command(host, "shutdown /r /t 0")
    await host.clock.advance(60)


def task_xml(triggers: str = "", settings: str = "", arguments: str = "/c echo ran>>C:\\ran.txt") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-16"?>\r\n'
        '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">'
        f"<Triggers>{triggers}</Triggers>"
        '<Principals><Principal id="a"><UserId>S-1-5-18</UserId></Principal></Principals>'
        f"<Settings>{settings}</Settings>"
        '<Actions Context="a"><Exec><Command>cmd.exe</Command>'
        f"<Arguments>{arguments}</Arguments></Exec></Actions></Task>"
    )


def time_trigger(start: str, end: str = "") -> str:
    until = f"<EndBoundary>{end}</EndBoundary>" if end else ""
    return f"<TimeTrigger><StartBoundary>{start}</StartBoundary>{until}</TimeTrigger>"
