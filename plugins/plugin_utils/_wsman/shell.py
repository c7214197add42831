# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run cmd.exe command lines in a WinRS shell."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._envelope import element, text
from ._request_failures import OperationTimedOut
from ._responses import Received, parse_command_id, parse_received, parse_shell_id
from .errors import CommandTimeout, ConnectionLost, LogonFailed, RemoteError, WsmanFault
from .fault_codes import BUSY_CODES, OPERATION_QUOTA, QUOTA_CODES, UNKNOWN_SHELL
from .waiting import LONGEST_OPERATION, QUOTA_PATIENCE, Heartbeat, pauses
from .wmi_values import unsigned32

if TYPE_CHECKING:
    from ._client import Wsman

UTF8 = 65001
"""Code page of the shell that Ansible's winrm connection opens."""

US = 437
"""Code page for input: under 65001 cmd.exe reads single bytes and mangles all that is not ASCII."""

MAX_COMMAND_LINE = 8150
"""UTF-16 units. cmd.exe takes 8191, of which WinRS uses about 35 for its own path and ``/C``."""

_SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_CMD = f"{_SHELL}/cmd"
_TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
_CREATE, _DELETE = f"{_TRANSFER}/Create", f"{_TRANSFER}/Delete"
_CHUNK = 108 * 1024
"""Bytes of input per Send: 144 KiB in base64, which leaves room for 2 KiB of headers in 150 KiB."""

_PATIENCE_TO_CLEAN_UP = 5.0
_BUSY_PATIENCE = 30.0
_PROGRESS_EVERY = 60.0


@dataclass(frozen=True)
class CommandResult:
    """The end of a command: its exit code, unsigned 32-bit, and its output, invalid bytes replaced."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """Return the last line printed, in the host's language, and the exit code, for a message."""
        lines = [line.strip() for line in (self.stdout + "\n" + self.stderr).splitlines() if line.strip()]
        return f"{lines[-1].rstrip('.') if lines else 'nothing was printed'} (exit code {self.exit_code})"


