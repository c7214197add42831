# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a token report to files while its users stream through.

Users go to two spools on disk as they arrive. The files then list the flagged users, largest first, by their
places in the spool, and the others in the order of the directory. Only the counts, the places of the flagged
users and the few that the page shows stay in memory.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from .._report.csv_cells import BYTE_ORDER_MARK, cell
from .._report.files import Writer, write_files
from ._report_page import render_page_of
from ._sizer import GroupCost, TokenSize
from ._token_rules import MAX_SIDS
from .survey import Survey
from .totals import FleetSide, Totals

SCHEMA_VERSION = "1.0"
_COLUMNS = (
    "user",
    "dn",
    "sid",
    "status",
    "token_bytes",
    "wire_bytes",
    "percent",
    "sids",
    "global",
    "universal",
    "universal_foreign",
    "domain_local",
    "sid_history",
    "limits_exceeded",
    "top_groups",
)


@dataclass(frozen=True)
class WrittenReport:
    """A report that was written, or compared in check mode."""

    files: dict[str, Path]
    changed: bool  # whether any file says something new; a new time alone does not count
    totals: Totals


class _Spool:
    """Lines on disk that can be read back in the order of a number."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self._keys, self._starts, self._lengths = array("q"), array("Q"), array("Q")
        self._end = 0

    def add(self, line: bytes, key: int) -> None:
        self._keys.append(key)
        self._starts.append(self._end)
        self._lengths.append(len(line))
        self._end += self.file.write(line)

    def largest_first(self) -> Iterator[bytes]:
        for place in sorted(range(len(self._keys)), key=lambda place: -self._keys[place]):
            self.file.seek(self._starts[place])
            yield self.file.read(self._lengths[place])


class _Users:
    """The users in one format: the flagged to be sorted, the others in the order of the directory."""

    def __init__(
        self, folder: Path, name: str, render: Callable[[TokenSize, Sequence[GroupCost]], bytes]
    ) -> None:
        self._render = render
        self._flagged = _Spool((folder / f"{name}.flagged").open("w+b"))
        self._others = (folder / f"{name}.others").open("w+b")

    def add(self, size: TokenSize, costs: Sequence[GroupCost], *, flagged: bool) -> None:
        line = self._render(size, costs)
        if flagged:
            self._flagged.add(line, size.size)
        else:
            self._others.write(line)

    def lines(self) -> Iterator[bytes]:
        yield from self._flagged.largest_first()
        self._others.seek(0)
        yield from self._others

    def close(self) -> None:
        self._flagged.file.close()
        self._others.close()


def write_report(
    survey: Survey,
    files: dict[str, Path],
    *,
    everyone: bool,
    generated_at: str,
    fleet: FleetSide | None = None,
    keep: bool = True,
) -> WrittenReport:
    """Size every user and write the report.

    Args:
        files: The path of each format.
        everyone: Write all users to JSON and CSV, not only the flagged ones.
        generated_at: The time of the report, ISO 8601.
        keep: False only compares, as check mode does.

    Raises:
        DirectoryError: A source cannot be read; the earlier files are untouched.
        OSError: A file cannot be written.
    """
    totals = Totals()
    with tempfile.TemporaryDirectory(prefix="token-report-") as name, _users(Path(name), files) as users:
        for size in survey.all():
            totals.count(size)
            flagged = size.status != "ok" or size.counts.total > MAX_SIDS
            costs: list[GroupCost] = []
            if flagged:
                costs = survey.top_groups(size)
                totals.flag(size, costs)
            if flagged or everyone:
                for each in users.values():
                    each.add(size, costs, flagged=flagged)
        writers: dict[str, Writer] = {
            "json": lambda file: _write_json(file, survey, totals, fleet, users["json"], generated_at),
            "csv": lambda file: _write_csv(file, users["csv"]),
            "html": lambda file: _write_html(file, survey, totals, fleet, generated_at),
        }
        changed = write_files(
            {path: writers[kind] for kind, path in files.items()}, generated_at=generated_at, keep=keep
        )
    return WrittenReport(files, bool(changed), totals)


@contextmanager
def _users(folder: Path, files: dict[str, Path]) -> Iterator[dict[str, _Users]]:
    renderers = {"json": _json_line, "csv": _csv_line}
    users = {kind: _Users(folder, kind, renderers[kind]) for kind in files if kind in renderers}
    try:
        yield users
    finally:
        for each in users.values():
            each.close()


def _json_line(size: TokenSize, costs: Sequence[GroupCost]) -> bytes:
    return json.dumps(size.to_result(costs), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _csv_line(size: TokenSize, costs: Sequence[GroupCost]) -> bytes:
    row = size.to_result()
    row |= cast("dict[str, object]", row.pop("groups"))
    row["top_groups"] = [f"{cost.bytes} {cost.dn}" for cost in costs]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(
        [value if isinstance(value := row[name], int | float) else cell(value) for name in _COLUMNS]
    )
    return text.getvalue().encode("utf-8", "replace")


def _write_json(
    file: IO[bytes], survey: Survey, totals: Totals, fleet: FleetSide | None, users: _Users, generated_at: str
) -> None:
    rules = survey.rules
    head = {
        "schema_version": SCHEMA_VERSION,
        "generated_at": generated_at,
        "limit": rules.limit,
        "warn_percent": rules.warn_percent,
        "kdc": rules.kdc,
        "resource_sid_compression": rules.compression,
        "delegation": rules.delegation,
        "sources": survey.source_names,
        "warnings": list(survey.notes),
        **totals.to_json(),
        "fleet": fleet.to_json(totals.statuses["over"], totals.statuses["near"]) if fleet else None,
    }
    text = json.dumps(head, ensure_ascii=False, indent=1)
    file.write(text[: text.rindex("\n}")].encode("utf-8", "replace") + b',\n "users": [\n')
    before = b"  "
    for line in users.lines():
        file.write(before + line.rstrip(b"\n"))
        before = b",\n  "
    file.write(b"\n ]\n}\n")


def _write_csv(file: IO[bytes], users: _Users) -> None:
    header = io.StringIO()
    csv.writer(header, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(_COLUMNS)
    file.write((BYTE_ORDER_MARK + header.getvalue()).encode())
    file.writelines(users.lines())


def _write_html(
    file: IO[bytes], survey: Survey, totals: Totals, fleet: FleetSide | None, generated_at: str
) -> None:
    page = render_page_of(
        totals, survey.rules, survey.source_names, list(survey.notes), fleet, generated_at=generated_at
    )
    file.write(page.encode("utf-8", "replace"))
