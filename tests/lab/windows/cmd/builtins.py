# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands inside cmd.exe: control, variables, output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import builtins_files
from .expansion import split_words
from .frames import Batch, ExitBatch, ExitShell, Goto
from .launch import locate, split_command
from .shell import Builtin

if TYPE_CHECKING:
    from .process import Process
    from .shell import Shell

# A command word ends at a delimiter, or directly before one of the characters that may follow a
# built-in command without a space (`echo.`, `cd..`, `dir/b`).
_WORD = re.compile(r"^([a-z]+)(?=[\s./\\,;=+(\[\]:\"]|$)", re.IGNORECASE)
_SYNTAX = "The syntax of the command is incorrect."


async def _echo(shell: Shell, process: Process, rest: str) -> int:
    text = rest[1:] if rest[:1] in tuple(" \t.,;=:/\\+([]") else rest
    state = text.strip().lower()
    if rest[:1] in ("", " ", "\t") and state in ("on", "off"):
        shell.echo = state == "on"
    elif rest[:1] in ("", " ", "\t") and not state:
        process.line(f"ECHO is {'on' if shell.echo else 'off'}.")
    else:
        process.line(text)
    return 0


async def _set(shell: Shell, process: Process, rest: str) -> int:
    text = rest.lstrip()
    if text[:2].lower() in ("/a", "/p"):
        process.host.unknown(f"set {text}")
        process.err(_SYNTAX)
        shell.error_level = 1
        return 1
    if text.startswith('"'):
        # The last quote ends the text, what follows it is dropped.
        end = text.rfind('"')
        text = text[1:end] if end > 0 else text[1:]
    name, equals, value = text.partition("=")
    if not equals:
        return _show(shell, process, name.rstrip())
    if not name:
        process.err(_SYNTAX)
        return 1
    process.environment.set(name, value)
    return 0


def _show(shell: Shell, process: Process, prefix: str) -> int:
    found = [(n, v) for n, v in process.environment.items() if n.lower().startswith(prefix.lower())]
    for name, value in found:
        process.line(f"{name}={value}")
    if not found:
        process.err(f"Environment variable {prefix} not defined")
        shell.error_level = 1
    return 0 if found else 1


async def _setlocal(shell: Shell, process: Process, rest: str) -> int:
    if shell.batch is None:
        # On the command line SETLOCAL and ENDLOCAL do nothing (Wine's conformance tests, run on Windows).
        return 0
    shell.batch.saved.append((process.environment.copy(), shell.delayed))
    words = rest.lower().split()
    if "enabledelayedexpansion" in words:
        shell.delayed = True
    if "disabledelayedexpansion" in words:
        shell.delayed = False
    shell.error_level = 0
    return 0


async def _endlocal(shell: Shell, process: Process, rest: str) -> int:
    if shell.batch is not None and shell.batch.saved:
        environment, shell.delayed = shell.batch.saved.pop()
        process.environment.assign(environment)
    return 0


async def _goto(shell: Shell, process: Process, rest: str) -> int:
    label = rest.strip()
    if shell.batch is None:
        return 0
    if label.lower().startswith(":eof"):
        raise ExitBatch(None)
    raise Goto(label)


async def _exit(shell: Shell, process: Process, rest: str) -> int:
    words = rest.split()
    inner = bool(words) and words[0].lower() == "/b"
    if inner:
        words = words[1:]
    try:
        code = int(words[0], 0) if words else None
    except ValueError:
        code = None
    if inner and shell.batch is not None:
        raise ExitBatch(code)
    raise ExitShell(shell.error_level if code is None else code)


async def _call(shell: Shell, process: Process, rest: str) -> int:
    text = shell.expand(process, rest.strip())
    if text.startswith(":"):
        if shell.batch is None:
            process.err("Invalid attempt to call batch label outside of batch script.")
            shell.error_level = 1
            return 1
        words = split_words(text)
        tail = text[len(words[0]) :].strip()
        frame = Batch(shell.batch.path, shell.batch.lines, [words[0], *words[1:], tail])
        frame.position = shell.batch.position
        position = frame.find_label(words[0])
        if position is None:
            process.err(f"The system cannot find the batch label specified - {words[0][1:]}")
            shell.error_level = 1
            return 1
        frame.position = position
        return await shell.run_lines(process, frame)
    if find_builtin(text) is not None:
        return await shell.simple(process, text)
    name, tail = split_command(text)
    path = locate(process, name)
    if path is not None and path.lower().endswith((".cmd", ".bat")):
        return await shell.run_batch(process, path, name, tail)
    return await shell.external(process, name, tail, called=True)


async def _ver(shell: Shell, process: Process, rest: str) -> int:
    process.line()
    process.line(f"Microsoft Windows [Version {process.host.profile.os.version}]")
    shell.error_level = 0
    return 0


_BUILTINS: dict[str, Builtin] = {
    "echo": _echo,
    "set": _set,
    "setlocal": _setlocal,
    "endlocal": _endlocal,
    "goto": _goto,
    "exit": _exit,
    "call": _call,
    "ver": _ver,
    **builtins_files.BUILTINS,
}


def find_builtin(text: str) -> tuple[Builtin, str] | None:
    """The built-in command of a line and what follows its name; None if the line starts a program."""
    match = _WORD.match(text)
    function = _BUILTINS.get(match[1].lower()) if match else None
    if match is None or function is None:
        return None
    return function, text[match.end() :]
