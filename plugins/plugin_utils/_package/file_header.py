# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the version of a file of Windows from its content."""

from __future__ import annotations

import struct

# VS_VERSIONINFO begins with this key, in UTF-16 and padded to 32 bits, and VS_FIXEDFILEINFO follows it
# (Microsoft's documentation of both structures).
_KEY = "VS_VERSION_INFO".encode("utf-16-le") + b"\0\0"
_FIXED = struct.Struct("<IIII")
_SIGNATURE, _STRUCTURE = 0xFEEF04BD, 0x00010000
_ALIGNMENT = 4


def version_in(data: bytes) -> str:
    """Return the file version of a program, library or driver, as four numbers; empty where it has none.

    It is the last version resource in the file: the resources of an image lie behind its code, which may hold
    the key as a constant.
    """
    if data[:2] != b"MZ":
        return ""
    end = len(data)
    while (found := data.rfind(_KEY, 0, end)) >= 0:
        # The key begins 6 bytes into a structure that is aligned.
        fixed = found + len(_KEY) + (-(6 + len(_KEY)) % _ALIGNMENT)
        if fixed + _FIXED.size <= len(data):
            signature, structure, most, least = _FIXED.unpack_from(data, fixed)
            if (signature, structure) == (_SIGNATURE, _STRUCTURE):
                return f"{most >> 16}.{most & 0xFFFF}.{least >> 16}.{least & 0xFFFF}"
        end = found
    return ""
