# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Message encryption of WinRM over HTTP ([MS-WSMV] 2.2.9.1): multipart/encrypted, the session's own keys."""

from __future__ import annotations

import re
import struct

import spnego
from spnego.exceptions import SpnegoError

_BOUNDARY = b"--Encrypted Boundary"
_PROTOCOL = "application/HTTP-SPNEGO-session-encrypted"
_OCTETS = b"\tContent-Type: application/octet-stream\r\n"
_LENGTH = re.compile(rb"Length=(\d+)")

CONTENT_TYPE = f'multipart/encrypted;protocol="{_PROTOCOL}";boundary="Encrypted Boundary"'


class DecryptionError(Exception):
    """The message is not encrypted with the keys of this connection; Windows answers HTTP 400."""


def is_encrypted(content_type: str) -> bool:
    """True for a request whose body is an encrypted message."""
    return content_type.lower().startswith("multipart/encrypted")


def decrypt(context: spnego.ContextProxy, body: bytes) -> bytes:
    """The SOAP envelope inside an encrypted message.

    Raises:
        DecryptionError: other keys, a broken signature or a malformed message.
    """
    head, separator, rest = body.partition(_OCTETS)
    length = _LENGTH.search(head)
    end = rest.rfind(_BOUNDARY + b"--")
    if not separator or not length or end < 4:
        raise DecryptionError("malformed message")
    data = rest[:end]
    (signature_size,) = struct.unpack("<I", data[:4])
    try:
        text: bytes = context.unwrap_winrm(data[4 : 4 + signature_size], data[4 + signature_size :])
    except (SpnegoError, ValueError, IndexError) as error:
        raise DecryptionError(str(error)) from error
    if len(text) != int(length.group(1)):
        raise DecryptionError("length differs")
    return text


def encrypt(context: spnego.ContextProxy, text: bytes) -> bytes:
    """An encrypted message for an answer; its content type is `CONTENT_TYPE`."""
    header, data, padding = context.wrap_winrm(text)
    return b"".join(
        [
            _BOUNDARY,
            f"\r\n\tContent-Type: {_PROTOCOL}\r\n".encode(),
            b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;",
            f"Length={len(text) + padding}\r\n".encode(),
            _BOUNDARY,
            b"\r\n",
            _OCTETS,
            struct.pack("<I", len(header)),
            header,
            data,
            _BOUNDARY,
            b"--\r\n",
        ]
    )
