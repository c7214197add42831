# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: cmd.exe command lines in a WinRS shell."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._client import OperationTimedOut
from .errors import CommandTimeout, ConnectionLost, RemoteError, WsmanFault
from .fault_codes import BUSY, OPERATION_QUOTA, QUOTA_CODES, UNKNOWN_SHELL
from .waiting import LONGEST_OPERATION, QUOTA_PATIENCE, pauses
from .wmi_values import unsigned32

if TYPE_CHECKING:
    from ._client import Wsman

UTF8 = 65001
"""Code page of the shell that Ansible's winrm connection opens."""

US = 437
"""Code page for input: under 65001 cmd.exe reads its input bytewise and mangles what is not ASCII."""

MAX_COMMAND_LINE = 8150
"""UTF-16 units. cmd.exe takes 8191, of which WinRS spends about 35 on its own path and ``/C``."""

_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_CHUNK = 108 * 1024
"""Bytes of input a Send: 144 KiB in base64, within the envelope of 150 KiB with room for 2 KiB of headers."""

_PATIENCE_TO_CLEAN_UP = 5.0
_BUSY_PATIENCE = 30.0
_PROGRESS_EVERY = 60.0


@dataclass(frozen=True)
class CommandResult:
    """How a command ended: exit code unsigned 32-bit, output as text (what is invalid in it replaced)."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """What was printed last, for a message; it is in the host's language."""
        lines = [line.strip() for line in (self.stdout + "\n" + self.stderr).splitlines() if line.strip()]
        return f"{lines[-1].rstrip('.') if lines else 'nothing was printed'} (exit code {self.exit_code})"


