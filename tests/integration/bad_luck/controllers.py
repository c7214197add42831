# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of ansible-playbook that a test watches from outside, and may kill in the middle."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.integration.plays import Run

_PATIENCE = 60.0


@contextmanager
def in_background(start: Callable[[], Run]) -> Iterator[Future[Run]]:
    """Go on while a run is at work; at the end of the block it must end by itself."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(start)
        yield future
        future.result()


def wait_until(true: Callable[[], bool], what: str, patience: float = _PATIENCE) -> None:
    """Wait, in real time, for so many seconds at most."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"waited {patience:.0f} s in vain until {what}"
        time.sleep(0.1)


def kill_controller(folder: Path) -> None:
    """`kill -9` the ansible-playbook that works with this folder, with its workers: nothing can tidy up."""
    (main,) = [
        number for number in _processes() if _is_playbook(number, folder) and _parent(number) == os.getpid()
    ]
    family = [main, *_descendants(main)]
    for number in family:
        # A worker may have ended by itself since it was listed.
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _is_playbook(number: int, folder: Path) -> bool:
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().decode()
    except OSError:
        return False
    return "ansible-playbook" in words and f"{folder}/" in words


def _parent(number: int) -> int:
    try:
        return int(Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _descendants(number: int) -> list[int]:
    children = [other for other in _processes() if _parent(other) == number]
    return [each for child in children for each in (child, *_descendants(child))]
