# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: what the readers deliver, one record an object, whatever the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._model import NameBytes, name_bytes
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._names import Dn, dns_domain, show_dn
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.directory._sid import Sid

Values = Sequence[bytes]
Attributes = Mapping[str, Values]
"""What an object shows: names as the schema of Active Directory spells them, values as bytes."""

_PATHS = ("scriptPath", "profilePath", "homeDirectory", "homeDrive")
_NAMES = ("sAMAccountName", "displayName", "userPrincipalName", *_PATHS)

GROUP_ATTRIBUTES = ("objectClass", "objectSid", "groupType", "sIDHistory", "memberOf")
USER_ATTRIBUTES = ("objectSid", "primaryGroupID", "sIDHistory", "memberOf", *_NAMES)
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


_domain_of_suffix = lru_cache(maxsize=1024)(dns_domain)


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
        return self._text("sAMAccountName") or show_dn(self.dn)

    @property
    def principal_name(self) -> str:
        """The userPrincipalName, if there is one."""
        return self._text("userPrincipalName")

    @property
    def names(self) -> NameBytes:
        """What the names add to a ticket."""
        at = self.dn.find(b",DC=")
        return name_bytes(
            self.account,
            full_name=self._text("displayName"),
            paths=tuple([self._text(name) for name in _PATHS if name in self.attributes]),
            principal_name=self.principal_name,
            dns_domain=_domain_of_suffix(self.dn[at:] if at >= 0 else self.dn),
            logon_server=self.logon_server,
        )

    @property
    def most_name_bytes(self) -> int:
        """An upper bound of the sum of `names`, from the lengths alone.

        No name stands in a ticket more than four times, at two bytes a character, and UTF-8 has at least a
        byte a character; the domain is part of the DN; the rest is padding, headers and the KDC's name.
        """
        attributes, length = self.attributes, len(self.dn) // 2
        for name in _NAMES:
            values = attributes.get(name)
            if values:
                length += len(values[0])
        if "sAMAccountName" not in attributes:
            length += len(self.dn)
        return 8 * length + 300

    def _text(self, attribute: str) -> str:
        values = self.attributes.get(attribute)
        return values[0].decode("utf-8", "replace") if values else ""
