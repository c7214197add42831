# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send files to a host that has only cmd.exe, findstr and certutil.

One command line writes ``NAME.part`` beside the destination, hashes it and moves it into place, because each
command line costs three requests. There are three ways to write it:

- *Raw*: ``findstr "^"`` reads the bytes, up to their last line feed, from its standard input. The command
  line holds the rest as base64. findstr lets every byte of a pipe through, NUL, Ctrl-Z and single line feeds
  included: genchr.cmd, published as tested on Windows 7, relies on it
  (dostips.com/forum/viewtopic.php?t=5326). Exceptions are lines beyond 8191 bytes and a last line without a
  line feed (Stack Overflow 8844868). Not verified over WinRM.
- *Lines*: ``findstr /r "^"`` reads base64 from its standard input, and certutil decodes it. Byte-identical
  on a second Win32 implementation; not verified on Windows 6.1.
- *Echoed*: ``>>NAME.b64 echo …`` in commands of at most 8000 characters. Proven on Windows Server 2008 R2;
  three requests for every 5.8 kB.

A small file is echoed first and a larger one sent raw; if one way fails, the next is tried. The hash decides.

Send carries base64, so a raw byte costs 1.34 bytes on the wire and a little for envelopes. A line is base64
twice and costs 1.85. certutil is reported to fail on files beyond some 70 MB.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from . import _transfer_commands as transfer
from ._transfer_commands import ECHO_COMMAND, LINE_BYTES, TRANSFER_TIMEOUT, FileHash
from .errors import CommandTimeout, HttpStatusError, RemoteError, TransferError, WsmanFault
from .waiting import Heartbeat

if TYPE_CHECKING:
    from .session import CommandResult, Session

Piece = TypeVar("Piece", bytes, str)
Way = Callable[["Session", IO[bytes], "Sending"], "CommandResult"]

__all__ = ["send_bytes", "send_file", "send_one_way"]

_BLOCK = LINE_BYTES * 1024

_ECHOED = 11_000
"""Bytes up to which a file is echoed: one or two commands cost less than another shell."""

_PROGRESS_EVERY = 10.0
_TOO_LARGE = 413
"""HTTP status of a request beyond MaxEnvelopeSizekb. A Send is near the default, an echo far below."""


def send_file(session: Session, source: Path, destination: str) -> FileHash:
    """Send a file of the controller, and replace a file of that name.

    Return the hash that was compared: sha256, or sha1 if the host cannot compute sha256. The destination is a
    full path on the host, in a folder that exists.

    Raises:
        TransferError: The file cannot be read or written, or no way brought it over whole.
    """
    try:
        with source.open("rb") as file:
            return _send(session, file, destination)
    except OSError as error:
        message = f"The file {source} cannot be read on the controller: {error.strerror}."
        raise TransferError(session.host, message) from error


def send_bytes(session: Session, data: bytes, destination: str) -> FileHash:
    """Send data from memory, such as a script or a task's XML, as :func:`send_file` does."""
    return _send(session, BytesIO(data), destination)


def send_one_way(session: Session, name: str, data: bytes, destination: str) -> tuple[bool, str]:
    """Send data in one way only, and return whether it arrived whole and, if not, why.

    Args:
        name: ``raw``, ``lines`` or ``echo``.
        data: For ``raw``, with a line feed near its end.
        destination: As in :func:`send_file`; damaged data stays beside it as ``NAME.part``.
    """
    sending = _sending(BytesIO(data), destination)
    raw = partial(_raw, transfer.raw_length([data]) or 0)
    ways: dict[str, Way] = {"raw": raw, "lines": _lines, "echo": _echo}
    result = ways[name](session, BytesIO(data), sending)
    return (True, "") if sending.arrived(result) else (False, _failure(result))


@dataclass(frozen=True)
class Sending:
    """One transfer: `size` in bytes, `digests` as algorithm → hexadecimal digest."""

    destination: str
    size: int
    digests: Mapping[str, str]

    @property
    def place_command(self) -> str:
        """Return the command that moves the file into place if its hash is right."""
        return transfer.place_command(self.destination, self.digests.values())

    def arrived(self, result: CommandResult) -> FileHash | None:
        """Return the hash that the host computed, if it is the right one."""
        found = transfer.parse_hash(result.stdout)
        return found if found and found.hexdigest == self.digests[found.algorithm] else None


def _sending(file: IO[bytes], destination: str) -> Sending:
    hashes = {"sha256": hashlib.sha256(), "sha1": hashlib.sha1(usedforsecurity=False)}
    size = 0
    for block in _blocks(file, 1 << 20):
        size += len(block)
        for hasher in hashes.values():
            hasher.update(block)
    return Sending(destination, size, {algorithm: each.hexdigest() for algorithm, each in hashes.items()})


