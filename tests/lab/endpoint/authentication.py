# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at the other end: Basic, and NTLM by pyspnego, one state for each connection."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import spnego

# The NT hash has no public function; the package is pinned.
from spnego._ntlm_raw.crypto import ntowfv1
from spnego.exceptions import NegotiateOptions, SpnegoError

if TYPE_CHECKING:
    from tests.lab.windows.profile import HostProfile, UserProfile


class UserStore:
    """The accounts of hosts in the form pyspnego reads: one file for each distinct set of accounts.

    pyspnego's acceptor finds accounts by the environment variable NTLM_USER_FILE alone. The variable is set
    for the one synchronous step that reads it, so hosts of one process can have different accounts.
    """

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


@dataclass
class Connection:
    """What a TCP connection has established so far."""

    user: UserProfile | None = None
    context: spnego.ContextProxy | None = None
    pending: spnego.ContextProxy | None = None


@dataclass(frozen=True)
class Challenge:
    """The client is not known yet: HTTP 401 with these WWW-Authenticate values."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Accepted:
    """The account, and what the last token of the negotiation adds to the answer (SPNEGO), if anything."""

    user: UserProfile
    value: str | None = None


def offered(profile: HostProfile) -> tuple[str, ...]:
    """The schemes a host offers in a plain 401; Kerberos is not simulated and therefore not offered."""
    schemes = []
    if profile.winrm.ntlm:
        schemes.append("Negotiate")
    if profile.winrm.basic:
        schemes.append('Basic realm="WSMAN"')
    return tuple(schemes)


def authenticate(
    header: str, connection: Connection, profile: HostProfile, accounts_file: Path
) -> Challenge | Accepted:
    """Work through one Authorization header.

    Returns:
        The account, or the challenge to answer with.
    """
    scheme, _unused, token = header.partition(" ")
    refusal = Challenge(offered(profile))
    try:
        data = base64.b64decode(token.strip(), validate=True)
    except (binascii.Error, ValueError):
        return refusal
    if scheme.lower() == "basic" and profile.winrm.basic:
        name, _unused, password = data.decode("utf-8", "replace").partition(":")
        user = HostAccounts.of(profile).password_matches(name, password)
        return Accepted(user) if user is not None else refusal
    if scheme.lower() in ("negotiate", "ntlm") and profile.winrm.ntlm:
        return _negotiate(scheme, data, connection, profile, accounts_file) or refusal
    return refusal


def _negotiate(
    scheme: str, token: bytes, connection: Connection, profile: HostProfile, accounts_file: Path
) -> Challenge | Accepted | None:
    os.environ["NTLM_USER_FILE"] = str(accounts_file)
    try:
        if connection.pending is None or _is_first(token):
            raw = token.startswith(b"NTLMSSP\0")
            connection.context = connection.user = None
            connection.pending = spnego.server(
                protocol="ntlm" if raw else "negotiate",
                options=NegotiateOptions.use_ntlm if raw else NegotiateOptions.use_negotiate,
            )
        context = connection.pending
        answer = context.step(token)
    except (SpnegoError, ValueError, KeyError, IndexError):
        connection.pending = None
        return None
    finally:
        os.environ.pop("NTLM_USER_FILE", None)
    value = f"{scheme} {base64.b64encode(answer or b'').decode()}"
    if not context.complete:
        return Challenge((value,))
    connection.pending = None
    user = HostAccounts.of(profile).find(context.client_principal or "")
    if user is None:
        return None
    connection.context, connection.user = context, user
    return Accepted(user, value if answer else None)


def _is_first(token: bytes) -> bool:
    """True for a token that opens a negotiation: an NTLM NEGOTIATE message or a SPNEGO NegTokenInit."""
    return token.startswith((b"NTLMSSP\0\x01", b"\x60"))
