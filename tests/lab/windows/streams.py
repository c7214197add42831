# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The standard streams of a simulated process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol


class Reader(Protocol):
    async def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes (all until the end for -1); b"" at the end."""


class Writer(Protocol):
    def write(self, data: bytes) -> None: ...


class BytePipe:
    """An in-memory pipe: a writer and a reader; `close` marks the end."""

    def __init__(self, data: bytes = b"", *, closed: bool = False) -> None:
        self._buffer = bytearray(data)
        self._closed = closed
        self._changed = asyncio.Event()

    def write(self, data: bytes) -> None:
        self._buffer += data
        self._changed.set()

    def close(self) -> None:
        self._closed = True
        self._changed.set()

    async def read(self, size: int = -1) -> bytes:
        while not self._closed and (size < 0 or not self._buffer):
            self._changed.clear()
            await self._changed.wait()
        count = len(self._buffer) if size < 0 else size
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def take(self) -> bytes:
        """What lies in the pipe now, without waiting."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data


class NullWriter:
    """NUL."""

    def write(self, data: bytes) -> None:
        pass


def empty_reader() -> BytePipe:
    return BytePipe(closed=True)


@dataclass
class Streams:
    """What a shell gives a command.

    Attributes:
        stdin: Where the client's Send goes; `BytePipe` fits, closed at End.
        stdout, stderr: Anything with `write(bytes)`.
        code_page: The console's code page (WINRS_CODEPAGE of the shell: 437, 65001 …).
        terminated: Set by the endpoint when the client signals; the command is then cancelled.
    """

    stdin: Reader = field(default_factory=empty_reader)
    stdout: Writer = field(default_factory=BytePipe)
    stderr: Writer = field(default_factory=BytePipe)
    code_page: int = 437
    terminated: asyncio.Event = field(default_factory=asyncio.Event)
