# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading cabinets as expand.exe and servicing do: stored and MSZIP, nothing else."""

from __future__ import annotations

from functools import lru_cache

from cabarchive import CabArchive


class CabinetError(Exception):
    """Not a cabinet, or a damaged one."""


@lru_cache(maxsize=8)
def _read(data: bytes) -> tuple[tuple[str, bytes], ...]:
    if not data.startswith(b"MSCF"):
        raise CabinetError("no cabinet")
    try:
        archive = CabArchive(data)
    except Exception as error:  # CorruptionError, struct.error, zlib.error …: all mean a damaged file
        raise CabinetError(str(error)) from error
    return tuple((name, bytes(item.buf or b"")) for name, item in archive.items())


def read_cabinet(data: bytes) -> dict[str, bytes]:
    """The files of a cabinet by name.

    Raises:
        CabinetError: The data is no cabinet, truncated or damaged.
    """
    return dict(_read(data))
