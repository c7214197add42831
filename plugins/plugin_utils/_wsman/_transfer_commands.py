# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the command lines that move files, and parse their output."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LINE_BYTES = 57
"""Bytes of a line of base64: 76 characters, well within what findstr takes (8191 from a pipe)."""

ECHO_COMMAND = 8000
"""Characters of an echo command: the longest that was tried on a host."""

TRANSFER_TIMEOUT = 900.0
"""Seconds for a command that encodes, decodes or hashes."""

_PIPED_LINE = 8000
"""Bytes of the longest line sent through findstr, which takes 8191 from a pipe."""


@dataclass(frozen=True)
class FileHash:
    """A hash of a file: `algorithm` is ``sha256`` or ``sha1``, `hexdigest` in lower case."""

    algorithm: str
    hexdigest: str


def quote_path(path: str) -> str:
    """Quote a path for cmd.exe, which expands variables in it.

    Raises:
        ValueError: The path has a character that Windows does not allow.
    """
    if re.search(r'["<>|*?\x00-\x1f]', path):
        raise ValueError(f"{path!r} is not a Windows path")
    return f'"{path}"'


def parse_hashes(text: str) -> list[FileHash]:
    """Return the hashes in the output of ``certutil -hashfile``, sha256 first.

    The text around them is localised. Old versions print pairs of digits with blanks between, new ones do
    not.
    """
    lines = ["".join(line.split()).lower() for line in text.splitlines()]
    return [
        FileHash(algorithm, line)
        for algorithm, digits in (("sha256", 64), ("sha1", 40))
        for line in lines
        if re.fullmatch(rf"[0-9a-f]{{{digits}}}", line)
    ]


def parse_hash(text: str) -> FileHash | None:
    """Return the strongest hash in the output of ``certutil -hashfile``, if any."""
    return next(iter(parse_hashes(text)), None)


def base64_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Encode blocks as lines of base64 that end with CR LF.

    Each block but the last has to be a multiple of 57 bytes.
    """
    return (base64.encodebytes(block).replace(b"\n", b"\r\n") for block in blocks)


def echo_commands(data: bytes, quoted: str) -> list[str]:
    """Return the commands that write data as base64 to a file, each of at most 8000 characters.

    Base64 has no character that is special to cmd.exe. The redirection stands first, where cmd.exe cannot
    take a digit of the data for a handle.
    """
    size = (ECHO_COMMAND - len(f">>{quoted} echo ")) // 4 * 3
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [
        f"{'>' if number == 0 else '>>'}{quoted} echo {base64.b64encode(piece).decode()}"
        for number, piece in enumerate(pieces)
    ]


def decode_command(destination: str) -> str:
    """Return the command that decodes ``NAME.b64`` to ``NAME.part``."""
    encoded, part = quote_path(f"{destination}.b64"), quote_path(f"{destination}.part")
    return f"del /q /f {part} 2>nul & certutil -f -decode {encoded} {part} & del /q /f {encoded}"


def raw_length(blocks: Iterable[bytes]) -> int | None:
    """Return how many bytes of a file findstr can take unchanged: all up to its last line feed.

    Return None if there is no line feed, or a line is too long for findstr, which does not happen in
    compressed data of some size.
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
    """Return the command that appends to ``NAME.part`` the bytes that findstr does not take."""
    encoded, part, rest, whole = (
        quote_path(f"{destination}.{name}") for name in ("b64", "part", "tail", "whole")
    )
    return (
        f">{encoded} echo {base64.b64encode(tail).decode()}& certutil -f -decode {encoded} {rest} & "
        f"copy /b /y {part}+{rest} {whole} & move /y {whole} {part} & del /q /f {encoded} {rest}"
    )


def place_command(destination: str, digests: Iterable[str]) -> str:
    """Return the command that hashes ``NAME.part`` and moves it into place if the hash is one of these.

    It uses both algorithms, because it is not known whether stock 6.1 has SHA256. It looks for pairs of
    digits with and without blanks, which old and new certutil print, at the beginning of a line, because
    certutil prints the file's name too. Without ``/i`` findstr may miss one of several strings (Stack
    Overflow 8844868). It prints the hashes, which the controller compares again.
    """
    part, hashes = quote_path(f"{destination}.part"), quote_path(f"{destination}.hash")
    wanted = " ".join(f'/c:"{digest}" /c:"{bytes.fromhex(digest).hex(" ")}"' for digest in digests)
    return (
        f">{hashes} certutil -hashfile {part} SHA256 & >>{hashes} certutil -hashfile {part} SHA1 & "
        f"type {hashes} & findstr /b /i {wanted} {hashes} >nul && del /q /f {hashes} && "
        + move_command(destination)
    )


def move_command(destination: str) -> str:
    """Return the command that moves ``NAME.part`` into place."""
    return f"move /y {quote_path(f'{destination}.part')} {quote_path(destination)}"


def remove_command(destination: str) -> str:
    """Return the command that removes what a failed transfer left beside the destination."""
    left = (quote_path(f"{destination}.{name}") for name in ("b64", "part", "tail", "whole", "hash"))
    return f"del /q /f {' '.join(left)} 2>nul"


def hash_command(quoted: str) -> str:
    """Return the command that hashes a file by both algorithms; its exit code is that of the second."""
    return f"certutil -hashfile {quoted} SHA256 & certutil -hashfile {quoted} SHA1"


def last_line_patterns(count: int, wanted: int) -> str:
    """Return findstr patterns, joined by spaces, for the numbers of the last lines.

    The lines are taken in groups of a power of ten, so at most nine patterns name them: findstr on 6.1
    refuses search strings beyond 254 characters. The patterns may name somewhat more lines than `wanted` of
    the file's `count`; they are empty if the whole file has to be read.
    """
    digits = 1
    while wanted > 7 * 10**digits:
        digits += 1
    group = 10**digits
    first = (count - wanted) // group
    if first <= 0:
        return ""
    return " ".join(f"^{number}{'[0-9]' * digits}:" for number in range(first, count // group + 1))
