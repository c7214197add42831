# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write DER, as far as certificates and CredSSP need it (X.690)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER, OCTETS, OID, SEQUENCE = 0x02, 0x04, 0x06, 0x30
HEADER_BYTES = 6
"""The longest header that is read: a tag, and a length in at most four bytes."""


class MalformedError(ValueError):
    """An answer is not what its protocol prescribes; ``str()`` says what is wrong with it."""


@dataclass(frozen=True)
class Element:
    """A tag and its content."""

    tag: int
    content: bytes

    def parts(self) -> list[Element]:
        """Return the elements in the content.

        Raises:
            MalformedError: The content is not a series of elements.
        """
        return list(_elements(self.content))


def context(number: int) -> int:
    """Return the tag of a field with this number."""
    return 0xA0 | number


def encode(tag: int, *parts: bytes) -> bytes:
    """Return an element with this content, of at most 65,535 bytes."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    return bytes((tag, 0x82)) + size.to_bytes(2, "big") + content


def decode(data: bytes) -> Element:
    """Return the element with which the data begins.

    Raises:
        MalformedError: It does not begin with a whole element.
    """
    return next(_elements(data), None) or _cut_off()


def element_bytes(header: bytes) -> int:
    """Return how many bytes an element has in all, from its first bytes (``HEADER_BYTES`` are enough).

    Raises:
        MalformedError: The length is indefinite, longer than four bytes, or cut off.
    """
    if len(header) < 2:
        _cut_off()
    short = header[1]
    if short < 0x80:
        return 2 + short
    count = short - 0x80
    if not 1 <= count <= HEADER_BYTES - 2:
        raise MalformedError("it has a DER length that DER does not allow")
    if len(header) < 2 + count:
        _cut_off()
    return 2 + count + int.from_bytes(header[2 : 2 + count], "big")


def _elements(data: bytes) -> Iterator[Element]:
    at = 0
    while at < len(data):
        header = data[at : at + HEADER_BYTES]
        end = at + element_bytes(header)
        if end > len(data):
            _cut_off()
        begin = at + (2 if header[1] < 0x80 else 2 + header[1] - 0x80)
        yield Element(header[0], data[begin:end])
        at = end


def _cut_off() -> Element:
    raise MalformedError("it ends in the middle of a DER element")
