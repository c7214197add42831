# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Message encryption of WinRM over HTTP ([MS-WSMV] 2.2.9.1): multipart/encrypted, the session's own keys.

A message over CredSSP goes in pieces of 16 KB, a TLS record each (2.2.9.1.3, multipart/x-multi-encrypted).
"""

from __future__ import annotations

import re
import struct

import spnego
from spnego.exceptions import SpnegoError

_BOUNDARY = b"--Encrypted Boundary"
_OCTETS = b"\tContent-Type: application/octet-stream\r\n"
_LENGTH = re.compile(rb"Length=(\d+)")
_PIECE = 16384


class DecryptionError(Exception):
    """The message is not encrypted with the keys of this connection; Windows answers HTTP 400."""


def is_encrypted(content_type: str) -> bool:
    """True for a request whose body is an encrypted message."""
    return content_type.lower().startswith(("multipart/encrypted", "multipart/x-multi-encrypted"))


def decrypt(context: spnego.ContextProxy, body: bytes) -> bytes:
    """The SOAP envelope inside an encrypted message.

    Raises:
        DecryptionError: other keys, a broken signature or a malformed message.
    """
    parts = body.removesuffix(_BOUNDARY + b"--\r\n").split(_BOUNDARY + b"\r\n")[1:]
    if not parts or len(parts) % 2:
        raise DecryptionError("malformed message")
    return b"".join(_decrypt_piece(context, *piece) for piece in zip(parts[::2], parts[1::2], strict=True))


def _decrypt_piece(context: spnego.ContextProxy, head: bytes, payload: bytes) -> bytes:
    length = _LENGTH.search(head)
    data = payload.removeprefix(_OCTETS)
    if not length or _protocol(context).encode() not in head or data == payload or len(data) < 4:
        raise DecryptionError("malformed message")
    (signature_size,) = struct.unpack("<I", data[:4])
    try:
        text: bytes = context.unwrap_winrm(data[4 : 4 + signature_size], data[4 + signature_size :])
    except (SpnegoError, ValueError, IndexError) as error:
        raise DecryptionError(str(error)) from error
    if len(text) != int(length.group(1)):
        raise DecryptionError("length differs")
    return text


def encrypt(context: spnego.ContextProxy, text: bytes) -> tuple[str, bytes]:
    """The content type and the body of an encrypted answer."""
    size = _PIECE if _is_credssp(context) else len(text)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    kind = "multipart/x-multi-encrypted" if len(pieces) > 1 else "multipart/encrypted"
    body = b"".join(_encrypt_piece(context, piece) for piece in pieces) + _BOUNDARY + b"--\r\n"
    return f'{kind};protocol="{_protocol(context)}";boundary="Encrypted Boundary"', body


def _encrypt_piece(context: spnego.ContextProxy, text: bytes) -> bytes:
    header, data, padding = context.wrap_winrm(text)
    return b"".join(
        [
            _BOUNDARY,
            f"\r\n\tContent-Type: {_protocol(context)}\r\n".encode(),
            b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;",
            f"Length={len(text) + padding}\r\n".encode(),
            _BOUNDARY,
            b"\r\n",
            _OCTETS,
            struct.pack("<I", len(header)),
            header,
            data,
        ]
    )


def _protocol(context: spnego.ContextProxy) -> str:
    return f"application/HTTP-{'CredSSP' if _is_credssp(context) else 'SPNEGO'}-session-encrypted"


def _is_credssp(context: spnego.ContextProxy) -> bool:
    return context.protocol == "credssp"
