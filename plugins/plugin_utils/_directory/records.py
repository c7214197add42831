# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of groups, users and foreign principals that every source delivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .distinguished_names import Dn, show_dn
from .sid import Sid

Values = Sequence[bytes]
Attributes = Mapping[str, Values]
"""The readable attributes of an object: names spelled as in Active Directory's schema, values in bytes."""

PATH_ATTRIBUTES = ("scriptPath", "profilePath", "homeDirectory", "homeDrive")
NAME_ATTRIBUTES = ("sAMAccountName", "displayName", "userPrincipalName", *PATH_ATTRIBUTES)
"""The attributes that add to the size of a ticket."""

GROUP_ATTRIBUTES = ("objectClass", "objectSid", "groupType", "sIDHistory", "memberOf")
USER_ATTRIBUTES = ("objectSid", "primaryGroupID", "sIDHistory", "memberOf", *NAME_ATTRIBUTES)
"""The attributes that a search requests."""

KIND_ATTRIBUTES = ("sAMAccountType", "userAccountControl", "isDeleted", "groupScope", "groupCategory")
"""Further evidence of what an object is; exports of PowerShell show the last two in place of groupType."""

LISTS = frozenset({"objectClass", "member", "memberOf", "sIDHistory"})
"""The attributes that can have several values."""

ATTRIBUTES = frozenset((*GROUP_ATTRIBUTES, *USER_ATTRIBUTES, *LISTS, *KIND_ATTRIBUTES))
"""All attributes that are read from any source; those that are not in `LISTS` have one value."""
_ATTRIBUTES = {name.lower(): name for name in ATTRIBUTES}


def attribute_name(name: str) -> str:
    """Return an attribute's name as the schema spells it, or in lower case if it is not in `ATTRIBUTES`."""
    folded = name.lower()
    return _ATTRIBUTES.get(folded, folded)


SECURITY_ENABLED = 0x80000000
SCOPE_GLOBAL, SCOPE_DOMAIN_LOCAL, SCOPE_UNIVERSAL = 2, 4, 8
"""Bits of groupType, [MS-ADTS] 2.2.12."""


class GroupRecord(NamedTuple):
    """A group; ``group_type`` is unsigned."""

    dn: Dn
    sid: Sid
    group_type: int
    sid_history: tuple[Sid, ...] = ()
    member: tuple[Dn, ...] | list[Dn] = ()
    member_of: tuple[Dn, ...] | list[Dn] = ()


class ForeignPrincipalRecord(NamedTuple):
    """The object that represents an account or group of a trusted domain in a domain's groups."""

    dn: Dn
    sid: Sid
    member_of: tuple[Dn, ...] | list[Dn] = ()


class UserRecord(NamedTuple):
    """A user; ``primary_group_id`` is None if the source does not show it.

    The names stay undecoded, because the weights alone show most users to be small.
    """

    dn: Dn
    sid: Sid
    primary_group_id: int | None
    attributes: Attributes
    sid_history: tuple[Sid, ...] = ()
    member_of: Sequence[Dn] = ()
    logon_server: str = ""

    @property
    def account(self) -> str:
        """The sAMAccountName, or the DN if it is not readable."""
        return self.text("sAMAccountName") or show_dn(self.dn)

    def text(self, attribute: str) -> str:
        """Return the first value of an attribute, or an empty string if the source does not show it."""
        values = self.attributes.get(attribute)
        return values[0].decode("utf-8", "replace") if values else ""
