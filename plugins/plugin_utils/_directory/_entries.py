# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn an object's attributes into the record of a group, a user or a foreign principal.

All sources meet here. An entry is a name and its attributes, which are spelled as in the schema and have
values in bytes. The reader notes missing attributes with the object's name, because a size without them would
be silently wrong.
"""

from __future__ import annotations

from .distinguished_names import Dn, foreign_principal_sid, show_dn
from .problems import DirectoryError, Notes
from .records import (
    SCOPE_GLOBAL,
    SECURITY_ENABLED,
    Attributes,
    ForeignPrincipalRecord,
    GroupRecord,
    UserRecord,
)
from .sid import Sid, is_sid, parse_sid

NORMAL_USER_ACCOUNT = b"805306368"
"""sAMAccountType of users; computers, managed service accounts and trusts have others ([MS-ADTS] 2.2.15)."""
_NOT_PEOPLE = frozenset({b"computer", b"msDS-GroupManagedServiceAccount"})

_NO_SID_GROUP = "groups without a readable objectSid were skipped; sizes of their members are lower bounds"
_NO_SID_USER = "users without a readable objectSid were skipped"
_NO_TYPE = "groups without a readable groupType were counted as global security groups"
_NO_ACCOUNT = "users without a readable sAMAccountName are shown by their DN"
_NO_MEMBERSHIPS = (
    "no object shows memberOf or member, because the account may not read them or the export omits them; "
    "sizes are lower bounds"
)
_CUT_OFF = "lists of members that the server's limit on values cut off; sizes are lower bounds"


Entry = tuple[Dn, Attributes]
"""The name and the attributes of an object."""


DOMAIN_SID_BYTES = 28
"""The length of a SID with five subauthorities, which every account of a domain has."""


class EntryReader:
    """Makes records of one source's entries, and notes missing attributes."""

    def __init__(self, source: str, notes: Notes, *, logon_server: str = "") -> None:
        self._source, self._notes = source, notes
        self._logon_server = logon_server[:15]  # as NetBIOS cuts it
        self._users = 0
        self._shows_membership = False

    def group_or_principal(self, entry: Entry) -> GroupRecord | ForeignPrincipalRecord | None:
        """Make the record of a group or a foreign principal; None for others and without a readable SID."""
        dn, attributes = entry
        principal = foreign_principal_sid(dn)
        if principal is not None:
            return ForeignPrincipalRecord(dn, principal, self._memberships(attributes))
        if not is_group(attributes):
            return None
        values = attributes.get("objectSid")
        if not values:
            self._notes.add(f"{self._source}: {_NO_SID_GROUP}", show_dn(dn))
            return None
        sid = self._as_sid(dn, "objectSid", values[0])
        member = attributes.get("member", ())
        if member:
            self._shows_membership = True
        group_type = self._group_type(dn, attributes)
        history = self._history(dn, attributes)
        return GroupRecord(dn, sid, group_type, history, list(member), self._memberships(attributes))

    def user(self, entry: Entry) -> UserRecord | None:
        """Make the record of a user; None for any other object, and for a user without a readable SID."""
        return self.asked_for_user(entry) if is_user(entry[1]) else None

    def asked_for_user(self, entry: Entry) -> UserRecord | None:
        """Make the record of an object that a search for users found; None without a readable SID."""
        dn, attributes = entry
        self._users += 1
        values = attributes.get("objectSid")
        if not values:
            self._notes.add(f"{self._source}: {_NO_SID_USER}", show_dn(dn))
            return None
        sid = values[0]
        if len(sid) != DOMAIN_SID_BYTES or sid[0] != 1:
            sid = self._as_sid(dn, "objectSid", sid)
        if "sAMAccountName" not in attributes:
            self._notes.add(f"{self._source}: {_NO_ACCOUNT}", show_dn(dn))
        primary = self._integer(dn, "primaryGroupID", attributes) if "primaryGroupID" in attributes else None
        history = self._history(dn, attributes) if "sIDHistory" in attributes else ()
        member_of = attributes.get("memberOf", ())
        if member_of:
            self._shows_membership = True
        return UserRecord(dn, sid, primary, attributes, history, member_of, self._logon_server)

    def finish(self) -> None:
        """Note, once all objects were read, that none of them showed memberships."""
        if self._users and not self._shows_membership:
            self._notes.add(f"{self._source}: {_NO_MEMBERSHIPS}")

    def note_cut_off(self, dn: Dn) -> None:
        """Note that an export holds only the first of an attribute's values."""
        self._notes.add(f"{self._source}: {_CUT_OFF}", show_dn(dn))

    def _memberships(self, attributes: Attributes) -> list[Dn]:
        member_of = attributes.get("memberOf")
        if not member_of:
            return []
        self._shows_membership = True
        return member_of if isinstance(member_of, list) else list(member_of)

    def _history(self, dn: Dn, attributes: Attributes) -> tuple[Sid, ...]:
        values = attributes.get("sIDHistory")
        return tuple([self._as_sid(dn, "sIDHistory", value) for value in values]) if values else ()

    def _as_sid(self, dn: Dn, attribute: str, value: bytes) -> Sid:
        if is_sid(value):
            return value
        try:
            return parse_sid(value.decode("ascii"))
        except ValueError:
            raise self._damaged(dn, attribute, "is not a SID") from None

    def _group_type(self, dn: Dn, attributes: Attributes) -> int:
        if "groupType" not in attributes:
            self._notes.add(f"{self._source}: {_NO_TYPE}", show_dn(dn))
            return SECURITY_ENABLED | SCOPE_GLOBAL
        return self._integer(dn, "groupType", attributes) & 0xFFFFFFFF

    def _integer(self, dn: Dn, attribute: str, attributes: Attributes) -> int:
        value = attributes[attribute][0]
        try:
            return int(value)
        except ValueError:
            raise self._damaged(dn, attribute, f"is {value[:40]!r}, not a number") from None

    def _damaged(self, dn: Dn, attribute: str, what: str) -> DirectoryError:
        return DirectoryError(
            f"{self._source}: {attribute} of {show_dn(dn)} {what}; the source is damaged or not a plain "
            "export, so export it again"
        )


def is_group(attributes: Attributes) -> bool:
    """Return whether an object is a group, even if it shows only one of objectClass and groupType."""
    return "groupType" in attributes or b"group" in attributes.get("objectClass", ())


def is_user(attributes: Attributes) -> bool:
    """Return whether an object is a user, not a computer, service account, trust, group or anything else."""
    if is_group(attributes):
        return False
    account_type = attributes.get("sAMAccountType")
    if account_type:
        return account_type[0] == NORMAL_USER_ACCOUNT
    classes = attributes.get("objectClass")
    if classes:
        return b"user" in classes and _NOT_PEOPLE.isdisjoint(classes)
    accounts = attributes.get("sAMAccountName")
    return not accounts[0].endswith(b"$") if accounts else "primaryGroupID" in attributes
