# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad luck on order: faults that a test injects into the endpoint of one host.

They are the transport's and the service's own; what goes wrong inside Windows (DISM, restarts) is named in
tests/lab/windows/profile.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

#: Faults of faults.yml that Windows answers with in a bad state, to any request.
FAULTS = ("shutting_down", "out_of_memory", "provider_failure", "account_locked")

#: Kinds of injected faults and what each does to a request that it meets.
KINDS = {
    "operations_quota": "the operations-quota fault (2150859174)",
    "shells_quota": "the shells-quota fault (2150859173)",
    "operation_timeout": "the operation-timeout fault (2150858793)",
    "access_denied": "fault 5, access is denied",
    **{name: f"the fault {name} of faults.yml" for name in FAULTS},
    "unauthorized": "HTTP 401",
    "http_400": "HTTP 400 with an empty body, as http.sys answers to headers that are too large",
    "http_403": "HTTP 403 with an empty body",
    "http_503": "HTTP 503 with an empty body, as http.sys answers while WinRM is not ready",
    "cut_before": "the connection is reset; the request is not carried out",
    "cut_answer": "the request is carried out and the connection reset in the middle of the answer",
    "slow": "the answer is delayed by `seconds` (real time)",
    "zero_rows_by_pull": "an enumeration without rows gives a context first and ends with the Pull",
}


@dataclass
class Injection:
    """One injected fault.

    Attributes:
        kind: one of `KINDS`.
        count: how many requests it meets; None until cleared.
        after: requests (of the same action filter) to let pass first.
        action: last part of the WS-Management action it applies to (`Receive`, `Enumerate` …); None for all.
        seconds: the delay of `slow`.
    """

    kind: str
    count: int | None = 1
    after: int = 0
    action: str | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}; one of {', '.join(KINDS)}")


@dataclass
class Injections:
    """The injected faults of a host, oldest first."""

    items: list[Injection] = field(default_factory=list)

    def add(self, injection: Injection) -> None:
        """Add one."""
        self.items.append(injection)

    def clear(self) -> None:
        """Remove all."""
        self.items.clear()

    def take(self, action: str, *kinds: str) -> Injection | None:
        """The first fault of one of the kinds that meets this request; its count goes down."""
        for item in self.items:
            if item.kind not in kinds or item.action not in (None, action):
                continue
            if item.after > 0:
                item.after -= 1
                continue
            if item.count is not None:
                item.count -= 1
                if item.count <= 0:
                    self.items.remove(item)
            return item
        return None

    def as_list(self) -> list[dict[str, Any]]:
        """What is waiting, JSON-ready."""
        return [asdict(item) for item in self.items]
