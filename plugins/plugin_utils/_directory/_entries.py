# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn an object's attributes into the record of a group, a user or a foreign principal.

All sources meet here. An entry is a name and its attributes, which are spelled as in the schema and have
values in bytes. The reader notes missing attributes with the object's name, because a size without them would
be silently wrong, and refuses values that no directory gives.
"""

from __future__ import annotations

from collections.abc import Callable

from ._object_kinds import Kind, category_and_scope, kind_of, shows_category
from .distinguished_names import Dn, foreign_principal_sid, show_dn
from .problems import DirectoryError, Notes
from .records import (
    ATTRIBUTES,
    LISTS,
    SCOPE_GLOBAL,
    SECURITY_ENABLED,
    Attributes,
    ForeignPrincipalRecord,
    GroupRecord,
    UserRecord,
)
from .sid import Sid, is_sid, parse_sid

_NO_SID_GROUP = "groups without a readable objectSid were skipped; sizes of their members are lower bounds"
_NO_SID_USER = "users without a readable objectSid were skipped"
_NO_TYPE = (
    "groups without a readable groupType, or GroupScope and GroupCategory, were counted as global security "
    "groups; sizes of their members are uncertain"
)
_NO_CATEGORY = (
    "groups that show neither groupType nor GroupCategory were counted as security groups; "
    "if some are distribution groups, sizes of their members are too large"
)
_NO_SCOPE = (
    "groups that show neither groupType nor GroupScope were counted as global groups, "
    "which cost least; sizes of their members are lower bounds"
)
_NO_ACCOUNT = "users without a readable sAMAccountName are shown by their DN"
_LIKELY_USER = "objects that show neither a known objectClass nor sAMAccountType were taken for users"
_LIKELY_NOT_A_USER = (
    "accounts whose names end in $ were left out, as trusts and computers; "
    "the source does not show sAMAccountType, which would prove it"
)
_UNKNOWN = (
    "objects with an objectSid were left out, because the source shows neither objectClass nor groupType nor "
    "sAMAccountName of them; if they are groups or users, sizes are lower bounds"
)
_NO_MEMBERSHIPS = (
    "no user shows memberOf and no group shows member, because the account may not read them or the export "
    "omits them; unless another source shows them, sizes are lower bounds"
)
_NO_NESTING = (
    "no group shows memberOf or member, because the account may not read them, the export omits them, or no "
    "group is in another; unless it is the last, sizes are lower bounds"
)
_CUT_OFF = "lists of members that the server's limit on values cut off; sizes are lower bounds"
_AGAIN = "export it again with a command of the guide on token sizes"


Entry = tuple[Dn, Attributes]
"""The name and the attributes of an object."""


DOMAIN_SID_BYTES = 28
"""The length of a SID with five subauthorities, which every account of a domain has."""

_SINGLE_VALUED = ATTRIBUTES - LISTS


class EntryReader:
    """Makes records of one source's entries, and notes missing attributes.

    Args:
        source: The source's name in messages.
        position: Returns where the source shows the current entry, such as ``line 12``; empty if nowhere.
    """

    def __init__(
        self, source: str, notes: Notes, *, logon_server: str = "", position: Callable[[], str] = str
    ) -> None:
        self._source, self._notes, self._position = source, notes, position
        self._logon_server = logon_server[:15]  # as NetBIOS cuts it
        self._users = self._groups = 0
        self._cut_off: set[Dn] = set()
        self._user_memberships = self._nesting = self._members = False

    def group_or_principal(self, entry: Entry) -> GroupRecord | ForeignPrincipalRecord | None:
        """Make the record of a group or a foreign principal; None for others and without a readable SID.

        Raises:
            DirectoryError: The object has values that no directory gives.
        """
        dn, attributes = entry
        self._refuse_second_values(dn, attributes)
        principal = foreign_principal_sid(dn)
        if principal is not None:
            return ForeignPrincipalRecord(dn, principal, _names(attributes, "memberOf"))
        if kind_of(dn, attributes) is not Kind.GROUP:
            return None
        self._groups += 1
        member, member_of = _names(attributes, "member"), _names(attributes, "memberOf")
        self._members = self._members or bool(member)
        self._nesting = self._nesting or bool(member_of)
        values = attributes.get("objectSid")
        if not values:
            self._notes.add(f"{self._source}: {_NO_SID_GROUP}", show_dn(dn))
            return None
        sid = self._as_sid(dn, "objectSid", values[0])
        group_type = self._group_type(dn, attributes)
        return GroupRecord(dn, sid, group_type, self._history(dn, attributes), member, member_of)

    def user(self, entry: Entry) -> UserRecord | None:
        """Make the record of a user; None for any other object, and for a user without a readable SID.

        Raises:
            DirectoryError: The object has values that no directory gives.
        """
        dn, attributes = entry
        kind = kind_of(dn, attributes)
        if kind is Kind.USER:
            return self.asked_for_user(entry)
        self._refuse_second_values(dn, attributes)
        if kind is Kind.LIKELY_USER:
            self._notes.add(f"{self._source}: {_LIKELY_USER}", show_dn(dn))
            return self.asked_for_user(entry)
        if kind is Kind.LIKELY_NOT_A_USER:
            self._notes.add(f"{self._source}: {_LIKELY_NOT_A_USER}", show_dn(dn))
        elif kind is Kind.UNKNOWN and foreign_principal_sid(dn) is None:
            self._notes.add(f"{self._source}: {_UNKNOWN}", show_dn(dn))
        return None

    def asked_for_user(self, entry: Entry) -> UserRecord | None:
        """Make the record of an object that a search for users found; None without a readable SID."""
        dn, attributes = entry
        self._refuse_second_values(dn, attributes)
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
            self._user_memberships = True
        return UserRecord(dn, sid, primary, attributes, history, member_of, self._logon_server)

    def finish_groups(self) -> None:
        """Note, once all groups were read, that none of them showed what it is in."""
        if self._groups and not (self._nesting or self._members):
            self._notes.add(f"{self._source}: {_NO_NESTING}")

    def finish_users(self) -> None:
        """Note, once all users were read, that nothing showed what they are in."""
        if self._users and not (self._user_memberships or self._members):
            self._notes.add(f"{self._source}: {_NO_MEMBERSHIPS}")

    def note_cut_off(self, dn: Dn) -> None:
        """Note that an export holds only the first of an attribute's values."""
        if dn not in self._cut_off:  # an export is read twice
            self._cut_off.add(dn)
            self._notes.add(f"{self._source}: {_CUT_OFF}", show_dn(dn))

    def _refuse_second_values(self, dn: Dn, attributes: Attributes) -> None:
        """Refuse an object that is really two, as in files that were put together without a break."""
        for name, values in attributes.items():
            if len(values) > 1 and name in _SINGLE_VALUED:
                raise self._refused(
                    dn,
                    f"{name} has {len(values)} values, and an object of Active Directory has only one; "
                    "if two objects became one when files were put together, name each file as a source",
                )

    def _history(self, dn: Dn, attributes: Attributes) -> tuple[Sid, ...]:
        values = attributes.get("sIDHistory")
        return tuple([self._as_sid(dn, "sIDHistory", value) for value in values]) if values else ()

    def _as_sid(self, dn: Dn, attribute: str, value: bytes) -> Sid:
        if is_sid(value):
            return value
        try:
            return parse_sid(value.decode("ascii"))
        except ValueError:
            raise self._refused(dn, f"{attribute} is not a SID; {_AGAIN}") from None

    def _group_type(self, dn: Dn, attributes: Attributes) -> int:
        if "groupType" in attributes and not shows_category(attributes):
            return self._integer(dn, "groupType", attributes) & 0xFFFFFFFF
        try:
            category, scope = category_and_scope(attributes)
        except ValueError as error:
            raise self._refused(dn, f"{error}, which is unknown; {_AGAIN}") from None
        missing = (
            _NO_TYPE if category is None and scope is None
            else _NO_CATEGORY if category is None
            else _NO_SCOPE if scope is None and category  # a distribution group costs nothing
            else ""
        )  # fmt: skip
        if missing:
            self._notes.add(f"{self._source}: {missing}", show_dn(dn))
        return (SECURITY_ENABLED if category is None else category) | (scope or SCOPE_GLOBAL)

    def _integer(self, dn: Dn, attribute: str, attributes: Attributes) -> int:
        value = attributes[attribute][0]
        try:
            return int(value.removesuffix(b".0"))  # data frames make fractions of columns with gaps
        except ValueError:
            shown = show_dn(value[:40])
            raise self._refused(dn, f"{attribute} is '{shown}', not a whole number; {_AGAIN}") from None

    def _refused(self, dn: Dn, what: str) -> DirectoryError:
        position = self._position()
        place = f"{self._source}, {position}" if position else self._source
        return DirectoryError(f"{place} ({show_dn(dn[:120])}): {what}")


def _names(attributes: Attributes, attribute: str) -> list[Dn]:
    values = attributes.get(attribute)
    if not values:
        return []
    return values if isinstance(values, list) else list(values)