class Shell:
    """A WinRS shell of cmd.exe.

    Args:
        wsman: The connection.
        shell_id: The open shell.
        codepage: The code page it was opened with.
    """

    def __init__(self, wsman: Wsman, shell_id: str, codepage: int) -> None:
        self.wsman = wsman
        self.shell_id = shell_id
        self.codepage = codepage

    def run(
        self,
        command_line: str,
        *,
        stdin: Iterable[bytes] | None = None,
        timeout: float = 120.0,
        last: bool = False,
    ) -> CommandResult:
        """Runs a command line by ``cmd /c`` and waits for its end.

        Args:
            command_line: At most :data:`MAX_COMMAND_LINE` characters, one line.
            stdin: Bytes for its standard input, as they are, read while they are sent.
            timeout: Seconds until the command is ended, counted from the last input.
            last: The shell is deleted next, which frees what is left of its commands ([MS-WSMV] 3.1.4.4.1):
                one that has ended is not signalled.

        Returns:
            Exit code and output.

        Raises:
            CommandTimeout: It did not end in time; it was told to.
            RemoteError: The line is too long.
            WsmanFault: The host refused; unknown shell while the command runs means a restart.
        """
        self._check(command_line)
        command_id = self._start(command_line, stdin is not None)
        signal = True
        try:
            if stdin is not None:
                for chunk, end in _chunks(stdin):
                    self._send_chunk(command_id, chunk, end=end)
            result = self._receive(command_id, command_line, timeout)
            signal = not last
            return result
        except ConnectionLost:
            signal = False
            raise
        finally:
            if signal:
                self._terminate(command_id)

    def close(self) -> None:
        """Deletes the shell; a host that no longer knows it has deleted it."""
        with suppress(RemoteError, OperationTimedOut):
            self.wsman.attempt(
                "the end of a shell",
                lambda: self.wsman.protocol.close_shell(self.shell_id, close_session=False),
                patience=_PATIENCE_TO_CLEAN_UP,
            )

    def _terminate(self, command_id: str) -> None:
        """Signals the command, which has ended or is to: a host that cannot be told changes no outcome."""
        with suppress(RemoteError, OperationTimedOut):
            self.wsman.attempt(
                "the end of a command",
                lambda: self.wsman.protocol.cleanup_command(self.shell_id, command_id),
                patience=_PATIENCE_TO_CLEAN_UP,
            )

    def _check(self, command_line: str) -> None:
        length = len(command_line.encode("utf-16-le")) // 2
        if length > MAX_COMMAND_LINE:
            message = (
                f"A command line of {length} characters is longer than the {MAX_COMMAND_LINE} that cmd.exe "
            )
            message += f"takes over WinRM; it begins {command_line[:60]!r}. Shorten its paths or names."
            raise RemoteError(self.wsman.host, message)
        if "\n" in command_line or "\r" in command_line:
            raise ValueError("a command line has no line breaks")

    def _start(self, command_line: str, has_input: bool) -> str:
        """Starts the command, in a new shell if the host no longer has, or no longer takes, this one.

        A refused Command was not started, so that starting it again is safe whatever it does. Windows does
        not count the operations of a shell down when its commands end: a new shell helps at once, where
        waiting took 30 seconds. If other sessions use the quota up, the new shell waits like all else.
        """

        def start() -> str:
            command_id: str = self.wsman.protocol.run_command(
                self.shell_id, command_line, console_mode_stdin=not has_input, skip_cmd_shell=False
            )
            return command_id

        words = f"the command {_program(command_line)}"
        try:
            return self._once(words, start, patience=0)
        except WsmanFault as fault:
            if fault.code != UNKNOWN_SHELL and fault.code not in QUOTA_CODES:
                raise
            if fault.code == OPERATION_QUOTA:
                self.close()
            if fault.code in (UNKNOWN_SHELL, OPERATION_QUOTA):
                self.shell_id = open_shell(self.wsman, self.codepage)
            return self._once(words, start)

    def _once(self, words: str, start: Callable[[], str], patience: float = QUOTA_PATIENCE) -> str:
        try:
            with self.wsman.operation_timeout(LONGEST_OPERATION):
                return self.wsman.attempt(words, start, patience=patience)
        except OperationTimedOut:
            message = f"The host did not say within {LONGEST_OPERATION} seconds whether it started "
            message += (
                f"{words}. It was not started twice; run the task again, which looks at the host first."
            )
            raise CommandTimeout(self.wsman.host, message) from None

    def _send_chunk(self, command_id: str, chunk: bytes, *, end: bool) -> None:
        """Sends one piece of input.

        A Send whose OperationTimeout ran out was accepted and is still being worked on (seen by Ansible's
        own connection under load): it is not repeated, or the input would be doubled. What follows is
        answered ERROR_BUSY until it is done.
        """

        def send() -> None:
            protocol = self.wsman.protocol
            envelope = protocol.build_wsman_header(f"{_SHELL}/Send", f"{_SHELL}/cmd", self.shell_id)
            stream = {"@Name": "stdin", "@CommandId": command_id, "#text": base64.b64encode(chunk).decode()}
            if end:
                stream["@End"] = "true"
            envelope["env:Body"] = {"rsp:Send": {"rsp:Stream": stream}}
            self.wsman.send(envelope)

        waits = pauses(self.wsman.clock, _BUSY_PATIENCE)
        while True:
            try:
                self.wsman.attempt("input to a command", send)
                return
            except OperationTimedOut:
                return
            except WsmanFault as fault:
                if BUSY not in (fault.code, fault.provider_code) or next(waits, None) is None:
                    raise

    def _receive(self, command_id: str, command_line: str, timeout: float) -> CommandResult:
        clock, protocol = self.wsman.clock, self.wsman.protocol
        words = f"the output of {_program(command_line)}"
        start = told = clock.now()
        stdout, stderr = bytearray(), bytearray()
        while (left := start + timeout - clock.now()) > 0:
            # The host answers as soon as there is output, else at the end of this time.
            seconds = max(1, min(protocol.operation_timeout_sec, int(left) + 1))
            try:
                with self.wsman.operation_timeout(seconds):
                    out, err, exit_code, done = self.wsman.attempt(
                        words, lambda: protocol.get_command_output_raw(self.shell_id, command_id)
                    )
            except OperationTimedOut:
                out, err, exit_code, done = b"", b"", 0, False
            stdout += out
            stderr += err
            if done:
                return CommandResult(unsigned32(exit_code), self._text(stdout), self._text(stderr))
            if clock.now() - told >= _PROGRESS_EVERY:
                told = clock.now()
                seconds_gone = int(told - start)
                self.wsman.progress(
                    f"{_program(command_line)} has been running for {seconds_gone} s of {timeout:.0f} s"
                )
        message = f"{_program(command_line)} did not end within {timeout:.0f} seconds and was told to. "
        message += "What it has done so far stands: look at the host, or allow it more time and run again."
        raise CommandTimeout(self.wsman.host, message)

    def _text(self, output: bytearray) -> str:
        return output.decode(f"cp{self.codepage}", errors="replace")


def open_shell(wsman: Wsman, codepage: int) -> str:
    """Opens a WinRS shell, waiting for a free one if the quota is used up.

    A Create whose OperationTimeout ran out is repeated: the worst is a shell that the host closes for lack
    of use.

    Returns:
        The shell's id.
    """
    shell_id: str = wsman.repeat_longer("a new shell", lambda: wsman.protocol.open_shell(codepage=codepage))
    return shell_id


@contextmanager
def shell(wsman: Wsman, codepage: int) -> Iterator[Shell]:
    """A shell of its own, deleted at the end whatever happens."""
    opened = Shell(wsman, open_shell(wsman, codepage), codepage)
    try:
        yield opened
    finally:
        opened.close()


def _chunks(stdin: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cuts and joins input into pieces of one Send each, and tells which is the last."""
    held = bytearray()
    for piece in stdin:
        held += piece
        while len(held) > _CHUNK:
            yield bytes(held[:_CHUNK]), False
            del held[:_CHUNK]
    yield bytes(held), True


def _program(command_line: str) -> str:
    """The command's first word: enough to know it by, and nothing of what may not be shown."""
    return command_line.split(maxsplit=1)[0][:60] if command_line.split() else "an empty command"
