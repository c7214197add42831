# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands inside cmd.exe that work on files and folders."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from ..disk import Disk, DiskError
from .conditions import matching
from .expansion import split_words

if TYPE_CHECKING:
    from .process import Process
    from .shell import Builtin, Shell

_SYNTAX = "The syntax of the command is incorrect."


def _parse(rest: str) -> tuple[set[str], list[str]]:
    """Switches (lower case) and operands; switches may stick to a word (`dir/b`)."""
    switches: set[str] = set()
    operands: list[str] = []
    for word in split_words(rest):
        head, *more = word.split("/") if not word.startswith('"') else [word]
        if head:
            operands.append(head.replace('"', ""))
        switches.update(part.lower() for part in more)
    return switches, operands


def _expand(process: Process, operand: str) -> list[str]:
    """Paths of the files that an operand names; patterns are resolved."""
    full_folder, _unused, name = operand.replace("/", "\\").rpartition("\\")
    if "*" not in name and "?" not in name:
        return [process.path(operand)]
    folder = process.path((full_folder + "\\") if full_folder else ".")
    disk = process.host.disk
    names = matching(process, folder, name)
    return [f"{folder.rstrip(chr(92))}\\{item}" for item in names if not disk.is_folder(f"{folder}\\{item}")]


async def _type(shell: Shell, process: Process, rest: str) -> int:
    _unused, operands = _parse(rest)
    if not operands:
        process.err(_SYNTAX)
        shell.error_level = 1
        return 1
    shell.error_level = 0
    for operand in operands:
        if Disk.is_device(operand):
            continue
        for path in _expand(process, operand):
            try:
                data = process.read(path)
            except DiskError as error:
                shell.error_level = process.fail(2 if error.code == 3 and not operand.count("\\") else error)
                continue
            if data.startswith(b"\xff\xfe"):
                # TYPE converts UTF-16 with a byte order mark to the console's code page.
                process.out(data[2:].decode("utf-16-le", "replace"))
            else:
                process.stdout.write(data)
    return shell.error_level


async def _copy(shell: Shell, process: Process, rest: str) -> int:
    _unused, operands = _parse(rest.replace("+", " + "))
    sources: list[str] = operands[:1]
    index = 1
    while index + 1 < len(operands) and operands[index] == "+":
        sources.append(operands[index + 1])
        index += 2
    if not sources:
        process.err(_SYNTAX)
        shell.error_level = 1
        return 1
    combined = len(sources) > 1
    # Without a destination the others are appended to the first (COPY/APPEND in manuals of MS-DOS).
    target = operands[index] if index < len(operands) else sources[0] if combined else "."
    files = [path for source in sources for path in _expand(process, source)]
    count = 0
    disk = process.host.disk
    content = b""
    for path in files:
        files_inside = _expand(process, path + "\\*") if disk.is_folder(path) else [path]
        for file in files_inside:
            data = b"" if Disk.is_device(file) else process.read(file)
            content = content + data if combined and count else data
            if not Disk.is_device(target):
                destination = process.path(target)
                if disk.is_folder(destination):
                    destination += "\\" + file.rpartition("\\")[2]
                process.write(destination, content)
            count = 1 if combined else count + 1
    process.line(str(process.texts["files_copied"]).format(count=count))
    shell.error_level = 0 if count else 1
    return shell.error_level


async def _move(shell: Shell, process: Process, rest: str) -> int:
    _unused, operands = _parse(rest)
    if len(operands) != 2:
        process.err(_SYNTAX)
        shell.error_level = 1
        return 1
    sources = _expand(process, operands[0])
    disk = process.host.disk
    moved = 0
    for source in sources:
        info = disk.info(source)
        if info is None:
            raise DiskError(2, source)
        target = process.path(operands[1])
        if disk.is_folder(target):
            target += "\\" + info.name
        # Batch files and `cmd /c` overwrite without asking, /Y or not (Wine's conformance tests, for COPY).
        process.rename(source, target, overwrite=True)
        moved += 1
    kind = "dir(s)" if moved == 1 and disk.is_folder(process.path(operands[1])) else "file(s)"
    process.line(f"{moved:9d} {kind} moved.")
    shell.error_level = 0 if moved else 1
    return shell.error_level


async def _del(shell: Shell, process: Process, rest: str) -> int:
    """DEL always clears ERRORLEVEL, also where it finds nothing."""
    switches, operands = _parse(rest)
    shell.error_level = 0
    if not operands:
        process.err(_SYNTAX)
        shell.error_level = 1
        return 1
    disk = process.host.disk
    for operand in operands:
        path = process.path(operand)
        if disk.is_folder(path) and "*" not in operand:
            paths = _expand(process, path + "\\*") if "q" in switches else []
        elif "s" in switches:
            folder, _unused, pattern = path.rpartition("\\")
            folders = [folder, *(info.path for info in disk.walk(folder) if info.is_folder)]
            paths = [item for place in folders for item in _expand(process, f"{place}\\{pattern}")]
        else:
            paths = _expand(process, operand)
        found = [item for item in paths if disk.exists(item)]
        for item in found:
            try:
                process.delete(item)
            except DiskError as error:
                process.err(item)
                process.fail(error)
        if not found:
            process.err(f"Could Not Find {path}")
    return 0


