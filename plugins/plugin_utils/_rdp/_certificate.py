# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read from a certificate what a person recognises it by (RFC 5280 4.1). Nothing is verified.

Python's ssl decodes only certificates that it has verified, and those of RDP are self-signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from ._der import OID, Element, MalformedError, context, decode
from ._text import shown

_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
# Attribute types (X.520, RFC 4519 and 2985) by their content in DER.
_NAMES: Mapping[bytes, str] = {
    b"\x55\x04\x03": "CN",
    b"\x55\x04\x06": "C",
    b"\x55\x04\x07": "L",
    b"\x55\x04\x08": "ST",
    b"\x55\x04\x0a": "O",
    b"\x55\x04\x0b": "OU",
    b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19": "DC",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01": "emailAddress",
}
# Kinds of text by tag (X.680); any other is read as Latin-1.
_ENCODINGS: Mapping[int, str] = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}


@dataclass(frozen=True)
class Certificate:
    """A certificate; names as in CN=web, O=Example, SHA-256 in lower case hexadecimal."""

    sha256: str
    subject: str | None = None
    issuer: str | None = None
    not_after: datetime | None = None


def read_certificate(data: bytes) -> Certificate:
    """Read a certificate in DER; what cannot be read of it is None."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        fields = decode(data).parts()[0].parts()
        # The version comes first, but for certificates of version 1.
        if fields[0].tag == context(0):
            del fields[0]
        _serial, _algorithm, issuer, validity, subject = fields[:5]
        until = validity.parts()[1]
    except (MalformedError, IndexError, ValueError):
        return Certificate(sha256)
    return Certificate(sha256, _name(subject), _name(issuer), _time(until))


def _name(name: Element) -> str | None:
    try:
        pairs = [pair.parts() for part in name.parts() for pair in part.parts()]
        texts = [_attribute(*pair) for pair in pairs if len(pair) == 2 and pair[0].tag == OID]
    except MalformedError:
        return None
    return shown(", ".join(texts))


def _attribute(kind: Element, value: Element) -> str:
    name = _NAMES.get(kind.content, f"OID.{kind.content.hex()}")
    return f"{name}={value.content.decode(_ENCODINGS.get(value.tag, 'latin-1'), 'replace')}"


def _time(value: Element) -> datetime | None:
    text = value.content.decode("ascii", "replace")
    if value.tag == _UTC_TIME:
        # Years from 50 on are of the last century (RFC 5280 4.1.2.5.1).
        text = ("19" if text[:2] >= "50" else "20") + text
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
