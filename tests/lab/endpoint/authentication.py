# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at the other end: Basic, NTLM, Kerberos, CredSSP or a client certificate; a state a connection.

pyspnego's acceptors do the work. Every refusal is a plain 401; CredSSP of version 2 has no other either.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

import spnego
from spnego.exceptions import NegotiateOptions, SpnegoError

from tests.lab.endpoint import credssp
from tests.lab.endpoint.accounts import AcceptorFiles, HostAccounts

if TYPE_CHECKING:
    from tests.lab.windows.profile import HostProfile, UserProfile

#: The scheme of a client that shows a certificate (DSP0226 C.3.5).
CERTIFICATE_SCHEME = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"


@dataclass
class Connection:
    """What a TCP connection has established so far; `certificate`: the name in the client's, if any."""

    certificate: str | None = None
    user: UserProfile | None = None
    context: spnego.ContextProxy | None = None
    pending: spnego.ContextProxy | None = None


@dataclass(frozen=True)
class Challenge:
    """The client is not known yet: HTTP 401 with these WWW-Authenticate values.

    `final`: it has proved itself to be nobody, and may only begin anew.
    """

    values: tuple[str, ...]
    final: bool = False


@dataclass(frozen=True)
class Accepted:
    """The account, and what the last token of the negotiation adds to the answer (SPNEGO), if anything."""

    user: UserProfile
    value: str | None = None


def offered(profile: HostProfile, files: AcceptorFiles) -> tuple[str, ...]:
    """The schemes a host offers in a plain 401, in the order of https://github.com/jborean93/omi/issues/29."""
    winrm = profile.winrm
    schemes = {
        "Negotiate": winrm.ntlm,
        "Kerberos": winrm.kerberos and files.keytab is not None,
        'Basic realm="WSMAN"': winrm.basic,
        "CredSSP": winrm.credssp,
    }
    return tuple(scheme for scheme, on in schemes.items() if on)


def authenticate(
    header: str, connection: Connection, profile: HostProfile, files: AcceptorFiles
) -> Challenge | Accepted:
    """Work through one Authorization header.

    Returns:
        The account, or the challenge to answer with.
    """
    scheme, _unused, token = header.partition(" ")
    on_offer = offered(profile, files)
    refusal = Challenge(on_offer, final=True)
    if scheme == CERTIFICATE_SCHEME:
        return _by_certificate(connection, profile) or refusal
    try:
        data = base64.b64decode(token.strip(), validate=True)
    except (binascii.Error, ValueError):
        return refusal
    if scheme.lower() == "basic" and profile.winrm.basic:
        name, _unused, password = data.decode("utf-8", "replace").partition(":")
        user = HostAccounts.of(profile).password_matches(name, password)
        return Accepted(user) if user is not None else refusal
    wanted = "negotiate" if scheme.lower() == "ntlm" else scheme.lower()
    if wanted in ("negotiate", "kerberos", "credssp") and wanted in map(str.lower, on_offer):
        return _negotiate(scheme, data, connection, profile, files) or refusal
    return refusal


def _by_certificate(connection: Connection, profile: HostProfile) -> Accepted | None:
    if not profile.winrm.certificates or connection.certificate is None:
        return None
    user = HostAccounts.of(profile).of_certificate(connection.certificate)
    return Accepted(user) if user is not None else None


def _negotiate(
    scheme: str, token: bytes, connection: Connection, profile: HostProfile, files: AcceptorFiles
) -> Challenge | Accepted | None:
    try:
        with files.in_use(kerberos=profile.winrm.kerberos):
            if connection.pending is None or _is_first(token):
                connection.context = connection.user = None
                connection.pending = _acceptor(scheme, token, profile)
            context = connection.pending
            answer = context.step(token)
    # AttributeError: what pyspnego makes of a Kerberos token that MIT's library refuses.
    except (SpnegoError, AttributeError, ValueError, KeyError, IndexError):
        connection.pending = None
        return None
    value = f"{scheme} {base64.b64encode(answer or b'').decode()}"
    if not context.complete:
        return Challenge((value,)) if answer else None
    connection.pending = None
    user = HostAccounts.of(profile).find(context.client_principal or "")
    if user is None:
        return None
    connection.context, connection.user = context, user
    return Accepted(user, value if answer else None)


def _acceptor(scheme: str, token: bytes, profile: HostProfile) -> spnego.ContextProxy:
    if scheme.lower() == "credssp":
        return credssp.acceptor(tls10_only=profile.winrm.tls10_only)
    if token.startswith(b"NTLMSSP\0"):
        return spnego.server(protocol="ntlm", options=NegotiateOptions.use_ntlm)
    # Takes SPNEGO, and a Kerberos token without it, which is what pykerberos sends under Negotiate.
    return spnego.server(protocol="negotiate", options=NegotiateOptions.use_negotiate)


def _is_first(token: bytes) -> bool:
    """True for a token that opens a negotiation: NTLM, SPNEGO or Kerberos, the ClientHello of TLS."""
    return token.startswith((b"NTLMSSP\0\x01", b"\x60")) or (token[:1] == b"\x16" and token[5:6] == b"\x01")
