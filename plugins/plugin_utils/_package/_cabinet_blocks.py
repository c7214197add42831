# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the data blocks of a cabinet, stored or MSZIP, with the standard library.

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


def read_folder(file: BinaryIO, folder: Folder, *, offset: int, size: int) -> bytes:
    """Return `size` bytes at `offset` of a folder's uncompressed data.

    It drops the blocks before the member one by one, so memory stays small however large the folder is.

    Raises:
        CabinetDamagedError: A block is truncated or does not decompress.
    """
    file.seek(folder.offset)
    wanted = bytearray()
    position = 0
    for data in _blocks(file, folder):
        if position + len(data) > offset:
            wanted += data[max(0, offset - position) :]
        position += len(data)
        if len(wanted) >= size:
            return bytes(wanted[:size])
    if size == 0:
        return b""
    raise CabinetDamagedError("its data ends before its files do")


def _blocks(file: BinaryIO, folder: Folder) -> Iterator[bytes]:
    dictionary = b""
    for _unused in range(folder.blocks):
        header = file.read(_BLOCK.size)
        if len(header) < _BLOCK.size:
            raise CabinetDamagedError("it is truncated: a data block is missing")
        _checksum, stored_size, size = _BLOCK.unpack(header)
        file.seek(folder.block_reserve, 1)
        data = file.read(stored_size)
        if len(data) < stored_size:
            raise CabinetDamagedError("it is truncated: a data block is incomplete")
        if folder.compression == "MSZIP":
            data = dictionary = _inflate(data, dictionary)
        if len(data) != size or size > _LARGEST_BLOCK:
            raise CabinetDamagedError("the size of a data block is not the one that it states")
        yield data


def _inflate(data: bytes, dictionary: bytes) -> bytes:
    if data[:2] != b"CK":
        raise CabinetDamagedError("a data block is not MSZIP, although the cabinet says so")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=dictionary)
    try:
        # One byte more than allowed shows an endless block without inflating it.
        return inflater.decompress(data[2:], _LARGEST_BLOCK + 1)
    except zlib.error as error:
        raise CabinetDamagedError(f"a data block does not decompress ({error})") from error
