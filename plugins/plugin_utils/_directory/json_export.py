# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the JSON of ``Get-ADUser … | ConvertTo-Json``, one object at a time.

The standard library has no streaming parser, but its ``raw_decode`` reads one object from a window of text.
The window moves over the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ._encodings import encoding_of, text_bytes
from ._entries import Entry
from ._powershell import JSON_EXPORT, property_name, refuse_flattened
from .problems import DirectoryError
from .records import SCOPE_DOMAIN_LOCAL, SCOPE_GLOBAL, SCOPE_UNIVERSAL, SECURITY_ENABLED
from .source import ExportSource

_WINDOW = 1 << 20
_SCOPES = {
    "0": SCOPE_DOMAIN_LOCAL,
    "1": SCOPE_GLOBAL,
    "2": SCOPE_UNIVERSAL,
    "domainlocal": SCOPE_DOMAIN_LOCAL,
    "global": SCOPE_GLOBAL,
    "universal": SCOPE_UNIVERSAL,
}
_SECURITY = ("1", "security")  # ADGroupCategory: Distribution 0, Security 1


class JsonSource(ExportSource):
    """A JSON export: one object, an array of them, or one after the other."""

    def entries(self, *, groups_only: bool) -> Iterator[Entry]:
        """Yield the objects of the file."""
        found = False
        for number, item in enumerate(self._objects(), 1):
            found = True
            yield self._entry(item, number)
        if not found:
            raise DirectoryError(
                f"{self.name} contains no object; the query found nobody, or the file is cut off"
            )

    def _objects(self) -> Iterator[dict[str, Any]]:
        decoder = json.JSONDecoder()
        text, at, depth, number = "", 0, 0, 0
        window = _WINDOW
        problem = ""
        with self.path.open(encoding=encoding_of(self.path), errors="surrogateescape") as file:
            while True:
                at, depth = _skip_between(text, at, depth)
                if at < len(text):
                    if text[at] != "{":
                        raise self._damaged(
                            number, f"has '{text[at : at + 20]}' where an object should begin"
                        )
                    try:
                        item, at = decoder.raw_decode(text, at)
                    except (ValueError, RecursionError) as error:
                        problem = str(error)
                    else:
                        number += 1
                        window = _WINDOW
                        yield item
                        continue
                try:
                    more = file.read(window)
                except UnicodeError as error:
                    raise self._damaged(number, f"is damaged, so export it again: {error}") from None
                if not more:
                    if at < len(text):
                        raise self._damaged(number, f"is damaged or cut off, so export it again: {problem}")
                    if depth:
                        raise self._damaged(
                            number, "ends before its array does; it is cut off, so export it again"
                        )
                    return
                if at < len(text):
                    window *= 2  # the object is larger than the window
                text, at = text[at:] + more, 0

    def _entry(self, item: dict[str, Any], number: int) -> Entry:
        attributes: dict[str, list[bytes]] = {}
        scope = category = ""
        for name, value in item.items():
            key = property_name(name)
            if key == "groupscope":
                scope = str(value).lower()
            elif key == "groupcategory":
                category = str(value).lower()
            elif value is not None:
                values = [self._value(each, number) for each in _as_list(value)]
                if values:
                    attributes.setdefault(key, values)
        names = attributes.pop("dn", None)
        if not names:
            raise self._damaged(number - 1, f"has an object without DistinguishedName. Use: {JSON_EXPORT}")
        if "groupType" not in attributes and scope in _SCOPES:
            security = SECURITY_ENABLED if category in _SECURITY else 0
            attributes["groupType"] = [b"%d" % (security | _SCOPES[scope])]
        return names[0], attributes

    def _value(self, value: object, number: int) -> bytes:
        if isinstance(value, dict):  # a SecurityIdentifier
            value = next((each for key, each in value.items() if key.lower() == "value"), "")
        text = str(value)
        refuse_flattened(text, f"{self.name}, object {number}")
        return text_bytes(text, self.notes, self.name, f"object {number}")

    def _damaged(self, number: int, what: str) -> DirectoryError:
        return DirectoryError(f"{self.name}, after {number} objects, {what}")


def _skip_between(text: str, at: int, depth: int) -> tuple[int, int]:
    """Step over blanks, commas and brackets; return the new position and the number of open arrays."""
    while at < len(text) and text[at] in " \t\r\n,[]\ufeff":
        depth += (text[at] == "[") - (text[at] == "]")
        at += 1
    return at, depth


def _as_list(value: object) -> list[object]:
    """Return the values of a property.

    PowerShell 5.1 writes a list that carries a type as ``{"value": [...], "Count": n}``.
    """
    if isinstance(value, dict):
        inner = value.get("value")
        return inner if isinstance(inner, list) else [value] if value else []
    return value if isinstance(value, list) else [value]
