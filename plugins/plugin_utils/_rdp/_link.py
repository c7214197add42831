# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of a probe, none of which waits longer, or reads more, than it is allowed to."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
import time
from typing import Any

# ssl has the name since Python 3.12. Stock 6.1 lacks RFC 5746, which Windows got in 2010 (MS10-049), and
# without this OpenSSL 3 refuses to talk to it.
_LEGACY_SERVER = getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
# Stock 6.1 offers TLS 1.0 only. With OpenSSL 3 that takes both the oldest version and security level 0.
_CIPHERS = "ALL:@SECLEVEL=0"
# A controller without IPv6, or without a route to it, finds the addresses of IPv6 in DNS all the same.
_NO_WAY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.ENETUNREACH})


class NoAnswerError(Exception):
    """A step of the probe came to nothing; ``str()`` says why, as the end of a sentence."""


class NotListeningError(NoAnswerError):
    """Every address of the host to which the controller has a way refuses connections to the port."""


class NotAskedError(NoAnswerError):
    """Nothing was sent: the host's name was not found, or the controller has no way to its addresses."""


class Patience:
    """The time of a probe, in seconds. A step gets at most half of it, so that one cannot use up all."""

    def __init__(self, seconds: float) -> None:
        self._most = seconds / 2
        self._end = time.monotonic() + seconds

    def step(self) -> Step:
        """Begin a step."""
        return Step(min(self._most, self._end - time.monotonic()))


class Step:
    """The time of one step: of a connection, an answer, a handshake."""

    def __init__(self, seconds: float) -> None:
        self._seconds = max(seconds, 0.0)
        self._end = time.monotonic() + self._seconds

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            NoAnswerError: There are none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise NoAnswerError(f"nothing came within {self._seconds:.1f} s")
        return left


class Link:
    """A connection to the port."""

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self._socket = connection
        self._patience = patience

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> Reader:
        """Send a request and return the reader of its answer.

        Raises:
            NoAnswerError: It cannot be sent.
        """
        step = self._patience.step()
        try:
            self._socket.settimeout(step.left())
            self._socket.sendall(request)
        except OSError as error:
            raise NoAnswerError(_words(error)) from None
        return Reader(self._socket, step)

    def start_tls(self) -> tuple[str, bytes]:
        """Begin TLS, whatever the certificate; return the version and the certificate in DER.

        Raises:
            NoAnswerError: The handshake failed.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.options |= _LEGACY_SERVER
        context.set_ciphers(_CIPHERS)
        try:
            self._socket.settimeout(self._patience.step().left())
            secure = context.wrap_socket(self._socket)
            self._socket = secure
            return str(secure.version()), secure.getpeercert(binary_form=True) or b""
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise NoAnswerError(_words(error)) from None


class Reader:
    """Reads an answer within the time of its step."""

    def __init__(self, connection: socket.socket, step: Step) -> None:
        self._socket = connection
        self._step = step

    def read(self, count: int) -> bytes:
        """Return this many bytes.

        Raises:
            NoAnswerError: They did not come in time, or the connection ended before.
        """
        data = b""
        while len(data) < count:
            try:
                self._socket.settimeout(self._step.left())
                more = self._socket.recv(count - len(data))
            except TimeoutError:
                continue  # left() says so
            except OSError as error:
                raise NoAnswerError(_words(error)) from None
            if not more:
                raise NoAnswerError("the connection was closed")
            data += more
        return data


def addresses(host: str, port: int, patience: Patience) -> list[Any]:
    """Return the addresses of a host, IPv6 too, each as getaddrinfo returns it.

    Raises:
        NotAskedError: The name is not known, or nobody answers who could know it.
    """
    found: list[Any] = []
    failed: list[str] = []

    def resolve() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(_words(error))

    # getaddrinfo has no time limit, and a name server that is silent takes it half a minute.
    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(patience.step().left())
    if not found:
        raise NotAskedError(failed[0] if failed else "the name server did not answer in time")
    return found


def reach(found: list[Any], patience: Patience) -> tuple[Any, Link]:
    """Connect to the first address that takes a connection, and return it with the connection.

    One that is silent gets an equal share of the time, so that it does not use up that of the others.

    Raises:
        NotAskedError: The controller has no way to any of them.
        NotListeningError: Each of the others refused.
        NoAnswerError: None of them took it, for this or another reason.
    """
    failed: list[Exception] = []
    step = patience.step()
    for tried, address in enumerate(found):
        try:
            return address, Link(_connected(address, step.left() / (len(found) - tried)), patience)
        except (OSError, NoAnswerError) as error:
            failed.append(error)
    asked = [error for error in failed if getattr(error, "errno", None) not in _NO_WAY]
    if not asked:
        raise NotAskedError(_words(failed[-1]))
    refused = all(isinstance(error, ConnectionRefusedError) for error in asked)
    raise (NotListeningError if refused else NoAnswerError)(_words(asked[-1]))


def _connected(address: Any, seconds: float) -> socket.socket:
    family, kind, protocol, _name, target = address
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(seconds)
        connection.connect(target)
    except OSError:
        connection.close()
        raise
    return connection


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "nothing came in time"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or error.strerror or error})"
    return str(getattr(error, "strerror", None) or error)
