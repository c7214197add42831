# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record the requests and answers of a connection.

The recording sits above authentication and encryption, so it never sees a password or NTLM's messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

with suppress(ImportError):  # HostAction reports it, with how to install it
    from winrm.exceptions import WinRMTransportError


@dataclass(frozen=True)
class Exchanged:
    """A request and its answer, as documents; the answer is empty if HTTP had no body."""

    request: str
    status: int
    reply: str


@dataclass(frozen=True)
class Recording:
    """The shell that was open at the start, and all exchanges but one that broke the connection."""

    shell_id: str
    exchanges: list[Exchanged] = field(default_factory=list)


@contextmanager
def recording(connection: Any) -> Iterator[Recording]:
    """Record every request and answer of a connected ``ansible.builtin.winrm`` plugin during the block."""
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
        del transport.send_message  # uncovers the class's own method
