# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CredSSP's first exchange, which needs no credentials: NTLM's NEGOTIATE, and the CHALLENGE in the answer.

Layouts are from [MS-CSSP] 2.2.1 (TSRequest) and [MS-NLMP] 2.2.1 and 2.2.2 (messages, VERSION, AV_PAIR).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ._der import INTEGER, OCTETS, SEQUENCE, MalformedError, context, decode, encode
from ._text import shown

LONGEST = 16384
"""The most bytes of an answer that are read; one of a real host has a few hundred."""

_SIGNATURE = b"NTLMSSP\0"
_NEGOTIATE, _CHALLENGE = 1, 2
_FLAG_VERSION, _FLAG_TARGET_INFO = 0x02000000, 0x00800000
# Unicode, target, sign, seal, NTLM, always sign, extended session security, 128, key exchange, 56.
_FLAGS = 0x00000001 | 0x4 | 0x10 | 0x20 | 0x200 | 0x8000 | 0x80000 | 0x20000000 | 0x40000000 | 0x80000000
# The version 6.1.7601 and NTLM's revision 15. It is for debugging only ([MS-NLMP] 2.2.2.10).
_OUR_VERSION = struct.pack("<BBHxxxB", 6, 1, 7601, 15)
_VERSION = 6
_LONGEST_VERSION = 4
_END, _NETBIOS, _NETBIOS_DOMAIN, _DNS, _DNS_DOMAIN, _TIME = 0, 1, 2, 3, 4, 7
_LATEST_FILETIME = 0x24C85A5ED1C04000  # the year 10000


@dataclass(frozen=True)
class Challenge:
    """What a server says of itself before anyone logs on; None is not said.

    Attributes:
        credssp_version: Of the TSRequest: 2 before the updates for CVE-2018-0886, 5 or 6 after them.
        version: The two numbers of Windows, as 6.1.
        build: Its build.
        netbios, dns: Names of the computer.
        netbios_domain, dns_domain: Names of its domain; those of a host without a domain are its own.
        time: The clock of the host, UTC.
    """

    credssp_version: int | None = None
    version: str | None = None
    build: int | None = None
    netbios: str | None = None
    dns: str | None = None
    netbios_domain: str | None = None
    dns_domain: str | None = None
    time: datetime | None = None

    def __str__(self) -> str:
        windows = (
            f"Windows {self.version}.{self.build}" if self.version else "a version that it does not give"
        )
        return f"it answered with version {self.credssp_version} of CredSSP, and NTLM of {windows}"


def negotiate_request() -> bytes:
    """Return a TSRequest with an NTLM NEGOTIATE: no name, no domain, no credentials."""
    flags = _FLAGS | _FLAG_VERSION | _FLAG_TARGET_INFO
    message = _SIGNATURE + struct.pack("<II", _NEGOTIATE, flags) + bytes(16) + _OUR_VERSION
    tokens = encode(SEQUENCE, encode(SEQUENCE, encode(context(0), encode(OCTETS, message))))
    version = encode(context(0), encode(INTEGER, bytes((_VERSION,))))
    return encode(SEQUENCE, version, encode(context(1), tokens))


def parse_challenge(data: bytes) -> Challenge:
    """Read a TSRequest with an NTLM CHALLENGE.

    Raises:
        MalformedError: It is something else, such as a refusal.
    """
    request = decode(data)
    fields = {part.tag: part.content for part in request.parts()}
    version = decode(fields.get(context(0), b""))
    # An INTEGER may have any length, and Python refuses to write one of thousands of digits.
    if request.tag != SEQUENCE or version.tag != INTEGER or len(version.content) > _LONGEST_VERSION:
        raise MalformedError("it is not a TSRequest of CredSSP")
    tokens = fields.get(context(1), b"")
    # Windows wraps the message in SPNEGO where the request did.
    at = tokens.find(_SIGNATURE)
    if at < 0:
        raise MalformedError("it has no NTLM message")
    return _challenge(tokens[at:], int.from_bytes(version.content, "big", signed=True))


def _challenge(message: bytes, credssp_version: int) -> Challenge:
    if len(message) < 48 or struct.unpack_from("<I", message, 8)[0] != _CHALLENGE:
        raise MalformedError("its NTLM message is not a CHALLENGE")
    flags, size, offset = struct.unpack_from("<20xI16xHxxI", message)
    windows = (
        struct.unpack_from("<BBH", message, 48) if flags & _FLAG_VERSION and len(message) >= 56 else None
    )
    pairs = dict(_pairs(message[offset : offset + size]))
    names = {number: shown(value.decode("utf-16-le", "replace")) for number, value in pairs.items()}
    return Challenge(
        credssp_version,
        f"{windows[0]}.{windows[1]}" if windows else None,
        windows[2] if windows else None,
        names.get(_NETBIOS),
        names.get(_DNS),
        names.get(_NETBIOS_DOMAIN),
        names.get(_DNS_DOMAIN),
        _time(pairs.get(_TIME, b"")),
    )


def _pairs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the AV_PAIRs up to the end of the list, or of the data."""
    at = 0
    while at + 4 <= len(data):
        number, size = struct.unpack_from("<HH", data, at)
        at += 4
        if number == _END or at + size > len(data):
            return
        yield number, data[at : at + size]
        at += size


def _time(data: bytes) -> datetime | None:
    """Return a FILETIME, hundreds of nanoseconds since 1601, to the second."""
    ticks = int.from_bytes(data, "little")
    if len(data) != 8 or not 0 < ticks < _LATEST_FILETIME:
        return None
    return datetime(1601, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=ticks // 10**7)
