# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write cabinets as Microsoft's packages are: one folder; stored, MSZIP or LZX; signed or not ([MS-CAB]).

A signed cabinet has 20 bytes of reserve in its header, which say where the signature begins and how long it
is, and the signature behind its end (read off genuine packages).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from . import lzx

STORED, MSZIP, LZX = 0x0000, 0x0001, 0x1503  # LZX with a window of 2 MiB
_HEADER = struct.Struct("<4sIIIIIBBHHHHH")
_RESERVE = struct.Struct(
    "<HBBIIIQ"
)  # sizes of the three reserves, then the header's: 0x100000, place, length
_FOLDER, _FILE, _BLOCK = struct.Struct("<IHH"), struct.Struct("<IIHHHH"), struct.Struct("<IHH")
_ARCHIVE = 0x20


def write_cabinet(
    files: Mapping[str, bytes],
    when: datetime,
    *,
    compression: int = MSZIP,
    signature: bytes = b"",
    times: Mapping[str, datetime] | None = None,
) -> bytes:
    """A cabinet of the files, in their order. Names may have backslashes.

    `when` is the time of every member that has none in `times`.
    """
    blocks = list(_blocks(b"".join(files.values()), compression))
    reserve = _RESERVE.size if signature else 0
    entries_at = _HEADER.size + reserve + _FOLDER.size
    entries = _entries(files, when, times or {})
    data_at = entries_at + len(entries)
    size = data_at + sum(len(block) for block in blocks)
    header = _HEADER.pack(
        b"MSCF", 0, size, 0, entries_at, 0, 3, 1, 1, len(files), 4 if signature else 0, 0, 0
    )
    if signature:
        header += _RESERVE.pack(20, 0, 0, 0x100000, size, len(signature), 0)
    folder = _FOLDER.pack(data_at, len(blocks), compression)
    return header + folder + entries + b"".join(blocks) + signature


def _entries(files: Mapping[str, bytes], when: datetime, times: Mapping[str, datetime]) -> bytes:
    result, offset = b"", 0
    for name, data in files.items():
        at = times.get(name, when)
        date = (at.year - 1980) << 9 | at.month << 5 | at.day
        time = at.hour << 11 | at.minute << 5 | at.second // 2
        result += _FILE.pack(len(data), offset, 0, date, time, _ARCHIVE) + name.encode("ascii") + b"\0"
        offset += len(data)
    return result


def _blocks(data: bytes, compression: int) -> Iterator[bytes]:
    before = b""
    for start in range(0, len(data), lzx.FRAME):
        plain = data[start : start + lzx.FRAME]
        packed = plain
        if compression == MSZIP:
            packed, before = _deflate(plain, before), plain
        elif compression == LZX:
            packed = lzx.frame(plain, first=start == 0)
        sizes = struct.pack("<HH", len(packed), len(plain))
        yield _BLOCK.pack(checksum(sizes, checksum(packed)), len(packed), len(plain)) + packed


def _deflate(data: bytes, before: bytes) -> bytes:
    """MSZIP: the block before is the dictionary."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before)
    return b"CK" + deflater.compress(data) + deflater.flush()


def checksum(data: bytes, start: int = 0) -> int:
    """The checksum of [MS-CAB] 3.1.

    Words by exclusive or; the bytes that are left over make a word backwards.
    """
    whole = len(data) // 4 * 4
    result = start ^ int.from_bytes(data[whole:], "big")
    value, bits = int.from_bytes(data[:whole], "little"), 8 * whole
    # Halving one long number is much faster than a loop over its words.
    while bits > 32:
        half = (bits // 32 + 1) // 2 * 32
        value, bits = (value >> half) ^ (value & ((1 << half) - 1)), half
    return result ^ value
