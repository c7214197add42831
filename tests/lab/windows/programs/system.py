# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small tools: attrib, chcp, fsutil, hostname, manage-bde, ping, timeout, where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cmd.conditions import matching
from ..cmd.expansion import split_arguments
from ..cmd.process import codec
from ..disk import DiskError

if TYPE_CHECKING:
    from ..cmd.process import Process


async def attrib(process: Process) -> int:
    """`attrib [+r|-r|+h|-h|+s|-s|+a|-a …] path`: read-only files refuse writing and deleting."""
    words = split_arguments(process.arguments)
    changes = [word.lower() for word in words if len(word) == 2 and word[0] in "+-"]
    operands = [word for word in words if word[:1] not in ("+", "-", "/")]
    if len(operands) != 1 or any(change[1] not in "rhsa" for change in changes):
        process.host.unknown(f"attrib {process.arguments}")
        process.line("Parameter format not correct -")
        return 1
    disk, path = process.host.disk, process.path(operands[0])
    if not disk.exists(path):
        process.line(f"File not found - {path}")
        return 0
    letters = set(disk.attributes.get(path.lower(), "A"))
    for change in changes:
        process.check(path, write=True)
        letter = {change[1].upper()}
        letters = letters | letter if change[0] == "+" else letters - letter
    disk.attributes[path.lower()] = "".join(sorted(letters))
    if not changes:
        shown = "".join(letter if letter in letters else " " for letter in "A  SHR")
        process.line(f"{shown:<13}{path}")
    return 0


async def chcp(process: Process) -> int:
    """Show or set the console's code page."""
    words = split_arguments(process.arguments)
    if words:
        try:
            number = int(words[0])
            "".encode(codec(number))
        except (ValueError, LookupError):
            process.line("Invalid code page")
            return 1
        process.console.code_page = number
    process.line(f"Active code page: {process.code_page}")
    return 0


async def fsutil(process: Process) -> int:
    """`fsutil volume diskfree C:`."""
    words = [word.lower() for word in split_arguments(process.arguments)]
    if words[:2] != ["volume", "diskfree"] or len(words) != 3:
        process.host.unknown(f"fsutil {process.arguments}")
        process.line(f"{' '.join(words)} is an invalid parameter.")
        return 1
    if not process.account.may_administer:
        process.line("The FSUTIL utility requires that you have administrative privileges.")
        return 1
    disk = process.host.disk
    process.line(f"Total # of free bytes        : {disk.free}")
    process.line(f"Total # of bytes             : {disk.size}")
    process.line(f"Total # of avail free bytes  : {disk.free}")
    return 0


async def hostname(process: Process) -> int:
    process.line(process.host.profile.netbios_name.lower())
    return 0


async def manage_bde(process: Process) -> int:
    """`manage-bde -status|-protectors -get C:`: whether a PIN is asked at boot."""
    words = [word.lower() for word in split_arguments(process.arguments)]
    if not process.account.may_administer:
        process.line("ERROR: An attempt to access a required resource was denied.")
        return 0x80070005
    if words[:1] not in (["-status"], ["-protectors"]):
        process.host.unknown(f"manage-bde {process.arguments}")
        process.line("ERROR: Invalid syntax.")
        return 0x80070057
    pin = process.host.profile.bitlocker_pin
    process.line("BitLocker Drive Encryption: Configuration Tool version 6.1.7600\r\n")
    process.line(
        f"Volume C: []\r\n[OS Volume]\r\n\r\n    Protection Status:    Protection {'On' if pin else 'Off'}"
    )
    process.line(f"    Key Protectors:       {'TPM And PIN' if pin else 'None Found'}")
    return 0


async def ping(process: Process) -> int:
    """`ping -n N 127.0.0.1`: scripts use it to wait N-1 seconds."""
    words = split_arguments(process.arguments)
    lowered = [word.lower().replace("/", "-") for word in words]
    count = int(words[lowered.index("-n") + 1]) if "-n" in lowered else 4
    target = words[-1] if words else ""
    if target.lower() not in ("127.0.0.1", "localhost", "::1", process.host.profile.netbios_name.lower()):
        process.line(f"Ping request could not find host {target}. Please check the name and try again.")
        return 1
    await process.host.clock.sleep(count - 1)
    for _unused in range(count):
        process.line(f"Reply from {target}: bytes=32 time<1ms TTL=128")
    return 0


async def timeout(process: Process) -> int:
    """`timeout /t N`: refuses redirected input, which is what every WinRS shell has."""
    words = [word.lower() for word in split_arguments(process.arguments)]
    if not process.account.is_system:
        process.err("ERROR: Input redirection is not supported, exiting the process immediately.")
        return 1
    numbers = [word for word in words if word.isdigit()]
    await process.host.clock.sleep(int(numbers[0]) if numbers else 0)
    return 0


async def where(process: Process) -> int:
    """`where [/q] pattern …` along the current folder and PATH."""
    words = split_arguments(process.arguments)
    quiet = any(word.lower() == "/q" for word in words)
    folders = [process.directory, *(process.environment.get("Path") or "").split(";")]
    found = 0
    for pattern in (word for word in words if not word.startswith("/")):
        candidates = (
            [pattern]
            if "." in pattern
            else [f"{pattern}.com", f"{pattern}.exe", f"{pattern}.bat", f"{pattern}.cmd"]
        )
        for folder in dict.fromkeys(folder.lower().rstrip("\\") for folder in folders):
            for candidate in candidates:
                try:
                    base = process.path(folder)
                    names = matching(process, base, candidate)
                except DiskError:
                    continue
                for name in names:
                    found += 1
                    if not quiet:
                        process.line(f"{base}\\{name}")
    if not found and not quiet:
        process.err("INFO: Could not find files for the given pattern(s).")
    return 0 if found else 1
