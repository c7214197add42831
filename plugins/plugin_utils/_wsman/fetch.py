# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch and hash files of a host with cmd.exe, findstr and certutil."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from ._transfer_commands import (
    TRANSFER_TIMEOUT,
    FileHash,
    hash_command,
    last_line_patterns,
    parse_hash,
    parse_hashes,
    quote_path,
)
from .errors import TransferError
from .wmi_values import as_int, quote_wql

if TYPE_CHECKING:
    from .session import Session

__all__ = ["FileHash", "fetch_bytes", "file_hash", "hash_by_each", "hash_line", "hashes_in"]

_MISSING = frozenset({2, 3, 0x80070002, 0x80070003})

_SHORT_LOG_LINE = 60
"""Bytes; lines of servicing's logs have about twice that."""

_WHOLE = 512 * 1024
"""Bytes up to which a file is fetched whole even if only its end is wanted."""


def fetch_bytes(session: Session, path: str, *, last_bytes: int | None = None) -> bytes | None:
    """Fetch a file of the host, or return None if it does not exist.

    certutil encodes the file into ``PATH.b64`` beside it, which is read and deleted. If another process holds
    the file open, as servicing does with its log, that may fail: ``type`` reads it then, exactly if it is
    text without a byte order mark.

    Args:
        path: Full path there, without variables.
        last_bytes: Fetch only so many bytes of its end. From a file beyond 512 KiB the host selects the last
            lines, so the file has to be text.

    Raises:
        TransferError: The file exists but cannot be read.
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
    """Return a file's sha256, or its sha1 if the host's certutil has no sha256; None if there is no file.

    Raises:
        TransferError: The file exists but cannot be hashed.
    """
    result = session.run(hash_command(quote_path(path)), timeout=TRANSFER_TIMEOUT)
    found = parse_hash(result.stdout)
    if found is None and result.exit_code not in _MISSING:
        raise TransferError(session.host, f"The file {path} cannot be hashed: {result.said}.")
    return found


def hash_line(path: str) -> str:
    """Return the command line that prints a file's hashes for ``hashes_in``."""
    return hash_command(quote_path(path))


def hashes_in(printed: str) -> list[FileHash]:
    """Return the hashes that ``hash_line`` printed, sha256 first; none where there is no file."""
    return parse_hashes(printed)


def hash_by_each(session: Session, path: str) -> list[str]:
    """Return the algorithms with which the host's certutil hashes a file: ``sha256``, ``sha1``."""
    printed = session.run(hash_command(quote_path(path)), timeout=TRANSFER_TIMEOUT).stdout
    return [found.algorithm for found in parse_hashes(printed)]


def _whole(session: Session, path: str) -> bytes:
    quoted, encoded = quote_path(path), quote_path(f"{path}.b64")
    line = f"certutil -f -encode {quoted} {encoded} >nul && type {encoded} & del /q /f {encoded} 2>nul"
    printed = session.run(line, timeout=TRANSFER_TIMEOUT).stdout
    body = re.search(r"-{5}BEGIN [^-]*-{5}(.*)-{5}END", printed, re.DOTALL)
    if body:
        return base64.b64decode(body[1])
    plain = session.run(f"type {quoted}", timeout=TRANSFER_TIMEOUT)
    if plain.exit_code:
        raise TransferError(session.host, f"The file {path} cannot be read: {plain.said}.")
    return plain.stdout.encode()


def _last_lines(session: Session, path: str, last_bytes: int) -> bytes:
    """Fetch the last lines by their numbers, which findstr selects without holding the file in memory.

    ``more +N`` waits for a key after 65,536 lines, and ``for /f`` reads the whole file into the 150 MB that a
    shell may use.
    """
    quoted = quote_path(path)
    counted = session.run(f'find /c /v "" < {quoted}', timeout=TRANSFER_TIMEOUT)
    count = as_int(counted.stdout)
    if count is None:
        raise TransferError(session.host, f"The file {path} cannot be read: {counted.said}.")
    line = f"type {quoted}"
    if patterns := last_line_patterns(count, last_bytes // _SHORT_LOG_LINE + 1):
        line = f'findstr /n "^" {quoted} | findstr /r "{patterns}"'
    numbered = session.run(line, timeout=TRANSFER_TIMEOUT).stdout
    return (re.sub(r"(?m)^\d+:", "", numbered) if patterns else numbered).encode()
