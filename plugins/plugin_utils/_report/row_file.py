# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a run at work, each on the disk at once: what is left of it if the controller dies.

A line is a JSON document. The first one begins as a report does and names all hosts of the run; each other
one is a row as in the JSON report.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count, takewhile
from pathlib import Path
from typing import IO, Any

from ansible.utils.display import Display

from .files import report_time, unwritable
from .fleet_report import SCHEMA_VERSION
from .host_row import HostRow
from .host_rows import complete_rows
from .inputs import ReportInputError

_MEANT = "meant_for"


class RowFile:
    """A file that has the rows of a run as long as there is no report.

    Args:
        path: The file; one that a run left is replaced. While another run writes to it, this one takes
            NAME-2, and so on.
        hotfix: The hotfix of the run.
        hosts: All hosts of the run.

    Raises:
        ReportInputError: The file cannot be written.
    """

    def __init__(self, path: Path, hotfix: str, hosts: Sequence[str]) -> None:
        self._first = self._path = path
        head = {"schema_version": SCHEMA_VERSION, "hotfix": hotfix, "generated_at": report_time()}
        self._file: IO[str] | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._path, self._file = next(_free(_places(path)))
            self._write({**head, _MEANT: list(hosts)})
        except OSError as problem:
            raise ReportInputError(unwritable("The file for the rows of this run", problem)) from None

    def add(self, row: HostRow) -> None:
        """Write a row; if that fails, the run goes on without the file, for its report will have all rows."""
        if self._file is None:
            return
        try:
            self._write({**row.to_json(), "reported_at": report_time()})
        except OSError as problem:
            Display().warning(unwritable("The file with what was seen so far", problem))
            self.close()

    def close(self) -> None:
        """Write no more rows."""
        if self._file is not None:
            with suppress(OSError):  # what could not be written is tried once more
                self._file.close()
            self._file = None

    def remove(self) -> None:
        """Remove the file, once a report has its rows, and those that killed runs left."""
        with suppress(OSError):  # one may be another user's
            for place, file in _free(takewhile(Path.exists, _places(self._first))):
                place.unlink(missing_ok=True)
                file.close()
        self._path.unlink(missing_ok=True)
        self.close()

    def _write(self, document: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")
            self._file.flush()  # to the system, which writes it even if this process is killed


def _places(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _free(places: Iterable[Path]) -> Iterator[tuple[Path, IO[str]]]:
    """Yield the files to which no run writes, emptied and locked; the end of a process ends its lock."""
    for place in places:
        file = place.open("a", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        except OSError:  # a file system without locks: there, a second run replaces the file of the first
            pass
        if os.fstat(file.fileno()).st_nlink == 0:  # its run has removed it meanwhile
            file.close()
            continue
        file.truncate(0)
        yield place, file


def rows_left(data: bytes, name: str) -> dict[str, Any] | None:
    """Return what a run left that has no report, in the form of one; None for another file.

    Args:
        data: The content of the file.
        name: Its name, for messages.

    Raises:
        ValueError: A line is damaged, and not because the run ended while it wrote it.
    """
    first, *lines = data.split(b"\n")
    try:
        head = json.loads(first)
    except ValueError:
        return None
    if not isinstance(head, dict) or not isinstance(head.get(_MEANT), list):
        return None
    rows = {str(row["host"]): row for row in map(json.loads, lines[:-1])}
    why = f"the run was killed before its report, or is still at work ({name})"
    if lines and lines[-1]:
        why += ", and the row that it was writing is left out"
    not_seen = complete_rows({}, [host for host in map(str, head.pop(_MEANT)) if host not in rows], {})
    return {**head, "incomplete": why, "hosts": [*rows.values(), *(row.to_json() for row in not_seen)]}
