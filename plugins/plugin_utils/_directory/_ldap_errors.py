# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain LDAP failures to operators, with advice."""

from __future__ import annotations

import socket
import ssl
from functools import partial

from ._time_limit import TimeLimitError, within
from .ldap_options import LdapAddress, LdapOptions
from .problems import DirectoryError

CONNECTING = "connecting"
"""The step that includes TLS and the bind."""

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
    "80090346": "the server did not accept the channel binding of this TLS connection",  # SEC_E_BAD_BINDINGS
}
_ADVICE = {
    "INVALID_CREDENTIALS": "the bind was refused; check bind_dn and bind_password, or the ticket (klist)",
    "INAPPROPRIATE_AUTH": "the server does not allow this kind of bind; try auth: gssapi",
    "AUTH_UNKNOWN": "SASL lacks Kerberos; install libsasl2-modules-gssapi-mit or cyrus-sasl-gssapi",
    "STRONG_AUTH_REQUIRED": "the bind must be signed or encrypted; use ldaps:// or start_tls: true",
    "STRONGER_AUTH_REQUIRED": "the bind must be signed or encrypted; use ldaps:// or start_tls: true",
    "CONFIDENTIALITY_REQUIRED": "the server requires encryption; use ldaps:// or start_tls: true",
    "NO_SUCH_OBJECT": "the base does not exist, or the account may not see it; check the option base",
    "INSUFFICIENT_ACCESS": "the account may not read this",
    "SIZELIMIT_EXCEEDED": "the server's limit on the number of objects stopped the search; use a "
    "smaller base or another account",
    "ADMINLIMIT_EXCEEDED": "the server's administrative limit stopped the search; use a smaller base",
    "TIMELIMIT_EXCEEDED": "the server's time limit stopped the search; use a smaller base",
    "TIMEOUT": "the server did not answer in the time that TIMEOUT in ldap.conf allows",
    "BUSY": "the server is busy; try again",
    "UNAVAILABLE": "the server says that it cannot serve at the moment; try again",
}
_LONGEST_LOOK = 5  # seconds for the second connection that looks for a cause
_KERBEROS = "Kerberos failed on this machine; check the ticket (klist) and use the server's full name"
_NO_BIND = ("000004DC", "successful bind must be completed")
_NO_TLS = "Error initializing SSL/TLS"  # of Active Directory without a certificate, to StartTLS
# ExtendedRequest for 1.3.6.1.4.1.1466.20037 (RFC 4511 4.14.1), message 1.
_START_TLS_REQUEST = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"


def explain(error: Exception, address: LdapAddress, options: LdapOptions, *, doing: str) -> DirectoryError:
    """Turn an error of python-ldap, or a time limit, into one for operators, with the password masked.

    It names a cause only if the answer proves it, and else what the library says.

    Args:
        doing: The failed step, `CONNECTING` or such as ``reading users``.
    """
    if isinstance(error, TimeLimitError):
        return DirectoryError(f"{address.url}: {doing} failed: {_silence(error, options, doing)}")
    name = type(error).__name__
    detail = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    description, info = str(detail.get("desc", "")), str(detail.get("info", ""))
    said = ": ".join(part for part in (description, info) if part) or str(error) or name
    advice = _advice(name, info, address, options, doing)
    text = f"{address.url}: {doing} failed: " + (f"{advice} ({said})" if advice else said)
    return DirectoryError(text.replace(options.bind_password, "********") if options.bind_password else text)


def _silence(error: TimeLimitError, options: LdapOptions, doing: str) -> str:
    limit = f"{options.timeout:g} seconds"
    if doing != CONNECTING:
        return f"the server did not answer in time ({limit}); raise timeout if it is slow"
    if error.connected:
        return (
            f"the server accepted the connection, but TLS and sign-in did not end in time ({limit}); check "
            "that the port is one of LDAP, and raise timeout if the server is slow"
        )
    return f"there was no connection in time ({limit}); check name, port and firewall, or raise timeout"


def _advice(name: str, info: str, address: LdapAddress, options: LdapOptions, doing: str) -> str:
    if name in ("SERVER_DOWN", "CONNECT_ERROR"):
        try:
            look = partial(_connection_problem, address, options, doing)
            return within(min(_LONGEST_LOOK, options.timeout), address.port, look)
        except TimeLimitError:
            return "a second connection to look for the cause had no answer in time"
    if name == "INVALID_CREDENTIALS":
        code = info.partition("data ")[2].partition(",")[0].strip().lower()
        if code in _BIND_REASONS:
            return f"the bind was refused: {_BIND_REASONS[code]}"
    if name == "UNAVAILABLE" and _NO_TLS in info:
        return "the server does not offer TLS; it may have no certificate"
    if name == "LOCAL_ERROR" and options.auth == "gssapi":
        return _KERBEROS
    if name == "INVALID_DN_SYNTAX":
        option = "bind_dn" if doing == CONNECTING else "base"
        return f"the server does not take the option {option} for a distinguished name"
    if name == "OPERATIONS_ERROR" and any(each in info for each in _NO_BIND):
        return "the server requires a successful bind first"
    return _ADVICE.get(name, "")


def _connection_problem(address: LdapAddress, options: LdapOptions, doing: str) -> str:
    """Look for the cause on a second connection, because libldap reports most of them alike."""
    try:
        plain = socket.create_connection((address.host, address.port), timeout=_LONGEST_LOOK)
    except OSError as error:
        return f"the server cannot be reached ({error.strerror or error}); check name, port and firewall"
    with plain:
        if doing != CONNECTING:
            return "the connection was lost, and the server accepts another; run again"
        if address.scheme == "ldap" and not options.start_tls:
            return "the server accepts connections, but this one failed"
        try:
            if options.start_tls:
                plain.sendall(_START_TLS_REQUEST)
                plain.recv(4096)
            with _tls_context(options).wrap_socket(plain, server_hostname=address.host):
                return (
                    "the LDAP library gave up, although TLS without it works; it may refuse the certificate, "
                    "or the server may ask for a client certificate or accept no more connections"
                )
        except ssl.SSLCertVerificationError as error:
            return (
                f"the server's certificate is not trusted: {error.verify_message}; set ca_path "
                "to the authority's PEM file, and name the server as its certificate does"
            )
        except OSError as error:
            return f"TLS could not be set up ({error.strerror or error})"


def _tls_context(options: LdapOptions) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options.ca_path or None)
    if not options.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
