# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read files on a host's disk from CIM_DataFile, many in one query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .._wsman.errors import WsmanFault
from .._wsman.wmi_values import as_datetime, as_int, quote_wql
from ._batches import in_batches

if TYPE_CHECKING:
    from .._wsman.session import Row, Session


@dataclass(frozen=True)
class DiskFile:
    """A file on a host: version as the host returned it, size in bytes, last change.

    ``hashes`` are its SHA-256 and SHA-1 as hexadecimal digits, where they were asked for and answered.
    """

    path: str
    version: str | None
    size: int | None
    modified: datetime | None
    hashes: tuple[str, ...] = ()


_BACKSLASHES = re.compile(r"\\+")


def path_key(path: str) -> str:
    """Return the form in which two spellings of a path are equal.

    Windows ignores case. A recorded CIM_DataFile answered in lower case, another implementation with doubled
    backslashes.
    """
    return _BACKSLASHES.sub(r"\\", path.replace("/", "\\")).lower()


# Name is the key of the class. Only this exact spelling, and no other condition, makes the provider open the
# named files; LIKE or another property makes it walk the disk.
_SELECT = "SELECT FileSize, LastModified, Name, Version FROM CIM_DataFile WHERE "
# WMI refuses queries of more than 16384 characters (WBEM_MAX_QUERY, wbemcli.h) and, with a quota violation,
# those with too many ORs; its documentation gives no number ("Querying with WQL": it depends on how complex
# the query is, and this is the simplest). If a host refuses 50, `_query` asks for half of them at a time.
_NAMES_PER_QUERY = 50
_CHARACTERS_PER_QUERY = 8000
_WBEM_E_QUOTA_VIOLATION = 0x8004106C


def read_files(session: Session, paths: Sequence[str]) -> dict[str, DiskFile]:
    """Read version, size and last change of files on local fixed disks, by full paths without variables.

    Return the files that exist, keyed by ``path_key``.

    Raises:
        RemoteError: The host refused the query.
    """
    distinct = list({path_key(path): path for path in paths}.values())
    batches = in_batches(
        distinct, lambda path: len(_condition(path)), characters=_CHARACTERS_PER_QUERY, most=_NAMES_PER_QUERY
    )
    found = (row for batch in batches for row in _query(session, batch))
    files = (_disk_file(row) for row in found)
    return {path_key(file.path): file for file in files}


def _query(session: Session, paths: list[str]) -> list[Row]:
    try:
        return session.query(_SELECT + " OR ".join(_condition(path) for path in paths))
    except WsmanFault as fault:
        if fault.provider_code != _WBEM_E_QUOTA_VIOLATION or len(paths) == 1:
            raise
    middle = len(paths) // 2
    return _query(session, paths[:middle]) + _query(session, paths[middle:])


def _condition(path: str) -> str:
    return f"Name={quote_wql(path)}"


def _disk_file(row: Row) -> DiskFile:
    version = row.get("Version")
    return DiskFile(
        path=str(row.get("Name")),
        version=version.strip() or None if isinstance(version, str) else None,
        size=as_int(row.get("FileSize")),
        modified=as_datetime(row.get("LastModified")),
    )
