# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side of a host: listeners on its own address, connections with state, and their loss."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from tests.lab.endpoint import encryption, faults, soap
from tests.lab.endpoint.accounts import AcceptorFiles
from tests.lab.endpoint.authentication import Accepted, Challenge, Connection, authenticate, offered
from tests.lab.endpoint.certificates import Certificates
from tests.lab.endpoint.connections import Connections, bound, reset
from tests.lab.endpoint.counters import HostCounters
from tests.lab.endpoint.injection import Injections
from tests.lab.endpoint.remote_desktop import RemoteDesktop
from tests.lab.endpoint.tls import server_context
from tests.lab.endpoint.wsman import WsmanService, action_name

if TYPE_CHECKING:
    from tests.lab.windows.host import WindowsHost

log = logging.getLogger("lab.endpoint")

HTTP_PORT, HTTPS_PORT = 5985, 5986
#: http.sys' MaxFieldLength, which bounds one header, and MaxRequestBytes, which bounds them all: both 16 KB
#: by default ("Http.sys registry settings for Windows", Microsoft). A large Kerberos token exceeds them.
_HEAD_BYTES = 16384
_BAD_REQUEST = (
    "<HTML><HEAD><TITLE>Bad Request</TITLE></HEAD><BODY><h2>Bad Request - {}</h2>"
    "<hr><p>HTTP Error 400. {}</p></BODY></HTML>"
)
_TOO_LONG = _BAD_REQUEST.format("Request Too Long", "The size of the request headers is too long.")
_INVALID_HOST = _BAD_REQUEST.format("Invalid Hostname", "The request hostname is invalid.")
#: One host, as a name or an address, and perhaps a port (RFC 9112, 3.2: 400 for none, several or any other).
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_SOAP_TYPE = "application/soap+xml;charset=UTF-8"
_SERVER = "Microsoft-HTTPAPI/2.0"
# aiohttp's own limit; `connections` closes those that are idle.
_NEVER = 10.0**6
# Room for the wrapping of a message that is just within MaxEnvelopeSize.
_WRAPPING = 4096


@dataclass(frozen=True)
class Pace:
    """How long a host takes, in seconds of real time: for each request, and for a query besides."""

    answer: float = 0.0
    query: float = 0.0


