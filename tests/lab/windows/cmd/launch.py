# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and starting programs."""

from __future__ import annotations

from ..disk import DiskError
from ..programs import find_program
from .process import Process


def split_command(text: str) -> tuple[str, str]:
    """Program name and tail: the name ends at a delimiter outside quotes, or at a switch."""
    quoted = False
    for index, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted and (char in " \t,;=" or (char == "/" and index)):
            return text[:index], text[index:]
    return text, ""


def locate(process: Process, name: str) -> str | None:
    """Find a program or batch file: as given, in the current folder, along PATH; with PATHEXT."""
    plain = name.strip().strip('"').replace("/", "\\")
    if not plain:
        return None
    disk = process.host.disk
    extensions = (process.environment.get("PATHEXT") or ".COM;.EXE;.BAT;.CMD").split(";")
    has_folder = "\\" in plain or ":" in plain
    path = (process.environment.get("Path") or "").split(";")
    folders = [""] if has_folder else [process.directory, *path]
    if plain.lower().endswith((".exe", ".com", ".cmd", ".bat")):
        extensions = [""]
    for folder in folders:
        start = folder.strip('"').rstrip("\\") + "\\" if folder else ""
        try:
            parent, _unused, last = disk.absolute(start + plain, process.directory).rpartition("\\")
        except DiskError:
            continue
        names = disk.names(parent + "\\")
        for extension in extensions:
            if (last + extension).lower() in names:
                info = disk.info(f"{parent}\\{last}{extension.lower()}")
                if info is not None and not info.is_folder:
                    return info.path
    return None


async def execute(process: Process, path: str, rest: str) -> int:
    """Start a program file."""
    name = path.rpartition("\\")[2].rpartition(".")[0].lower()
    program = find_program(name)
    if program is None:
        process.host.unknown(f"program {path}")
        process.err("The system cannot execute the specified program.")
        return 216
    if name in process.host.profile.blocked:
        process.err(
            "This program is blocked by group policy. "
            "For more information, contact your system administrator."
        )
        return 1
    child = process.child(arguments=rest, name=name, for_variables={})
    try:
        return (await program(child)) & 0xFFFFFFFF
    except DiskError as error:
        return child.fail(error)