def _send(session: Session, file: IO[bytes], destination: str) -> FileHash:
    sending = _sending(file, destination)
    if not sending.size:
        raise TransferError(session.host, f"The file for {destination} is empty. Send one that has content.")
    file.seek(0)
    ways = _ways(file, sending)
    failures = []
    for way in ways:
        file.seek(0)
        try:
            result = way(session, file, sending)
        except (WsmanFault, CommandTimeout, HttpStatusError) as error:
            if not _may_pass_another_way(error):
                raise
            failures.append(error.message)
        else:
            if arrived := sending.arrived(result):
                if result.exit_code:
                    _move(session, destination)
                return arrived
            failures.append(_failure(result))
        _check_writable(session, destination)
    session.run(transfer.remove_command(destination))
    message = f"The file {destination} did not arrive whole ({'; then '.join(failures)}). "
    message += "Check the host's free space and antivirus, and run the task again."
    raise TransferError(session.host, message)


def _failure(result: CommandResult) -> str:
    return "the content differed" if transfer.parse_hash(result.stdout) else result.said


def _may_pass_another_way(error: RemoteError) -> bool:
    if isinstance(error, HttpStatusError):
        return error.status == _TOO_LARGE
    return not (isinstance(error, WsmanFault) and error.denied)


def _ways(file: IO[bytes], sending: Sending) -> list[Way]:
    if sending.size <= _ECHOED:
        return [_echo, _lines]
    length = transfer.raw_length(_blocks(file, _BLOCK))
    if length is None or len(_raw_line(length, file, sending)) > ECHO_COMMAND:
        return [_lines, _echo]
    return [partial(_raw, length), _lines, _echo]


def _raw(length: int, session: Session, file: IO[bytes], sending: Sending) -> CommandResult:
    """Send the first `length` bytes as they are, and the rest within the command."""
    line = _raw_line(length, file, sending)
    file.seek(0)
    head = (file.read(min(_BLOCK, length - start)) for start in range(0, length, _BLOCK))
    return _stream(session, line, _with_progress(session, head, length, sending))


def _raw_line(length: int, file: IO[bytes], sending: Sending) -> str:
    file.seek(length)
    tail = file.read()
    append = f"{transfer.append_command(sending.destination, tail)} & " if tail else ""
    part = transfer.quote_path(f"{sending.destination}.part")
    return f'findstr "^" > {part} && ({append}{sending.place_command})'


def _lines(session: Session, file: IO[bytes], sending: Sending) -> CommandResult:
    encoded = transfer.quote_path(f"{sending.destination}.b64")
    place = f"{transfer.decode_command(sending.destination)} & {sending.place_command}"
    blocks = _with_progress(session, _blocks(file, _BLOCK), sending.size, sending)
    return _stream(session, f'findstr /r "^" > {encoded} && ({place})', transfer.base64_lines(blocks))


def _stream(session: Session, line: str, stdin: Iterable[bytes]) -> CommandResult:
    with session.shell() as shell:
        return shell.run(line, stdin=stdin, timeout=TRANSFER_TIMEOUT)


def _echo(session: Session, file: IO[bytes], sending: Sending) -> CommandResult:
    *commands, last = transfer.echo_commands(file.read(), transfer.quote_path(f"{sending.destination}.b64"))
    finish = f"{transfer.decode_command(sending.destination)} & {sending.place_command}"
    joined = f"{last}& {finish}"
    commands += [joined] if len(joined) <= ECHO_COMMAND else [last, finish]
    for command in _with_progress(session, commands, sum(map(len, commands)), sending):
        result = session.run(command, timeout=TRANSFER_TIMEOUT)
        if result.exit_code:
            break
    return result


def _move(session: Session, destination: str) -> None:
    """Move a whole file that the host did not move; the output says why it refused."""
    moved = session.run(transfer.move_command(destination))
    session.run(transfer.remove_command(destination))
    if moved.exit_code:
        message = (
            f"The file {destination} cannot be replaced: {moved.said}. Check whether it is in use there."
        )
        raise TransferError(session.host, message)


def _check_writable(session: Session, destination: str) -> None:
    """Raise TransferError if the folder is not writable, which would defeat every way of sending."""
    probe = session.run(f"type nul > {transfer.quote_path(f'{destination}.part')}")
    if probe.exit_code:
        message = (
            f"The file {destination} cannot be written: {probe.said}. Check that its folder exists, the "
        )
        message += "account's rights to it, and free space."
        raise TransferError(session.host, message)


def _blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    return iter(lambda: file.read(size), b"")


def _with_progress(
    session: Session, pieces: Iterable[Piece], total: int, sending: Sending
) -> Iterator[Piece]:
    heartbeat, sent = Heartbeat(session.clock, _PROGRESS_EVERY), 0
    for piece in pieces:
        yield piece
        sent += len(piece)
        if heartbeat.due():
            percent = 100 * sent // total
            session.progress(f"sending {sending.destination}: {percent} % of {sending.size} bytes")
