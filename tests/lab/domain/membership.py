# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The realm of a fleet: its domain, with the users and the computers that the profiles name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.lab.domain.kdc import Account, DomainError, Realm, missing
from tests.lab.windows.profile import HostProfile


def start_realm(profiles: Sequence[HostProfile], folder: Path, address: str) -> Realm:
    """Start the realm of the fleet's one domain.

    Raises:
        DomainError: the machine lacks something for it, or the profiles do not name one domain.
    """
    if lacking := missing():
        raise DomainError(f"a domain {lacking}")
    domains = {profile.domain for profile in profiles if profile.domain}
    if len(domains) != 1:
        raise DomainError(f"a lab has one domain; the hosts name {', '.join(sorted(domains)) or 'none'}")
    accounts = {
        Account(user.name, user.password) for profile in profiles for user in profile.users if user.domain
    }
    if len({account.name for account in accounts}) < len(accounts):
        raise DomainError("a user of the domain has two passwords")
    realm = Realm(folder, domains.pop(), address)
    realm.populate(accounts, [profile.full_name for profile in profiles if profile.domain])
    realm.start()
    return realm