class Endpoint:
    """The network side of one host.

    Args:
        host: the simulated host.
        address: its loopback address.
        ports: HTTP and HTTPS port.
        files: its accounts, and its keys if it is in a domain.
        certificates: makes the certificate of its HTTPS listener.
        operation_linger: see `quotas`.
        pace: how long it takes.
    """

    def __init__(
        self,
        host: WindowsHost,
        address: str,
        ports: tuple[int, int],
        files: AcceptorFiles,
        certificates: Certificates,
        *,
        operation_linger: float,
        pace: Pace,
    ) -> None:
        self.host = host
        self.address = address
        self.ports = ports
        self.counters = HostCounters()
        self.injections = Injections()
        self.wsman = WsmanService(host, self.injections, operation_linger=operation_linger)
        self._files = files
        self._certificates = certificates
        self._pace = pace
        self._listeners: list[asyncio.Server] = []
        self._remote_desktop = RemoteDesktop(host, address, self._rdp_context, self.counters)
        self._web = web.Server(
            self._handle,
            access_log=None,
            keepalive_timeout=_NEVER,
            handler_cancellation=False,
            max_field_size=4 * _HEAD_BYTES,
        )
        self._connections = Connections(host.clock)
        self._starting: asyncio.Task[None] | None = None
        host.on_power_change(self._power_changed)

    # -- listeners -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen, if the host is on."""
        if not self.host.powered:
            return
        self._remote_desktop.start()
        winrm = self.host.profile.winrm
        loop = asyncio.get_running_loop()
        if winrm.http:
            self._listeners.append(
                await loop.create_server(self._web, sock=bound(self.address, self.ports[0]))
            )
        if winrm.https:
            context = server_context(
                self._certificates.of_listener(winrm.certificate, self.host.profile.full_name, self.address),
                tls10_only=winrm.tls10_only,
                users=self._certificates.authority if winrm.certificates else None,
            )
            sock = bound(self.address, self.ports[1])
            self._listeners.append(await loop.create_server(self._web, sock=sock, ssl=context))

    def stop(self) -> None:
        """Stop listening and reset every connection; what was open on the host is gone."""
        if self._starting is not None:
            self._starting.cancel()
        self._remote_desktop.stop()
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for connection in list(self._web.connections):
            if connection.transport is not None:
                reset(connection.transport)
        self.wsman.drop_all()

    @property
    def open_connections(self) -> int:
        """TCP connections that are open now."""
        return len(self._web.connections)

    def _rdp_context(self) -> ssl.SSLContext:
        certificate = self._certificates.of_listener("self_signed", self.host.profile.full_name, self.address)
        return server_context(
            certificate, tls10_only=self.host.profile.os.version.startswith("6.1."), users=None
        )

    def _power_changed(self, on: bool) -> None:
        self.stop()
        if on:
            self._starting = asyncio.get_running_loop().create_task(self.start())

    # -- requests ------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.counters.requests += 1
        self.counters.bytes_in += _head_size(request) + (request.content_length or 0)
        if (transport := request.transport) is None:
            return web.Response(status=400)
        connection, first = self._connections.begin(transport)
        self.counters.connections += first
        if self._pace.answer:
            await asyncio.sleep(self._pace.answer)
        response = await self._respond(request, connection)
        response.headers["Server"] = _SERVER
        if response.headers.get("X-Lab-Cut"):
            return await self._cut(request, response)
        await response.prepare(request)
        await response.write_eof()
        self._connections.end(transport)
        self.counters.bytes_out += request.writer.output_size
        return response

    async def _respond(self, request: web.BaseRequest, connection: Connection) -> web.Response:
        if _head_size(request) > _HEAD_BYTES:
            return _refused(_TOO_LONG)
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
            return _refused(_INVALID_HOST)
        if request.path not in ("/wsman", "/wsman-anon/identify"):
            return web.Response(status=404)
        if request.method != "POST":
            return web.Response(status=405)
        limit = self.host.profile.winrm.max_envelope_kb * 1024
        if (request.content_length or 0) > limit + _WRAPPING:
            return web.Response(status=413)
        body = await request.content.read()
        if injected := self.injections.take("", "http_400", "http_403", "http_503"):
            return web.Response(status=int(injected.kind.removeprefix("http_")))
        if self.injections.take("", "unauthorized"):
            return self._challenge()
        anonymous = request.headers.get("WSMANIDENTIFY", "").lower() == "unauthenticated"
        if anonymous:
            return await self._soap(request, connection, body)
        header = request.headers.get("Authorization")
        extra = None
        user = connection.user
        if header:
            outcome = authenticate(header, connection, self.host.profile, self._files)
            if isinstance(outcome, Challenge):
                self.counters.logons_refused += outcome.final
                return self._challenge(outcome)
            user, extra = outcome.user, outcome.value
            self.counters.logons[user.name] += 1
        if user is None:
            return self._challenge()
        response = await self._authenticated(request, connection, Accepted(user), body, limit)
        if extra:
            response.headers["WWW-Authenticate"] = extra
        return response

    async def _authenticated(
        self, request: web.BaseRequest, connection: Connection, accepted: Accepted, body: bytes, limit: int
    ) -> web.Response:
        if not body:
            return web.Response(status=200)
        if encryption.is_encrypted(request.headers.get("Content-Type", "")):
            if connection.context is None:
                return web.Response(status=400)
            try:
                body = encryption.decrypt(connection.context, body)
            except encryption.DecryptionError as error:
                log.info("%s: message refused: %s", self.host.name, error)
                return web.Response(status=400)
            encrypted = True
        elif request.secure or self.host.profile.winrm.allow_unencrypted:
            encrypted = False
        else:
            # What WinRM answers to a readable message over HTTP while AllowUnencrypted is false.
            return web.Response(status=500)
        if len(body) > limit:
            return web.Response(status=413)
        response = await self._soap(request, connection, body, accepted)
        if encrypted and connection.context is not None and isinstance(response.body, bytes):
            response.headers["Content-Type"], response.body = encryption.encrypt(
                connection.context, response.body
            )
        return response

    async def _soap(
        self, request: web.BaseRequest, connection: Connection, body: bytes, accepted: Accepted | None = None
    ) -> web.Response:
        machine = request.host.rpartition(":")[0] or request.host
        message_id, action, status = "", "", 200
        try:
            message = soap.parse(body)
            message_id, action = message.message_id, action_name(message)
            self.counters.actions[action] += 1
            if self.injections.take(action, "cut_before"):
                return _marked("before")
            slow = self.injections.take(action, "slow")
            if slow:
                await asyncio.sleep(slow.seconds)
            if action == "Enumerate" and self._pace.query:
                await asyncio.sleep(self._pace.query)
            if accepted is None:
                if action != "Identify":
                    return self._challenge()
                text = self.wsman.identify(anonymous=True)
            else:
                text = await self.wsman.handle(message, self.host.logon(accepted.user), request.remote or "")
        except faults.FaultError as error:
            self.counters.faults += 1
            log.info("%s: %s: fault %s", self.host.name, action or "?", error)
            text, status = soap.fault_answer(error, message_id, machine), 500
        cut = self.injections.take(action, "cut_answer")
        response = web.Response(body=text.encode(), status=status, headers={"Content-Type": _SOAP_TYPE})
        if cut:
            response.headers["X-Lab-Cut"] = "answer"
        return response

    def _challenge(self, challenge: Challenge | None = None) -> web.Response:
        response = web.Response(status=401)
        for value in challenge.values if challenge else offered(self.host.profile, self._files):
            response.headers.add("WWW-Authenticate", value)
        return response

    async def _cut(self, request: web.BaseRequest, response: web.Response) -> web.StreamResponse:
        """Lose the connection before or in the middle of the answer."""
        where = response.headers.pop("X-Lab-Cut")
        if where == "answer" and isinstance(response.body, bytes):
            partial = web.StreamResponse(status=response.status, headers=response.headers)
            partial.content_length = len(response.body)
            await partial.prepare(request)
            await partial.write(response.body[: len(response.body) // 2])
        if request.transport is not None:
            reset(request.transport)
        return response


def _marked(where: str) -> web.Response:
    return web.Response(status=500, headers={"X-Lab-Cut": where})


def _refused(page: str) -> web.Response:
    """Return http.sys' own refusal, after which it closes the connection."""
    response = web.Response(status=400, text=page, content_type="text/html")
    response.force_close()
    return response


def _head_size(request: web.BaseRequest) -> int:
    """Bytes of the request line and the headers."""
    line = len(request.method) + len(request.raw_path if hasattr(request, "raw_path") else request.path) + 12
    return line + sum(len(name) + len(value) + 4 for name, value in request.raw_headers) + 2
