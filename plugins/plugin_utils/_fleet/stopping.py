# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a scan is to end early: at a signal, or because ansible-playbook is gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Says why the scan is to end; the process that made it is the one that scans."""

    def __init__(self) -> None:
        self._caught: list[int] = []
        self._started_by = os.getppid()

    @property
    def why(self) -> str:
        """Why the scan is to end before its last host; empty as long as it is not."""
        if self._caught:
            return f"the run was interrupted by {signal.Signals(self._caught[0]).name}"
        return "" if os.getppid() == self._started_by else "ansible-playbook ended"

    def leave(self) -> None:
        """End this process if the scan was stopped: Ansible is on its way out, and reads no result.

        The pipe to it could block this process for good.
        """
        if self.why:
            os._exit(1)

    def keep(self, number: int, _frame: FrameType | None) -> None:
        """Keep a signal, so that what was seen so far is not lost."""
        self._caught.append(number)


@contextmanager
def stop_at_signals() -> Iterator[Stop]:
    """Let SIGINT and SIGTERM end the scan and not the process: Ansible sends both to the worker of a task."""
    stop = Stop()
    before = {number: signal.signal(number, stop.keep) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
