# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""certutil.exe: hashes, base64, download. Output shapes: facts of 6.1 (spaced SHA1), failures on stdout."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments
from ..cmd.process import WIN32_TEXTS
from ..disk import DiskError

if TYPE_CHECKING:
    from ..cmd.process import Process

_NOT_SUPPORTED = 0xD00000BB
_NO_NAME = 0x80072EE7  # the server's name or address could not be resolved


class _CertutilError(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


async def certutil(process: Process) -> int:
    """`certutil [-f] -hashfile|-decode|-encode|-urlcache …`."""
    words = split_arguments(process.arguments)
    flags = {word[1:].lower() for word in words if word[:1] in "-/" and len(word) > 1}
    operands = [word for word in words if word[:1] not in ("-", "/") or len(word) == 1]
    verbs = {"hashfile": _hash, "decode": _decode, "encode": _encode, "urlcache": _download}
    verb = next((flag for flag in flags if flag in verbs), "")
    name = "URLCache" if verb == "urlcache" else verb
    if not verb or flags - {verb, "f", "split"}:
        process.host.unknown(f"certutil {process.arguments}")
        process.line("CertUtil: Unknown arg")
        return 0x80070057
    try:
        await verbs[verb](process, operands, "f" in flags)
    except DiskError as error:
        failure = _CertutilError(0x80070000 | error.code, WIN32_TEXTS.get(error.code, "Error."))
    except _CertutilError as error:
        failure = error
    else:
        process.line(f"CertUtil: -{name} command completed successfully.")
        return 0
    detail = (
        f"WIN32: {failure.code & 0xFFFF}" if failure.code >> 16 == 0x8007 else str(failure.code - (1 << 32))
    )
    process.line(f"CertUtil: -{name} command FAILED: 0x{failure.code:x} ({detail})")
    process.line(f"CertUtil: {failure}")
    return failure.code


def _need(operands: list[str], count: int) -> None:
    if len(operands) < count:
        raise _CertutilError(0x80070057, "The parameter is incorrect.")


async def _hash(process: Process, operands: list[str], force: bool) -> None:
    _need(operands, 1)
    algorithm = operands[1].upper() if len(operands) > 1 else "SHA1"
    data = process.read(process.path(operands[0]))
    supported = ("MD5", "SHA1", "SHA256", "SHA384", "SHA512")
    if algorithm not in supported or (algorithm == "SHA256" and process.host.has_fault("no_sha256")):
        raise _CertutilError(_NOT_SUPPORTED, "The request is not supported.")
    if not data:
        # certutil cannot map an empty file.
        raise _CertutilError(0x800703EE, "The volume for a file has been externally altered.")
    digest = hashlib.new(algorithm.lower(), data).hexdigest()
    process.line(f"{algorithm} hash of file {operands[0]}:")
    # Windows 6.1 and 6.2 separate the bytes by spaces, Windows 10 does not.
    process.line(" ".join(digest[index : index + 2] for index in range(0, len(digest), 2)))


def _target(process: Process, text: str, force: bool) -> str:
    path = process.path(text)
    if process.host.disk.exists(path) and not force:
        raise DiskError(80, path)
    return path


async def _decode(process: Process, operands: list[str], force: bool) -> None:
    _need(operands, 2)
    source = process.read(process.path(operands[0]))
    target = _target(process, operands[1], force)
    text = b"".join(line for line in source.split() if not line.startswith(b"-"))
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise _CertutilError(0x8007000D, "The data is invalid.") from error
    process.write(target, data)
    process.line(f"Input Length = {len(source)}")
    process.line(f"Output Length = {len(data)}")


async def _encode(process: Process, operands: list[str], force: bool) -> None:
    _need(operands, 2)
    source = process.read(process.path(operands[0]))
    text = base64.b64encode(source).decode()
    lines = [text[index : index + 64] for index in range(0, len(text), 64)]
    body = "\r\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
    process.write(_target(process, operands[1], force), body.encode())
    process.line(f"Input Length = {len(source)}")
    process.line(f"Output Length = {len(body)}")


async def _download(process: Process, operands: list[str], force: bool) -> None:
    """-urlcache -split -f URL FILE, which keeps a copy for the account; -urlcache URL delete."""
    _need(operands, 2)
    host, url = process.host, operands[0]
    cached = host.url_cache.setdefault(process.account.sid, {})
    if operands[1].lower() == "delete":
        process.line(url)
        process.line(f"WinINet Cache entries deleted: {0 if cached.pop(url, None) is None else 1}")
        return
    process.line("****  Online  ****")
    data: bytes | None = None
    await host.clock.sleep(host.profile.download_seconds)
    if not host.has_fault("download_fails"):
        if url in host.downloads:
            data = host.downloads[url].read_bytes()
        elif host.fetch is not None:
            data = await host.fetch(url)
    if data is None:
        raise _CertutilError(_NO_NAME, "The server name or address could not be resolved")
    cached[url] = data
    process.write(process.path(operands[1]), data)
    process.line("  000000  ...")
    process.line(f"  {len(data):06x}")
