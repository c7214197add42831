# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: the command lines that move files, and what they print, as plain text."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LINE_BYTES = 57
"""Bytes of a line of base64: 76 characters, well within what findstr takes (8191 from a pipe)."""

ECHO_COMMAND = 8000
"""Characters of an echo command; the length that was proven."""

TRANSFER_TIMEOUT = 900.0
"""Seconds for a command that encodes, decodes or hashes."""

_PIPED_LINE = 8000
"""Bytes of a line that go through findstr; from a pipe it takes 8191."""


@dataclass(frozen=True)
class FileHash:
    """A hash of a file: `algorithm` is ``sha256`` or ``sha1``, `hexdigest` in lower case."""

    algorithm: str
    hexdigest: str


def quote_path(path: str) -> str:
    """Quotes a path for cmd.exe. Variables in it expand.

    Raises:
        ValueError: The path has a character that no Windows path has.
    """
    if re.search(r'["<>|*?\x00-\x1f]', path):
        raise ValueError(f"{path!r} is no Windows path")
    return f'"{path}"'


def parse_hashes(text: str) -> list[FileHash]:
    """Finds the hashes in what ``certutil -hashfile`` printed, sha256 first.

    The text around them is localised. Old versions print pairs of digits with blanks, new ones without.
    """
    lines = ["".join(line.split()).lower() for line in text.splitlines()]
    return [
        FileHash(algorithm, line)
        for algorithm, digits in (("sha256", 64), ("sha1", 40))
        for line in lines
        if re.fullmatch(rf"[0-9a-f]{{{digits}}}", line)
    ]


def parse_hash(text: str) -> FileHash | None:
    """The best of the hashes in a text."""
    return next(iter(parse_hashes(text)), None)


def base64_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Encodes blocks, all but the last a multiple of 57 bytes, as lines of base64 that end with CR LF."""
    return (base64.encodebytes(block).replace(b"\n", b"\r\n") for block in blocks)


def echo_commands(data: bytes, quoted: str) -> list[str]:
    """The commands that write data as base64 to a file, none longer than 8000 characters.

    Base64 has no character that cmd.exe treats in a special way, and a redirection that stands first cannot
    take a digit of it for a handle.
    """
    size = (ECHO_COMMAND - len(f">>{quoted} echo ")) // 4 * 3
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [
        f"{'>' if number == 0 else '>>'}{quoted} echo {base64.b64encode(piece).decode()}"
        for number, piece in enumerate(pieces)
    ]


def decode_command(destination: str) -> str:
    """Decodes ``NAME.b64`` to ``NAME.part``."""
    encoded, part = quote_path(f"{destination}.b64"), quote_path(f"{destination}.part")
    return f"del /q /f {part} 2>nul & certutil -f -decode {encoded} {part} & del /q /f {encoded}"


def raw_length(blocks: Iterable[bytes]) -> int | None:
    """Tells how much of a file can go through findstr as it is.

    Args:
        blocks: The file.

    Returns:
        Bytes up to its last line feed; None when there is none, or a line is too long for findstr. Of
        compressed data of some size that is never so.
    """
    length = line = 0
    for block in blocks:
        for number, piece in enumerate(block.split(b"\n")):
            if number:
                length += line + 1
                line = 0
            line += len(piece)
            if line > _PIPED_LINE:
                return None
    return length or None


def append_command(destination: str, tail: bytes) -> str:
    """Appends to ``NAME.part`` what findstr does not take."""
    encoded, part, rest, whole = (
        quote_path(f"{destination}.{name}") for name in ("b64", "part", "tail", "whole")
    )
    return (
        f">{encoded} echo {base64.b64encode(tail).decode()}& certutil -f -decode {encoded} {rest} & "
        f"copy /b /y {part}+{rest} {whole} & move /y {whole} {part} & del /q /f {encoded} {rest}"
    )


def place_command(destination: str, digests: Iterable[str]) -> str:
    """Hashes ``NAME.part``, and moves it into place if the hash is one of these.

    By both algorithms, for it is not known whether stock 6.1 has SHA256; as pairs of digits and without
    blanks, as old and new certutil print them; at the beginning of a line, for certutil names the file as
    well. Without ``/i`` findstr may miss one of several strings (Stack Overflow 8844868). The hashes are
    shown, so that the controller compares too.
    """
    part, hashes = quote_path(f"{destination}.part"), quote_path(f"{destination}.hash")
    wanted = " ".join(f'/c:"{digest}" /c:"{bytes.fromhex(digest).hex(" ")}"' for digest in digests)
    return (
        f">{hashes} certutil -hashfile {part} SHA256 & >>{hashes} certutil -hashfile {part} SHA1 & "
        f"type {hashes} & findstr /b /i {wanted} {hashes} >nul && del /q /f {hashes} && "
        + move_command(destination)
    )


def move_command(destination: str) -> str:
    """Moves ``NAME.part`` into place."""
    return f"move /y {quote_path(f'{destination}.part')} {quote_path(destination)}"


def remove_command(destination: str) -> str:
    """Removes what a failed transfer left beside the destination."""
    left = (quote_path(f"{destination}.{name}") for name in ("b64", "part", "tail", "whole", "hash"))
    return f"del /q /f {' '.join(left)} 2>nul"


def hash_command(quoted: str) -> str:
    """Hashes a file, its path quoted, by both algorithms; the exit code is that of the second."""
    return f"certutil -hashfile {quoted} SHA256 & certutil -hashfile {quoted} SHA1"


def last_line_patterns(count: int, wanted: int) -> str:
    """Patterns of findstr for the numbers of the last lines.

    The lines are taken in groups of a power of ten, so that nine patterns at most name them: findstr on 6.1
    refuses search strings beyond 254 characters.

    Args:
        count: How many lines the file has.
        wanted: How many of the last are wanted; somewhat more may be named.

    Returns:
        The patterns with spaces between; empty when the whole file is to be read.
    """
    digits = 1
    while wanted > 7 * 10**digits:
        digits += 1
    group = 10**digits
    first = (count - wanted) // group
    if first <= 0:
        return ""
    return " ".join(f"^{number}{'[0-9]' * digits}:" for number in range(first, count // group + 1))
