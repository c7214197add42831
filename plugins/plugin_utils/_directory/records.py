# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: what the readers deliver, one record an object, whatever the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .distinguished_names import Dn, show_dn
from .sid import Sid

Values = Sequence[bytes]
Attributes = Mapping[str, Values]
"""What an object shows: names as the schema of Active Directory spells them, values as bytes."""

PATH_ATTRIBUTES = ("scriptPath", "profilePath", "homeDirectory", "homeDrive")
NAME_ATTRIBUTES = ("sAMAccountName", "displayName", "userPrincipalName", *PATH_ATTRIBUTES)
"""What adds to the size of a ticket."""

GROUP_ATTRIBUTES = ("objectClass", "objectSid", "groupType", "sIDHistory", "memberOf")
USER_ATTRIBUTES = ("objectSid", "primaryGroupID", "sIDHistory", "memberOf", *NAME_ATTRIBUTES)
"""What a directory is asked for."""

ATTRIBUTES = frozenset((*GROUP_ATTRIBUTES, *USER_ATTRIBUTES, "member", "sAMAccountType"))
"""All that a source may show and is read."""
_ATTRIBUTES = {name.lower(): name for name in ATTRIBUTES}


def attribute_name(name: str) -> str:
    """Return an attribute's name as the schema spells it; in lower case if it is none of ours."""
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
    """Stands in a domain's groups for an account or group of a trusted domain."""

    dn: Dn
    sid: Sid
    member_of: tuple[Dn, ...] | list[Dn] = ()


class UserRecord(NamedTuple):
    """A user; ``primary_group_id`` is None where the source does not show it.

    The names are left as the source shows them: most users are told to be small before anybody asks.
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
        """The sAMAccountName; the DN where it is withheld."""
        return self.text("sAMAccountName") or show_dn(self.dn)

    @property
    def principal_name(self) -> str:
        """The userPrincipalName, if there is one."""
        return self.text("userPrincipalName")

    def text(self, attribute: str) -> str:
        """Return the first value of an attribute; empty if the source does not show it."""
        values = self.attributes.get(attribute)
        return values[0].decode("utf-8", "replace") if values else ""
