# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from .profile import HostProfile, UserProfile


@dataclass(frozen=True)
class Account:
    """A logged-on token.

    Attributes:
        administrator: Member of Administrators.
        elevated: The token is not filtered by UAC; only then membership counts.
        remote: WinRM lets the account in whatever its rights (its access list names it).
    """

    name: str
    domain: str
    sid: str
    administrator: bool = False
    elevated: bool = False
    remote: bool = False

    @property
    def is_system(self) -> bool:
        return self.sid == "S-1-5-18"

    @property
    def may_administer(self) -> bool:
        return self.is_system or (self.administrator and self.elevated)

    @property
    def may_connect(self) -> bool:
        return self.may_administer or self.remote

    @property
    def qualified(self) -> str:
        return f"{self.domain}\\{self.name}"


SYSTEM = Account("SYSTEM", "NT AUTHORITY", "S-1-5-18", True, True)

_MACHINE_SID = "S-1-5-21-1004336348-1177238915-682003330"


def network_logon(profile: HostProfile, user: UserProfile, *, filter_policy: int | None) -> Account:
    """The token of a network logon.

    UAC filters the token of local administrators other than the built-in one unless
    LocalAccountTokenFilterPolicy is 1; domain accounts are not filtered (MS KB951016).
    """
    rid = 500 if user.builtin else 1000 + sum(user.name.encode())
    elevated = user.administrator and (user.builtin or user.domain is not None or filter_policy == 1)
    domain, sid = user.domain or profile.netbios_name, f"{_MACHINE_SID}-{rid}"
    return Account(user.name, domain, sid, user.administrator, elevated, user.remote)
