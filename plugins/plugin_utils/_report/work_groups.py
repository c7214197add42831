# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group the hosts of a report by what is to be done next, and those that need a person by the same cause.

The page, the summary of a run and the JSON report all say what these functions return.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .host_row import HostRow
from .reasons import Reason, read_reason
from .restart_times import restart_time
from .statuses import CAUSES, WORK_GROUPS


@dataclass(frozen=True)
class Cause:
    """Hosts that need a person for the same cause.

    Attributes:
        kind: A key of `CAUSES`.
        what: What happened, in a sentence. Figures in it are those of the first host.
        remedy: What to do next; empty where nobody can say.
        hosts: Inventory names, in the order of the report.
    """

    kind: str
    what: str
    remedy: str
    hosts: tuple[str, ...]


def work_group(row: HostRow) -> str:
    """Return the group of a host, a key of `WORK_GROUPS`: each host is in one, whatever is known of it."""
    if row.status == "not_attempted":
        return "not_looked_at"
    if row.failing:
        return "not_reachable" if row.status == "unreachable" and not failure_of(row).denied else "failed"
    if row.settled:
        if row.status == "not_applicable":
            return "not_applicable"
        return "removed" if row.removal else "fixed"
    restart = restart_time(row)
    planned = restart is not None and restart.state == "planned"
    return "restart_planned" if planned and row.status == "restart_pending" else "to_do"


def count_work_groups(rows: Iterable[HostRow]) -> dict[str, int]:
    """Return the number of hosts in each group, including 0; they add up to all hosts."""
    return count_groups(map(work_group, rows))


def count_groups(groups: Iterable[str]) -> dict[str, int]:
    """Return how often each group occurs, including 0, in the order of a page."""
    counts = dict.fromkeys(WORK_GROUPS, 0)
    for group in groups:
        counts[group] += 1
    return counts


def causes(rows: Iterable[HostRow]) -> list[Cause]:
    """Return why hosts need a person, in the order of `CAUSES` and the most frequent of a kind first.

    A host has at most one cause. Hosts share a cause if its kind and sentence are the same but for figures.
    """
    found: dict[tuple[str, str], tuple[Reason, list[str]]] = {}
    for row in rows:
        cause = cause_of(row)
        if cause:
            kind, reason = cause
            found.setdefault((kind, _without_figures(reason.what)), (reason, []))[1].append(row.host)
    order = list(CAUSES)
    listed = [
        Cause(kind, reason.what, reason.remedy or CAUSES[kind].meaning, tuple(hosts))
        for (kind, _what), (reason, hosts) in found.items()
    ]
    return sorted(listed, key=lambda cause: (order.index(cause.kind), -len(cause.hosts)))


def cause_of(row: HostRow) -> tuple[str, Reason] | None:
    """Return why a host needs a person: a key of `CAUSES` and the reason; None if it needs nobody."""
    if row.status == "not_attempted" or (row.settled and not row.failing):
        return None
    if row.sibling:
        return "prerequisite", Reason(
            f"This Windows needs {row.sibling}, which the collection does not install.",
            f"Install {row.sibling} by hand, and take the host out of the inventory.",
        )
    if row.service_pack_needed is not None:
        pack = f"Service Pack {row.service_pack_needed}"
        return "prerequisite", Reason(f"The host lacks {pack}.", f"Install {pack}, then run remediate.")
    if row.failing and row.status == "unreachable":
        reason = failure_of(row)
        return ("denied" if reason.denied else "not_reachable"), reason
    if (row.last_attempt or {}).get("outcome") == "rolled_back":
        return "rolled_back", Reason("Windows rolled the change back during the restart.")
    if row.failing:
        reason = failure_of(row)
        return ("denied" if reason.denied else "failed"), reason
    return _unfinished(row)


def failure_of(row: HostRow) -> Reason:
    """Return why a step failed on a host, or there is no verdict: its error, or else its first reason."""
    return read_reason(row.error or next(iter(row.reasons), "") or "The report has no reason.", row.host)


def _unfinished(row: HostRow) -> tuple[str, Reason] | None:
    """Return the cause of a host on which nothing failed in this run, and which will not finish by itself."""
    if row.status == "restart_pending":
        restart = restart_time(row)
        if restart is None:
            return "no_restart", Reason("The host waits for a restart, and none is planned.")
        if restart.state == "missed":
            return "missed", Reason("The host was off at its restart, or somebody refused or cancelled it.")
        return None
    if row.status == "unknown":
        reason = failure_of(row)
        return ("denied" if reason.denied else "unknown"), reason
    attempt = row.last_attempt or {}
    if attempt.get("outcome") == "failed":
        code = attempt.get("exit_code")
        return "failed", Reason(f"The last installation failed with exit code {code}.")
    return None


def _without_figures(text: str) -> str:
    return re.sub(r"\d+", "#", text)
