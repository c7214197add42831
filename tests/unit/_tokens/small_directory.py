# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small directory written by hand: the tests' vocabulary for groups and users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import Notes
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.records import (
    ForeignPrincipalRecord,
    GroupRecord,
    UserRecord,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import parse_sid
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._membership import (
    HISTORY,
    Account,
    Membership,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._sizer import TokenSize, TokenSizer
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules

GLOBAL, LOCAL, UNIVERSAL = 0x80000002, 0x80000004, 0x80000008
DISTRIBUTION = 0x00000002
CORP, LAB = "S-1-5-21-1-2-3", "S-1-5-21-7-8-9"
DOMAIN_USERS = 513


def dn(name: str, domain: str = CORP) -> bytes:
    suffix = "DC=corp,DC=example" if domain == CORP else "DC=lab,DC=example"
    return f"CN={name},OU=All,{suffix}".encode()


class Directory:
    """Collects groups, then answers for users."""

    def __init__(self, rules: TokenRules | None = None) -> None:
        self.notes = Notes()
        self.membership = Membership(self.notes)
        self.rules = rules or TokenRules()
        self._sizer: TokenSizer | None = None
        self._rid = 2000
        self.group("Domain Users", rid=DOMAIN_USERS)

    def group(
        self,
        name: str,
        group_type: int = GLOBAL,
        *,
        member_of: Iterable[str] = (),
        members: Iterable[bytes] = (),
        domain: str = CORP,
        rid: int | None = None,
        sid: str | None = None,
        history: Iterable[str] = (),
    ) -> None:
        self._rid += 1
        self.membership.add_group(
            GroupRecord(
                dn(name, domain),
                parse_sid(sid or f"{domain}-{rid or self._rid}"),
                group_type,
                tuple(map(parse_sid, history)),
                list(members),
                [dn(parent, domain) for parent in member_of],
            )
        )

    def foreign_principal(self, sid: str, member_of: Iterable[str]) -> None:
        self.membership.add_foreign_principal(
            ForeignPrincipalRecord(
                f"CN={sid},CN=ForeignSecurityPrincipals,DC=corp,DC=example".encode(),
                parse_sid(sid),
                [dn(parent) for parent in member_of],
            )
        )

    def user(
        self,
        name: str = "jdoe",
        member_of: Iterable[str] = (),
        *,
        domain: str = CORP,
        primary: int | None = DOMAIN_USERS,
        history: Iterable[str] = (),
        rid: int = 1104,
    ) -> UserRecord:
        return UserRecord(
            dn(name, domain),
            parse_sid(f"{domain}-{rid}"),
            primary,
            {"sAMAccountName": [name.encode()]},
            tuple(map(parse_sid, history)),
            [dn(parent, domain) for parent in member_of],
        )

    @property
    def sizer(self) -> TokenSizer:
        if self._sizer is None:
            self.membership.connect()
            self._sizer = TokenSizer(self.membership, self.rules)
        return self._sizer

    def account(self, user: UserRecord) -> Account:
        _unused = self.sizer
        return self.membership.account(user)

    def size(self, user: UserRecord) -> TokenSize:
        return self.sizer.measure(self.account(user))

    def flagged(self, users: Iterable[UserRecord]) -> Iterator[TokenSize]:
        sizer = self.sizer
        return sizer.flagged(map(self.membership.account, users))

    def holds(self, user: UserRecord) -> set[str]:
        """Names of the groups in the token."""
        names, kinds = self.membership.names, self.membership.kinds
        nodes = {node for group in self.account(user).groups for node in self.sizer._closures[group]}
        return {
            names[node].decode().partition(",")[0].removeprefix("CN=")
            for node in nodes
            if kinds[node] != HISTORY
        }
