# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Remote Desktop port of a host, as far as anyone without an account can see it.

X.224 negotiation by [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2, then TLS, then the NTLM challenge of CredSSP. Whoever
logs on, or offers no negotiation, or meets SecurityLayer 0 (what 6.1 answers there is not known), is
disconnected, and the request is listed among those that the lab does not know.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from spnego._credssp_structures import NegoData, TSRequest
from spnego._ntlm_raw.messages import (
    AvId,
    Challenge,
    FileTime,
    Negotiate,
    NegotiateFlags,
    TargetInfo,
    Version,
)

from tests.lab.endpoint.counters import HostCounters

if TYPE_CHECKING:
    from tests.lab.windows.host import WindowsHost

_TERMINAL = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"
_LISTENER = f"{_TERMINAL}\\WinStations\\RDP-Tcp"
_RDP, _TLS, _CREDSSP = 0, 1, 2
_SELECTED, _REFUSED = 2, 3
_TLS_REQUIRED, _CREDSSP_REQUIRED = 1, 5
# Before the updates for CVE-2018-0886 [MS-CSSP].
_CREDSSP_VERSION = 2
_PATIENCE = 15.0
_MAKING = Lock()
_POOL = ThreadPoolExecutor(32, "rdp")


class RemoteDesktop:
    """The listener of one host. It reads port and settings from the registry when the host starts."""

    def __init__(
        self, host: WindowsHost, address: str, tls: Callable[[], ssl.SSLContext], counters: HostCounters
    ) -> None:
        self._host = host
        self._address = address
        self._tls = tls
        self._counters = counters
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen, if Remote Desktop is on and its service starts."""
        registry = self._host.registry
        port = registry.dword(_LISTENER, "PortNumber")
        on = registry.dword(_TERMINAL, "fDenyTSConnections") == 0
        if not on or port is None or self._host.has_fault("no_remote_desktop"):
            return
        self._listener = socket.create_server((self._address, port), backlog=128)
        self._listener.setblocking(False)
        self._accepting = asyncio.get_running_loop().create_task(self._accept(self._listener))

    def stop(self) -> None:
        """Stop listening."""
        if self._accepting is not None:
            self._accepting.cancel()
        if self._listener is not None:
            self._listener.close()
        self._accepting = self._listener = None

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _address = await loop.sock_accept(listener)
            self._counters.rdp_connections += 1
            loop.run_in_executor(_POOL, self._talk, client)

    def _talk(self, client: socket.socket) -> None:
        client.settimeout(_PATIENCE)
        with client, suppress(OSError):
            kind, value = self._negotiate(client.recv(64))
            if kind is None:
                return
            client.sendall(bytes.fromhex("030000130ed00000123400") + struct.pack("<BBHI", kind, 0, 8, value))
            if kind == _SELECTED and value in (_TLS, _CREDSSP):
                with _MAKING:  # the first use makes the certificate
                    context = self._tls()
                with context.wrap_socket(client, server_side=True) as secure:
                    if value == _CREDSSP:
                        self._challenge(secure)
                    if secure.recv(1):
                        self._host.unknown("a logon over RDP")

    def _negotiate(self, request: bytes) -> tuple[int | None, int]:
        """Answer a Connection Request: the kind of the answer and its value; no kind ends the connection."""
        registry = self._host.registry
        layer = registry.dword(_LISTENER, "SecurityLayer")
        nla = registry.dword(_LISTENER, "UserAuthentication") == 1
        if (
            len(request) != 19
            or request[:2] != b"\3\0"
            or request[5] != 0xE0
            or request[11] != 1
            or not layer
        ):
            self._host.unknown(f"RDP with SecurityLayer {layer}, asked {request.hex()}")
            return None, 0
        protocols = struct.unpack_from("<I", request, 15)[0]
        if protocols & _CREDSSP:
            return _SELECTED, _CREDSSP
        if nla:
            return _REFUSED, _CREDSSP_REQUIRED
        if protocols & _TLS:
            return _SELECTED, _TLS
        return (_REFUSED, _TLS_REQUIRED) if layer == 2 else (_SELECTED, _RDP)

    def _challenge(self, secure: ssl.SSLSocket) -> None:
        request = TSRequest.unpack(secure.recv(4096))
        message = Negotiate.unpack((request.nego_tokens or [NegoData(b"")])[0].nego_token)
        answer = Challenge(
            message.flags | NegotiateFlags.target_type_domain,
            secrets.token_bytes(8),
            self._names()[AvId.nb_domain_name],
            self._names(),
            Version(*map(int, self._host.profile.os.version.split("."))),
        )
        secure.sendall(TSRequest(_CREDSSP_VERSION, NegoData(answer.pack())).pack())

    def _names(self) -> TargetInfo:
        profile, names = self._host.profile, TargetInfo()
        name = profile.netbios_name
        # Outside of a domain a computer is its own.
        names[AvId.nb_domain_name] = (profile.domain or name).split(".")[0].upper()
        names[AvId.nb_computer_name] = name
        names[AvId.dns_domain_name] = profile.domain or name
        names[AvId.dns_computer_name] = f"{name}.{profile.domain}" if profile.domain else name
        names[AvId.timestamp] = FileTime.from_datetime(self._host.clock.now())
        return names