class Shell:
    """An open WinRS shell of cmd.exe."""

    def __init__(self, wsman: Wsman, shell_id: str, codepage: int) -> None:
        self.wsman = wsman
        self.shell_id = shell_id
        self.codepage = codepage
        self._to_signal = ""  # the command that has ended and was not signalled yet

    def run(
        self,
        command_line: str,
        *,
        stdin: Iterable[bytes] | None = None,
        timeout: float = 120.0,
    ) -> CommandResult:
        """Run a command line with ``cmd /c`` and wait for its end.

        A command that has ended is signalled when the next one begins. The deletion of the shell frees the
        last one ([MS-WSMV] 3.1.4.4.1).

        Args:
            command_line: One line of at most :data:`MAX_COMMAND_LINE` characters.
            stdin: Bytes for its standard input, read while they are sent.
            timeout: Seconds after the last input until the command is terminated.

        Raises:
            CommandTimeout: The command did not end in time and was terminated.
            RemoteError: The line is too long.
            WsmanFault: The host refused; an unknown shell while the command runs means a restart.
        """
        self._check(command_line)
        self.signal_ended()
        command_id = self._start(command_line, stdin is not None)
        at_work = True
        try:
            if stdin is not None:
                for chunk, end in _chunks(stdin):
                    self._send_chunk(command_id, chunk, end=end)
            result = self._receive(command_id, command_line, timeout)
            self._to_signal, at_work = command_id, False
            return result
        except ConnectionLost:
            at_work = False
            raise
        finally:
            if at_work:
                self._clean_up(*self._signal_to(command_id))

    def close(self) -> None:
        """Delete the shell, unless the host already has."""
        self._clean_up(
            "the end of a shell", lambda: self.wsman.send(_DELETE, _CMD, selectors=self._selectors)
        )

    def signal_ended(self) -> None:
        """Signal the command that has ended, unless that was done.

        Raises:
            LogonFailed: The request had to log on again and could not, and the next one must not try.
            ConnectionLost: The connection was closed before.
        """
        command_id, self._to_signal = self._to_signal, ""
        if not command_id:
            return
        try:
            self.wsman.attempt(*self._signal_to(command_id), patience=_PATIENCE_TO_CLEAN_UP)
        except LogonFailed as error:
            if not error.maybe_done:
                raise
        except (RemoteError, OperationTimedOut):
            if self.wsman.closed:
                raise

    def _signal_to(self, command_id: str) -> tuple[str, Callable[[], object]]:
        code = element("rsp:Code", f"{_SHELL}/signal/terminate")
        body = element("rsp:Signal", code, {"CommandId": command_id})
        return "the end of a command", lambda: self._send("Signal", body)

    @property
    def _selectors(self) -> dict[str, str]:
        return {"ShellId": self.shell_id}

    def _send(self, action: str, body: str, options: Mapping[str, str] | None = None) -> bytes:
        return self.wsman.send(f"{_SHELL}/{action}", _CMD, body, selectors=self._selectors, options=options)

    def _clean_up(self, words: str, operation: Callable[[], object]) -> None:
        """End a shell or a command on the host; the outcome is the same if this fails."""
        with suppress(RemoteError, OperationTimedOut):
            self.wsman.attempt(words, operation, patience=_PATIENCE_TO_CLEAN_UP)

    def _check(self, command_line: str) -> None:
        length = len(command_line.encode("utf-16-le")) // 2
        if length > MAX_COMMAND_LINE:
            message = (
                f"The command line {command_line[:60]!r}… has {length} characters, but cmd.exe takes at most "
                f"{MAX_COMMAND_LINE} over WinRM. Shorten its paths or names."
            )
            raise RemoteError(self.wsman.host, message)
        if "\n" in command_line or "\r" in command_line:
            raise ValueError("a command line has no line breaks")

    def _start(self, command_line: str, has_input: bool) -> str:
        """Start the command, in a new shell if the host lost this one or refuses more commands in it.

        The host did not start a command that it refused, so starting it again is safe. Windows does not
        release the operations of a shell when its commands end: a new shell helps at once, where waiting took
        30 seconds. If other sessions use up the quota, the new shell waits as well.
        """

        def start() -> str:
            body = element("rsp:CommandLine", text("rsp:Command", command_line))
            console = str(not has_input).upper()
            options = {"WINRS_CONSOLEMODE_STDIN": console, "WINRS_SKIP_CMD_SHELL": "FALSE"}
            return parse_command_id(self._send("Command", body, options))

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
            message = (
                f"The host did not report within {LONGEST_OPERATION} seconds whether it started {words}. The "
                "command was not sent again. Run the task again: it checks the host first."
            )
            raise CommandTimeout(self.wsman.host, message) from None

    def _send_chunk(self, command_id: str, chunk: bytes, *, end: bool) -> None:
        """Send one piece of input.

        A Send that exceeds its OperationTimeout was accepted and is still at work (Ansible's own connection
        saw this under load). Repeating it would double the input. The host answers later ones with ERROR_BUSY
        until it is done.
        """

        stream = {"Name": "stdin", "CommandId": command_id, **({"End": "true"} if end else {})}
        body = element("rsp:Send", element("rsp:Stream", base64.b64encode(chunk).decode(), stream))
        waits = pauses(self.wsman.clock, _BUSY_PATIENCE)
        while True:
            try:
                self.wsman.attempt("input to a command", lambda: self._send("Send", body))
                return
            except OperationTimedOut:
                return
            except WsmanFault as fault:
                if not {fault.code, fault.provider_code} & BUSY_CODES or next(waits, None) is None:
                    raise

    def _receive(self, command_id: str, command_line: str, timeout: float) -> CommandResult:
        protocol = self.wsman.protocol
        words = f"the output of {_program(command_line)}"
        heartbeat = Heartbeat(self.wsman.clock, _PROGRESS_EVERY)
        stdout, stderr = bytearray(), bytearray()
        body = element(
            "rsp:Receive", element("rsp:DesiredStream", "stdout stderr", {"CommandId": command_id})
        )
        while (left := timeout - heartbeat.waited) > 0:
            # The host answers as soon as there is output, else at the end of this time.
            seconds = max(1, min(protocol.operation_timeout_sec, int(left) + 1))
            try:
                with self.wsman.operation_timeout(seconds):
                    received = self.wsman.attempt(words, lambda: parse_received(self._send("Receive", body)))
            except OperationTimedOut:
                received = Received()
            stdout += received.stdout
            stderr += received.stderr
            if received.exit_code is not None:
                return CommandResult(unsigned32(received.exit_code), self._text(stdout), self._text(stderr))
            if heartbeat.due():
                so_far = f"{int(heartbeat.waited)} s of {timeout:.0f} s"
                self.wsman.progress(f"{_program(command_line)} has been running for {so_far}")
        message = (
            f"{_program(command_line)} did not end within {timeout:.0f} seconds and was terminated. What it "
            "did until then remains. Check the host, or allow more time and run the task again."
        )
        raise CommandTimeout(self.wsman.host, message)

    def _text(self, output: bytearray) -> str:
        return output.decode(f"cp{self.codepage}", errors="replace")


def open_shell(wsman: Wsman, codepage: int) -> str:
    """Open a WinRS shell, wait for a free one if the quota is used up, and return its id.

    A Create that exceeds its OperationTimeout is repeated: at worst that leaves an idle shell, which the host
    closes.
    """
    body = element(
        "rsp:Shell", element("rsp:InputStreams", "stdin") + element("rsp:OutputStreams", "stdout stderr")
    )
    options = {"WINRS_NOPROFILE": "FALSE", "WINRS_CODEPAGE": str(codepage)}
    return wsman.repeat_longer(
        "a new shell", lambda: parse_shell_id(wsman.send(_CREATE, _CMD, body, options=options))
    )


@contextmanager
def shell(wsman: Wsman, codepage: int) -> Iterator[Shell]:
    """Open a shell, and delete it at the end of the block."""
    opened = Shell(wsman, open_shell(wsman, codepage), codepage)
    try:
        yield opened
    finally:
        opened.close()


def _chunks(stdin: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cut and join input into pieces of one Send each; yield each with whether it is the last."""
    held = bytearray()
    for piece in stdin:
        held += piece
        while len(held) > _CHUNK:
            yield bytes(held[:_CHUNK]), False
            del held[:_CHUNK]
    yield bytes(held), True


def _program(command_line: str) -> str:
    """Return the command's first word, which identifies it and reveals no secret."""
    words = command_line.split(maxsplit=1)
    return words[0][:60] if words else "an empty command"
