# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what an object is, from whatever evidence its source shows.

LDAP and ldifde show sAMAccountType and groupType. Exports of PowerShell show GroupScope, GroupCategory and
the last class instead. All sources follow the rules in this file.
"""

from __future__ import annotations

from enum import Enum, auto

from .distinguished_names import Dn
from .records import (
    SCOPE_DOMAIN_LOCAL,
    SCOPE_GLOBAL,
    SCOPE_UNIVERSAL,
    SECURITY_ENABLED,
    Attributes,
)

NORMAL_USER_ACCOUNT = b"805306368"
"""sAMAccountType of users; computers, managed service accounts and trusts have others ([MS-SAMR] 2.2.1.9)."""

# sAMAccountType of groups ([MS-SAMR] 2.2.1.9), with what it says of their category and scope. An alias is a
# domain-local group; a group is global or universal.
_GROUP_ACCOUNTS: dict[bytes, tuple[int, int | None]] = {
    b"268435456": (SECURITY_ENABLED, None),
    b"268435457": (0, None),
    b"536870912": (SECURITY_ENABLED, SCOPE_DOMAIN_LOCAL),
    b"536870913": (0, SCOPE_DOMAIN_LOCAL),
}
# ADGroupScope and ADGroupCategory of the ActiveDirectory module, by number and by name.
_SCOPES = {
    b"0": SCOPE_DOMAIN_LOCAL,
    b"1": SCOPE_GLOBAL,
    b"2": SCOPE_UNIVERSAL,
    b"domainlocal": SCOPE_DOMAIN_LOCAL,
    b"global": SCOPE_GLOBAL,
    b"universal": SCOPE_UNIVERSAL,
}
_CATEGORIES = {b"0": 0, b"1": SECURITY_ENABLED, b"distribution": 0, b"security": SECURITY_ENABLED}

_PEOPLE = frozenset({b"user", b"inetorgperson"})
_NOT_PEOPLE = frozenset(
    {
        b"computer",
        b"msds-managedserviceaccount",
        b"msds-groupmanagedserviceaccount",
        b"msds-delegatedmanagedserviceaccount",
    }
)
_UF_NORMAL_ACCOUNT = 0x200  # of userAccountControl; computers and trusts have other bits ([MS-SAMR] 2.2.1.13)


class Kind(Enum):
    """What an object is."""

    GROUP = auto()
    USER = auto()
    LIKELY_USER = auto()  # it has an account's name, and neither a class of users nor an account type
    LIKELY_NOT_A_USER = auto()  # its name ends in $, as those of trusts and computers do
    UNKNOWN = auto()  # it has a SID, and nothing shows whose
    OTHER = auto()


def kind_of(dn: Dn, attributes: Attributes) -> Kind:
    """Return what an object is; deleted objects, computers, service accounts and trusts are OTHER."""
    if is_deleted(dn, attributes):
        return Kind.OTHER
    if is_group(attributes):
        return Kind.GROUP
    account_type = _first(attributes, "sAMAccountType")
    if account_type.isdigit():  # other tools show names of types, which prove nothing here
        return Kind.USER if account_type == NORMAL_USER_ACCOUNT else Kind.OTHER
    classes = _classes(attributes)
    account = _first(attributes, "sAMAccountName")
    # PowerShell shows only the last class. It may be derived from user: then primaryGroupID is the evidence,
    # and without it sAMAccountName, which besides users only groups and accounts in $ have.
    proven = not _PEOPLE.isdisjoint(classes) or "primaryGroupID" in attributes
    if not _NOT_PEOPLE.isdisjoint(classes) or (classes and not proven and not account):
        return Kind.OTHER
    control = _first(attributes, "userAccountControl")
    if control.isdigit():
        return Kind.USER if int(control) & _UF_NORMAL_ACCOUNT else Kind.OTHER
    if account.endswith(b"$"):
        return Kind.LIKELY_NOT_A_USER
    if classes and proven:
        return Kind.USER
    if account or "primaryGroupID" in attributes:
        return Kind.LIKELY_USER
    return Kind.UNKNOWN if "objectSid" in attributes else Kind.OTHER


def is_deleted(dn: Dn, attributes: Attributes) -> bool:
    """Return whether an object was deleted.

    A tombstone keeps objectClass, objectSid, groupType and sAMAccountName, loses sAMAccountType, and gets a
    name with ``\\0ADEL:`` ([MS-ADTS] 3.1.1.5.5).
    """
    if _first(attributes, "isDeleted").lower() == b"true":
        return True
    folded = dn.lower()
    return b"\\0adel:" in folded or b",cn=deleted objects,dc=" in folded


def is_group(attributes: Attributes) -> bool:
    """Return whether an object is a group, by any attribute that only groups have."""
    if "groupType" in attributes or "groupScope" in attributes:
        return True
    if _first(attributes, "sAMAccountType") in _GROUP_ACCOUNTS:
        return True
    classes = _classes(attributes)
    return b"group" in classes if classes else "member" in attributes


def category_and_scope(attributes: Attributes) -> tuple[int | None, int | None]:
    """Return the bits of groupType for a group that does not show it; None for what nothing shows.

    Raises:
        ValueError: GroupScope or GroupCategory has a value that Active Directory does not have.
    """
    category, scope = _GROUP_ACCOUNTS.get(_first(attributes, "sAMAccountType"), (None, None))
    if shows_category(attributes):
        category = _CATEGORIES[_first(attributes, "groupType").lower()]
    return (
        _look_up(attributes, "groupCategory", _CATEGORIES, category),
        _look_up(attributes, "groupScope", _SCOPES, scope),
    )


def shows_category(attributes: Attributes) -> bool:
    """Return whether groupType is a word, as Get-QADGroup of Quest's cmdlets shows GroupCategory."""
    return _first(attributes, "groupType").lower() in (b"security", b"distribution")


def _look_up(attributes: Attributes, name: str, bits: dict[bytes, int], default: int | None) -> int | None:
    values = attributes.get(name)
    if not values:
        return default
    try:
        return bits[values[0].strip().lower()]
    except KeyError:
        raise ValueError(f"{name} is '{values[0][:40].decode('utf-8', 'replace')}'") from None


def _classes(attributes: Attributes) -> list[bytes]:
    """Return the classes in lower case, because tools other than the directory spell them as they like."""
    return [each.lower() for each in attributes.get("objectClass", ())]


def _first(attributes: Attributes, name: str) -> bytes:
    values = attributes.get(name)
    return values[0] if values else b""
