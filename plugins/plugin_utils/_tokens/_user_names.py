# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names by which an operator asks for users, and the users that they mean."""

from __future__ import annotations

from collections.abc import Iterable

from .._directory.distinguished_names import canonical_dn, dns_domain
from .._directory.problems import DirectoryError
from .._directory.records import UserRecord


class UserNames:
    """Names of users: sAMAccountName, userPrincipalName or DN.

    ``jdoe@corp.example.com`` also names the jdoe of that domain, who signs in by it whatever the
    userPrincipalName is ([MS-ADTS] 5.1.1.1.1).

    Raises:
        DirectoryError: A name is empty, or has a form that names a domain by what no object shows.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        self._by_dn: dict[bytes, str] = {}
        for name in names:
            self._add(name.strip())
        self._missing = dict(self._names)

    def _add(self, name: str) -> None:
        domain, backslash, account = name.partition("\\")
        if not name:
            raise DirectoryError("users contains an empty name; remove it")
        if "=" in name:
            self._by_dn[canonical_dn(name.encode())] = name.casefold()
        elif backslash:
            raise DirectoryError(
                f"users contains {name}, and no object shows {domain}, the short name of its domain; "
                f"write {account or 'the account'}, the userPrincipalName or the DN"
            )
        self._names[name.casefold()] = name

    @property
    def given(self) -> list[str]:
        """The names as they were given, to search for."""
        return list(self._names.values())

    @property
    def missing(self) -> list[str]:
        """The names of users that were not taken, sorted."""
        return sorted(self._missing.values())

    def take(self, user: UserRecord) -> bool:
        """Return whether a name means this user, and count it as found."""
        account = user.account.casefold()
        shown = {
            account,
            user.text("userPrincipalName").casefold(),
            f"{account}@{dns_domain(user.dn)}".casefold(),
        }
        found = shown & self._names.keys()
        if self._by_dn and (by_dn := self._by_dn.get(canonical_dn(user.dn))) is not None:
            found.add(by_dn)
        for key in found:
            self._missing.pop(key, None)
        return bool(found)
