# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute the bytes that a user's names add to a ticket, exactly ([MS-PAC]) and as a quick upper bound."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from .._directory.distinguished_names import dns_domain
from .._directory.records import NAME_ATTRIBUTES, PATH_ATTRIBUTES, UserRecord

_LONGEST_NETBIOS_NAME = 15

_domain_of_suffix = lru_cache(maxsize=1024)(dns_domain)


class NameBytes(NamedTuple):
    """The bytes that a user's names add to a ticket."""

    logon_info: int
    other_buffers: int


def name_bytes(
    account: str,
    *,
    full_name: str = "",
    paths: tuple[str, ...] = (),
    principal_name: str = "",
    dns_domain: str = "",
    logon_server: str = "",
) -> NameBytes:
    """Size the strings of a ticket.

    Args:
        account: The sAMAccountName.
        full_name: The displayName.
        paths: Logon script, profile path, home directory and home drive, if set.
        principal_name: The userPrincipalName; without one the KDC makes ``account@domain``.
        dns_domain: The account's domain, such as ``corp.example.com``.
        logon_server: NetBIOS name of the KDC; exports do not contain it, then the longest possible counts.
    """
    # Plain arithmetic, because this runs for every user: `n + (n & 1)` pads UTF-16 units to 4 bytes.
    name, full, dns, server = len(account), len(full_name), len(dns_domain), len(logon_server)
    server = server or _LONGEST_NETBIOS_NAME
    # The NetBIOS name of the domain is not in the user's object; by default it is the first DNS label.
    netbios = dns_domain.find(".")
    netbios = min(dns if netbios < 0 else netbios, _LONGEST_NETBIOS_NAME)
    units = name + (name & 1) + full + (full & 1) + netbios + (netbios & 1) + server + (server & 1)
    for path in paths:
        units += len(path) + (len(path) & 1)
    upn = len(principal_name) or name + 1 + dns
    # UPN_DNS_INFO with the extension of 2021 (account name and SID), [MS-PAC] 2.10.
    upn_dns = 24 + (2 * upn + 7 & -8) + (2 * dns + 7 & -8) + (2 * name + 3 & -4) + 28
    return NameBytes(2 * units, (10 + 2 * name + 7 & -8) + (upn_dns + 7 & -8))


def user_name_bytes(user: UserRecord) -> NameBytes:
    """Size the strings of a user's record in a ticket."""
    at = user.dn.find(b",DC=")
    return name_bytes(
        user.account,
        full_name=user.text("displayName"),
        paths=tuple([user.text(name) for name in PATH_ATTRIBUTES if name in user.attributes]),
        principal_name=user.text("userPrincipalName"),
        dns_domain=_domain_of_suffix(user.dn[at:] if at >= 0 else user.dn),
        logon_server=user.logon_server,
    )


def most_name_bytes(user: UserRecord) -> int:
    """Return an upper bound of the sum of :func:`user_name_bytes`, from the lengths alone.

    A ticket holds each name at most four times, at two bytes per character, and UTF-8 has at least one byte
    per character. The domain is part of the DN. The rest is padding, headers and the KDC's name.
    """
    attributes, length = user.attributes, len(user.dn) // 2
    for name in NAME_ATTRIBUTES:
        values = attributes.get(name)
        if values:
            length += len(values[0])
    if "sAMAccountName" not in attributes:
        length += len(user.dn)
    return 8 * length + 300
