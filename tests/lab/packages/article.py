# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own transcription of the article's tables (article/*.tsv) and the components they belong to.

The collection has its own catalogue; this one is separate on purpose, so that a slip in one shows.
In files.tsv the rows of the WOW64 copies have platform x86 (for Tspkg.mof too, whose platform the
article leaves open); which package a row belongs to is its first column.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "article"

CREDSSP = "microsoft-windows-security-credssp"
DRIVERS = "microsoft-windows-t..nalservices-drivers"
#: Their full names: the key form's hash in the names of the article's manifests fits these.
FULL_NAMES = {
    CREDSSP: "Microsoft-Windows-Security-CredSSP",
    DRIVERS: "Microsoft-Windows-TerminalServices-Drivers",
}

# Which component carries a file is not in the article; the split follows the two component manifests.
_COMPONENTS = {
    "credssp.dll": CREDSSP,
    "tspkg.dll": CREDSSP,
    "tspkg.mof": CREDSSP,
    "icaapi.dll": DRIVERS,
    "tssecsrv.sys": DRIVERS,
}
_FOLDERS = {"tspkg.mof": "wbem", "tssecsrv.sys": "drivers"}


@dataclass(frozen=True)
class ArticleFile:
    """One row of the article's file tables; `version` is empty for Tspkg.mof."""

    package: str
    name: str
    version: str
    size: int
    date: datetime
    platform: str

    @property
    def wow64(self) -> bool:
        return self.package != "x86" and self.platform == "x86"

    @property
    def machine(self) -> str:
        """The architecture of the image itself."""
        return "x86" if self.wow64 else self.package

    @property
    def component(self) -> str:
        return _COMPONENTS[self.name.lower()]

    @property
    def folder(self) -> str:
        """Folder below System32 (or SysWOW64), empty for the folder itself."""
        return _FOLDERS.get(self.name.lower(), "")

    @property
    def path(self) -> str:
        """Where the file lies on the system drive."""
        root = "C:\\Windows\\SysWOW64" if self.wow64 else "C:\\Windows\\System32"
        return "\\".join(part for part in (root, self.folder, self.name.lower()) if part)


@dataclass(frozen=True)
class ArticleManifest:
    """One row of the article's manifest tables."""

    package: str
    name: str
    size: int
    date: datetime


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def _date(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(f"{row['date']}T{row['time']}:00").replace(tzinfo=timezone.utc)


@lru_cache
def files(package: str) -> tuple[ArticleFile, ...]:
    """The files of the package for x86, x64 or ia64."""
    return tuple(
        ArticleFile(package, row["name"], row["version"], int(row["size"]), _date(row), row["platform"])
        for row in _rows("files.tsv")
        if row["package"] == package
    )


@lru_cache
def manifests(package: str) -> tuple[ArticleManifest, ...]:
    """The manifests of the package for x86, x64 or ia64."""
    return tuple(
        ArticleManifest(package, row["name"], int(row["size"]), _date(row))
        for row in _rows("manifests.tsv")
        if row["package"] == package
    )
