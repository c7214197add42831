# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host under test, and the questions that several checks ask it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._windows.disk_files import DiskFile, path_key, read_files
from .._wsman.wmi_values import quote_wql
from ._assumptions import Finding

if TYPE_CHECKING:
    from .._windows.operating_system import OperatingSystem
    from .._wsman.session import Session


@dataclass(frozen=True)
class CheckedHost:
    """A connected host and its operating system."""

    session: Session
    system: OperatingSystem

    @property
    def windows(self) -> str:
        """The Windows folder, such as ``C:\\Windows``."""
        return self.system.windows_directory

    @property
    def system32(self) -> str:
        """The folder of programs and libraries."""
        return f"{self.windows}\\System32"

    @property
    def folder(self) -> str:
        """The folder of the uploads, below the Windows folder, where only administrators can make one."""
        return f"{self.windows}\\winfleet.field-check"

    @property
    def is_64_bit(self) -> bool:
        """Whether its Windows is a 64-bit one."""
        return self.system.architecture in ("x64", "ia64")

    def files(self, paths: Sequence[str]) -> dict[str, DiskFile]:
        """Return the files that exist, by their paths as given."""
        there = read_files(self.session, paths)
        return {path: there[path_key(path)] for path in paths if path_key(path) in there}

    def in_system32(self, *names: str) -> list[str]:
        """Return the paths of files in System32."""
        return [f"{self.system32}\\{name}" for name in names]

    def count_rows(self, path: str) -> int:
        """Return how many rows a query for one file has."""
        return len(self.session.query(f"SELECT Name FROM CIM_DataFile WHERE Name={quote_wql(path)}"))


Check = Callable[[CheckedHost], Finding]


def noise(size: int) -> bytes:
    """Return bytes of every value that look random but never change, so recordings can be replayed."""
    blocks = (hashlib.sha256(str(number).encode()).digest() for number in range(-(-size // 32)))
    return b"".join(blocks)[:size]


def last_line(text: str) -> str:
    """Return the last line of a command's output, as evidence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"
