# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring distinguished names to one spelling, which lets references find their object."""

from __future__ import annotations

import re

from .sid import Sid, parse_sid

Dn = bytes
"""A distinguished name in UTF-8, in the source's spelling."""

_HEX_PAIR = re.compile(rb"\\([0-9a-fA-F]{2})")
_AROUND_SEPARATOR = re.compile(rb"\s*(?<!\\)([,=+])\s*")
_FOREIGN_PRINCIPAL = re.compile(
    rb"cn=(s-1-[0-9-]+)(?:\\0acnf:[^,]*)?,cn=foreignsecurityprincipals\b", re.IGNORECASE
)

SECOND_NAME = re.compile(r"(?i)(?<=\bDC=)([\w-]+?)(|_|[^\w=][^=]{0,7}?)(?=(?:CN|OU)=)")
"""The last label of a name's domain and what separates the name from a second one, in the text of both.

A name ends with the labels of its domain, so another ``CN=`` or ``OU=`` behind them begins another name.
"""


def canonical_dn(dn: Dn) -> bytes:
    """Fold a name to one spelling: lower case, no blanks around separators, ``\\2C`` as ``\\,``.

    A directory always spells a name alike; exports that passed through other tools may not.
    """
    if (
        b"\\" not in dn
        and b" ," not in dn
        and b", " not in dn
        and b"= " not in dn
        and b" =" not in dn
        and dn.isascii()
    ):
        return dn.lower()
    if b"\\" in dn:
        dn = _HEX_PAIR.sub(_unescape, dn)
    dn = _AROUND_SEPARATOR.sub(rb"\1", dn)
    return dn.decode("utf-8", "surrogateescape").casefold().encode("utf-8", "surrogateescape")


def _unescape(match: re.Match[bytes]) -> bytes:
    octet = bytes.fromhex(match[1].decode())
    if octet in b',+"\\<>;=#':
        return b"\\" + octet
    return octet if octet >= b" " else match[0].lower()


def foreign_principal_sid(dn: Dn) -> Sid | None:
    """Return the SID that names a foreign security principal (``CN=S-1-…,CN=ForeignSecurityPrincipals``)."""
    if dn[3:7].upper() != b"S-1-":
        return None
    match = _FOREIGN_PRINCIPAL.match(dn)
    try:
        return parse_sid(match[1].decode().upper()) if match else None
    except ValueError:
        return None


def dns_domain(dn: Dn) -> str:
    """Return the DNS domain of a name's ``DC=`` components."""
    head, found, tail = dn.lower().rpartition(b",dc=")
    labels = [tail]
    while found and b",dc=" in head:
        head, _unused, label = head.rpartition(b",dc=")
        labels.insert(0, label)
    return b".".join(labels).decode("utf-8", "replace") if found else ""


def second_name(dn: Dn) -> str:
    """Return the second name and all behind it, if a value holds two names; empty for one name."""
    text = show_dn(dn)
    found = SECOND_NAME.search(text)
    return text[found.end() :] if found else ""


def show_dn(dn: Dn) -> str:
    """Return a name as text."""
    return dn.decode("utf-8", "replace")
