# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scan a fleet with the processors and the open files that this controller has."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Sequence

from .._report.host_row import HostRow
from .._wsman.waiting import Clock
from .progress import Progress, show, warn
from .reach import Reach
from .scan import scan
from .sharing import affordable, deal
from .stopping import Stop
from .worker import Answer, Look

MOST_NAMED = 20
"""Hosts that cannot be tried are named one by one, up to so many."""


def scan_fleet(
    reaches: Sequence[Reach],
    look: Look,
    *,
    concurrency: int,
    host_timeout: float,
    take: Callable[[str, Answer], HostRow],
    stop: Stop,
) -> None:
    """Name the hosts that cannot be tried, then look at all others.

    Args:
        reaches: The hosts.
        look: Looks at one host, in a thread of a process of its own; what it raises is a defect.
        concurrency: The most hosts at the same time; fewer if too few files can be open.
        host_timeout: Seconds after which a host is given up.
        take: Gets the answer of each host, in the order in which they come, and returns its row.
        stop: Says when to end early.
    """
    progress = Progress(len(reaches), show, Clock())

    in_vain = [reach for reach in reaches if reach.problem or reach.lack]
    warned = {reach.host for reach in in_vain}

    def count(host: str, answer: Answer) -> None:
        progress.add(take(host, answer), named=host in warned)

    for reach in in_vain[:MOST_NAMED]:
        warn(f"{reach.host} cannot be assessed. {reach.problem or reach.lack}")
    if len(in_vain) > MOST_NAMED:
        warn(f"{len(in_vain) - MOST_NAMED} more hosts cannot be assessed; the result has them.")
    for reach in in_vain:
        if reach.problem:
            count(reach.host, {"failed": True, "msg": reach.problem})
    processes = len(os.sched_getaffinity(0))
    dealt = deal(
        [reach for reach in reaches if not reach.problem],
        concurrency=_possible(concurrency, processes),
        processes=processes,
    )
    scan(dealt, look, host_timeout=host_timeout, take=count, tick=progress.tick, stop=stop)
    show(progress.line(), None)


def _possible(concurrency: int, processes: int) -> int:
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    possible = affordable(concurrency, processes, descriptors)
    if possible < concurrency:
        warn(
            f"concurrency is lowered from {concurrency} to {possible}: a process of this controller may open "
            f"{descriptors} files. Raise the limit (ulimit -n) for more."
        )
    return possible
