# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold calls of libldap to a time limit.

libldap's own limits end neither a TLS handshake nor a half-sent TLS record. With OPT_NETWORK_TIMEOUT, libldap
2.5 with GnuTLS reads over and over without waiting while the server is silent in the handshake (measured: no
end after 100 s, with 20,000 reads a second). Without that option it waits, and the limit is kept here.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
THREAD_NAME = "ldap-call"


class TimeLimitError(Exception):
    """The call did not return in time.

    Attributes:
        connected: Whether the server had accepted a connection.
    """

    def __init__(self, *, connected: bool) -> None:
        super().__init__()
        self.connected = connected


def within(seconds: float, port: int, call: Callable[[], T]) -> T:
    """Return what the call returns, or raise what it raises.

    The call runs in a thread, because nothing else can leave a C library that waits.

    Args:
        port: The server's. Connections to it that are open when the time is over are ended, so that the
            call ends, too.

    Raises:
        TimeLimitError: The call did not return in time.
    """
    answers: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:  # it belongs to the caller's thread
            answers.put((None, error))

    threading.Thread(target=run, name=THREAD_NAME, daemon=True).start()
    try:
        value, error = answers.get(timeout=seconds)
    except Empty:
        raise TimeLimitError(connected=_end_connections(port)) from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]  # set, as there is no error


def _end_connections(port: int) -> bool:
    """End this process's connections to a port; return whether there were any."""
    found = False
    with contextlib.suppress(OSError):  # a system without /dev/fd; the thread then waits for the server
        for open_file in Path("/dev/fd").iterdir():
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(open_file.name))) as copy:
                peer = copy.getpeername()  # text for a socket of this machine
                if isinstance(peer, tuple) and peer[1] == port:
                    found = True
                    copy.shutdown(socket.SHUT_RDWR)
    return found
