# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small LDAP server for what Samba does not do: ranged values, referrals, refusals, silence.

It answers binds and searches over TLS from a list of objects, in pages, one client at a time. A filter is
not evaluated: the test says which objects belong to which search. Anything else it is asked for ends the
connection, which fails the test.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

BIND, UNBIND, SEARCH, EXTENDED = 0x60, 0x42, 0x63, 0x77
BIND_RESPONSE, ENTRY, DONE, REFERENCE, EXTENDED_RESPONSE = 0x61, 0x64, 0x65, 0x73, 0x78
PAGED_RESULTS = b"1.2.840.113556.1.4.319"
SUCCESS, INVALID_CREDENTIALS, NO_SUCH_OBJECT = 0, 49, 32


def tlv(tag: int, *contents: bytes) -> bytes:
    """One element in BER."""
    body = b"".join(contents)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def integer(value: int, tag: int = 0x02) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def text(value: str | bytes, tag: int = 0x04) -> bytes:
    return tlv(tag, value.encode() if isinstance(value, str) else value)


def parts(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements inside one."""
    at = 0
    while at < len(body):
        tag, length = body[at], body[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(body[at : at + count], "big")
            at += count
        yield tag, body[at : at + length]
        at += length


@dataclass
class Object:
    """What a search finds."""

    dn: str
    attributes: dict[str, list[bytes | str]] = field(default_factory=dict)


@dataclass
class StubDirectory:
    """What the server holds and how it behaves.

    Attributes:
        groups: Found by a search for groups.
        users: Found by a search for users.
        password: The only one that binds.
        most_values: MaxValRange: values of one attribute in one answer.
        page: Objects in one page.
        referrals: Continuation references at the end of each page.
        drop_after: Close the connection after so many pages.
        silent_after: Stop answering after so many pages.
        repeat_ranges: Send the first values of a range whatever range is asked for.
        endless: Send empty pages after the last one.
        result: The code at the end of each page of users.
    """

    groups: list[Object] = field(default_factory=list)
    users: list[Object] = field(default_factory=list)
    password: str = "Secret-Pass-1"
    most_values: int = 1500
    page: int = 1000
    referrals: tuple[str, ...] = ()
    drop_after: int | None = None
    silent_after: int | None = None
    repeat_ranges: bool = False
    endless: bool = False
    result: int = 0
    bound_as: list[str] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)
    root: dict[str, list[bytes | str]] = field(
        default_factory=lambda: {
            "defaultNamingContext": ["DC=corp,DC=example"],
            "dnsHostName": ["dc1.corp.example"],
        }
    )

    def find(self, base: str, scope: bytes, filter_: bytes) -> list[Object]:
        if base == "" and scope == b"\0":
            return [Object("", self.root)]
        named = [each for each in (*self.groups, *self.users) if each.dn == base]
        if named:
            return named
        if b"sAMAccountType" in filter_:
            self.searches.append("users")
            return self.users
        self.searches.append("groups")
        return self.groups


class StubServer:
    """Serves a `StubDirectory` on a port of an address, over TLS; 0 takes a free one."""

    def __init__(
        self, directory: StubDirectory, certificate: Path, key: Path, address: str, port: int = 0
    ) -> None:
        self.directory = directory
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server((address, port))
        self.url = f"ldaps://{address}:{self._listener.getsockname()[1]}"
        self._pages = 0
        self._over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def require_client_certificate(self, authority: Path) -> None:
        """Refuse clients without a certificate; with TLS 1.3 they learn it after the handshake."""
        self._context.load_verify_locations(authority)
        self._context.verify_mode = ssl.CERT_REQUIRED

    def close(self) -> None:
        self._over.set()
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                plain, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._client, args=(plain,), daemon=True).start()

    def _client(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) as connection:
                for message in self._messages(connection):
                    if not self._answer(message, connection.sendall):
                        return
        except (OSError, ValueError):
            return

    @staticmethod
    def _messages(connection: ssl.SSLSocket) -> Iterator[bytes]:
        waiting = b""
        while True:
            for tag, body in _whole(waiting):
                assert tag == 0x30
                yield body
            waiting = waiting[_used(waiting) :]
            more = connection.recv(65536)
            if not more:
                return
            waiting += more

    def _answer(self, message: bytes, send: Callable[[bytes], None]) -> bool:
        (_tag, number), (kind, body), *controls = parts(message)
        if kind == BIND:
            _version, (_t, name), (_t, password) = parts(body)
            self.directory.bound_as.append(name.decode())
            good = password.decode() == self.directory.password
            told = "" if good else "80090308: LdapErr: DSID-0C0903A9, data 52e, v1db1"
            send(_result(number, BIND_RESPONSE, SUCCESS if good else INVALID_CREDENTIALS, told))
            return True
        if kind == SEARCH:
            return self._search(number, body, controls[0][1] if controls else b"", send)
        if kind != UNBIND:
            raise ValueError(f"operation {kind:#x} is not known here")
        return False

    def _search(self, number: bytes, body: bytes, controls: bytes, send: Callable[[bytes], None]) -> bool:
        elements = list(parts(body))
        base, filter_, wanted = elements[0][1].decode(), elements[6][1], elements[7][1]
        names = [name.decode() for _tag, name in parts(wanted)]
        start, paged = 0, False
        for _tag, control in parts(controls):
            (_t, kind), *_critical, (_t, value) = parts(control)
            if kind == PAGED_RESULTS:
                paged = True
                _size, (_t, cookie) = parts(next(parts(value))[1])
                start = int(cookie or b"0")
        found = self.directory.find(base, elements[1][1], filter_)
        if base.startswith("DC=") and not base.endswith("DC=example"):
            send(_result(number, DONE, NO_SUCH_OBJECT, ""))
            return True
        if paged:
            self._pages += 1
            if self.directory.drop_after is not None and self._pages > self.directory.drop_after:
                return False
            if self.directory.silent_after is not None and self._pages > self.directory.silent_after:
                self._over.wait(30)
                return False
        end = start + self.directory.page
        answer = [self._entry(number, each, names) for each in found[start:end]]
        answer += [tlv(0x30, tlv(2, number), tlv(REFERENCE, text(url))) for url in self.directory.referrals]
        cookie = str(end).encode() if end < len(found) or self.directory.endless else b""
        control = tlv(0xA0, tlv(0x30, text(PAGED_RESULTS), text(tlv(0x30, integer(0), text(cookie)))))
        code = self.directory.result if b"sAMAccountType" in filter_ else SUCCESS
        answer.append(_result(number, DONE, code, "", control if paged else b""))
        send(b"".join(answer))
        return True

    def _entry(self, number: bytes, found: Object, names: list[str]) -> bytes:
        attributes = []
        for wanted in names:
            name, _unused, option = wanted.partition(";range=")
            values = next((v for k, v in found.attributes.items() if k.lower() == name.lower()), None)
            if values is None:
                continue
            start = int(option.partition("-")[0]) if option and not self.directory.repeat_ranges else 0
            most = self.directory.most_values
            if option or len(values) > most:
                chosen = values[start : start + most]
                last = "*" if start + most >= len(values) else str(start + len(chosen) - 1)
                if not option:
                    attributes.append((name, []))  # Active Directory sends the plain one empty beside it
                attributes.append((f"{name};range={start}-{last}", chosen))
            else:
                attributes.append((name, values))
        lists = [tlv(0x30, text(name), tlv(0x31, *map(text, values))) for name, values in attributes]
        return tlv(0x30, tlv(2, number), tlv(ENTRY, text(found.dn), tlv(0x30, *lists)))


class Relay:
    """Stands before a server and falls silent after so many bytes of its answers, TLS included.

    Attributes:
        url: Where to connect instead.
        sent: Bytes of the server that were passed on to the latest client.
        silent: Set once it withholds something.
    """

    def __init__(self, url: str, most: int | None = None) -> None:
        scheme, _unused, server = url.partition("://")
        host, _unused, port = server.partition(":")
        self._server = (host, int(port))
        self._most = most
        self._listener = socket.create_server((host, 0))
        self.url = f"{scheme}://{host}:{self._listener.getsockname()[1]}"
        self.sent = 0
        self.silent = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
                server = socket.create_connection(self._server)
            except OSError:
                return
            self.sent = 0
            for source, target, counted in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass_on, args=(source, target, counted), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while data := source.recv(4096):
                passed = (
                    data[: max(0, self._most - self.sent)] if counted and self._most is not None else data
                )
                target.sendall(passed)
                if counted:
                    self.sent += len(passed)
                if len(passed) < len(data):
                    self.silent.set()
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


def _result(number: bytes, kind: int, code: int, told: str, controls: bytes = b"") -> bytes:
    body = tlv(kind, integer(code, 0x0A), text(""), text(told))
    return tlv(0x30, tlv(2, number), body, controls)


def _used(waiting: bytes) -> int:
    """Bytes of the whole messages at the start."""
    at = 0
    while len(waiting) - at >= 2:
        length, head = waiting[at + 1], 2
        if length & 0x80:
            head += length & 0x7F
            length = int.from_bytes(waiting[at + 2 : at + head], "big")
        if len(waiting) - at < head + length:
            break
        at += head + length
    return at


def _whole(waiting: bytes) -> Iterator[tuple[int, bytes]]:
    return parts(waiting[: _used(waiting)])
