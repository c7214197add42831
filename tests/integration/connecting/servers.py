# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on 127.0.0.1 that a connection can meet where it expects WinRM; of the standard library alone."""

from __future__ import annotations

import re
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Answer = Callable[[socket.socket], None]

PAGE = b"<html><head><title>Error</title></head><body><h1>Error</h1><p>Access denied.<hr></body></html>"
XHTML_PAGE = PAGE.replace(b"<hr>", b"</p>")
NTLM = b"WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM"


def serve(answer: Answer, family: socket.AddressFamily = socket.AF_INET) -> int:
    """Answer every connection to a port of its own so, and return the port; of ::1 for AF_INET6."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                answer(self.request)

    class Server(socketserver.ThreadingTCPServer):
        address_family = family

    server = Server(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port: int = server.server_address[1]
    return port


def closed_port() -> int:
    """Return a port where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def http(status: int, body: bytes = PAGE, *headers: bytes) -> Answer:
    """Answer each request with this status and body."""
    head = [b"HTTP/1.1 %d Answer" % status, b"Content-Length: %d" % len(body), *headers, b"", body]

    def answer(client: socket.socket) -> None:
        while _read_request(client):
            client.sendall(b"\r\n".join(head))

    return answer


def fault(code: str, reason: str) -> Answer:
    """Answer each request with a WS-Management fault."""
    document = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault>'
        "<s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{reason}</s:Text></s:Reason><s:Detail><f:WSManFault '
        f'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{code}" Machine="srv">'
        f"<f:Message>{reason}</f:Message></f:WSManFault></s:Detail></s:Fault></s:Body></s:Envelope>"
    )
    return http(500, document.encode())


def silent(client: socket.socket) -> None:
    """Read, and never answer."""
    while client.recv(65536):
        pass


def close(client: socket.socket) -> None:
    """Read, and close."""
    client.recv(65536)


def reset(client: socket.socket) -> None:
    """Reset the connection."""
    client.recv(1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def say(words: bytes) -> Answer:
    """Read, say something, and close."""

    def answer(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(words)

    return answer


def tunnel(then: Answer) -> Answer:
    """Open the tunnel of a proxy, and do something else than to connect it."""

    def answer(client: socket.socket) -> None:
        _read_request(client)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        then(client)

    return answer


def tls(certificate: Path) -> Answer:
    """Speak TLS with a certificate, whose key is in the same file."""

    def answer(client: socket.socket) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        context.wrap_socket(client, server_side=True).recv(1)

    return answer


def _read_request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        received = client.recv(65536)
        if not received:
            return b""
        data += received
    head, _end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += client.recv(65536)
    return data


_KEPT: list[socket.socket] = []


def deaf_port() -> int:
    """Return a port that takes no connection and refuses none, as behind a firewall that drops packets.

    Its queue of connections is full, and Linux then drops further ones (`sk_acceptq_is_full`).
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    port: int = listener.getsockname()[1]
    _KEPT.append(listener)
    while True:
        waiting = socket.socket()
        waiting.settimeout(0.5)
        _KEPT.append(waiting)
        try:
            waiting.connect(("127.0.0.1", port))
        except TimeoutError:
            return port
