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

from ._encodings import encoding_of
from ._entries import Entry
from ._powershell import JSON_EXPORT, Column, UnreadableError, column
from ._text_export import TextExport
from .problems import DirectoryError

_WINDOW = 1 << 20


class _Repeated(dict[str, Any]):
    """An object that shows a property twice."""

    names: frozenset[str]


class JsonSource(TextExport):
    """A JSON export: one object, an array of them, or one after the other."""

    _number = 0  # of the current object
    _window: tuple[int, str, int] = (0, "", 0)  # line breaks before the window, its text, start of the object
    _columns: dict[str, Column]

    def position(self) -> str:
        """Return the number of the current object and the line in which it begins."""
        lines, text, at = self._window
        return f"line {lines + text.count(chr(10), 0, at) + 1}, object {self._number}"

    def omits(self, attribute: str) -> bool:
        """Return whether ConvertTo-Json wrote no such property; ldap3 leaves out those without a value."""
        shown = {each.attribute for each in self._columns.values()}
        return "dn" not in self._columns and attribute not in shown

    def entries(self, *, groups_only: bool) -> Iterator[Entry]:
        """Yield the objects of the file."""
        self._columns = {}
        self._number = 0
        for item in self._objects():
            try:
                members = _members(item)
            except UnreadableError as error:
                raise self.unreadable(str(error)) from None
            yield from map(self._entry, members)
        if not self._number:
            raise DirectoryError(
                f"{self.name} contains no object; the query found nobody, or the file is cut off"
            )

    def _objects(self) -> Iterator[dict[str, Any]]:
        decoder = json.JSONDecoder(object_pairs_hook=_object)
        text, at, depth, lines = "", 0, 0, 0
        window = _WINDOW
        problem = ""
        with self.path.open(encoding=encoding_of(self.path), errors="surrogateescape") as file:
            while True:
                at, depth = _skip_between(text, at, depth)
                self._window = (lines, text, at)
                if at < len(text):
                    if text[at] != "{":
                        raise self._damaged(f"has '{text[at : at + 20]}' where an object should begin")
                    try:
                        item, at = decoder.raw_decode(text, at)
                    except (ValueError, RecursionError) as error:
                        problem = str(error)
                    else:
                        self._number += 1
                        window = _WINDOW
                        yield item
                        continue
                try:
                    more = file.read(window)
                except UnicodeError as error:
                    raise self._damaged(f"is not valid in its encoding: {error}") from None
                if not more:
                    if at < len(text):
                        raise self._damaged(
                            f"cannot be read as JSON, as if it were damaged or cut off there: {problem}"
                        )
                    if depth > 0:
                        raise self._damaged("ends before its array does; it is cut off, so export it again")
                    if depth < 0:
                        raise self._damaged(
                            "closes an array that it does not open; its start may be missing, "
                            "so export it again"
                        )
                    return
                if at < len(text):
                    window *= 2  # the object is larger than the window
                lines += text.count("\n", 0, at)
                text, at = text[at:] + more, 0

    def _entry(self, item: dict[str, Any]) -> Entry:
        names: frozenset[str] = getattr(item, "names", frozenset())
        inner = item.get("attributes")
        if isinstance(inner, dict) and "dn" in item:  # ldap3 and ldapdomaindump
            names |= getattr(inner, "names", frozenset())
            item = {"dn": item["dn"], **inner}
        properties = [(self._column(name), value) for name, value in item.items() if value is not None]
        name = next((str(value) for each, value in properties if each.attribute == "dn"), "")
        twice = next((each for each in sorted(names) if self._column(each).is_read), "")
        if twice:
            raise self.unreadable(f"the object shows {twice} twice; export the file again", name)
        try:
            shown = [(each, _texts(each.attribute, value)) for each, value in properties if each.is_read]
        except UnreadableError as error:
            raise self.unreadable(str(error), name) from None
        return self.make_entry(shown)

    def _column(self, name: str) -> Column:
        known = self._columns.get(name)
        if known is None:
            known = self._columns[name] = column(name)
        return known

    def _damaged(self, what: str) -> DirectoryError:
        return DirectoryError(f"{self.name}, after {self._number} objects, {what}")


def _members(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the objects of a list that is an object itself, as PowerShell 5.1 and ldap3 write one."""
    for name in ("value", "entries"):
        inner = item.get(name)
        if isinstance(inner, list) and all(isinstance(each, dict) for each in inner):
            return _whole(item, inner)
    return [item]


def _whole(holder: dict[str, Any], values: list[Any]) -> list[Any]:
    """Return the values of a list that PowerShell counted, if all of them are there."""
    count = holder.get("Count")
    if isinstance(count, int) and len(values) < count:
        raise UnreadableError(
            f"a list announces {count} values and holds {len(values)}; export the file again"
        )
    return values


def _texts(attribute: str, value: object) -> list[str | bytes]:
    """Return the values of a property.

    PowerShell 5.1 writes a list that carries a type as ``{"value": [...], "Count": n}``, and an enumeration
    as ``{"value": 1, "Value": "Global"}``.
    """
    if isinstance(value, dict) and isinstance(value.get("value"), list):
        value = _whole(value, value["value"])
    values: list[Any] = value if isinstance(value, list) else [value]
    if all(isinstance(each, str) for each in values):
        return values
    if len(values) > 1 and all(map(_is_number, values)):
        values = [values]  # one binary value
    return [_text(attribute, each) for each in values if each is not None and each != {}]


def _is_number(value: object) -> bool:
    # JSON's true and false are numbers in Python.
    return isinstance(value, int) and not isinstance(value, bool)


def _text(attribute: str, value: object) -> str | bytes:
    if isinstance(value, list) and all(_is_number(each) and 0 <= each < 256 for each in value):
        return bytes(value)  # ConvertTo-Json writes a binary value as a list of numbers
    if isinstance(value, dict):
        folded = {key.lower(): each for key, each in value.items()}
        value = folded.get("value", folded.get("distinguishedname", value))
    if value is None or isinstance(value, (dict, list)):
        raise UnreadableError(
            f"{attribute} is an object or a list where a text should be. Use: {JSON_EXPORT}"
        )
    return str(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _value in pairs]
    repeated = _Repeated(found)
    repeated.names = frozenset(name for name in names if names.count(name) > 1)
    return repeated


def _skip_between(text: str, at: int, depth: int) -> tuple[int, int]:
    """Step over blanks, commas and brackets; return the new position and the number of open arrays."""
    while at < len(text) and text[at] in " \t\r\n,[]\ufeff":
        depth += (text[at] == "[") - (text[at] == "]")
        at += 1
    return at, depth
