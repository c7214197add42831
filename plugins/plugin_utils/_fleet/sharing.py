# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deal out hosts to processes: pure arithmetic, without a process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .reach import Reach

# A connection that logs on holds a socket, its selector and, with Kerberos, a ticket cache and kinit's pipes.
_DESCRIPTORS_A_HOST = 8
_DESCRIPTORS_KEPT = 64


@dataclass(frozen=True)
class Share:
    """The hosts of one process, and how many of them it looks at at the same time."""

    reaches: tuple[Reach, ...]
    threads: int

    @property
    def ticket(self) -> str:
        """What its hosts' Kerberos tickets have in common; empty if the connections make none."""
        return self.reaches[0].ticket


@dataclass(frozen=True)
class Dealt:
    """The shares of a scan, and how many of them are worked on at the same time, by a process each."""

    shares: tuple[Share, ...]
    processes: int


def deal(reaches: Sequence[Reach], *, concurrency: int, processes: int) -> Dealt:
    """Deal out hosts, so that each process has those of one Kerberos ticket, or of none.

    Args:
        reaches: The hosts.
        concurrency: The most hosts that all processes together look at, at the same time.
        processes: The most processes at the same time.
    """
    by_ticket: dict[str, list[Reach]] = defaultdict(list)
    for reach in reaches:
        by_ticket[reach.ticket].append(reach)
    processes = min(processes, concurrency, max(1, len(reaches)))
    threads = max(1, concurrency // processes)
    dealt: list[Share] = []
    for members in by_ticket.values():
        # As many parts as its part of the fleet deserves, but always one.
        parts = max(1, round(processes * len(members) / len(reaches)))
        dealt += [Share(tuple(members[first::parts]), min(threads, len(members))) for first in range(parts)]
    return Dealt(tuple(dealt), processes)


def affordable(concurrency: int, processes: int, descriptors: int) -> int:
    """Return how many hosts can be looked at at the same time with a process's limit of open files."""
    room = max(1, (descriptors - _DESCRIPTORS_KEPT) // _DESCRIPTORS_A_HOST)
    return min(concurrency, room * processes)
