# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry points: a command line for cmd.exe, and a program started without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..accounts import Account
from ..disk import DiskError
from ..streams import Streams, empty_reader
from .frames import ExitBatch, ExitShell
from .launch import execute, locate, split_command
from .process import AsciiReader, Console, Environment, Process, default_environment
from .shell import Shell

if TYPE_CHECKING:
    from ..host import WindowsHost


async def run_line(
    host: WindowsHost,
    line: str,
    streams: Streams,
    account: Account,
    directory: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run a line as `cmd.exe /c` does; returns the exit code."""
    return await run_shell(new_process(host, streams, account, directory, environment), line)


async def run_shell(process: Process, line: str, *, delayed: bool = False) -> int:
    """One cmd.exe /c over an existing process."""
    shell = Shell(delayed=delayed)
    try:
        code = await shell.run_text(process, line)
    except ExitShell as ended:
        return ended.code & 0xFFFFFFFF
    except ExitBatch as ended:
        return (shell.error_level if ended.code is None else ended.code) & 0xFFFFFFFF
    return (shell.error_level or code) & 0xFFFFFFFF


async def run_program(
    host: WindowsHost,
    line: str,
    streams: Streams,
    account: Account,
    directory: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Start a program as CreateProcess does; a batch file goes to cmd.exe.

    Raises:
        ProgramNotFoundError: There is no such program.
    """
    from ..host import ProgramNotFoundError

    process = new_process(host, streams, account, directory, environment)
    name, rest = split_command(_variables(process, line.strip()))
    path = locate(process, name)
    if path is None:
        host.unknown(f"program {name}")
        raise ProgramNotFoundError(name)
    if path.lower().endswith((".cmd", ".bat")):
        return await run_shell(process, f'"{path}" {rest}')
    return await execute(process, path, rest)


def _variables(process: Process, text: str) -> str:
    """Task Scheduler expands %VARIABLES% of an action."""
    from .expansion import expand_percent

    return expand_percent(text, process.environment.get, None)


def new_process(
    host: WindowsHost,
    streams: Streams,
    account: Account,
    directory: str | None,
    environment: Mapping[str, str] | None,
) -> Process:
    """The first process of a command: variables of the account, the shell's own on top."""
    values = default_environment(host, account)
    for name, value in (environment or {}).items():
        values.set(name, value)
    values.directory = _folder(host, account, values, directory)
    stdin = empty_reader() if host.has_fault("stdin_lost") else streams.stdin
    return Process(
        host=host,
        account=account,
        environment=values,
        stdin=AsciiReader(stdin) if streams.code_page == 65001 else stdin,
        stdout=streams.stdout,
        stderr=streams.stderr,
        console=Console(streams.code_page),
    )


def _folder(host: WindowsHost, account: Account, values: Environment, directory: str | None) -> str:
    if account.is_system:
        home = "C:\\Windows\\System32"
    else:
        home = values.get("USERPROFILE") or "C:\\"
        temp = f"{home}\\AppData\\Local\\Temp"
        if not host.disk.exists(temp):
            host.disk.make_folder(temp)
    if directory:
        try:
            wanted = host.disk.absolute(directory.replace("%SystemRoot%", "C:\\Windows"), home)
        except DiskError:
            return home
        return wanted if host.disk.is_folder(wanted) else home
    return home
