# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: what goes over a connection, kept while it is used.

It stands above authentication and encryption, so that it never sees a password nor NTLM's messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

with suppress(ImportError):  # said by the action's base class, with how to install it
    from winrm.exceptions import WinRMTransportError


@dataclass(frozen=True)
class Exchanged:
    """A request and its answer, as documents; the answer is empty where HTTP gave none."""

    request: str
    status: int
    reply: str


@dataclass(frozen=True)
class Recording:
    """What was sent while it ran.

    Attributes:
        shell_id: The shell that was open at its start.
        exchanges: In their order; a request that broke the connection is not among them.
    """

    shell_id: str
    exchanges: list[Exchanged] = field(default_factory=list)


@contextmanager
def recording(connection: Any) -> Iterator[Recording]:
    """Keeps every request and answer of a connection for the length of the block.

    Args:
        connection: The connected ``ansible.builtin.winrm`` plugin's object.
    """
    transport = connection.protocol.transport
    kept = Recording(connection.shell_id)
    send = transport.send_message

    def send_message(message: str | bytes) -> bytes:
        request = message.decode() if isinstance(message, bytes) else message
        try:
            reply: bytes = send(message)
        except WinRMTransportError as error:
            kept.exchanges.append(Exchanged(request, error.code, error.response_text or ""))
            raise
        kept.exchanges.append(Exchanged(request, 200, reply.decode("utf-8", "replace")))
        return reply

    transport.send_message = send_message
    try:
        yield kept
    finally:
        del transport.send_message  # the class's own shows again
