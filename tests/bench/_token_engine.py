# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on a million users: what finding those near the limit costs, against a walk for each of them."""

from __future__ import annotations

import random
import time
from array import array
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import Notes
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.records import (
    GroupRecord,
    UserRecord,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import (
    domain_of,
    parse_sid,
    with_rid,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._membership import (
    GLOBAL,
    LOCAL,
    MISSING,
    UNIVERSAL,
    Account,
    Membership,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._name_bytes import (
    most_name_bytes,
    user_name_bytes,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._sizer import TokenSize, TokenSizer
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import (
    ONE_SID,
    S_BYTES,
    SidCounts,
    TokenRules,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import paused_collector

USERS, GROUPS, MEMBERSHIPS = 1_000_000, 100_000, 30
LEVELS = (0.60, 0.20, 0.10, 0.05, 0.03, 0.02)
"""Shares of groups by height: nesting to depth 6."""
SAMPLE = 5_000
ROUNDS = 5
DOMAIN = parse_sid("S-1-5-21-1004336348-1177238915-682003330-0")
KINDS = (0x80000002,) * 14 + (0x80000008,) * 3 + (0x80000004,) * 3
"""Of twenty groups 14 are global, 3 universal, 3 domain-local."""


class Seconds(NamedTuple):
    """Wall and CPU time; on a busy machine the second says more."""

    wall: float
    cpu: float

    def __add__(self, other: object) -> Seconds:
        assert isinstance(other, Seconds)
        return Seconds(self.wall + other.wall, self.cpu + other.cpu)

    def __str__(self) -> str:
        return f"{self.wall:.1f} s ({self.cpu:.1f} s CPU)"


class _Clock:
    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Seconds:
        return Seconds(time.perf_counter() - self._wall, time.process_time() - self._cpu)


class _Memory:
    """What a piece of work adds to the process at its most (Linux: proc(5) on clear_refs and VmHWM)."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._before = self._megabytes("VmRSS")

    def added(self) -> float:
        return self._megabytes("VmHWM") - self._before

    def _megabytes(self, name: str) -> float:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


class MillionUsers:
    """An invented directory as numbers: users are runs of group numbers in one list."""

    def __init__(self, users: int, groups: int) -> None:
        rng = random.Random(1)
        self.records: list[GroupRecord] = []
        bounds = [0]
        for share in LEVELS:
            bounds.append(bounds[-1] + int(groups * share))
        self.group_count = bounds[-1]
        names = [b"CN=Group %d,OU=Groups,DC=corp,DC=example,DC=com" % n for n in range(self.group_count)]
        parents: list[list[int]] = [[] for _unused in names]
        for level, start in enumerate(bounds[:-2]):
            above = range(bounds[level + 1], bounds[level + 2])
            for node in range(start, bounds[level + 1]):
                parents[node] = rng.choices(above, k=rng.choice((1, 1, 2, 2)))
        for _unused in range(groups // 1000):  # cycles of two
            node = rng.randrange(bounds[4], bounds[5])
            if parents[node]:
                parents[parents[node][0]].append(node)
        for node, name in enumerate(names):
            member_of = [names[parent] for parent in parents[node]]
            history = (with_rid(DOMAIN, 5_000_000 + node),) if node % 50 == 0 else ()
            self.records.append(
                GroupRecord(name, with_rid(DOMAIN, 1000 + node), KINDS[node % 20], history, (), member_of)
            )
        self._numbered = False
        self.starts = array("I", [0])
        self.memberships: list[int] = []
        for number in range(users):
            # One in a thousand is in three to eight times as many groups.
            count = rng.randrange(90, 240) if number % 1000 == 0 else rng.randrange(20, 41)
            self.memberships.extend(rng.choices(range(self.group_count), k=count))
            self.starts.append(len(self.memberships))

    def number_as(self, membership: Membership) -> None:
        """Replace group numbers by those of the membership, once; a reader finds them by name."""
        if self._numbered:
            return
        self._numbered = True
        everywhere = UserRecord(b"CN=All", DOMAIN, 513, {}, (), [record.dn for record in self.records])
        nodes = membership.account(everywhere).groups
        self.memberships = list(map(nodes.__getitem__, self.memberships))

    def accounts(self, users: int | None = None) -> Iterator[Account]:
        user = UserRecord(b"CN=User,DC=corp,DC=example,DC=com", DOMAIN, 513, {"sAMAccountName": [b"user"]})
        domain, own_weight = domain_of(DOMAIN), most_name_bytes(user) + ONE_SID + S_BYTES
        starts, memberships = self.starts, self.memberships
        for number in range(users or len(starts) - 1):
            groups = memberships[starts[number] : starts[number + 1]]
            yield tuple.__new__(Account, (groups, (), MISSING, domain, user, own_weight))


def _walk_per_user(membership: Membership, accounts: Iterator[Account], rules: TokenRules) -> list[int]:
    """The size of every user by a breadth-first walk through his groups; what the engine is compared with."""
    parents, kinds, histories = membership.parents, membership.kinds, membership.histories
    sizes = []
    for account in accounts:
        seen = set(account.groups)
        waiting = list(seen)
        while waiting:
            following = []
            for node in waiting:
                for parent in parents[node]:
                    if parent not in seen:
                        seen.add(parent)
                        following.append(parent)
            waiting = following
        counts = [0] * len(SidCounts._fields)
        history = set()
        for node in seen:
            counts[kinds[node]] += 1
            history.update(histories[node])
        found = SidCounts(counts[GLOBAL] + 1, counts[UNIVERSAL], 0, counts[LOCAL], len(history))
        sizes.append(max(rules.token_bytes(found), rules.wire_bytes(found, user_name_bytes(account.user))))
    return sizes


class Round(NamedTuple):
    """Both ways over the same users, one right after the other, so that both have the same machine.

    Memory in MB: what the groups took, and what the users added while they streamed through.
    """

    flagged: dict[int, int]
    walked: list[int]
    groups: Seconds
    users: Seconds
    walk: Seconds
    group_memory: float
    user_memory: float

    def times_faster(self, users: int) -> float:
        """Flagging all users against walking through the groups of each."""
        return self.walk.cpu / SAMPLE * users / (self.groups + self.users).cpu


class CountingSizer(TokenSizer):
    """Counts the users for whom the exact union was made."""

    measured = 0

    def measure(self, account: Account) -> TokenSize:
        self.measured += 1
        return super().measure(account)


class WalkingSizer(TokenSizer):
    """Finds each user's groups by a breadth-first walk instead of in the precomputed closures."""

    def _held(self, account: Account) -> set[int]:
        parents, histories = self._membership.parents, self._membership.histories
        seen = set(account.groups)
        waiting = list(seen)
        while waiting:
            waiting = list({parent for node in waiting for parent in parents[node]} - seen)
            seen.update(waiting)
        for node in list(seen):
            seen.update(histories[node])
        return seen


def _round(data: MillionUsers, rules: TokenRules) -> tuple[Round, CountingSizer]:
    memory = _Memory()
    clock = _Clock()
    with paused_collector():  # as the lookup and the report read a directory
        membership = Membership(Notes())
        for record in data.records:
            membership.add_group(record)
        membership.connect()
        sizer = CountingSizer(membership, rules)
        groups = clock.read()
        group_memory = memory.added()
        data.number_as(membership)
        memory = _Memory()
        clock.restart()
        flagged = {number: size.size for number, size in _numbered(sizer, data.accounts())}
        users = clock.read()
        user_memory = memory.added()
        clock.restart()
        walked = _walk_per_user(membership, data.accounts(SAMPLE), rules)
        walk = clock.read()
    return Round(flagged, walked, groups, users, walk, group_memory, user_memory), sizer


def engine(users: int = USERS, groups: int = GROUPS) -> None:
    """Print the engine's figures."""
    print(f"engine: {users:,} users, {groups:,} groups, about {MEMBERSHIPS} memberships a user")
    data = MillionUsers(users, groups)
    rules = TokenRules()
    rounds = []
    for _unused in range(ROUNDS):
        both, sizer = _round(data, rules)
        rounds.append(both)
        print(
            f"  flagged: {both.groups + both.users} (groups {both.groups}); a breadth-first walk: "
            f"{both.walk.cpu / SAMPLE * 1e6:.0f} µs CPU a user, {both.times_faster(users):.0f} times as much"
        )
    clock = _Clock()
    deque(data.accounts(), maxlen=0)
    ratio = median(each.times_faster(users) for each in rounds)
    print(
        f"  median of {ROUNDS}: {ratio:.0f} times faster; {len(both.flagged):,} of {users:,} users flagged, "
        f"{sizer.measured:,} exact unions; the stream of users alone takes {clock.read()}\n"
        f"  memory at its most: {rounds[0].group_memory:,.0f} MB for groups and closures, "
        f"{rounds[0].user_memory:,.1f} MB more while the users streamed through"
    )
    clock.restart()
    with paused_collector():
        sids = sum(size.counts.total for size in sizer.all(data.accounts()))
    print(f"  all, exactly: {both.groups + clock.read()}; {sids / users:.0f} SIDs a user")
    exact = [size.size for size in sizer.all(data.accounts(SAMPLE))]
    missed = [n for n, size in enumerate(exact) if rules.status(size) != "ok" and n not in both.flagged]
    print(
        f"  sizes of {SAMPLE:,} users {'equal' if exact == both.walked else 'DIFFER'}, "
        f"{len(missed)} of them missed"
    )


def _numbered(sizer: TokenSizer, accounts: Iterator[Account]) -> Iterator[tuple[int, TokenSize]]:
    """Flagged users with their place in the stream."""
    for size in sizer.flagged(accounts):
        yield sizer.users - 1, size
