# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read LDIF (RFC 2849) as ldifde and ldapsearch write it.

Records are split in the raw bytes. The first pass therefore parses only groups, and both passes hold one
block of the file.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from pathlib import Path

from ._encodings import as_utf8, utf8_blocks
from ._entries import Entry
from ._search_trailer import SearchTrailer
from ._value_ranges import is_range, is_whole
from .distinguished_names import show_dn
from .problems import DirectoryError
from .records import ATTRIBUTES, attribute_name
from .source import ExportSource, refuse_cut_off_end

_SECTION_END = b"-"  # closes a modification
_MOST_KEYS = 10_000  # remembered spellings of attributes; a damaged file can have any number
_RUNS = ((b"\nmemberOf: ", "memberOf"), (b"\nmember: ", "member"))
_PROMPT = b"Press [size] Enter"  # ldapsearch -E pr=SIZE asks on standard output before each page
_NO_LDIF = (_PROMPT, b"SASL")  # a sign-in by SASL is told on standard error, which may be in the same file
_GROUP = re.compile(
    rb"^(?:grouptype[:;]|member[:;]|samaccounttype: *(?:268|536)"
    rb"|objectclass[^:\n]*:(?::| *group)|dn:(?::| *cn=s-1-))",
    re.MULTILINE,
)
"""Lines, in lower case, without which a record is neither a group nor a foreign security principal."""


class LdifSource(ExportSource):
    """An LDIF export."""

    _number = 0  # of the current record

    def position(self) -> str:
        """Return the line in which the current record begins."""
        return f"line {self._find_line(self._number, 0)[0]}"

    def entries(self, *, groups_only: bool) -> Iterator[Entry | None]:
        """Yield the objects of the file, and None for each record that is skipped as not a group."""
        refuse_cut_off_end(self.path)
        found = False
        keys: dict[bytes, str] = {}
        self._trailer = SearchTrailer()
        for number, record in enumerate(_records(self.path)):
            found = True
            self._number = number
            passed_over = groups_only and not _may_be_group(record)
            yield None if passed_over else self._parse(number, record, keys)
        if not found:
            raise DirectoryError(f"{self.name} contains no LDIF record")
        problem = "" if groups_only else self._trailer.problem()
        if problem:
            raise DirectoryError(f"{self.name} {problem}, so entries may be missing; export it again")

    def _parse(self, number: int, record: bytes, keys: dict[bytes, str]) -> Entry | None:
        if not record.isascii():
            record = as_utf8(record, self.notes, self.name, show_dn(record[:80].partition(b"\n")[0]))
        if b"\0" in record:
            at = record[: record.index(b"\0")].count(b"\n")
            raise self._refused(number, at, "contains a zero byte; export it again")
        if b"\n " in record:
            record = record.replace(b"\n ", b"")
        comments: list[bytes] = []
        if b"#" in record and (record[:1] == b"#" or b"\n#" in record):  # one octet is found much faster
            record = _take_comments(record, comments)
        attributes: dict[str, list[bytes]] = {}
        ranges: dict[str, list[str]] = {}
        problem = self._read_lines(_take_runs(record, attributes), keys, attributes, ranges)
        if problem is not None:
            at, what = self._read_lines(record, keys, {}, {}) or problem
            raise self._refused(number, at, what)
        names = attributes.pop("dn", None)
        if names is None:
            what = self._trailer.block(attributes, comments)
            if what:
                raise self._refused(number, 0, f"{what}; export it again")
            return None
        self._trailer.entry(comments)
        if len(names) > 1 or "result" in attributes:
            raise self._run_together(number, record, names)
        return self._entry(names[0], attributes, ranges)

    def _run_together(self, number: int, record: bytes, names: list[bytes]) -> DirectoryError:
        if len(names) > 1:
            at, what = _places(record, b"dn:")[1], f"has a second dn, '{show_dn(names[1])}',"
        else:
            at, what = _places(record, b"result:")[0], "has the result of a search"
        return self._refused(
            number, at, f"{what} within a record; an empty line is missing, so export it again"
        )

    def _read_lines(
        self,
        record: bytes,
        keys: dict[bytes, str],
        attributes: dict[str, list[bytes]],
        ranges: dict[str, list[str]],
    ) -> tuple[int, str] | None:
        """Read a record's lines into its attributes; return the first that is not LDIF with its problem."""
        for at, line in enumerate(record.split(b"\n")):
            name, colon, value = line.partition(b":")
            if not colon:
                if not line or line == _SECTION_END or line.startswith(_NO_LDIF):
                    continue
                return at, f"has no colon, so it is not LDIF: '{show_dn(line[:60])}'; export the file again"
            if value[:1] == b" ":
                value = value[1:]
            elif value[:1] == b":":
                try:
                    value = binascii.a2b_base64(value[1:].strip(), strict_mode=True)
                except binascii.Error:
                    return at, f"is not base64: '{show_dn(line[:60])}'; export the file again"
            elif value[:1] == b"<" and attribute_name(name.decode("utf-8", "replace")) in ATTRIBUTES:
                return at, f"names a file in place of a value: '{show_dn(line[:60])}'; export without -t"
            key = keys.get(name)
            if key is None:
                key = attribute_name(name.decode("utf-8", "replace"))
                if len(keys) < _MOST_KEYS and ";" not in key:
                    keys[name] = key
            if ";" in key:
                written, _unused, option = key.partition(";")
                key = attribute_name(written)
                if is_range(option):
                    ranges.setdefault(key, []).append(option)
            if key in attributes:
                attributes[key].append(value)
            else:
                attributes[key] = [value]
        return None

    def _entry(self, dn: bytes, attributes: dict[str, list[bytes]], ranges: dict[str, list[str]]) -> Entry:
        change = attributes.get("changetype", [b"add"])[0].strip()
        if change != b"add":
            raise DirectoryError(
                f"{self.name} is a list of changes ({show_dn(change)} of {show_dn(dn)}); "
                "name an export instead"
            )
        if ranges and any(key in ATTRIBUTES and not is_whole(options) for key, options in ranges.items()):
            self.reader.note_cut_off(dn)
        return dn, attributes

    def _refused(self, number: int, line: int, what: str) -> DirectoryError:
        at, dn = self._find_line(number, line)
        return DirectoryError(f"{self.name}, line {at} ({show_dn(dn[:120])}) {what}")

    def _find_line(self, number: int, line: int) -> tuple[int, bytes]:
        """Return the number of a record's line in the file, and the record's first line.

        Lines are counted only here, because counting all the way would slow down every read for a rare error.
        """
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
        return before + 1, dn


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


def _take_comments(record: bytes, comments: list[bytes]) -> bytes:
    """Move the comments of a record to a list, and return the record with an empty line in place of each."""
    lines = record.split(b"\n")
    for at, line in enumerate(lines):
        if line[:1] == b"#":
            comments.append(line)
            lines[at] = b""
    return b"\n".join(lines)


def _may_be_group(record: bytes) -> bool:
    if b"\nobjectClass: user\n" in record[:500]:
        return False  # true of most records, and visible in the first lines
    if b"\n " in record:
        record = record.replace(b"\n ", b"")
    return _GROUP.search(record.lower()) is not None


def _places(record: bytes, start: bytes) -> list[int]:
    """Return the numbers of the lines that begin with some text, in any case."""
    return [at for at, line in enumerate(record.split(b"\n")) if line[: len(start)].lower() == start]
