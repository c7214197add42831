# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: files to and from a host, with nothing but cmd.exe, findstr and certutil there.

To the host a file goes into ``NAME.part`` beside its destination, is hashed there, and only then moved into
place. Three ways lead there:

- *Raw*: the bytes themselves are the standard input of ``findstr "^"``, up to the last line feed in them; the
  rest follows as one line of base64. That findstr lets every byte of a pipe through, NUL, Ctrl-Z and single
  line feeds included, is what genchr.cmd rests on, a program published as tested on Windows 7
  (dostips.com/forum/viewtopic.php?t=5326); lines beyond 8191 bytes and a last line without a line feed are
  the exceptions (Stack Overflow 8844868). Not verified over WinRM.
- *Lines*: base64 is the standard input of ``findstr /r "^"``, and certutil decodes it. Byte-identical on a
  second Win32 implementation; not verified on Windows 6.1 itself.
- *Echoed*: ``>>NAME.b64 echo …`` in commands of at most 8000 characters. Proven on Windows Server 2008 R2,
  three requests for every 5.8 kB.

Small files are echoed first, others sent raw, and whichever fails is followed by the next. The hash decides.

On the wire a byte sent raw costs 1.34 and a little for envelopes, for Send carries base64; as lines it costs
1.85, being base64 twice. certutil is reported to fail on files beyond some 70 MB, far more than a hotfix has.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._errors import (
    CommandTimeout,
    HttpStatusError,
    RemoteError,
    TransferError,
    WsmanFault,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._faults import ACCESS_DENIED
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._transfer_commands import (
    ECHO_COMMAND,
    LINE_BYTES,
    FileHash,
    append_command,
    base64_lines,
    decode_command,
    echo_commands,
    hash_command,
    last_line_patterns,
    parse_hash,
    quote_path,
    raw_length,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._values import as_int, quote_wql

if TYPE_CHECKING:
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._session import (
        CommandResult,
        Session,
    )

Way = Callable[["Session", IO[bytes], int, str], "CommandResult"]

__all__ = [
    "FileHash",
    "fetch_bytes",
    "file_hash",
    "hash_by_each",
    "send_bytes",
    "send_file",
    "send_one_way",
]

_BLOCK = LINE_BYTES * 1024

_ECHOED = 11_000
"""Bytes up to which a file is echoed: one or two commands cost less than a shell of its own."""

_PROGRESS_EVERY = 10.0
_TIMEOUT = 900.0
_MISSING = frozenset({2, 3, 0x80070002, 0x80070003})
_TOO_LARGE = 413
"""HTTP status for a request beyond MaxEnvelopeSizekb: a Send is near its default, an echo far below."""

_SHORT_LOG_LINE = 60
"""Bytes: servicing's log lines are about twice that."""

_WHOLE = 512 * 1024
"""Bytes up to which a file is fetched whole even if only its end is asked for."""


def send_file(session: Session, source: Path, destination: str) -> FileHash:
    """Sends a file of the controller.

    Args:
        session: The host.
        source: The file here.
        destination: Its full path there; the folder has to be there, a file of that name is replaced.

    Returns:
        The hash that was compared: sha256, or sha1 from a host that cannot compute sha256.

    Raises:
        TransferError: It cannot be read here or written there, or arrived damaged by either way.
    """
    try:
        size = source.stat().st_size
        with source.open("rb") as file:
            return _send(session, file, size, destination)
    except OSError as error:
        message = f"The file {source} cannot be read on the controller: {error.strerror}."
        raise TransferError(session.host, message) from error


def send_bytes(session: Session, data: bytes, destination: str) -> FileHash:
    """Sends data held in memory, such as a script or a task's XML; otherwise as :func:`send_file`."""
    return _send(session, BytesIO(data), len(data), destination)


def send_one_way(session: Session, name: str, data: bytes, destination: str) -> tuple[bool, str]:
    """Sends data by one way alone, to find out whether it works on a host.

    Args:
        session: The host.
        name: ``raw``, ``lines`` or ``echo``.
        data: What to send; for ``raw`` with a line feed near its end.
        destination: As of :func:`send_file`; what arrived stays beside it as ``NAME.part``.

    Returns:
        Whether it arrived whole, and what went wrong if not.
    """
    ways: dict[str, Way] = {"raw": partial(_raw, raw_length([data]) or 0), "lines": _lines, "echo": _echo}
    result = ways[name](session, BytesIO(data), len(data), destination)
    arrived = parse_hash(result.stdout)
    whole = arrived is not None and arrived.hexdigest == _local_hashes(BytesIO(data))[arrived.algorithm]
    if whole:
        return True, ""
    return False, "another content arrived" if arrived else _said(result)


def hash_by_each(session: Session, path: str) -> list[str]:
    """Names of the algorithms that the host's certutil hashes a file by: ``sha256``, ``sha1``."""
    line = hash_command(quote_path(path))
    digests = {
        parsed.algorithm
        for text in session.run(line, timeout=_TIMEOUT).stdout.splitlines()
        if (parsed := parse_hash(text))
    }
    return sorted(digests, reverse=True)


def fetch_bytes(session: Session, path: str, *, last_bytes: int | None = None) -> bytes | None:
    """Fetches a file of the host.

    The file is encoded by certutil into ``PATH.b64`` beside it, which is read and deleted. A file that
    another process holds open, as servicing does with its log, may refuse that: it is read by ``type`` then,
    exact for text without a byte order mark.

    Args:
        session: The host.
        path: Full path there, without variables.
        last_bytes: Fetch no more than the end of it. Of a file beyond 512 KiB the host selects the last
            lines, so that this is for texts.

    Returns:
        The content, or None when the file is not there.

    Raises:
        TransferError: It is there and cannot be read.
    """
    rows = session.query(f"SELECT FileSize FROM CIM_DataFile WHERE Name={quote_wql(path)}")
    if not rows:
        return None
    size = as_int(rows[0].get("FileSize"))
    if size == 0:
        return b""
    if last_bytes is not None and size is not None and size > max(_WHOLE, last_bytes):
        content = _last_lines(session, path, last_bytes)
    else:
        content = _whole(session, path)
    return content if last_bytes is None else content[-last_bytes:]


def file_hash(session: Session, path: str) -> FileHash | None:
    """Hashes a file on the host.

    Args:
        session: The host.
        path: Full path there.

    Returns:
        Its sha256, or sha1 where the host's certutil knows no sha256; None when the file is not there.

    Raises:
        TransferError: It is there and cannot be hashed.
    """
    result = session.run(hash_command(quote_path(path)), timeout=_TIMEOUT)
    found = parse_hash(result.stdout)
    if found is None and result.exit_code not in _MISSING:
        raise TransferError(session.host, f"The file {path} cannot be hashed: {_said(result)}.")
    return found


def _send(session: Session, file: IO[bytes], size: int, destination: str) -> FileHash:
    if size == 0:
        raise TransferError(session.host, f"There is nothing to send to {destination}: the file is empty.")
    local = _local_hashes(file)
    part = quote_path(f"{destination}.part")
    file.seek(0)
    ways = _ways(file, size)
    failures = []
    for way in ways:
        file.seek(0)
        try:
            result = way(session, file, size, destination)
        except (WsmanFault, CommandTimeout, HttpStatusError) as error:
            if not _may_pass_another_way(error):
                raise
            failures.append(error.message)
        else:
            arrived = parse_hash(result.stdout)
            if arrived is not None and arrived.hexdigest == local[arrived.algorithm]:
                return _put_in_place(session, part, destination, arrived)
            failures.append("the content differed" if arrived else _said(result))
        _check_writable(session, part, destination)
    left = " ".join(quote_path(f"{destination}.{name}") for name in ("b64", "part", "tail", "whole"))
    session.run(f"del /q /f {left} 2>nul")
    message = f"The file {destination} did not arrive whole ({'; then '.join(failures)}). "
    message += "Check free space and antivirus on the host, and run the task again."
    raise TransferError(session.host, message)


def _may_pass_another_way(error: RemoteError) -> bool:
    if isinstance(error, HttpStatusError):
        return error.status == _TOO_LARGE
    return not (isinstance(error, WsmanFault) and ACCESS_DENIED in (error.code, error.provider_code))


def _ways(file: IO[bytes], size: int) -> list[Way]:
    if size <= _ECHOED:
        return [_echo, _lines]
    length = raw_length(_blocks(file, _BLOCK))
    return [_lines, _echo] if length is None else [partial(_raw, length), _lines, _echo]


def _raw(length: int, session: Session, file: IO[bytes], size: int, destination: str) -> CommandResult:
    """Sends the first `length` bytes as they are, and the rest with the command that puts them together."""
    head = (file.read(min(_BLOCK, length - start)) for start in range(0, length, _BLOCK))
    with session.shell() as shell:
        part = quote_path(f"{destination}.part")
        sent = shell.run(f'findstr "^" > {part}', stdin=_with_progress(session, head, size, destination))
    if sent.exit_code:
        return sent
    return session.run(append_command(destination, file.read()), timeout=_TIMEOUT)


def _lines(session: Session, file: IO[bytes], size: int, destination: str) -> CommandResult:
    lines = base64_lines(_with_progress(session, _blocks(file, _BLOCK), size, destination))
    with session.shell() as shell:
        quoted = quote_path(f"{destination}.b64")
        sent = shell.run(f'findstr /r "^" > {quoted}', stdin=lines)
    return sent if sent.exit_code else session.run(decode_command(destination), timeout=_TIMEOUT)


def _echo(session: Session, file: IO[bytes], size: int, destination: str) -> CommandResult:
    told = session.clock.now()
    *commands, last = echo_commands(file.read(), quote_path(f"{destination}.b64"))
    decode = decode_command(destination)
    joined = f"{last}& {decode}"
    commands += [joined] if len(joined) <= ECHO_COMMAND else [last, decode]
    for number, command in enumerate(commands, 1):
        result = session.run(command, timeout=_TIMEOUT)
        if result.exit_code and number < len(commands):
            break
        if session.clock.now() - told >= _PROGRESS_EVERY:
            told = session.clock.now()
            session.progress(f"sending {destination}: {100 * number // len(commands)} % of {size} bytes")
    return result


def _put_in_place(session: Session, part: str, destination: str, arrived: FileHash) -> FileHash:
    moved = session.run(f"move /y {part} {quote_path(destination)}")
    if moved.exit_code:
        message = f"The file {destination} cannot be replaced: {_said(moved)}. Is it in use on the host?"
        raise TransferError(session.host, message)
    return arrived


def _check_writable(session: Session, part: str, destination: str) -> None:
    """Tells a folder that cannot be written to, which no other way of sending would help."""
    probe = session.run(f"type nul > {part}")
    if probe.exit_code:
        message = (
            f"The file {destination} cannot be written: {_said(probe)}. Check that its folder is there, "
        )
        message += "the account's rights to it, and free space."
        raise TransferError(session.host, message)


def _whole(session: Session, path: str) -> bytes:
    quoted, encoded = quote_path(path), quote_path(f"{path}.b64")
    line = f"certutil -f -encode {quoted} {encoded} >nul && type {encoded} & del /q /f {encoded} 2>nul"
    body = re.search(r"-{5}BEGIN [^-]*-{5}(.*)-{5}END", session.run(line, timeout=_TIMEOUT).stdout, re.DOTALL)
    if body:
        return base64.b64decode(body[1])
    plain = session.run(f"type {quoted}", timeout=_TIMEOUT)
    if plain.exit_code:
        raise TransferError(session.host, f"The file {path} cannot be read: {_said(plain)}.")
    return plain.stdout.encode()


def _last_lines(session: Session, path: str, last_bytes: int) -> bytes:
    """Lets the host pick the last lines by their numbers, which findstr does without holding the file.

    (``more +N`` stops for a key after 65,536 lines, and ``for /f`` reads the whole file into the 150 MB that
    a shell may use.)
    """
    quoted = quote_path(path)
    counted = session.run(f'find /c /v "" < {quoted}', timeout=_TIMEOUT)
    count = as_int(counted.stdout)
    if count is None:
        raise TransferError(session.host, f"The file {path} cannot be read: {_said(counted)}.")
    line = f"type {quoted}"
    if patterns := last_line_patterns(count, last_bytes // _SHORT_LOG_LINE + 1):
        line = f'findstr /n "^" {quoted} | findstr /r "{patterns}"'
    numbered = session.run(line, timeout=_TIMEOUT).stdout
    return (re.sub(r"(?m)^\d+:", "", numbered) if patterns else numbered).encode()


def _local_hashes(file: IO[bytes]) -> dict[str, str]:
    hashes = {"sha256": hashlib.sha256(), "sha1": hashlib.sha1(usedforsecurity=False)}
    for block in _blocks(file, 1 << 20):
        for hasher in hashes.values():
            hasher.update(block)
    return {algorithm: hasher.hexdigest() for algorithm, hasher in hashes.items()}


def _blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    return iter(lambda: file.read(size), b"")


def _with_progress(session: Session, blocks: Iterable[bytes], size: int, destination: str) -> Iterator[bytes]:
    told, sent = session.clock.now(), 0
    for block in blocks:
        yield block
        sent += len(block)
        if session.clock.now() - told >= _PROGRESS_EVERY:
            told = session.clock.now()
            session.progress(f"sending {destination}: {100 * sent // size} % of {size} bytes")


def _said(result: CommandResult) -> str:
    """What a command printed last, for a message; it is in the host's language."""
    lines = [line.strip() for line in (result.stdout + "\n" + result.stderr).splitlines() if line.strip()]
    return f"{lines[-1].rstrip('.') if lines else 'nothing was printed'} (exit code {result.exit_code})"
