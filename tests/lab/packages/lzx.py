# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LZX without compression: a valid stream for cabinets, made of uncompressed blocks only ([MS-PATCH] 2).

Debian and PyPI have no LZX compressor. Each frame of at most 32 KiB is one block, so a reader needs no
Huffman trees, and every LZX decoder reads it (cabextract and libarchive do, in
tests/unit/lab/test_cabinets.py).
"""

from __future__ import annotations

import struct

FRAME = 32768
_UNCOMPRESSED = 3
_RECENT = struct.pack("<III", 1, 1, 1)  # the three recent offsets, which no later block uses


def frame(data: bytes, *, first: bool) -> bytes:
    """One frame of a stream.

    `first`: the stream's header, one bit for "no translation of calls", precedes it.
    """
    # Three bits of type and 24 of length, from the highest bit of 16-bit little-endian words, then zero bits
    # to the next word.
    bits = (_UNCOMPRESSED << 24 | len(data)) << (4 if first else 5)
    header = struct.pack("<HH", bits >> 16, bits & 0xFFFF)
    return header + _RECENT + data + b"\0" * (len(data) % 2)


def unframe(data: bytes, *, first: bool) -> bytes:
    """The content of one frame that `frame` made.

    Raises:
        ValueError: It has another kind of block: this is not a decoder.
    """
    if len(data) < 16:
        raise ValueError("an LZX frame is too short")
    high, low = struct.unpack("<HH", data[:4])
    bits = (high << 16 | low) >> (4 if first else 5)
    size = bits & 0xFFFFFF
    if bits >> 24 != _UNCOMPRESSED or len(data) != 16 + size + size % 2:
        raise ValueError("an LZX frame is not one uncompressed block")
    return data[16 : 16 + size]
