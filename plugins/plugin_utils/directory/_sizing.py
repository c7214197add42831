# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: who is flagged, and by how much, without walking the groups of every user.

For each group the cost of its whole closure is known once. The sum over a user's direct groups counts
what they share more than once, so it is an upper bound: who stays under the warning level by it cannot be
near the limit, and exact unions are made for the rest only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter

from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._closure import Nodes, closures
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._membership import (
    GLOBAL,
    HISTORY,
    KINDS,
    LOCAL,
    UNIVERSAL,
    Account,
    Membership,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._model import (
    D_BYTES,
    MAX_SIDS,
    S_BYTES,
    SidCounts,
    TokenRules,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._names import show_dn
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._records import UserRecord
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._sid import format_sid, with_rid

TOP_GROUPS = 10


@dataclass(frozen=True)
class GroupCost:
    """What leaving one group would save a user, in bytes of the formula."""

    dn: str
    bytes: int


@dataclass(frozen=True)
class TokenSize:
    """One user's token, exactly; ``size`` is the larger of formula and wire."""

    account: Account
    counts: SidCounts
    token_bytes: int
    wire_bytes: int
    status: str
    percent: float
    limits_exceeded: tuple[str, ...]

    @property
    def user(self) -> UserRecord:
        """The user."""
        return self.account.user

    @property
    def size(self) -> int:
        """The larger of both sizes, in bytes."""
        return max(self.token_bytes, self.wire_bytes)

    def to_result(self, top_groups: Iterable[GroupCost] = ()) -> dict[str, object]:
        """Return the item of the lookup."""
        counts = self.counts
        return {
            "user": self.user.account,
            "dn": show_dn(self.user.dn),
            "sid": format_sid(self.user.sid),
            "status": self.status,
            "token_bytes": self.token_bytes,
            "wire_bytes": self.wire_bytes,
            "percent": self.percent,
            "sids": counts.total,
            "groups": {
                "global": counts.global_,
                "universal": counts.universal,
                "universal_foreign": counts.universal_foreign,
                "domain_local": counts.domain_local,
                "sid_history": counts.sid_history,
            },
            "limits_exceeded": list(self.limits_exceeded),
            "top_groups": [{"dn": group.dn, "bytes": group.bytes} for group in top_groups],
        }


class TokenSizer:
    """Sizes the tokens of users of a connected `Membership`.

    Attributes:
        users: Users seen so far.
        measured: Users for whom the exact union was made.
    """

    def __init__(self, membership: Membership, rules: TokenRules) -> None:
        self._membership = membership
        self._rules = rules
        self._reached: list[list[Nodes]] = closures(
            membership.parents, membership.kinds, membership.histories, len(KINDS)
        )
        self._closure_sizes = [sum(map(len, closure)) for closure in zip(*self._reached, strict=True)]
        self._twins = membership.twins
        self._weights: dict[bytes, Callable[[int], int]] = {}
        self._foreign: dict[bytes, frozenset[int]] = {}
        self.users = 0
        self.measured = 0

    def flagged(self, accounts: Iterable[Account]) -> Iterator[TokenSize]:
        """Yield the users that are near or over the limit, or in too many groups to sign in at all."""
        room = self._rules.room_for_groups()
        few_sids = min(room, S_BYTES * MAX_SIDS)  # no SID costs less than 8 bytes
        weights, sids = self._weights, self._closure_sizes.__getitem__
        for account in accounts:
            self.users += 1
            groups, history, unknown_primary, domain, _user, own_bytes = account
            weight = weights.get(domain) or self._weigh(domain)
            bound = sum(map(weight, groups), own_bytes)
            if bound < few_sids:
                continue
            if bound < room and sum(map(sids, groups)) + len(history) + unknown_primary <= MAX_SIDS:
                continue
            size = self.measure(account)
            if size.status != "ok" or size.counts.total > MAX_SIDS:
                yield size

    def all(self, accounts: Iterable[Account]) -> Iterator[TokenSize]:
        """Yield every user, exactly."""
        for account in accounts:
            self.users += 1
            yield self.measure(account)

    def measure(self, account: Account) -> TokenSize:
        """Size one user's token exactly."""
        self.measured += 1
        rules = self._rules
        counts = self._count(account)
        token_bytes = rules.token_bytes(counts)
        wire_bytes = rules.wire_bytes(counts, account.user.names)
        size = max(token_bytes, wire_bytes)
        return TokenSize(
            account,
            counts,
            token_bytes,
            wire_bytes,
            rules.status(size),
            rules.percent(size),
            rules.limits_exceeded(size, counts.total),
        )

    def sids(self, account: Account) -> set[int]:
        """Return the nodes of all groups in a user's token; sIDHistory is left out."""
        held = self._held(account)
        return held[GLOBAL] | held[UNIVERSAL] | held[LOCAL]

    def top_groups(self, account: Account) -> list[GroupCost]:
        """Name the direct memberships whose removal saves most, largest first.

        What two of them both bring is saved by removing neither alone. The primary group cannot be left
        and is not named.
        """
        user = account.user
        rid = user.primary_group_id
        primary = None if rid is None else self._membership.own_node(with_rid(user.sid, rid))
        direct = set(account.groups)
        holders: Counter[int] = Counter()
        for group in direct:
            for reached in self._reached:
                holders.update(reached[group])
        factor = 2 if self._rules.delegation else 1
        costs = []
        for group in direct:
            if group == primary:
                continue
            saved = 0
            for kind, reached in enumerate(self._reached):
                for node in reached[group]:
                    if holders[node] == 1:
                        saved += self._cost(node, kind, account.domain)
            if saved:
                costs.append(GroupCost(show_dn(self._membership.names[group]), factor * saved))
        costs.sort(key=lambda cost: (-cost.bytes, cost.dn))
        return costs[:TOP_GROUPS]

    def _cost(self, node: int, kind: int, domain: bytes) -> int:
        if kind == LOCAL:
            return self._rules.local_bytes
        if kind == HISTORY or self._membership.domains[node] != domain:
            return D_BYTES
        return S_BYTES

    def _held(self, account: Account) -> list[set[int]]:
        groups = account.groups
        if len(groups) > 1:
            pick = itemgetter(*groups)
            return [set().union(*pick(reached)) for reached in self._reached]
        return [set(reached[groups[0]]) if groups else set() for reached in self._reached]

    def _count(self, account: Account) -> SidCounts:
        held = self._held(account)
        globals_, universals, locals_, history = held
        unseen = 0
        for each in account.history:
            if isinstance(each, int):
                history.add(each)
            else:
                unseen += 1
        if self._twins:
            # A SID held both as a group and as somebody's history is one SID, of the dearer class.
            for node in self._twins.keys() & history:
                for kind in (globals_, universals, locals_):
                    kind.discard(self._twins[node])
        foreign = self._foreign.get(account.domain)
        if foreign is None:
            foreign = self._find_foreign(account.domain)
        strange_globals = len(globals_ & foreign) if foreign else 0
        strange_universals = len(universals & foreign) if foreign else 0
        return SidCounts(
            len(globals_) - strange_globals + account.unknown_primary,
            len(universals) - strange_universals,
            strange_globals + strange_universals,
            len(locals_),
            len(history) + unseen,
        )

    def _find_foreign(self, domain: bytes) -> frozenset[int]:
        kinds, domains = self._membership.kinds, self._membership.domains
        found = frozenset(
            node for node, kind in enumerate(kinds) if kind in (GLOBAL, UNIVERSAL) and domains[node] != domain
        )
        self._foreign[domain] = found
        return found

    def _weigh(self, domain: bytes) -> Callable[[int], int]:
        """Return what tells the cost of a group's closure in bytes, for users of one domain."""
        foreign = self._foreign.get(domain)
        if foreign is None:
            foreign = self._find_foreign(domain)
        local = self._rules.local_bytes
        weights = [
            S_BYTES * (len(globals_) + len(universals)) + local * len(locals_) + D_BYTES * len(history)
            for globals_, universals, locals_, history in zip(*self._reached, strict=True)
        ]
        if foreign:
            for kind in (GLOBAL, UNIVERSAL):
                for node, closure in enumerate(self._reached[kind]):
                    weights[node] += (D_BYTES - S_BYTES) * len(foreign.intersection(closure))
        # Equal weights are one object: the few thousand that differ stay in the processor's cache.
        same: dict[int, int] = {}
        weigh = [same.setdefault(weight, weight) for weight in weights].__getitem__
        self._weights[domain] = weigh
        return weigh
