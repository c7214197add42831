# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members that hold a file as a delta: the header of a real one (PA30, a time), then the lab's own encoding.

Only Windows decodes real deltas. Here the simulated host must, so that a package can be installed on it; any
other reader finds junk behind the header, as a controller does in a real package.
"""

from __future__ import annotations

import struct
import zlib
from datetime import datetime

_HEADER = struct.Struct("<4sQ")
_EPOCH = 11644473600  # seconds from 1601 to 1970


def file_time(when: datetime) -> int:
    """A FILETIME: 100 ns since 1601, UTC."""
    return (int(when.timestamp()) + _EPOCH) * 10**7


def encode(content: bytes, when: datetime) -> bytes:
    return _HEADER.pack(b"PA30", file_time(when)) + zlib.compress(content, 1)


def decode(member: bytes) -> bytes:
    """The file.

    Raises:
        ValueError: Not a delta of the lab.
    """
    try:
        return zlib.decompress(member[_HEADER.size :])
    except zlib.error as error:
        raise ValueError("the delta was not made by the lab") from error
