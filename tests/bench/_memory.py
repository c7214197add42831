# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of a program and of all that it starts, where /proc says it.

The proportional set size counts a page that several processes share once in all: forks share most of theirs.
"""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from types import TracebackType

_EVERY = 2.0
"""Seconds between two looks; a look costs the kernel milliseconds for each process."""
_PROC = Path("/proc")


class PeakOfPrograms:
    """Measures, while its block runs, the most memory that the programs of this process hold together.

    Args:
        apart: Process ids that do not count, nor does what they start.
    """

    def __init__(self, apart: frozenset[int]) -> None:
        self._apart = apart
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.kilobytes: int | None = None
        """None where the system does not say."""
        self.processes = 0
        """The most that there were at the same time."""

    def __enter__(self) -> PeakOfPrograms:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY):
            sizes = [size for pid in _below(os.getpid(), self._apart) if (size := _size(pid)) is not None]
            if sizes:
                self.kilobytes = max(self.kilobytes or 0, sum(sizes))
                self.processes = max(self.processes, len(sizes))


def _below(parent: int, apart: frozenset[int]) -> list[int]:
    """The processes that a process has started, and those that they have."""
    try:
        told = "".join(path.read_text() for path in (_PROC / str(parent) / "task").glob("*/children"))
    except OSError:  # it has ended meanwhile
        return []
    children = [pid for pid in map(int, told.split()) if pid not in apart]
    return children + [each for pid in children for each in _below(pid, apart)]


def _size(pid: int) -> int | None:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", (_PROC / str(pid) / "smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None
