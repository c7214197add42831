# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count users while they stream through a token report, and join the hosts of a fleet report."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from .._report.statuses import ROLES, SETTLED, TOKEN_STATUSES, UNFIXED
from ._sizer import GroupCost, TokenSize
from ._token_rules import SIDS_EXCEEDED

BIN_BYTES = 1_024
"""Width of one bin of the distribution."""
LISTED_USERS = 2_000
"""The most users on the page; the JSON and CSV files list them all."""
LISTED_GROUPS = 15


@dataclass
class GroupTotal:
    """A direct membership over all flagged users."""

    bytes: int = 0  # that removing it from each of them would save in total
    users: int = 0  # for whom it is one of the ten most expensive memberships


@dataclass
class Totals:
    """Counts over all users."""

    statuses: Counter[str] = field(default_factory=Counter)  # users by "ok", "near" and "over"
    limits: Counter[str] = field(default_factory=Counter)  # users that exceed each limit
    bins: Counter[int] = field(default_factory=Counter)  # users by size, in bins of BIN_BYTES
    groups: dict[str, GroupTotal] = field(default_factory=dict)  # the dearest of the flagged users, by DN
    largest: int = 0  # size of the largest token, in bytes
    _top: list[tuple[int, int, TokenSize, list[GroupCost]]] = field(default_factory=list)

    @property
    def users(self) -> int:
        """The number of all users."""
        return sum(self.statuses.values())

    @property
    def flagged(self) -> int:
        """The number of users near or over the limit."""
        return self.statuses["near"] + self.statuses["over"]

    @property
    def listed(self) -> list[tuple[TokenSize, list[GroupCost]]]:
        """The largest flagged users, largest first."""
        return [(size, costs) for _bytes, _number, size, costs in sorted(self._top, reverse=True)]

    @property
    def dearest_groups(self) -> list[tuple[str, GroupTotal]]:
        """The groups whose removal would save most, largest saving first."""
        return heapq.nsmallest(LISTED_GROUPS, self.groups.items(), key=lambda item: (-item[1].bytes, item[0]))

    def count(self, size: TokenSize) -> None:
        """Count one user."""
        self.statuses[size.status] += 1
        self.limits.update(size.limits_exceeded)
        self.bins[size.size // BIN_BYTES] += 1
        self.largest = max(self.largest, size.size)

    def flag(self, size: TokenSize, costs: list[GroupCost]) -> None:
        """Keep one flagged user for the page, and add up the cost of the user's groups."""
        for cost in costs:
            total = self.groups.setdefault(cost.dn, GroupTotal())
            total.bytes += cost.bytes
            total.users += 1
        item = (size.size, -self.users, size, costs)
        if len(self._top) < LISTED_USERS:
            heapq.heappush(self._top, item)
        else:
            heapq.heappushpop(self._top, item)

    def to_json(self) -> dict[str, object]:
        """Return the counts for the JSON report."""
        return {
            "counts": {
                "users": self.users,
                **{status: self.statuses[status] for status in reversed(TOKEN_STATUSES)},
                "too_many_sids": self.limits[SIDS_EXCEEDED],
            },
            "limits_exceeded": dict(sorted(self.limits.items(), key=lambda item: (len(item[0]), item[0]))),
            "distribution": [
                {"from_bytes": number * BIN_BYTES, "users": users}
                for number, users in sorted(self.bins.items())
            ],
            "top_groups": [{"dn": dn, **asdict(total)} for dn, total in self.dearest_groups],
        }


@dataclass(frozen=True)
class FleetSide:
    """The hosts of a fleet report that matter to users near the limit."""

    hotfix: str
    generated_at: str
    unfixed: tuple[str, ...]  # names of the hosts without the fix
    unknown: tuple[str, ...]  # names of the hosts whose state is unknown
    by_role: Mapping[str, int]  # number of unfixed hosts in each role; a host can have several
    all_hosts: int

    def to_json(self, over: int, near: int) -> dict[str, object]:
        """Return the join for the JSON report, with the numbers of users over and near the limit."""
        return {
            "hotfix": self.hotfix,
            "generated_at": self.generated_at,
            "hosts": self.all_hosts,
            "unfixed_hosts": list(self.unfixed),
            "unknown_hosts": list(self.unknown),
            "unfixed_by_role": dict(self.by_role),
            "failing_pairs": over * len(self.unfixed),
            "failing_or_near_pairs": (over + near) * len(self.unfixed),
        }


def _needs_a_person(host: Mapping[str, object]) -> bool:
    """Return whether somebody has to install another hotfix or a service pack on a host."""
    return bool(host.get("sibling")) or host.get("service_pack_needed") is not None


def fleet_side(report: object) -> FleetSide:
    """Return the hosts of a fleet report in parsed JSON.

    Raises:
        ValueError: It is not a fleet report.
    """
    hosts = report.get("hosts") if isinstance(report, Mapping) else None
    if not isinstance(report, Mapping) or not isinstance(hosts, Sequence) or isinstance(hosts, str):
        raise ValueError("it has no list of hosts; name the JSON file that winfleet.hotfix.report wrote")
    unfixed, unknown, roles = [], [], Counter[str]()
    for host in hosts:
        if not isinstance(host, Mapping) or not host.get("host") or not host.get("status"):
            raise ValueError("one of its hosts has no name or no status")
        if host["status"] in UNFIXED:
            unfixed.append(str(host["host"]))
            exposure = host.get("exposure")
            held = exposure.get("roles") if isinstance(exposure, Mapping) else None
            roles.update(role for role in ROLES if isinstance(held, Sequence) and role in held)
        elif host["status"] not in SETTLED or _needs_a_person(host):
            unknown.append(str(host["host"]))
    return FleetSide(
        str(report.get("hotfix", "")),
        str(report.get("generated_at", "")),
        tuple(sorted(unfixed)),
        tuple(sorted(unknown)),
        {role: roles[role] for role in ROLES if roles[role]},
        len(hosts),
    )
