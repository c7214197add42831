# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security identifiers in binary and in text.

Everywhere in this room a SID is its binary form ([MS-DTYP] 2.4.2.2), as LDAP and ldifde deliver it:
revision 1, number of subauthorities, 6 bytes of authority (big endian), 4 bytes each (little endian).
"""

from __future__ import annotations

import re
import struct

Sid = bytes

_TEXT = re.compile(r"S-1-(\d+|0x[0-9a-fA-F]+)((?:-\d+){1,15})\Z")
_BUILTIN = bytes((1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0))
_DOMAINS = bytes((1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0))
_NO_DOMAIN = bytes(12)


def is_sid(value: bytes) -> bool:
    """Return whether the bytes are one whole SID."""
    return len(value) >= 12 and value[0] == 1 and len(value) == 8 + 4 * value[1]


def parse_sid(text: str) -> Sid:
    """Turn ``S-1-5-21-…`` into its binary form.

    Raises:
        ValueError: The text is not a SID.
    """
    match = _TEXT.match(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a SID")
    parts = [int(part) for part in match[2].split("-")[1:]]
    authority = int(match[1], 0)
    if authority >= 1 << 48 or max(parts) >= 1 << 32:
        raise ValueError(f"{text!r} is not a SID")
    return bytes((1, len(parts))) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


def format_sid(sid: Sid) -> str:
    """Turn a binary SID into ``S-1-5-21-…``."""
    parts = struct.unpack_from(f"<{sid[1]}I", sid, 8)
    return "-".join(["S", "1", str(int.from_bytes(sid[2:8], "big")), *map(str, parts)])


def domain_of(sid: Sid) -> bytes:
    """Return the part that all SIDs of a domain share: all but the relative identifier."""
    return sid[:-4]


def with_rid(sid: Sid, rid: int) -> Sid:
    """Return the SID of the same domain with another relative identifier."""
    return sid[:-4] + struct.pack("<I", rid & 0xFFFFFFFF)


def is_builtin(sid: Sid) -> bool:
    """Return whether a SID belongs to BUILTIN (S-1-5-32-…), which the KDC leaves out of tickets."""
    return sid.startswith(_BUILTIN)


def is_of_domain(sid: Sid) -> bool:
    """Return whether a SID belongs to a domain (S-1-5-21-…), and so to somebody whom a source can show.

    S-1-5-21-0-0-0 is not a domain. It holds Compounded Authentication (496) and Claims Valid (497), which say
    how somebody signed in ([MS-DTYP] 2.4.2.4).
    """
    return sid.startswith(_DOMAINS) and sid[12:24] != _NO_DOMAIN


class SidSet:
    """A set of the SIDs of accounts, one bit each while their last numbers follow each other, as issued."""

    def __init__(self) -> None:
        self._pages: dict[bytes, bytearray] = {}

    def add(self, sid: Sid) -> bool:
        """Add a SID; return whether it is new."""
        page = self._pages.setdefault(sid[:-4] + sid[-2:], bytearray())
        number = sid[-4] | sid[-3] << 8
        at, bit = number >> 3, 1 << (number & 7)
        if len(page) <= at:
            page.extend(bytes(at + 1 - len(page)))
        if page[at] & bit:
            return False
        page[at] |= bit
        return True
