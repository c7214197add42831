# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read LDIF (RFC 2849) as ldifde and ldapsearch write it.

Records are split in the raw bytes. The first pass therefore parses only groups, and both passes hold one
block of the file.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from pathlib import Path

from ._encodings import as_utf8, utf8_blocks
from ._entries import Entry
from .distinguished_names import show_dn
from .problems import DirectoryError
from .records import attribute_name
from .source import ExportSource, refuse_cut_off_end

_SECTION_END = b"-"  # closes a modification
_MOST_KEYS = 10_000  # remembered spellings of attributes; a damaged file can have any number
_RUNS = ((b"\nmemberOf: ", "memberOf"), (b"\nmember: ", "member"))


class LdifSource(ExportSource):
    """An LDIF export."""

    def entries(self, *, groups_only: bool) -> Iterator[Entry | None]:
        """Yield the objects of the file, and None for each record that is skipped as not a group."""
        refuse_cut_off_end(self.path)
        found = False
        keys: dict[bytes, str] = {}
        for number, record in enumerate(_records(self.path)):
            found = True
            passed_over = groups_only and not _may_be_group(record)
            yield None if passed_over else self._parse(number, record, keys)
        if not found:
            raise DirectoryError(f"{self.name} contains no LDIF record")

    def _parse(self, number: int, record: bytes, keys: dict[bytes, str]) -> Entry | None:
        if not record.isascii():
            record = as_utf8(record, self.notes, self.name, show_dn(record[:80].partition(b"\n")[0]))
        if b"\0" in record:
            raise self._damaged(number, record[: record.index(b"\0")].count(b"\n"), "contains a zero byte")
        if b"\n " in record:
            record = record.replace(b"\n ", b"")
        attributes: dict[str, list[bytes]] = {}
        ranges: list[str] = []
        problem = self._read_lines(_take_runs(record, attributes), keys, attributes, ranges)
        if problem is not None:
            at, what = self._read_lines(record, keys, {}, []) or problem
            raise self._damaged(number, at, what)
        return self._entry(number, attributes, ranges)

    def _read_lines(
        self, record: bytes, keys: dict[bytes, str], attributes: dict[str, list[bytes]], ranges: list[str]
    ) -> tuple[int, str] | None:
        """Read a record's lines into its attributes; return the first damaged line with its problem."""
        for at, line in enumerate(record.split(b"\n")):
            name, colon, value = line.partition(b":")
            if not colon:
                if not line or line[:1] == b"#" or line == _SECTION_END:
                    continue
                return at, f"has no colon: '{show_dn(line[:60])}'"
            if value[:1] == b" ":
                value = value[1:]
            elif value[:1] == b":":
                try:
                    value = binascii.a2b_base64(value[1:].strip(), strict_mode=True)
                except binascii.Error:
                    return at, f"is not base64: '{show_dn(line[:60])}'"
            key = keys.get(name)
            if key is None:
                key = attribute_name(name.decode("utf-8", "replace"))
                if len(keys) < _MOST_KEYS and ";" not in key:
                    keys[name] = key
            if ";" in key:
                key, _unused, option = key.partition(";")
                if option.startswith("range="):
                    ranges.append(option)
            if key in attributes:
                attributes[key].append(value)
            else:
                attributes[key] = [value]
        return None

    def _entry(self, number: int, attributes: dict[str, list[bytes]], ranges: list[str]) -> Entry | None:
        names = attributes.pop("dn", None)
        if names is None:
            if set(attributes) <= {"version", "search", "result", "control", "ref", "#"} or all(
                key.startswith("#") for key in attributes
            ):
                return None
            raise self._damaged(number, 0, "begins a record without dn")
        change = attributes.get("changetype", [b"add"])[0].strip()
        if change != b"add":
            raise DirectoryError(
                f"{self.name} is a list of changes ({show_dn(change)} of {show_dn(names[0])}); "
                "name an export instead"
            )
        if ranges and not any(each.endswith("*") for each in ranges):
            self.reader.note_cut_off(names[0])
        return names[0], attributes

    def _damaged(self, number: int, line: int, what: str) -> DirectoryError:
        """Count lines only here, because counting all the way would slow down every read for a rare error."""
        before, dn = 0, b""
        for at, record in enumerate(_records(self.path, keep_blank=True)):
            if at == number:
                dn = record.lstrip(b"\n").partition(b"\n")[0]
                before += len(record) - len(record.lstrip(b"\n"))
                unfolded = record.lstrip(b"\n").split(b"\n")
                starts = [index for index, each in enumerate(unfolded) if each[:1] != b" "]
                before += starts[line] if line < len(starts) else line
                break
            before += record.count(b"\n") + 2
        return DirectoryError(
            f"{self.name}, line {before + 1} ({show_dn(dn[:120])}) {what}; "
            "the file is damaged, so export it again"
        )


def _records(path: Path, *, keep_blank: bool = False) -> Iterator[bytes]:
    """Yield records without the empty lines between them, but `keep_blank` keeps those before a record."""
    rest = b""
    for block in utf8_blocks(path):
        block = rest + block
        held = b"\r" if block.endswith(b"\r") else b""  # its line feed may be in the next block
        block = block[: len(block) - len(held)].replace(b"\r\n", b"\n")
        *whole, rest = block.split(b"\n\n")
        rest += held
        for record in whole:
            if record.strip(b"\n"):
                yield record if keep_blank else record.strip(b"\n")
    if rest.strip(b"\r\n"):
        yield rest if keep_blank else rest.strip(b"\r\n")


def _take_runs(record: bytes, attributes: dict[str, list[bytes]]) -> bytes:
    """Take long runs of memberships out of a record in one step, and return the rest to read line by line.

    Memberships are nine tenths of an export, and this reads them several times as fast.
    """
    for start, key in _RUNS:
        head, *values = record.split(start)
        if len(values) < 2:
            continue
        values[-1], _unused, tail = values[-1].partition(b"\n")
        if b"\n" in b"".join(values):
            continue  # not one run
        attributes[key] = values
        record = head + b"\n" + tail if tail else head
    return record


def _may_be_group(record: bytes) -> bool:
    if b"\nobjectClass: user\n" in record[:500]:
        return False  # true of most records, and visible in the first lines
    folded = record.lower()
    return b"\ngrouptype:" in folded or b"\nobjectclass: group\n" in folded or b"cn=s-1-" in folded[:200]
