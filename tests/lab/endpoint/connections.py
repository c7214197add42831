# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TCP connections of a host: what each has established, and their end."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from datetime import datetime
from weakref import WeakKeyDictionary, ref

from tests.lab.clock import Clock
from tests.lab.endpoint.authentication import Connection
from tests.lab.endpoint.certificates import principal_in

#: http.sys closes a connection that was idle for two minutes (of the fleet's clock).
_IDLE_SECONDS = 120.0


class Connections:
    """The open connections; each is closed when nothing was asked on it for two minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: WeakKeyDictionary[asyncio.BaseTransport, Connection] = WeakKeyDictionary()
        self._last_used: WeakKeyDictionary[asyncio.BaseTransport, datetime | None] = WeakKeyDictionary()

    def begin(self, transport: asyncio.BaseTransport) -> tuple[Connection, bool]:
        """A request begins: the state of its connection, and whether it is the first on it."""
        self._last_used[transport] = None
        if transport in self._states:
            return self._states[transport], False
        secure = transport.get_extra_info("ssl_object")
        certificate = secure.getpeercert(binary_form=True) if secure else None
        self._states[transport] = Connection(principal_in(certificate) if certificate else None)
        self._close_when_idle(ref(transport), _IDLE_SECONDS)
        return self._states[transport], True

    def end(self, transport: asyncio.BaseTransport) -> None:
        """The request was answered."""
        self._last_used[transport] = self._clock.now()

    def _close_when_idle(self, reference: ref[asyncio.BaseTransport], seconds: float) -> None:
        def look() -> None:
            transport = reference()
            if transport is None or transport.is_closing():
                return
            now = self._clock.now()
            left = _IDLE_SECONDS - (now - (self._last_used[transport] or now)).total_seconds()
            if left <= 0:
                transport.close()
            else:
                self._close_when_idle(reference, left)

        self._clock.call_later(seconds, look)


def bound(address: str, port: int) -> socket.socket:
    """A listening socket; it is there at once, before the loop accepts."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.setblocking(False)
    sock.listen(128)
    return sock


def reset(transport: asyncio.BaseTransport) -> None:
    """Close a connection by RST, as a host that goes down does."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    abort = getattr(transport, "abort", transport.close)
    abort()
