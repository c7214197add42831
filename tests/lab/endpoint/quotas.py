# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may have open at once: shells, and operations with Windows' odd way of counting them.

Windows does not take an ended command off the user's operations when it is signalled; it does so some time
later (recovery within 30 s was measured on 2008 R2), or when the shell is deleted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.lab.endpoint import faults

#: Seconds of real time for which an ended command still counts.
OPERATION_LINGER = 30.0


@dataclass
class OperationQuota:
    """The concurrent operations of one user."""

    limit: int
    linger: float = OPERATION_LINGER
    _held: dict[str, str] = field(default_factory=dict)
    _ending: dict[str, float] = field(default_factory=dict)
    _requests: int = 0

    def in_use(self) -> int:
        """Operations that count now."""
        now = time.monotonic()
        for key in [key for key, until in self._ending.items() if until <= now]:
            self._held.pop(key, None)
            del self._ending[key]
        return len(self._held) + self._requests

    def check(self) -> None:
        """Refuse one more operation beyond the limit.

        Raises:
            FaultError: the operations-quota fault.
        """
        if self.in_use() >= self.limit:
            raise faults.fault("operation_quota", limit=self.limit)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count an operation while it is being answered."""
        self.check()
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    def hold(self, key: str, owner: str = "") -> None:
        """Count an operation that outlives its request (a command, an enumeration); `owner` is its shell."""
        self.check()
        self._held[key] = owner

    def release(self, key: str) -> None:
        """Take an operation off at once."""
        self._held.pop(key, None)
        self._ending.pop(key, None)

    def release_later(self, key: str) -> None:
        """Take an operation off after the linger time, as Windows does for commands."""
        if key in self._held:
            self._ending[key] = time.monotonic() + self.linger

    def release_owner(self, owner: str) -> None:
        """Take off everything of a shell."""
        for key in [key for key, held_by in self._held.items() if held_by == owner]:
            self.release(key)
