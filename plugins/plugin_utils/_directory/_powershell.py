# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How PowerShell names and flattens properties, and how people join lists into one text."""

from __future__ import annotations

import re
from typing import NamedTuple

from ._value_ranges import is_range
from .distinguished_names import SECOND_NAME
from .records import ATTRIBUTES, LISTS, attribute_name

_NAMES = {
    "distinguishedname": "dn",
    "sid": "objectSid",
    "members": "member",
    "logonscript": "scriptPath",
    "deleted": "isDeleted",
}

JSON_EXPORT = (
    "Get-ADUser -Filter * -Properties memberOf,primaryGroupID,sIDHistory,displayName,scriptPath,profilePath,"
    "homeDirectory,homeDrive | ConvertTo-Json -Depth 3 | Out-File -Encoding utf8 users.json "
    "(and Get-ADGroup -Filter * -Properties memberOf,sIDHistory,groupType for groups.json)"
)
"""The command that exports lists and SIDs intact."""

_NAMES_LISTS = frozenset({"member", "memberOf"})
_TYPE_NAME = re.compile(
    r"(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*(?:`\d+)?\[.*\]"  # System.String[], …List`1[System.Object]
    r"|(?:\w+\.)+\w*PropertyValueCollection|System\.Collections\.[\w.]+"
    r"|@\{.*\}",  # an object below the -Depth of ConvertTo-Json
    re.DOTALL,
)
_BETWEEN_NAMES = re.compile(r"(?<!\\);|[\r\n]+")
_READ_BETWEEN_NAMES = frozenset({"", "|", ","})
_BETWEEN_WORDS = re.compile(r"[;|,\s]+")
_ATTRIBUTE_TYPE = re.compile(r"[A-Za-z][\w.-]*\s*=")


class UnreadableError(Exception):
    """A value is not what its attribute has; the text says what it is, and what to do."""


class Column(NamedTuple):
    """What a column or property shows: an attribute, or a range of its values."""

    attribute: str  # "dn" for the name of the object
    range: str  # such as "range=0-1499", or empty

    @property
    def is_read(self) -> bool:
        """Whether anything depends on it."""
        return self.attribute == "dn" or self.attribute in ATTRIBUTES


def column(name: str) -> Column:
    """Return what a column or property shows, by its name."""
    attribute, *options = name.strip().lower().split(";")
    ranges = [option for option in options if is_range(option)]  # the option binary changes nothing
    return Column(_NAMES.get(attribute) or attribute_name(attribute), ranges[0] if ranges else "")


def split_list(attribute: str, text: str) -> list[str]:
    """Return the values of an attribute that an export shows as one text.

    Semicolons and line breaks separate the names of a list, with or without blanks. ``|``, commas and blanks
    do too where the name before them is complete.

    Raises:
        UnreadableError: The text is the name of a type instead of a list, or is not a list of names.
    """
    if attribute in _NAMES_LISTS and _is_one_name(text):
        return [text]
    refuse_flattened(text)
    if attribute not in LISTS:
        return [text]
    if attribute not in _NAMES_LISTS:
        return [word for word in _BETWEEN_WORDS.split(text) if word]
    names = []
    for piece in text.split(";") if "\n" not in text and "\\" not in text else _BETWEEN_NAMES.split(text):
        name = piece.strip()
        if not _is_one_name(name):
            names += _split_names(attribute, name)
        else:
            names.append(name)
    return names


def is_name(text: str) -> bool:
    """Return whether a text begins as distinguished names do, with the type of an attribute."""
    return _ATTRIBUTE_TYPE.match(text) is not None


def refuse_flattened(text: str) -> None:
    """Refuse a list of which only the type's name was exported, as Export-Csv does.

    Raises:
        UnreadableError: The text is a type's name; the message contains a command that works.
    """
    if ("." in text and _TYPE_NAME.fullmatch(text)) or text.startswith("@{"):
        raise UnreadableError(
            f"found '{text[:80]}' instead of a list; Export-Csv flattens lists, "
            f"and so does ConvertTo-Json beyond its -Depth. Use: {JSON_EXPORT}"
        )


def _is_one_name(text: str) -> bool:
    """Return whether a text is plainly one name, as nearly all are: ``CN=…,OU=…,DC=…`` in this order."""
    domain = text.find(",DC=")
    return (
        domain > 0
        and text.startswith("CN=")
        and text.rfind("CN=") < domain
        and text.rfind("OU=") < domain
        and ";" not in text
        and "\n" not in text
    )


def _split_names(attribute: str, text: str) -> list[str]:
    names, start = [], 0
    for second in SECOND_NAME.finditer(text):
        separator = second[2].strip()
        if separator not in _READ_BETWEEN_NAMES:
            raise UnreadableError(
                f"'{text[start : second.end() + 20]}…' holds two names with '{separator}' between them; "
                "separate them with semicolons or line breaks"
            )
        names.append(text[start : second.start(2)])
        start = second.end()
    names.append(text[start:])
    for name in names:
        if name and not is_name(name):
            raise UnreadableError(
                f"'{name[:80]}' is not a distinguished name; export the values of {attribute} as they are. "
                f"Use: {JSON_EXPORT}"
            )
    return [name for name in names if name]
