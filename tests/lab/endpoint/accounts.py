# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a host, and the files in which pyspnego's acceptors look them up."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# The NT hash has no public function; the package is pinned.
from spnego._ntlm_raw.crypto import ntowfv1

if TYPE_CHECKING:
    from tests.lab.windows.profile import HostProfile, UserProfile

_NO_KEYTAB = "FILE:/nonexistent"


@dataclass(frozen=True)
class AcceptorFiles:
    """What a host knows of its users: its accounts for NTLM, and its own keys for Kerberos, if it has any."""

    accounts: Path
    keytab: Path | None = None

    @contextmanager
    def in_use(self, *, kerberos: bool) -> Iterator[None]:
        """Let the acceptors of one synchronous step find these files, and no other host's.

        pyspnego finds accounts, and MIT Kerberos keys, by the environment alone.
        """
        keytab = f"FILE:{self.keytab}" if self.keytab and kerberos else _NO_KEYTAB
        os.environ.update({"NTLM_USER_FILE": str(self.accounts), "KRB5_KTNAME": keytab})
        try:
            yield
        finally:
            del os.environ["NTLM_USER_FILE"], os.environ["KRB5_KTNAME"]


class UserStore:
    """The accounts of hosts in the form pyspnego reads: one file for each distinct set of accounts."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files: dict[HostAccounts, Path] = {}

    def file_for(self, profile: HostProfile) -> Path:
        """The account file of a host; written on first use, readable by the owner alone."""
        accounts = HostAccounts.of(profile)
        if accounts not in self._files:
            self._directory.mkdir(parents=True, exist_ok=True)
            text = accounts.smbpasswd_lines()
            path = self._directory / hashlib.sha256(text.encode()).hexdigest()[:16]
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
            self._files[accounts] = path
        return self._files[accounts]


@dataclass(frozen=True)
class HostAccounts:
    """The accounts of a host and the domain names under which they may be given."""

    users: tuple[UserProfile, ...]
    computer_name: str
    domain: str | None

    @classmethod
    def of(cls, profile: HostProfile) -> HostAccounts:
        """The accounts that a profile describes."""
        return cls(profile.users, profile.netbios_name, profile.domain)

    def smbpasswd_lines(self) -> str:
        """smbpasswd lines (hashes, not passwords), one for each spelling of a user that Windows accepts."""
        lines = []
        for user in self.users:
            names = [f"{domain}\\{user.name}" if domain else user.name for domain in self._domains(user)]
            if user.domain:
                names.append(f"{user.name}@{user.domain}")
            nt_hash = ntowfv1(user.password).hex().upper()
            lines += [f"{name}:0:{'0' * 32}:{nt_hash}:[U]:" for name in names]
        return "\n".join(lines) + "\n"

    def _domains(self, user: UserProfile) -> list[str]:
        if user.domain:
            return [user.domain, user.domain.split(".")[0]]
        return ["", ".", self.computer_name]

    def find(self, principal: str) -> UserProfile | None:
        r"""The account behind `DOMAIN\user`, `user@domain` or `user` (case does not matter)."""
        domain, _unused, name = principal.rpartition("\\")
        if "@" in name and not domain:
            name, _unused, domain = name.partition("@")
        for user in self.users:
            known = {item.lower() for item in self._domains(user)}
            if user.name.lower() == name.lower() and (
                domain.lower() in known or (not domain and not user.domain)
            ):
                return user
        return None

    def password_matches(self, principal: str, password: str) -> UserProfile | None:
        """The account, if the password is its own."""
        user = self.find(principal)
        return user if user is not None and user.password == password else None

    def of_certificate(self, name: str) -> UserProfile | None:
        """The account to which a client certificate with this user principal name is mapped.

        WinRM maps certificates to local accounts alone, by `winrm create winrm/config/service/certmapping`.
        """
        return next((user for user in self.users if user.certificate and principal_name(user) == name), None)


def principal_name(user: UserProfile) -> str:
    """The name in a local account's certificate."""
    return f"{user.name}@localhost"
