# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: the host that is looked at, and questions that several checks ask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._windows.disk_files import DiskFile, path_key, read_files
from ._assumptions import Finding

if TYPE_CHECKING:
    from .._windows.operating_system import OperatingSystem
    from .._wsman.session import Session


@dataclass(frozen=True)
class Subject:
    """A connected host and what is known of it before the checks.

    Attributes:
        session: The host.
        system: Its operating system.
    """

    session: Session
    system: OperatingSystem

    @property
    def windows(self) -> str:
        """The Windows folder, as ``C:\\Windows``."""
        return self.system.windows_directory

    @property
    def system32(self) -> str:
        """The folder of programs and libraries."""
        return f"{self.windows}\\System32"

    @property
    def folder(self) -> str:
        """The folder that uploads go to; below the Windows folder only administrators make one."""
        return f"{self.windows}\\winfleet.field-check"

    @property
    def is_64_bit(self) -> bool:
        """Whether Windows is a 64-bit one."""
        return self.system.architecture in ("x64", "ia64")

    def files(self, paths: Sequence[str]) -> dict[str, DiskFile]:
        """Files that are there, by their paths as given."""
        there = read_files(self.session, paths)
        return {path: there[path_key(path)] for path in paths if path_key(path) in there}


Check = Callable[[Subject], Finding]


def noise(size: int) -> bytes:
    """Bytes of every value that look random and are always the same, so that recordings can be replayed."""
    blocks = (hashlib.sha256(str(number).encode()).digest() for number in range(-(-size // 32)))
    return b"".join(blocks)[:size]


def last_line(text: str) -> str:
    """What a command printed last, for evidence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"
