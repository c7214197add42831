# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a WinRS shell holds: commands, their streams, and output that waits for the client."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tests.lab.endpoint import faults, soap
from tests.lab.windows.streams import BytePipe, Streams

if TYPE_CHECKING:
    from tests.lab.windows.accounts import Account

URI = f"{soap.SHELL}/cmd"


class Output:
    """One output stream of a command: what the client has not fetched yet."""

    def __init__(self, changed: asyncio.Event) -> None:
        self._chunks = bytearray()
        self._changed = changed

    def write(self, data: bytes) -> None:
        """Take output of the process."""
        self._chunks += data
        self._changed.set()

    def take(self, size: int) -> bytes:
        """Up to `size` bytes, removed."""
        data = bytes(self._chunks[:size])
        del self._chunks[:size]
        return data

    def __len__(self) -> int:
        return len(self._chunks)


@dataclass
class Command:
    """A process of a shell; `not_found` says that there was no such program to start."""

    id: str
    streams: Streams
    changed: asyncio.Event
    task: asyncio.Task[None] | None = None
    exit_code: int | None = None
    not_found: bool = False

    @property
    def outputs(self) -> dict[str, Output]:
        return {"stdout": self.streams.stdout, "stderr": self.streams.stderr}  # type: ignore[dict-item]

    @property
    def stdin(self) -> BytePipe:
        stdin = self.streams.stdin
        assert isinstance(stdin, BytePipe)
        return stdin


@dataclass
class Shell:
    """A WinRS shell of one user."""

    id: str
    account: Account
    code_page: int
    directory: str | None
    environment: dict[str, str]
    idle_timeout: float
    commands: dict[str, Command] = field(default_factory=dict)
    reaper: asyncio.TimerHandle | None = None


async def until_ready(command: Command, names: list[str], timeout: float) -> None:
    """Wait for output, the end or the operation timeout.

    Raises:
        FaultError: the timeout passed without either.
    """
    deadline = asyncio.get_running_loop().time() + timeout
    while command.exit_code is None and not any(command.outputs[name] for name in names):
        command.changed.clear()
        remaining = deadline - asyncio.get_running_loop().time()
        if remaining <= 0:
            raise faults.fault("timed_out")
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(command.changed.wait(), remaining)
        if command.streams.terminated.is_set():
            await asyncio.sleep(0)
            return


def describe(shell: Shell, address: str) -> str:
    """The rsp:Shell that hosts after 6.1 add to CreateResponse (recorded)."""
    return (
        f'<rsp:Shell xmlns:rsp="{soap.SHELL}"><rsp:ShellId>{shell.id}</rsp:ShellId>'
        f"<rsp:ResourceUri>{URI}</rsp:ResourceUri><rsp:Owner>{escape(shell.account.qualified)}</rsp:Owner>"
        f"<rsp:ClientIP>{address}</rsp:ClientIP><rsp:IdleTimeOut>PT{shell.idle_timeout:.3f}S</rsp:IdleTimeOut>"
        "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams>"
        "<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime><rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity>"
        "</rsp:Shell>"
    )
