# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn groups and their members into numbers for the closure.

Every distinct SID that a token can hold is a node. Distribution groups are in no token and break the chain to
the groups above them, and the KDC leaves BUILTIN out of tickets. Both are known by name, because a reference
to one must not count as a missing object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .._directory.distinguished_names import Dn, canonical_dn, foreign_principal_sid, second_name, show_dn
from .._directory.problems import DirectoryError, Notes
from .._directory.records import (
    SCOPE_DOMAIN_LOCAL,
    SCOPE_UNIVERSAL,
    SECURITY_ENABLED,
    ForeignPrincipalRecord,
    GroupRecord,
    UserRecord,
)
from .._directory.sid import Sid, domain_of, format_sid, is_builtin, is_of_domain, with_rid
from ._name_bytes import most_name_bytes
from ._token_rules import D_BYTES, ONE_SID, S_BYTES

GLOBAL, UNIVERSAL, FOREIGN, LOCAL, HISTORY = range(5)
"""Classes of SIDs, in the order of `SidCounts`. Whether a group is foreign depends on the user's domain."""
_EXCLUDED, MISSING = -1, -2
DOMAIN_USERS = 513

_DANGLING = "memberOf names groups that no source contains; sizes of their members are lower bounds"
_SAME_NAME = (
    "names that two groups with different SIDs have, as in exports of different days; "
    "their members are counted in the last one"
)
_NO_PRIMARY = "primary groups that no source contains; each is counted, but not the groups that it is in"
_PRIMARY_HIDDEN = "users without primaryGroupID, unreadable or not exported; Domain Users is assumed"
_OTHER_MEMBERS = (
    "members of groups that are neither users nor groups of any source (computers, contacts, deleted or out "
    "of scope)"
)
_NO_FOREIGN = (
    "no foreign security principal shows memberOf and no group shows member, because the account may not "
    "read them or the export omits them; sizes of users in groups of other domains are lower bounds"
)
_FOREIGN = "foreign security principals of domains that no source covers; their accounts are not sized"


class Account(NamedTuple):
    """A user in the form that the closure needs."""

    groups: list[int]  # nodes of the direct groups, including the primary group; may repeat
    history: tuple[int | Sid, ...]  # sIDHistory, as nodes if groups have the same SID, else as SIDs
    primary: int  # node of the primary group; negative if it is BUILTIN or in no source
    domain: bytes  # the part that all SIDs of the user's domain share
    user: UserRecord
    own_weight: int  # the most that names, history and an unknown primary group add to the token


