# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets in a credential cache (FILE format, version 4), of which the tests need the sizes only."""

from __future__ import annotations

import struct
from pathlib import Path


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._data)

    def take(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, layout: str) -> int:
        value: int = struct.unpack(layout, self.take(struct.calcsize(layout)))[0]
        return value

    def counted(self) -> bytes:
        return self.take(self.number(">I"))

    def principal(self) -> str:
        self.number(">I")
        components = self.number(">I")
        realm = self.counted().decode()
        return "/".join(self.counted().decode() for _unused in range(components)) + f"@{realm}"

    def tagged_list(self) -> None:
        for _unused in range(self.number(">I")):
            self.number(">H")
            self.counted()


def ticket_sizes(cache: Path) -> dict[str, int]:
    """Bytes of each ticket, by the name of its service."""
    reader = _Reader(cache.read_bytes())
    assert reader.number(">H") == 0x0504
    reader.take(reader.number(">H"))
    reader.principal()
    sizes = {}
    while not reader.done:
        reader.principal()
        server = reader.principal()
        reader.number(">H")  # session key: type, value
        reader.counted()
        reader.take(4 * 4 + 1 + 4)  # times, is_skey, flags
        reader.tagged_list()  # addresses
        reader.tagged_list()  # authorization data
        sizes[server] = len(reader.counted())
        reader.counted()  # second ticket
    return sizes
