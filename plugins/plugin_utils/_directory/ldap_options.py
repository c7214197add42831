# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of LDAP sources, which are checked before anything is sent."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .problems import DirectoryError

GLOBAL_CATALOG_PORTS = (3268, 3269)
_PORTS = {"ldap": 389, "ldaps": 636}


@dataclass(frozen=True)
class LdapOptions:
    """How to reach and read a directory."""

    base: str = ""  # DN below which to search; the server's domain if empty
    bind_dn: str = ""  # DN, user@domain or DOMAIN\user for a simple bind
    bind_password: str = field(default="", repr=False)
    auth: str = "simple"  # or "gssapi": Kerberos, from the ticket cache
    start_tls: bool = False
    ca_path: str = ""  # PEM file of trusted authorities; the system's if empty
    validate_certs: bool = True
    timeout: float = 30  # seconds for the connection with TLS and bind, and then for each answer

    def __post_init__(self) -> None:
        if self.auth not in ("simple", "gssapi"):
            raise DirectoryError(f"auth is {self.auth!r}; it must be simple or gssapi")
        if not 0 < self.timeout <= 3600:
            raise DirectoryError(f"timeout is {self.timeout:g}; it must be above 0 and at most 3600 seconds")
        if self.ca_path and not Path(self.ca_path).is_file():
            raise DirectoryError(
                f"ca_path {self.ca_path} is not a file; name a PEM file with the authority's certificate"
            )
        if self.ca_path:
            _require_certificate(self.ca_path)


def _require_certificate(path: str) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        raise DirectoryError(
            f"ca_path {path} holds no certificate in PEM ({error.strerror or error}); if it is DER, as "
            f"Windows exports, convert it: openssl x509 -inform der -in {path} -out ca.pem"
        ) from None


@dataclass(frozen=True)
class LdapAddress:
    """A parsed ``ldap://`` or ``ldaps://`` URL."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """The URL for the LDAP library."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_global_catalog(self) -> bool:
        """Whether the port is the Global Catalog's."""
        return self.port in GLOBAL_CATALOG_PORTS


def parse_address(url: str, options: LdapOptions) -> LdapAddress:
    """Parse a URL, and refuse one that would send a password in clear text or bind anonymously.

    Raises:
        DirectoryError: The URL or the options do not work together.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise DirectoryError(f"{url.rpartition('@')[2]} is not an LDAP URL: {error}") from None
    scheme = parts.scheme.lower()
    if parts.username or parts.password:
        raise DirectoryError(
            f"the URL of {parts.hostname} contains a user name; use bind_dn and bind_password instead, or "
            "the environment variables WINFLEET_LDAP_BIND_DN and WINFLEET_LDAP_BIND_PASSWORD"
        )
    if not parts.hostname:
        raise DirectoryError(f"{url} names no server; write {scheme}://dc1.example.com")
    if parts.path.strip("/") or parts.query:
        raise DirectoryError(
            f"{url}: write only scheme, server and port, and name the base in the option base"
        )
    address = LdapAddress(scheme, parts.hostname, port or _PORTS[scheme])
    if scheme == "ldaps" and options.start_tls:
        raise DirectoryError(f"{url} already uses TLS; remove start_tls, or use ldap://")
    if options.auth == "simple":
        if not options.bind_dn or not options.bind_password:
            raise DirectoryError(
                f"{url} needs bind_dn and bind_password (or WINFLEET_LDAP_BIND_DN, _BIND_PASSWORD), "
                "or auth: gssapi with a Kerberos ticket; an empty password would bind anonymously"
            )
        if scheme == "ldap" and not options.start_tls:
            raise DirectoryError(
                f"{url} would send the password in clear text; use ldaps://, start_tls: true, or auth: gssapi"
            )
    return address
