# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""expand.exe: real cabinets; banner and lines as recorded on 6.1."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from ..cabinet import CabinetError, read_cabinet
from ..cmd.expansion import split_arguments
from ..disk import DiskError
from ..servicing_package import rebuilt

if TYPE_CHECKING:
    from ..cmd.process import Process

_BANNER = (
    "Microsoft (R) File Expansion Utility  Version 6.1.7600.16385\r\n"
    "Copyright (c) Microsoft Corporation. All rights reserved.\r\n"
)


async def expand(process: Process) -> int:
    """`expand [-D] [-R] -F:files source [destination]`."""
    words = split_arguments(process.arguments)
    patterns = [word[3:] for word in words if word[:3].lower() in ("-f:", "/f:")]
    listing = any(word.lower() in ("-d", "/d") for word in words)
    operands = [word for word in words if word[:1] not in ("-", "/")]
    process.line(_BANNER)
    if not operands or (len(operands) < 2 and not listing):
        process.line("No destination specified.")
        return 1
    try:
        source = process.path(operands[0])
        data = process.read(source)
    except DiskError:
        process.line(f"Can't open input file: {operands[0]}.")
        return 1
    if not data.startswith(b"MSCF"):
        return _copy(process, source, data, operands[1])
    try:
        files = rebuilt(read_cabinet(data))
    except CabinetError:
        process.line(f"Unable to expand {operands[0]}: the file is damaged.")
        return 1
    return _extract(process, files, patterns[0] if patterns else "*", operands, listing=listing)


def _copy(process: Process, source: str, data: bytes, destination: str) -> int:
    """What is no cabinet and not compressed is copied: expand calls that a success."""
    target = process.path(destination)
    if process.host.disk.is_folder(target):
        target += "\\" + source.rpartition("\\")[2]
    if target.lower() == source.lower():
        process.line(f"Can't expand {source} onto itself.")
        return 1
    process.write(target, data)
    process.line(f"Copying {source} to {target}.")
    return 0


def _extract(
    process: Process, files: dict[str, bytes], pattern: str, operands: list[str], *, listing: bool
) -> int:
    wanted = pattern if pattern != "*.*" else "*"
    chosen = {
        name: data
        for name, data in files.items()
        if fnmatch.fnmatchcase(name.rpartition("\\")[2].lower(), wanted.lower())
    }
    if listing:
        for name in chosen:
            process.line(f"{operands[0]}: {name}")
        return 0
    folder = process.path(operands[1])
    disk = process.host.disk
    if not disk.is_folder(folder):
        process.line(f"Can't open output file: {operands[1]}.")
        return 1
    if process.host.has_fault("expand_incomplete"):
        chosen = dict(list(chosen.items())[:1])
    if process.host.has_fault("expand_empty"):
        chosen[list(chosen)[-1]] = b""
    for name in chosen:
        process.line(f"Adding {folder}\\{name} to Extraction Queue")
    process.line("\r\nExpanding Files ....")
    try:
        for name, data in chosen.items():
            above = f"{folder}\\{name}".rpartition("\\")[0]
            if not disk.exists(above):
                process.make_folder(above)
            process.write(f"{folder}\\{name}", data)
    except DiskError as error:
        process.line("Insufficient disk space." if error.code == 112 else f"Can't write to {operands[1]}.")
        return 1
    process.line("\r\nExpanding Files Complete ...")
    process.line(f"{len(chosen)} files total.")
    return 0
