# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of files at some version, the same on disks and in packages."""

from __future__ import annotations

from datetime import datetime, timezone

from . import article
from .pe import build_pe

RTM = "6.1.7600.16385"
SP1 = "6.1.7601.17514"
RTM_DATE = datetime(2009, 7, 14, 1, 14, tzinfo=timezone.utc)
_TAILS = {
    RTM: "win7_rtm.090713-1255",
    "6.1.7600.20618": "win7_ldr.100114-1541",
    SP1: "win7sp1_rtm.101119-1850",
    "6.2.9200.16384": "win8_rtm.120725-1247",
}
IMAGES = (".dll", ".sys", ".exe", ".com", ".cpl", ".ocx")
_SIZE = 8192


def branch_tail(version: str) -> str:
    """The branch that follows the numbers in a FileVersion string."""
    if version in _TAILS:
        return _TAILS[version]
    build, revision = version.split(".")[2:]
    return f"win7{'sp1' if build == '7601' else ''}_{'gdr' if int(revision) < 20000 else 'ldr'}"


def article_file(row: article.ArticleFile, version: str) -> bytes:
    """The content of one of the article's files at some version; the article's size at its own version.

    Sizes at other versions are made up (the article has none), but never equal the article's.
    """
    if not row.version:
        head = f'#pragma namespace("\\\\\\\\.\\\\root\\\\cimv2")\r\n// {row.name}, simulated\r\n'.encode()
        return head.ljust(row.size, b" ")
    size = row.size if version == row.version else max(4096, row.size - 512)
    date = row.date if version == row.version else RTM_DATE
    return build_pe(row.name, version, size, row.machine, date, branch_tail(version))


def other_file(name: str, version: str, architecture: str) -> bytes:
    """The content of any other file: an image for x86, x64 or ia64, or text without a version resource."""
    if not name.lower().endswith(IMAGES):
        return f"{name}, simulated, {version}\r\n".encode().ljust(_SIZE, b" ")
    return build_pe(name, version, _SIZE, architecture, RTM_DATE, branch_tail(version))