class Membership:
    """The groups of all sources, complete after `connect`.

    Args:
        sources: Their names, for errors.
    """

    def __init__(self, notes: Notes, sources: str = "the directory") -> None:
        self._notes, self._sources = notes, sources
        self.kinds = bytearray()
        self.domains: list[bytes] = []
        self.names: list[Dn] = []
        self.parents: list[list[int]] = []
        self.histories: list[tuple[int, ...]] = []
        self._ids: dict[Dn, int] = {}
        self._ids_by_canonical: dict[bytes, int] = {}
        self._by_sid: dict[Sid, int] = {}
        self._history_ids: dict[Sid, int] = {}
        self._members: list[tuple[int, Sequence[Dn]]] = []
        self._member_of: list[tuple[int, Sequence[Dn]]] = []
        self._principals: list[ForeignPrincipalRecord] = []
        self._direct: dict[bytes, list[int]] = {}
        self._primaries: dict[tuple[bytes, int], int] = {}

    @property
    def twins(self) -> dict[int, int]:
        """Nodes of sIDHistory values that are also a group's own SID, with that group's node."""
        by_sid, history = self._by_sid, self._history_ids
        return {node: by_sid[sid] for sid, node in history.items() if by_sid.get(sid, -1) >= 0}

    def add_group(self, group: GroupRecord) -> None:
        """Add one group; the same SID from a second source adds to the first."""
        dn, sid, group_type, sid_history, member, member_of = group
        if not group_type & SECURITY_ENABLED or is_builtin(sid):
            self._note_same_name(dn, _EXCLUDED)
            self._ids[dn] = _EXCLUDED
            self._by_sid.setdefault(sid, _EXCLUDED)
            return
        node = self._by_sid.get(sid, MISSING)
        if node < 0:
            node = self._by_sid[sid] = self._add_node(_kind(group_type), sid, dn)
        self._note_same_name(dn, node)
        self._ids[dn] = node
        if sid_history:
            added = (self._history_node(each, dn) for each in sid_history)
            self.histories[node] = tuple({*self.histories[node], *added})
        if member:
            self._members.append((node, member))
        if member_of:
            self._member_of.append((node, member_of))

    def add_foreign_principal(self, principal: ForeignPrincipalRecord) -> None:
        """Add the object that represents an account of another domain."""
        self._principals.append(principal)

    def connect(self) -> None:
        """Turn names into edges once all groups are known, and release the names."""
        covered = set(self.domains)
        guests = [each for each in self._principals if domain_of(each.sid) in covered]
        if guests and not self._members and not any(each.member_of for each in guests):
            self._notes.add(_NO_FOREIGN)  # a principal is in a directory because it is in a group
        for node, groups in self._member_of:
            self.parents[node].extend(self._nodes(groups, self.names[node]))
        for node, members in self._members:
            for dn in members:
                self._connect_member(dn, node)
        for principal in self._principals:
            for node in self._nodes(principal.member_of, principal.dn):
                self._connect_sid(principal.sid, node)
        self._member_of, self._members, self._principals = [], [], []

    def account(self, user: UserRecord) -> Account:
        """Find the direct groups of a user, including its primary group."""
        groups = self._nodes(user.member_of, user.dn)
        if self._direct:
            groups += self._direct.pop(canonical_dn(user.dn), ())
            groups += self._direct.pop(user.sid, ())
            groups = list(set(groups))
        rid = user.primary_group_id
        if rid is None:
            rid = DOMAIN_USERS
            self._notes.add(_PRIMARY_HIDDEN, user.account)
        domain = domain_of(user.sid)
        primary = self._primaries.get((domain, rid))
        if primary is None:
            primary = self._find_primary(domain, rid, user.sid)
        if primary >= 0:
            groups.append(primary)
        history: tuple[int | Sid, ...] = ()
        if user.sid_history:
            history = tuple({self._history_ids.get(each, each) for each in user.sid_history})
        own_weight = most_name_bytes(user) + (ONE_SID + D_BYTES) * len(history)
        if primary == MISSING:
            own_weight += ONE_SID + S_BYTES
        return Account(groups, history, primary, domain, user, own_weight)

    def note_strangers(self) -> None:
        """Note the members that match no user or group, after every user was read."""
        known = set(self.domains)
        for key in self._direct:
            if key[:1] == b"\x01":
                if domain_of(key) not in known:
                    self._notes.add(_FOREIGN, format_sid(key))
            else:
                self._notes.add(_OTHER_MEMBERS, show_dn(key))

    def _find_primary(self, domain: bytes, rid: int, user: Sid) -> int:
        sid = with_rid(user, rid)
        node = self._primaries[domain, rid] = self._by_sid.get(sid, MISSING)
        if node == MISSING:
            self._notes.add(_NO_PRIMARY, format_sid(sid))
        return node

    def _note_same_name(self, dn: Dn, node: int) -> None:
        if self._ids.get(dn, node) != node:
            self._notes.add(_SAME_NAME, show_dn(dn))

    def _add_node(self, kind: int, sid: Sid, dn: Dn) -> int:
        self.kinds.append(kind)
        self.domains.append(domain_of(sid))
        self.names.append(dn)
        self.parents.append([])
        self.histories.append(())
        return len(self.kinds) - 1

    def _history_node(self, sid: Sid, dn: Dn) -> int:
        node = self._history_ids.get(sid)
        if node is None:
            node = self._history_ids[sid] = self._add_node(HISTORY, sid, dn)
        return node

    def _node(self, dn: Dn) -> int:
        node = self._ids.get(dn)
        if node is None:
            if not self._ids_by_canonical:  # not needed while a directory spells its names alike
                for known, known_node in self._ids.items():
                    self._ids_by_canonical.setdefault(canonical_dn(known), known_node)
            node = self._ids_by_canonical.get(canonical_dn(dn), MISSING)
            if node != MISSING:
                self._ids[dn] = node
        return node

    def _nodes(self, groups: Sequence[Dn], member: Dn) -> list[int]:
        try:  # nearly always, every group is known and is in tokens
            nodes = list(map(self._ids.__getitem__, groups))
        except KeyError:
            nodes = [MISSING]
        if not nodes or min(nodes) >= 0:
            return nodes
        nodes = []
        for dn in groups:
            node = self._node(dn)
            if node >= 0:
                nodes.append(node)
            elif node == MISSING:
                second = second_name(dn)
                if second:
                    raise DirectoryError(
                        f"{self._sources}: memberOf of {show_dn(member)} has the value "
                        f"'{show_dn(dn)[:400]}', in which a second name begins with '{second[:80]}'; "
                        "export each name as a value of its own"
                    )
                self._notes.add(_DANGLING, show_dn(dn))
        return nodes

    def _connect_member(self, dn: Dn, parent: int) -> None:
        node = self._node(dn)
        if node >= 0:
            self.parents[node].append(parent)
        elif node == MISSING:
            sid = foreign_principal_sid(dn)
            if sid is None:
                self._direct.setdefault(canonical_dn(dn), []).append(parent)
            else:
                self._connect_sid(sid, parent)

    def _connect_sid(self, sid: Sid, parent: int) -> None:
        node = self._by_sid.get(sid, MISSING)
        if node >= 0:
            self.parents[node].append(parent)
        elif node == MISSING and is_of_domain(sid):
            # Only these: each host expands well-known identities (Authenticated Users, Claims Valid) itself.
            self._direct.setdefault(sid, []).append(parent)


def _kind(group_type: int) -> int:
    if group_type & SCOPE_DOMAIN_LOCAL:
        return LOCAL
    return UNIVERSAL if group_type & SCOPE_UNIVERSAL else GLOBAL
