# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""find and findstr."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..cmd.conditions import matching
from ..cmd.expansion import split_arguments
from ..cmd.process import codec
from ..disk import DiskError

if TYPE_CHECKING:
    from ..cmd.process import Process


# findstr cuts lines of its standard input at 8191 characters ("What are the undocumented features and
# limitations of the Windows FINDSTR command?", Stack Overflow 8844868).
_LONGEST_INPUT_LINE = 8191
# By the same page: Windows 7 refuses search strings beyond 254 characters (511 if they are literal), and of
# several literal strings, upper and lower case told apart, findstr may miss what one of them matches.
_LONGEST_STRING = 254


def _pattern(text: str) -> str:
    """A findstr regular expression as Python's: . * ^ $ [class] \\x \\< \\> and nothing else."""
    result: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            at += 1
            result.append({"<": r"\b", ">": r"\b"}.get(text[at], re.escape(text[at])))
        elif char == "[":
            end = text.find("]", at + 2)
            if end < 0:
                result.append(re.escape(char))
            else:
                result.append("[" + text[at + 1 : end].replace("\\", "\\\\") + "]")
                at = end
        elif char == "*" and not result:
            result.append(r"\*")
        else:
            result.append(char if char in ".*^$" else re.escape(char))
        at += 1
    return "".join(result)


def _files(process: Process, operands: list[str]) -> list[tuple[str, str]]:
    """(name as shown, path) of operands, patterns resolved."""
    result: list[tuple[str, str]] = []
    for operand in operands:
        folder, slash, name = operand.replace("/", "\\").rpartition("\\")
        if "*" in name or "?" in name:
            base = process.path(folder + slash if slash else ".")
            result += [
                (f"{folder}{slash}{item}", f"{base.rstrip(chr(92))}\\{item}")
                for item in matching(process, base, name)
            ]
        else:
            result.append((operand, process.path(operand)))
    return result


async def findstr(process: Process) -> int:
    """`findstr [/b /e /i /l /m /n /r /v /x /s] [/c:string] [strings] [files]`; exit 1 without a match."""
    switches: set[str] = set()
    strings: list[str] = []
    operands: list[str] = []
    for word in split_arguments(process.arguments):
        lowered = word.lower()
        if lowered.startswith("/c:"):
            strings.append(word[3:])
        elif word.startswith("/") and len(word) > 1 and not set(lowered[1:]) - set("beilmnrvxop"):
            switches.update(lowered[1:])
        elif word.startswith("/"):
            process.host.unknown(f"findstr {process.arguments}")
            process.err(f"FINDSTR: {word} ignored")
        else:
            operands.append(word)
    if not strings:
        if not operands:
            process.err("FINDSTR: Bad command line")
            return 2
        strings = operands.pop(0).split(" ")
    elif len(strings) > 1 and not switches & {"i", "r"}:
        process.host.unknown(f"findstr {process.arguments}")
        return 1
    if max(map(len, strings)) > _LONGEST_STRING:
        process.err("FINDSTR: Search string too long.")
        return 2
    match = _matcher(strings, switches)
    if not operands:
        return await _scan_input(process, match, switches)
    found = False
    files = _files(process, operands)
    for name, path in files:
        try:
            data = process.read(path)
        except DiskError:
            process.err(f"FINDSTR: Cannot open {name}")
            continue
        prefix = f"{name}:" if len(files) > 1 or "*" in operands[0] else ""
        found |= _scan(process, data, match, switches, prefix, name)
    return 0 if found else 1


def _matcher(strings: list[str], switches: set[str]) -> re.Pattern[str]:
    # /R and /L decide; without them strings with /C: are literal and words are expressions.
    parts = []
    for string in strings:
        part = re.escape(string) if "l" in switches else _pattern(string)
        if "x" in switches or "b" in switches:
            part = "^" + part
        if "x" in switches or "e" in switches:
            part += "$"
        parts.append(f"(?:{part})")
    return re.compile("|".join(parts), re.IGNORECASE if "i" in switches else 0)


async def _scan_input(process: Process, match: re.Pattern[str], switches: set[str]) -> int:
    """Standard input, line by line as it comes."""
    found = False
    pending = b""
    number = 0
    while chunk := await process.stdin.read(65536):
        if process.host.has_fault("findstr_loses_nul"):
            chunk = chunk.replace(b"\0", b"")
        head, newline, tail = (pending + chunk).rpartition(b"\n")
        if newline:
            found |= _scan(process, head + newline, match, switches, "", "", number)
            number += head.count(b"\n") + 1
            pending = tail
        else:
            pending += chunk
    if pending:
        found |= _scan(process, pending + b"\r\n", match, switches, "", "", number)
    return 0 if found else 1


def _scan(
    process: Process,
    data: bytes,
    match: re.Pattern[str],
    switches: set[str],
    prefix: str,
    name: str,
    number: int = 0,
) -> bool:
    hits: list[str] = []
    # Bytes go through unchanged whatever their code page.
    for line in re.findall("[^\n]*\n|[^\n]+", data.decode("latin-1")):
        number += 1
        body = line.removesuffix("\n").removesuffix("\r")
        if not name and len(body) > _LONGEST_INPUT_LINE:
            process.err(f"FINDSTR: Line {number} is too long.")
            continue
        if bool(match.search(body)) != ("v" in switches):
            if "m" in switches:
                process.line(name)
                return True
            hits.append(
                prefix
                + (f"{number}:" if "n" in switches else "")
                + (line if line.endswith("\n") else line + "\r\n")
            )
    if hits:
        process.stdout.write("".join(hits).encode("latin-1", "replace"))
    return bool(hits)


async def find(process: Process) -> int:
    """`find [/v] [/c] [/n] [/i] "string" [files]`."""
    words = re.findall(r'"(?:[^"]|"")*"|\S+', process.arguments)
    switches = {word.lower() for word in words if word.startswith("/")}
    texts = [word for word in words if word.startswith('"')]
    operands = [word for word in words if not word.startswith("/")][1:]
    if not texts or switches - {"/v", "/c", "/n", "/i", "/off", "/offline"}:
        process.err("FIND: Parameter format not correct")
        return 2
    wanted = texts[0][1:-1].replace('""', '"')
    if not operands:
        return 0 if _count(process, await process.stdin.read(), wanted, switches, "") else 1
    found = 0
    for name, path in _files(process, [operand.strip('"') for operand in operands]):
        try:
            data = process.read(path)
        except DiskError:
            process.err(f"File not found - {name.upper()}")
            continue
        found += _count(process, data, wanted, switches, name)
    return 0 if found else 1


def _count(process: Process, data: bytes, wanted: str, switches: set[str], name: str) -> int:
    lines = data.decode(codec(process.code_page), "replace").splitlines()
    fold = "/i" in switches
    needle = wanted.lower() if fold else wanted
    hits = [
        (number, line)
        for number, line in enumerate(lines, 1)
        # An empty string matches no line.
        if (bool(needle) and needle in (line.lower() if fold else line)) != ("/v" in switches)
    ]
    title = f"\r\n---------- {name.upper()}" if name else ""
    if "/c" in switches:
        process.line(f"{title}: {len(hits)}" if title else str(len(hits)))
        return len(hits)
    if title:
        process.line(title)
    for number, line in hits:
        process.line(f"[{number}]{line}" if "/n" in switches else line)
    return len(hits)
