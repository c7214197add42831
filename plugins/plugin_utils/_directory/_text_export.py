# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make entries of exports that show text under the names of columns or properties."""

from __future__ import annotations

from collections.abc import Sequence

from ._encodings import text_bytes
from ._entries import Entry
from ._powershell import Column, UnreadableError, is_name, split_list
from ._value_ranges import is_whole
from .distinguished_names import show_dn
from .problems import DirectoryError
from .records import LISTS
from .source import ExportSource

Shown = Sequence[tuple[Column, Sequence[str | bytes]]]
"""The columns or properties of an object that are read, with their values."""


class TextExport(ExportSource):
    """An export whose columns or properties can repeat an attribute under two of its names."""

    def make_entry(self, shown: Shown) -> Entry:
        """Make an entry of the values that an object shows.

        Raises:
            DirectoryError: A value cannot be read, or the object has no name or two of them.
        """
        name = next((texts[0] for column, texts in shown if column.attribute == "dn" and texts), "")
        attributes: dict[str, list[bytes]] = {}
        ranges: dict[str, list[str]] = {}
        for (attribute, range_), texts in shown:
            try:
                values = self._values(attribute, texts)
            except UnreadableError as error:
                raise self.unreadable(f"{attribute}: {error}", str(name)) from None
            known = attributes.get(attribute)
            if not values:
                continue
            if known is None:
                attributes[attribute] = values
            elif values != known:  # Get-ADGroup -Properties * shows the same as Members and as member
                attributes[attribute] = list(dict.fromkeys([*known, *values]))
            if range_:
                ranges.setdefault(attribute, []).append(range_)
        names = attributes.pop("dn", None)
        if not names:
            raise self.unreadable("an object has no DN or DistinguishedName; export it again with its name")
        if len(names) > 1:
            raise self.unreadable(f"the object has a second name, '{show_dn(names[1])}'", str(name))
        if not is_name(show_dn(names[0])):
            raise self.unreadable("this is not a distinguished name; export DistinguishedName", str(name))
        if not all(map(is_whole, ranges.values())):
            self.reader.note_cut_off(names[0])
        return names[0], attributes

    def unreadable(self, what: str, name: str = "") -> DirectoryError:
        """Return the error for the current object, with its name if that is known."""
        place = f"{self.name}, {self.position()}"
        return DirectoryError(f"{place} ({name[:120]}): {what}" if name else f"{place}: {what}")

    def _values(self, attribute: str, texts: Sequence[str | bytes]) -> list[bytes]:
        values: list[bytes] = []
        for text in texts:
            if isinstance(text, bytes):
                values.append(text)
                continue
            parts = split_list(attribute, text)
            try:
                values += [part.encode() for part in parts]
            except UnicodeEncodeError:  # bytes that are not UTF-8, read with surrogateescape
                values += [text_bytes(part, self.notes, self.name, self.position()) for part in parts]
        values = [value for value in values if value] if b"" in values else values
        return values if len(values) < 2 or attribute not in LISTS else list(dict.fromkeys(values))
