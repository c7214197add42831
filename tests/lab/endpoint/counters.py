# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of what hosts were asked and what they answered."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class HostCounters:
    """What one host saw since the last reset: requests, bytes (of HTTP, without TLS), connections.

    `logons`: log-ons by the name of the account. `logons_refused`: log-ons that ended in a refusal, each of
    which counts for the lockout of an account.
    """

    requests: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    connections: int = 0
    rdp_connections: int = 0
    logons: Counter[str] = field(default_factory=Counter)
    logons_refused: int = 0
    faults: int = 0
    actions: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON-ready data."""
        return {
            "requests": self.requests,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "connections": self.connections,
            "rdp_connections": self.rdp_connections,
            "logons": dict(self.logons),
            "logons_refused": self.logons_refused,
            "faults": self.faults,
            "actions": dict(self.actions),
        }


def process_seconds() -> float:
    """CPU seconds this process has used so far."""
    return time.process_time()
