# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the flagged users and their sizes without walking the groups of every user.

The weight of each group's whole closure is computed once. The sum over a user's direct groups counts shared
groups repeatedly, so it is an upper bound. A user whose bound stays under the warning level cannot be near
the limit, and only the others need an exact union.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from operator import itemgetter
from typing import TypeVar

from .._directory.distinguished_names import show_dn
from .._directory.records import UserRecord
from .._directory.sid import format_sid
from ._closure import closures
from ._membership import FOREIGN, GLOBAL, MISSING, UNIVERSAL, Account, Membership
from ._name_bytes import user_name_bytes
from ._token_rules import MAX_SIDS, ONE_SID, SidCounts, TokenRules

TOP_GROUPS = 10
T = TypeVar("T")


@dataclass(frozen=True)
class GroupCost:
    """The bytes, by the formula, that a user would save by leaving one group."""

    dn: str
    bytes: int


@dataclass(frozen=True)
class TokenSize:
    """The exact size of one user's token."""

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
    """Sizes the tokens of the users of a connected `Membership`."""

    def __init__(self, membership: Membership, rules: TokenRules) -> None:
        self._membership = membership
        self._rules = rules
        self._closures = closures(membership.parents, membership.histories)
        self._twins = membership.twins
        self._weights: dict[bytes, Callable[[int], int]] = {}
        self._classes: dict[bytes, bytes] = {}
        self.users = 0  # seen so far

    def flagged(self, accounts: Iterable[Account]) -> Iterator[TokenSize]:
        """Yield the users that are near or over the limit, or in too many groups to sign in at all."""
        room = ceil(self._rules.room_for_groups())
        too_many_sids = (MAX_SIDS + 1) * ONE_SID
        only_bytes = ONE_SID - 1
        weights = self._weights
        for account in accounts:
            self.users += 1
            weight = weights.get(account.domain) or self._weigh(account.domain)
            bound = sum(map(weight, account.groups), account.own_weight)
            if bound < too_many_sids and bound & only_bytes < room:
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
        rules = self._rules
        counts = self._count(account)
        token_bytes = rules.token_bytes(counts)
        wire_bytes = rules.wire_bytes(counts, user_name_bytes(account.user))
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

    def top_groups(self, account: Account) -> list[GroupCost]:
        """Return the direct memberships whose removal saves most, largest first.

        A group that two of them bring counts for neither, because removing one does not remove it.
        The primary group is left out, because a user cannot leave it.
        """
        direct = set(account.groups)
        holders: Counter[int] = Counter()
        for group in direct:
            holders.update(self._closures[group])
        classes, sid_bytes = self._classes_for(account.domain), self._rules.sid_bytes
        factor = 2 if self._rules.delegation else 1
        costs = []
        for group in direct:
            if group == account.primary:
                continue
            saved = sum(sid_bytes[classes[node]] for node in self._closures[group] if holders[node] == 1)
            if saved:
                costs.append(GroupCost(show_dn(self._membership.names[group]), factor * saved))
        costs.sort(key=lambda cost: (-cost.bytes, cost.dn))
        return costs[:TOP_GROUPS]

    def _held(self, account: Account) -> set[int]:
        return set().union(*_pick(account.groups, self._closures))

    def _count(self, account: Account) -> SidCounts:
        held = self._held(account)
        unseen = 0
        for each in account.history:
            if isinstance(each, int):
                held.add(each)
            else:
                unseen += 1
        if self._twins:
            # A SID that is held both as a group and as sIDHistory is one SID, of the more expensive class.
            held.difference_update([self._twins[node] for node in self._twins.keys() & held])
        classes = self._classes_for(account.domain)
        counts = SidCounts(*map(bytes(_pick(held, classes)).count, range(len(SidCounts._fields))))
        # The SID of a primary group that is in no source counts, but it has no node.
        return counts._replace(
            global_=counts.global_ + (account.primary == MISSING), sid_history=counts.sid_history + unseen
        )

    def _classes_for(self, domain: bytes) -> bytes:
        """Return the class of each node's SID in tokens of one domain."""
        classes = self._classes.get(domain)
        if classes is None:
            membership = self._membership
            classes = self._classes[domain] = bytes(
                FOREIGN if kind in (GLOBAL, UNIVERSAL) and of != domain else kind
                for kind, of in zip(membership.kinds, membership.domains, strict=True)
            )
        return classes

    def _weigh(self, domain: bytes) -> Callable[[int], int]:
        """Return a function from a group to the weight of its closure, for users of one domain."""
        weight_of = [ONE_SID + cost for cost in self._rules.sid_bytes]
        weigh_node = [weight_of[each] for each in self._classes_for(domain)].__getitem__
        # Equal weights share one object, so the few thousand distinct ones stay in the processor's cache.
        same: dict[int, int] = {}
        weights = [sum(map(weigh_node, closure)) for closure in self._closures]
        weigh = [same.setdefault(weight, weight) for weight in weights].__getitem__
        self._weights[domain] = weigh
        return weigh


def _pick(nodes: Collection[int], values: Sequence[T]) -> tuple[T, ...]:
    """Return the values of these nodes; exact sizes spend their time here.

    `itemgetter` is a fifth faster than a comprehension.
    """
    if len(nodes) > 1:
        picked: tuple[T, ...] = itemgetter(*nodes)(values)
        return picked
    return tuple([values[node] for node in nodes])
