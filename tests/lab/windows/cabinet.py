# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading cabinets as expand.exe and servicing do: stored, MSZIP, and LZX of uncompressed blocks ([MS-CAB]).

Checksums of blocks are checked. Genuine packages are truly compressed by LZX: this host cannot read those.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

from tests.lab.packages import lzx
from tests.lab.packages.cabinets import LZX, MSZIP, STORED, checksum

_HEADER = struct.Struct("<4sIIIIIBBHHHHH")
_FOLDER, _FILE, _BLOCK = struct.Struct("<IHH"), struct.Struct("<IIHHHH"), struct.Struct("<IHH")
_RESERVE_PRESENT = 4


class CabinetError(Exception):
    """Not a cabinet, or a damaged one."""


def read_cabinet(data: bytes) -> dict[str, bytes]:
    """The files of a cabinet by name.

    Raises:
        CabinetError: The data is no cabinet, truncated or damaged.
    """
    return dict(_read(data))


@lru_cache(maxsize=8)
def _read(data: bytes) -> tuple[tuple[str, bytes], ...]:
    try:
        return tuple(_members(data))
    except (struct.error, zlib.error, ValueError, IndexError) as error:
        raise CabinetError(f"a damaged cabinet: {error}") from error


def _members(data: bytes) -> list[tuple[str, bytes]]:
    header = _HEADER.unpack_from(data)
    if header[0] != b"MSCF" or len(data) < header[2]:
        raise ValueError("not a cabinet, or not all of it")
    files_at, folder_count, file_count, flags = header[4], header[8], header[9], header[10]
    at, folder_reserve, block_reserve = _HEADER.size, 0, 0
    if flags & _RESERVE_PRESENT:
        own, folder_reserve, block_reserve = struct.unpack_from("<HBB", data, at)
        at += 4 + own
    folders = []
    for number in range(folder_count):
        where = at + number * (_FOLDER.size + folder_reserve)
        start, count, kind = _FOLDER.unpack_from(data, where)
        folders.append(_folder(data, start, count, kind, block_reserve))
    result = []
    for _number in range(file_count):
        size, offset, folder, _date, _time, _attributes = _FILE.unpack_from(data, files_at)
        end = data.index(b"\0", files_at + _FILE.size)
        content = folders[folder][offset : offset + size]
        if len(content) != size:
            raise ValueError("a file is longer than the data")
        result.append((data[files_at + _FILE.size : end].decode("ascii"), content))
        files_at = end + 1
    return result


def _folder(data: bytes, at: int, count: int, kind: int, reserve: int) -> bytes:
    """The uncompressed data of a folder."""
    result: list[bytes] = []
    for number in range(count):
        stated, packed_size, size = _BLOCK.unpack_from(data, at)
        at += _BLOCK.size + reserve
        packed = data[at : at + packed_size]
        at += packed_size
        if stated and checksum(struct.pack("<HH", packed_size, size), checksum(packed)) != stated:
            raise ValueError("the checksum of a block differs")
        plain = _unpack(packed, kind, result[-1] if result else b"", first=number == 0)
        if len(plain) != size:
            raise ValueError("a block has another size than it states")
        result.append(plain)
    return b"".join(result)


def _unpack(packed: bytes, kind: int, before: bytes, *, first: bool) -> bytes:
    if kind == STORED:
        return packed
    if kind == LZX:
        return lzx.unframe(packed, first=first)
    if kind != MSZIP or packed[:2] != b"CK":
        raise ValueError("a block is compressed by another method")
    return zlib.decompressobj(-zlib.MAX_WBITS, zdict=before).decompress(packed[2:])
