# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read CSV as csvde and Export-Csv write it: ``X'…'`` for binary values, lists in one cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from ._encodings import encoding_of
from ._entries import Entry
from ._powershell import Column, UnreadableError, column
from ._text_export import TextExport
from .distinguished_names import show_dn
from .problems import DirectoryError
from .records import LISTS
from .source import refuse_cut_off_end

_DELIMITERS = ",;\t|"  # Export-Csv -UseCulture writes semicolons in most of Europe
_BETWEEN_BINARY = re.compile(r"\s*[;,|]\s*")
_LONGEST_CELL = 1 << 30  # a group of a million members is one cell
_SPREADSHEET_CELL = 32_767  # Excel keeps no more characters in a cell, and cuts a longer one without a word
_FULL_CELL = (
    f"lists of exactly {_SPREADSHEET_CELL:,} characters, the most that Excel keeps in a cell; "
    "if it saved the file, sizes are lower bounds"
)
_QUESTION_MARKS = (
    "names with a question mark, which Export-Csv of Windows PowerShell writes in place of letters beyond "
    "ASCII unless -Encoding UTF8 is given; groups whose names differ only there are taken for one"
)
_BYTE_ORDER_MARK = "\ufeff"
_NOT_DATA = ("#TYPE", *(f"sep={delimiter}" for delimiter in _DELIMITERS))


class CsvSource(TextExport):
    """A CSV export by csvde or Export-Csv, or of the same format."""

    _line = 0
    _columns: list[tuple[int, Column]]
    _header: frozenset[str] = frozenset()

    def position(self) -> str:
        """Return the line in which the current row begins."""
        return f"line {self._line}"

    def omits(self, attribute: str) -> bool:
        """Return whether Export-Csv wrote no such column; csvde may leave out one without any value."""
        shown = {column(name).attribute for name in self._header}
        return "distinguishedname" in self._header and "dn" not in self._header and attribute not in shown

    def entries(self, *, groups_only: bool) -> Iterator[Entry]:
        """Yield the objects of the file."""
        refuse_cut_off_end(self.path)
        csv.field_size_limit(_LONGEST_CELL)
        encoding = encoding_of(self.path)
        with self.path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            rows = csv.reader(_data_lines(file), delimiter=self._delimiter(encoding), strict=True)
            width = name_at = 0
            self._line = 1
            try:
                for row in rows:
                    if row and (
                        not width or (name_at < len(row) and "=" not in row[name_at] and _names(row))
                    ):
                        # The header, also of a further export that was put behind this one.
                        columns = [(at, column(name)) for at, name in enumerate(row)]
                        self._header |= {name.lower() for name in row}
                        self._columns = [(at, shown) for at, shown in columns if shown.is_read]
                        width, name_at = len(row), _names(row)[0]
                    elif any(row):  # Excel keeps rows whose cells were emptied
                        yield self._entry(row, width)
                    self._line = rows.line_num + 1
            except csv.Error as error:
                raise self.unreadable(
                    f"this row cannot be read as CSV ({error}); export the file again"
                ) from None
            except UnicodeError as error:
                raise DirectoryError(f"{self.name} is not valid in its encoding: {error}") from None

    def _delimiter(self, encoding: str) -> str:
        """Return what separates the columns, which is what the name of the column DN shows.

        Raises:
            DirectoryError: The first line has no such column.
        """
        with self.path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            header = next(filter(str.strip, _data_lines(file)), "")
        for delimiter in _DELIMITERS:
            try:
                if _names(next(csv.reader([header], delimiter=delimiter, strict=True), [])):
                    return delimiter
            except csv.Error:
                continue
        raise DirectoryError(
            f"{self.name} has no column DN or DistinguishedName in its first line "
            f"('{header[:80].rstrip()}'); export it with csvde, or include DistinguishedName"
        )

    def _entry(self, row: list[str], width: int) -> Entry:
        if len(row) != width:
            raise self.unreadable(
                f"this row has {len(row)} cells and the header has {width}; "
                "a value may contain the separator without quotes, so export the file again",
                row[0],
            )
        if any("\0" in cell for cell in row):
            raise self.unreadable("this row contains a zero byte; export the file again", row[0])
        try:
            cells = [(shown, _texts(shown, row[at])) for at, shown in self._columns if row[at]]
        except UnreadableError as error:
            raise self.unreadable(str(error), row[0]) from None
        name, attributes = self.make_entry(cells)
        if b"?" in name:
            self.notes.add(f"{self.name}: {_QUESTION_MARKS}", show_dn(name))
        if any(len(row[at]) == _SPREADSHEET_CELL for at, shown in self._columns if shown.attribute in LISTS):
            self.notes.add(f"{self.name}: {_FULL_CELL}", show_dn(name))
        return name, attributes


def _texts(shown: Column, cell: str) -> list[str | bytes]:
    if not cell.startswith("X'"):
        return [cell]
    try:
        parts = _BETWEEN_BINARY.split(cell) if shown.attribute in LISTS else [cell]
        return [bytes.fromhex(part[2:-1]) if part.startswith("X'") else part for part in parts]
    except ValueError:
        raise UnreadableError(f"{shown.attribute} is {cell[:40]}, which is not hexadecimal") from None


def _data_lines(file: TextIO) -> Iterator[str]:
    """Yield the lines without byte order marks; those that name a type or a separator become empty."""
    for line in file:
        if line[:1] == _BYTE_ORDER_MARK:  # also where one export was put behind another
            line = line[1:]
        yield "\n" if line[:5] in _NOT_DATA else line


def _names(row: Iterable[str]) -> list[int]:
    """Return the columns of a header that show the names of objects."""
    return [at for at, name in enumerate(row) if ";" not in name and column(name).attribute == "dn"]
