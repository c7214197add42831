# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the data blocks of a cabinet and prove them by their checksums.

MSZIP is DEFLATE in blocks of at most 32 KiB. Each block begins with the two bytes `CK` and has the output of
the block before it as its dictionary ([MS-MCI] 2). zlib of the standard library decompresses it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_BLOCK = struct.Struct("<IHH")
_LARGEST_BLOCK = 32768


class CabinetDamagedError(ValueError):
    """The cabinet is damaged. The message continues a sentence: "… cannot be used: it is …"."""


class CabinetUnreadableError(Exception):
    """The cabinet may be sound, but this controller cannot read its compression."""


@dataclass(frozen=True)
class Folder:
    """One stream of compressed data: the offset of its blocks, their number, their compression."""

    offset: int
    blocks: int
    compression: str
    block_reserve: int


def check_folder(file: BinaryIO, folder: Folder) -> int:
    """Compare every block of a folder with its checksum, in whatever compression it is.

    Return the size in bytes of the uncompressed data, as its blocks state it. The file is at the end of the
    folder's last block then.

    Raises:
        CabinetDamagedError: A block is truncated, or differs from its checksum.
    """
    file.seek(folder.offset)
    return sum(size for _data, size in _stored_blocks(file, folder))


def read_folder(file: BinaryIO, folder: Folder, *, offset: int, size: int) -> Iterator[bytes]:
    """Yield the `size` bytes at `offset` of a folder's uncompressed data, stored or MSZIP, block by block.

    It drops the blocks before the member one by one, so memory stays small however large the folder is.

    Raises:
        CabinetDamagedError: A block is truncated, differs from its checksum or does not decompress, or the
            data ends before the member does.
    """
    file.seek(folder.offset)
    position, end = 0, offset + size
    for data in _blocks(file, folder):
        if position >= end:
            return
        wanted = data[max(0, offset - position) : end - position]
        if wanted:
            yield wanted
        position += len(data)
    if position < end:
        raise CabinetDamagedError("its data ends before its files do")


def _blocks(file: BinaryIO, folder: Folder) -> Iterator[bytes]:
    data = b""
    for stored, size in _stored_blocks(file, folder):
        data = _inflate(stored, data) if folder.compression == "MSZIP" else stored
        if len(data) != size:
            raise CabinetDamagedError("the size of a data block is not the one that it states")
        yield data


def _stored_blocks(file: BinaryIO, folder: Folder) -> Iterator[tuple[bytes, int]]:
    """Yield each block as it is stored, and its uncompressed size ([MS-CAB] 2.6)."""
    for _unused in range(folder.blocks):
        header = file.read(_BLOCK.size)
        if len(header) < _BLOCK.size:
            raise CabinetDamagedError("it is truncated: a data block is missing")
        checksum, stored_size, size = _BLOCK.unpack(header)
        reserve = file.read(folder.block_reserve)
        data = file.read(stored_size)
        if len(data) < stored_size:
            raise CabinetDamagedError("it is truncated: a data block is incomplete")
        # 0 says that the writer computed none ([MS-CAB] 2.6).
        if checksum and checksum != _checksum(data) ^ _checksum(header[4:] + reserve):
            raise CabinetDamagedError("a data block differs from its checksum, so a byte of it has changed")
        if size > _LARGEST_BLOCK:
            raise CabinetDamagedError("the size of a data block is not the one that it states")
        yield data, size


def _checksum(data: bytes) -> int:
    """Return the checksum of [MS-CAB] 3.1: little-endian words by XOR; the last 1 to 3 bytes big-endian."""
    words = len(data) // 4
    folded = int.from_bytes(data[: words * 4], "little")
    # Halves are combined, because a loop over the words takes a hundred times as long in Python.
    while words > 1:
        half = (words + 1) // 2
        folded = (folded >> 32 * half) ^ (folded & ((1 << 32 * half) - 1))
        words = half
    return folded ^ int.from_bytes(data[len(data) // 4 * 4 :], "big")


def _inflate(data: bytes, dictionary: bytes) -> bytes:
    if data[:2] != b"CK":
        raise CabinetDamagedError("a data block is not MSZIP, although the cabinet says so")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=dictionary)
    try:
        # One byte more than allowed shows an endless block without inflating it.
        return inflater.decompress(data[2:], _LARGEST_BLOCK + 1)
    except zlib.error as error:
        raise CabinetDamagedError(f"a data block does not decompress ({error})") from error
