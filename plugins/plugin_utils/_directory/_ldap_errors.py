# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain LDAP failures to operators, with advice."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from .ldap_options import LdapAddress, LdapOptions
from .problems import DirectoryError

# Active Directory's sub-codes of a refused bind, which its answer contains as "data 52e".
_BIND_REASONS = {
    "525": "no such user",
    "52e": "wrong user name or password",
    "530": "not allowed at this time",
    "531": "not allowed from this computer",
    "532": "the password has expired",
    "533": "the account is disabled",
    "701": "the account has expired",
    "773": "the password must be changed first",
    "775": "the account is locked out",
}
_ADVICE = {
    "INVALID_CREDENTIALS": "the bind was refused; check bind_dn and bind_password",
    "INAPPROPRIATE_AUTH": "the server does not allow this kind of bind; try auth: gssapi",
    "AUTH_UNKNOWN": "SASL lacks Kerberos; install libsasl2-modules-gssapi-mit or cyrus-sasl-gssapi",
    "STRONG_AUTH_REQUIRED": "the bind must be signed or encrypted; use ldaps:// or start_tls: true",
    "STRONGER_AUTH_REQUIRED": "the bind must be signed or encrypted; use ldaps:// or start_tls: true",
    "CONFIDENTIALITY_REQUIRED": "the server requires encryption; use ldaps:// or start_tls: true",
    "LOCAL_ERROR": "Kerberos failed on this machine; check the ticket (klist) and use the server's full name",
    "NO_SUCH_OBJECT": "the base does not exist, or the account may not see it; check the option base",
    "INVALID_DN_SYNTAX": "the base is not a distinguished name",
    "INSUFFICIENT_ACCESS": "the account may not read this",
    "SIZELIMIT_EXCEEDED": "the server reached its size limit and does not support paging",
    "ADMINLIMIT_EXCEEDED": "the server's administrative limit stopped the search; use a smaller base",
    "TIMELIMIT_EXCEEDED": "the server's time limit stopped the search; use a smaller base",
    "TIMEOUT": "the server did not answer in time; it is busy or behind a firewall; raise timeout",
    "OPERATIONS_ERROR": "the server requires a successful bind first",
    "BUSY": "the server is busy; try again",
    "UNAVAILABLE": "the server is shutting down or starting; try again",
}
# ExtendedRequest for 1.3.6.1.4.1.1466.20037 (RFC 4511 4.14.1), message 1.
_START_TLS_REQUEST = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"


def explain(error: Exception, address: LdapAddress, options: LdapOptions, *, doing: str) -> DirectoryError:
    """Turn an error of python-ldap into one for operators, with the password masked.

    Args:
        doing: The failed step, such as ``connecting``.
    """
    name = type(error).__name__
    detail = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    description, info = str(detail.get("desc", "")), str(detail.get("info", ""))
    said = ": ".join(part for part in (description, info) if part) or str(error) or name
    if name in ("SERVER_DOWN", "CONNECT_ERROR"):
        advice = _connection_problem(address, options)
    else:
        advice = _ADVICE.get(name, "the server refused")
        code = info.partition("data ")[2].partition(",")[0].strip().lower()
        if name == "INVALID_CREDENTIALS" and code in _BIND_REASONS:
            advice = f"the bind was refused: {_BIND_REASONS[code]}"
    text = f"{address.url}: {doing} failed: {advice} ({said})"
    return DirectoryError(text.replace(options.bind_password, "********") if options.bind_password else text)


def _connection_problem(address: LdapAddress, options: LdapOptions) -> str:
    """Find the cause, because the LDAP library reports a closed port and a bad certificate alike."""
    try:
        plain = socket.create_connection((address.host, address.port), timeout=min(options.timeout, 5))
    except OSError as error:
        return f"the server cannot be reached ({error.strerror or error}); check name, port and firewall"
    with plain:
        if address.scheme == "ldap" and not options.start_tls:
            return "the server closed the connection"
        try:
            if options.start_tls:
                plain.sendall(_START_TLS_REQUEST)
                plain.recv(4096)
            context: Any = ssl.create_default_context(cafile=options.ca_path or None)
            with context.wrap_socket(plain, server_hostname=address.host):
                return "the server closed the connection"
        except ssl.SSLCertVerificationError as error:
            return (
                f"the server's certificate is not trusted: {error.verify_message}; set ca_path "
                "to the authority's PEM file, and name the server as its certificate does"
            )
        except OSError as error:
            return f"TLS could not be set up ({error.strerror or error})"
