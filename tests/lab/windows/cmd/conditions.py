# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IF: its conditions."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from ..disk import Disk, DiskError
from .process import Process, signed
from .syntax import If

if TYPE_CHECKING:
    from .shell import Shell


def holds(shell: Shell, process: Process, node: If) -> bool:
    """Whether the condition is true, before NOT."""
    left, right = shell.late(process, node.left), shell.late(process, node.right)
    if node.kind == "exist":
        return exists(process, left)
    if node.kind == "defined":
        return shell.lookup(process)(left) is not None
    if node.kind == "errorlevel":
        return signed(shell.error_level) >= int(left or 0)
    if node.kind == "cmdextversion":
        return int(left or 0) <= 2
    return compare(left, node.kind, right, ignore_case=node.ignore_case)


def compare(left: str, operator: str, right: str, *, ignore_case: bool) -> bool:
    """`==` compares text; EQU and the like compare numbers when both are."""
    if ignore_case:
        left, right = left.lower(), right.lower()
    if operator == "==":
        return left == right
    numbers = (_number(left), _number(right))
    if numbers[0] is not None and numbers[1] is not None:
        order = (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])
    else:
        order = (left > right) - (left < right)
    wanted = {"equ": (0,), "neq": (-1, 1), "lss": (-1,), "leq": (-1, 0), "gtr": (1,), "geq": (0, 1)}
    return order in wanted[operator]


def _number(text: str) -> int | None:
    """A number as IF reads it: decimal, 0x hexadecimal, 0 octal."""
    plain = text.removeprefix("-")
    try:
        if plain.lower().startswith("0x"):
            value = int(plain, 16)
        elif len(plain) > 1 and plain.startswith("0"):
            value = int(plain, 8)
        else:
            value = int(plain) if plain.isdigit() else None  # type: ignore[assignment]
    except ValueError:
        return None
    return None if value is None else (-value if text.startswith("-") else value)


def exists(process: Process, text: str) -> bool:
    """IF EXIST: a file, a folder (also with a trailing backslash), a device, or a pattern."""
    text = text.strip().replace('"', "")
    if not text:
        return False
    if Disk.is_device(text):
        return True
    try:
        if "*" in text or "?" in text:
            folder, _unused, pattern = text.replace("/", "\\").rpartition("\\")
            return bool(matching(process, process.path(folder or "."), pattern))
        return process.host.disk.exists(process.path(text))
    except DiskError:
        return False


def matching(process: Process, folder: str, pattern: str) -> list[str]:
    """Names in a folder that match a pattern with * and ?, in the order of NTFS."""
    if pattern == "*.*":
        pattern = "*"
    wanted = pattern.lower().replace("[", "[[]")
    return [
        info.name
        for info in process.host.disk.listing(folder)
        if fnmatch.fnmatchcase(info.name.lower(), wanted)
    ]
