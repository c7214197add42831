# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read exports in the encodings that Windows tools write.

ldifde and csvde write the ANSI code page or, with ``-u``, UTF-16; PowerShell 5.1 writes UTF-16 by default;
everything else writes UTF-8.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from .problems import DirectoryError, Notes

BLOCK_BYTES = 1 << 20
_ANSI = "cp1252"
_STARTS_OF_MARKS = (b"\n\xef\xbb", b"\n\xef", b"\n")  # at the end of a block, whose next may have the rest
_NOT_UTF8 = "text that is not UTF-8 was read as Windows-1252"


def encoding_of(path: Path) -> str:
    """Return the encoding by the byte order mark, or UTF-8 without one."""
    with path.open("rb") as file:
        start = file.read(3)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if start == codecs.BOM_UTF8 else "utf-8"


def utf8_blocks(path: Path) -> Iterator[bytes]:
    """Yield a file as blocks of UTF-8 without byte order marks; leave bytes that are not UTF-8 as they are.

    Raises:
        DirectoryError: A file in UTF-16 is not valid.
    """
    held = b""
    for block in _blocks(path):
        # Where exports were put behind each other, a mark begins a line in the middle.
        block = held + block
        if codecs.BOM_UTF8 in block:  # much faster to see than to replace
            block = block.replace(b"\n" + codecs.BOM_UTF8, b"\n")
        held = next((each for each in _STARTS_OF_MARKS if block.endswith(each)), b"")
        yield block[: len(block) - len(held)]
    yield held


def _blocks(path: Path) -> Iterator[bytes]:
    encoding = encoding_of(path)
    with path.open("rb") as file:
        if encoding != "utf-16":
            if encoding == "utf-8-sig":
                file.seek(3)
            while block := file.read(BLOCK_BYTES):
                yield block
            return
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := file.read(BLOCK_BYTES):
                yield decoder.decode(block).encode("utf-8")
            decoder.decode(b"", final=True)
        except UnicodeError:
            raise DirectoryError(
                f"{path} is not valid UTF-16 near byte {file.tell()}; if it was put together from files of "
                "several encodings, name each file as a source, else export it again"
            ) from None


def as_utf8(value: bytes, notes: Notes, source: str, name: str = "") -> bytes:
    """Return text as UTF-8; read bytes that are not UTF-8 in the ANSI code page, and leave a note."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        notes.add(f"{source}: {_NOT_UTF8}", name)
        return value.decode(_ANSI, "replace").encode("utf-8")
    return value


def text_bytes(text: str, notes: Notes, source: str, name: str) -> bytes:
    """Return text that was read with ``surrogateescape`` as UTF-8 (see `as_utf8`)."""
    if text.isascii():
        return text.encode()
    try:
        value = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON can escape it
        value = text.encode("utf-8", "replace")
    return as_utf8(value, notes, source, name)