async def _mkdir(shell: Shell, process: Process, rest: str) -> int:
    _unused, operands = _parse(rest)
    shell.error_level = 0 if operands else 1
    if not operands:
        process.err(_SYNTAX)
    for operand in operands:
        try:
            process.make_folder(process.path(operand))
        except DiskError as error:
            shell.error_level = 1
            if error.code == 80:
                process.err(f"A subdirectory or file {operand} already exists.")
            else:
                process.fail(error)
    return shell.error_level


async def _rmdir(shell: Shell, process: Process, rest: str) -> int:
    """RD reports failure to && and || only."""
    switches, operands = _parse(rest)
    code = 0
    for operand in operands:
        try:
            path = process.path(operand)
            process.check(path, write=True)
            process.host.disk.remove_folder(path, recursive="s" in switches)
        except DiskError as error:
            code = error.code
            process.fail(error)
    return code


async def _ren(shell: Shell, process: Process, rest: str) -> int:
    _unused, operands = _parse(rest)
    if len(operands) != 2 or "\\" in operands[1] or ":" in operands[1]:
        process.err(_SYNTAX)
        shell.error_level = 1
        return 1
    source = process.path(operands[0])
    try:
        process.rename(source, source.rpartition("\\")[0] + "\\" + operands[1])
    except DiskError as error:
        shell.error_level = 1
        if error.code == 183:
            process.err("A duplicate file name exists, or the file\r\ncannot be found.")
            return 1
        return process.fail(error)
    shell.error_level = 0
    return 0


async def _cd(shell: Shell, process: Process, rest: str) -> int:
    text = rest.strip()
    if text[:2].lower() == "/d":
        text = text[2:].strip()
    text = text.replace('"', "").rstrip()
    if not text:
        process.line(process.directory)
        return 0
    path = process.path(text)
    if not process.host.disk.is_folder(path):
        shell.error_level = 1
        return process.fail(3 if not process.host.disk.exists(path) else 267)
    info = process.host.disk.info(path)
    process.environment.directory = info.path if info else path
    shell.error_level = 0
    return 0


async def _dir(shell: Shell, process: Process, rest: str) -> int:
    switches, operands = _parse(rest)
    disk = process.host.disk
    code = 0
    for operand in operands or ["."]:
        path = process.path(operand) if "*" not in operand and "?" not in operand else ""
        if path and disk.is_folder(path):
            folder, pattern = path, "*"
        else:
            where, _unused, pattern = operand.replace("/", "\\").rpartition("\\")
            folder = process.path(where + "\\" if where else ".")
        code = max(code, _list(process, folder, pattern, switches))
    shell.error_level = code
    return code


def _list(process: Process, folder: str, pattern: str, switches: set[str]) -> int:
    disk = process.host.disk
    names = matching(process, folder, pattern)
    process.check(folder, write=False)
    entries = [info for name in names if (info := disk.info(f"{folder.rstrip(chr(92))}\\{name}"))]
    if {"b", "s"} <= switches:
        entries = [info for info in disk.walk(folder) if _fits(info.name, pattern)]
    kinds = {item for item in switches if item.startswith("a")}
    if "ad" in kinds:
        entries = [info for info in entries if info.is_folder]
    if "a-d" in kinds:
        entries = [info for info in entries if not info.is_folder]
    # Without /b, an empty folder lists itself and the one above.
    if not entries and ("b" in switches or pattern != "*"):
        process.err("File Not Found")
        return 1
    if "b" in switches:
        for info in entries:
            process.line(info.path if "s" in switches else info.name)
        return 0
    process.line(" Volume in drive C has no label.\r\n Volume Serial Number is 5C31-9A0E\r\n")
    process.line(f" Directory of {folder}\r\n")
    for info in entries:
        stamp = info.modified.astimezone(process.host.time_zone).strftime(f"{process.texts['date']}  %H:%M")
        size = "    <DIR>         " if info.is_folder else f"{info.size:18,}"
        process.line(f"{stamp} {size} {info.name}")
    files = [info for info in entries if not info.is_folder]
    process.line(f"{len(files):16d} File(s) {sum(info.size for info in files):14,} bytes")
    process.line(f"{len(entries) - len(files):16d} Dir(s) {disk.free:15,} bytes free")
    return 0


def _fits(name: str, pattern: str) -> bool:

    return fnmatch.fnmatchcase(name.lower(), pattern.lower())


BUILTINS: dict[str, Builtin] = {
    "type": _type,
    "copy": _copy,
    "move": _move,
    "del": _del,
    "mkdir": _mkdir,
    "md": _mkdir,
    "rd": _rmdir,
    "ren": _ren,
    "cd": _cd,
    "dir": _dir,
}
