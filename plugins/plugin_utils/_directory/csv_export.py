# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read CSV in the format of csvde: ``X'…'`` for binary values, ``;`` between values."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ._encodings import encoding_of, text_bytes
from ._entries import Entry
from ._powershell import property_name, refuse_flattened
from .problems import DirectoryError
from .source import ExportSource, refuse_cut_off_end

_LISTS = frozenset({"memberOf", "member", "sIDHistory", "objectClass"})
_BETWEEN_VALUES = re.compile(r"(?<!\\);")
_LONGEST_CELL = 1 << 30  # a group of a million members is one cell


class CsvSource(ExportSource):
    """A CSV export by csvde, or of the same format."""

    def entries(self, *, groups_only: bool) -> Iterator[Entry]:
        """Yield the objects of the file."""
        refuse_cut_off_end(self.path)
        csv.field_size_limit(_LONGEST_CELL)
        encoding = encoding_of(self.path)
        with self.path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            rows = csv.reader(file, strict=True)
            try:
                header = next(rows, [])
                if header and header[0].startswith("#TYPE"):  # Export-Csv without -NoTypeInformation
                    header = next(rows, [])
                keys = [property_name(name) for name in header]
                if "dn" not in keys:
                    raise DirectoryError(
                        f"{self.name} has no column DN or DistinguishedName in its first line; "
                        "export it with csvde, or include DistinguishedName"
                    )
                for row in rows:
                    if row:
                        yield self._entry(keys, row, rows.line_num)
            except csv.Error as error:
                raise DirectoryError(
                    f"{self.name}, line {rows.line_num}: {error}; "
                    "the file is damaged or cut off, so export it again"
                ) from None
            except UnicodeError as error:
                raise DirectoryError(f"{self.name} is damaged, so export it again: {error}") from None

    def _entry(self, keys: list[str], row: list[str], line: int) -> Entry:
        if len(row) != len(keys):
            raise DirectoryError(
                f"{self.name}, line {line} ({row[0][:120]}) has {len(row)} cells and "
                f"the header has {len(keys)}; the file is damaged or cut off, so export it again"
            )
        attributes: dict[str, list[bytes]] = {}
        for key, cell in zip(keys, row, strict=True):
            if not cell:
                continue
            if "\0" in cell:
                raise DirectoryError(
                    f"{self.name}, line {line} ({row[0][:120]}) contains a zero byte; export it again"
                )
            if ";" in key:
                key, _unused, option = key.partition(";")
                if not option.endswith("*"):
                    self.reader.note_cut_off(row[0].encode("utf-8", "replace"))
            refuse_flattened(cell, f"{self.name}, line {line}")
            texts = _BETWEEN_VALUES.split(cell) if key in _LISTS else [cell]
            attributes.setdefault(key, []).extend(self._value(text, line) for text in texts if text)
        names = attributes.pop("dn", None)
        if not names:
            raise DirectoryError(
                f"{self.name}, line {line} has no DN; the file is damaged, so export it again"
            )
        return names[0], attributes

    def _value(self, text: str, line: int) -> bytes:
        if text.startswith("X'") and text.endswith("'"):
            try:
                return bytes.fromhex(text[2:-1])
            except ValueError:
                raise DirectoryError(
                    f"{self.name}, line {line}: {text[:40]} is not hexadecimal; export the file again"
                ) from None
        return text_bytes(text, self.notes, self.name, f"line {line}")
