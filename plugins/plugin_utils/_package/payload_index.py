# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the index of a package whose payload is compressed: ``_manifest_.cix.xml``.

Its members "0", "1", … are differences between files (PA30), which only Windows puts together. The index
names the files that come out, with size, time and hash (namespace "urn:ContainerIndex"; seen in packages for
Windows 6.1 of 2010 to 2015, with SHA-1, and for Windows 6.3, with SHA-256).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .xml_text import child, children, read_xml

INDEX_NAME = "_manifest_.cix.xml"

_FILETIME_START = datetime(1601, 1, 1, tzinfo=timezone.utc)
_HASH_DIGITS = {"sha1": 40, "sha256": 64}


@dataclass(frozen=True)
class PayloadFile:
    """A file that the package brings: its name with folders, size in bytes, build time in UTC, and hashes.

    ``member`` names the member of the cabinet that is this file, unchanged; empty where it is a difference.
    ``version`` is that of the file itself, four numbers; empty where it was not read or has none.
    """

    name: str
    size: int
    time: datetime | None
    sha1: str
    sha256: str
    member: str
    version: str = ""


def parse_index(data: bytes) -> tuple[PayloadFile, ...]:
    """Read an index.

    Raises:
        ValueError: It is not XML, or a size or hash in it is not one. The message continues
            "… is unusable: ".
    """
    found = []
    for file in children(child(read_xml(data), "Files"), "File"):
        name = file.get("name", "")
        hashes = {
            each.get("alg", "").lower(): each.get("value", "").lower() for each in children(file, "Hash")
        }
        for kind, value in hashes.items():
            if kind in _HASH_DIGITS and not re.fullmatch(rf"[0-9a-f]{{{_HASH_DIGITS[kind]}}}", value):
                raise ValueError(f"the {kind} of {name} is {value!r}")
        source = child(child(file, "Delta"), "Source")
        whole = source is not None and source.get("type") == "RAW"
        found.append(
            PayloadFile(
                name=name,
                size=_number(file.get("length", ""), f"the length of {name}"),
                time=_time(file.get("time", "")),
                sha1=hashes.get("sha1", ""),
                sha256=hashes.get("sha256", ""),
                member=source.get("name", "") if source is not None and whole else "",
            )
        )
    return tuple(found)


def _number(text: str, what: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError(f"{what} is {text!r}")
    return int(text)


def _time(text: str) -> datetime | None:
    """Read a FILETIME: units of 100 nanoseconds since 1601, in UTC; None where it is not one."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        return None
    return _FILETIME_START + timedelta(microseconds=int(text) // 10)
