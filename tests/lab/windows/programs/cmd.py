# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cmd.exe started as a program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..cmd.process import Process

_SWITCH = re.compile(r"^\s*/([a-z])(:on|:off)?", re.IGNORECASE)


async def cmd(process: Process) -> int:
    """`cmd [/d] [/q] [/v:on] [/s] /c line`. Without /c it reads lines from its input."""
    from ..cmd.interpreter import run_shell

    rest, delayed, strip = process.arguments, False, False
    while match := _SWITCH.match(rest):
        letter = match[1].lower()
        rest = rest[match.end() :]
        if letter == "v":
            delayed = (match[2] or "").lower() == ":on"
        elif letter == "s":
            strip = True
        elif letter in ("c", "r", "k"):
            return await run_shell(process, _unquote(process, rest.strip(), strip), delayed=delayed)
    code = 0
    for line in (await process.read_text()).splitlines():
        code = await run_shell(process, line, delayed=delayed)
    return code


def _unquote(process: Process, line: str, strip: bool) -> str:
    """The rule of `cmd /?`: the first and the last quote go.

    They stay if they are the only two, enclose the name of a program with a blank in it, and nothing on the
    line is special.
    """
    from ..cmd.launch import locate

    if not line.startswith('"'):
        return line
    if line.count('"') == 2 and not strip and not re.search(r"[&<>()@^|]", line):
        name = line.split('"')[1]
        if " " in name and locate(process, name) is not None:
            return line
    last = line.rfind('"')
    return line[1:last] + line[last + 1 :] if last else line
