# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read whole registry keys, so that a missing value differs from an answer that the host did not give.

reg.exe prints many keys in one command line. A policy bars it ("Prevent access to registry editing tools"):
it then prints nothing, as for a missing key. So each key's output ends with a mark, and a missing key counts
only if the output of a key above it shows that. StdRegProv, which that policy does not bar, answers the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._wsman.errors import ConnectionLost, RemoteError
from .._wsman.registry import read_dword, read_subkeys

if TYPE_CHECKING:
    from .._wsman.session import Session

# How many keys above a missing one are printed in its place, until one exists.
_ABOVE = 2
# The mark: how many levels above the key the output belongs to, or that none of them was printed.
_MARK = re.compile(rf"^=([0-{_ABOVE}]|none)\s*$")
# In every language, reg.exe prints values as "    NAME    REG_DWORD    0x1", then subkeys by full name.
_DWORD_LINE = re.compile(r"^\s+(\S+)\s+REG_DWORD\s+0x([0-9a-f]{1,8})\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class KeyContent:
    """The numbers of a key by name and the names of its subkeys, in lower case; empty if it is missing."""

    dwords: Mapping[str, int] = field(default_factory=dict)
    subkeys: frozenset[str] = frozenset()


def keys_command(keys: Iterable[str]) -> str:
    """Return a part of a cmd.exe line that prints keys for `parse_keys`.

    Write the keys as `HKLM\\SYSTEM\\…`. `&` can join the part with others; its exit code means nothing.
    """
    return "(" + " & ".join(_print(key) for key in keys) + ") 2>nul"


def _print(key: str) -> str:
    above = [key.rsplit("\\", level)[0] for level in range(_ABOVE + 1)]
    tries = [f'reg query "{each}" && echo ={level}' for level, each in enumerate(above)]
    return "(" + " || ".join([*tries, "echo =none"]) + ")"


def parse_keys(text: str, keys: Sequence[str]) -> dict[str, KeyContent]:
    """Return what `keys_command` printed by key, without the keys that the host did not show."""
    outputs: list[tuple[str, list[str]]] = []
    lines: list[str] = []
    for line in text.splitlines():
        if mark := _MARK.match(line):
            outputs.append((mark[1], lines))
            lines = []
        else:
            lines.append(line)
    if len(outputs) != len(keys):
        return {}  # cut off: nothing shows which output belongs to which key
    contents = {key: _content(key, mark, printed) for key, (mark, printed) in zip(keys, outputs, strict=True)}
    return {key: content for key, content in contents.items() if content is not None}


def _content(key: str, mark: str, lines: list[str]) -> KeyContent | None:
    if mark == "none":
        return None
    level = int(mark)
    # What is not the output of reg.exe shows nothing. Only a key with nothing in it is printed as no line, so
    # no key is below it.
    if any(line.strip() for line in lines) and not any(map(_is_key, lines)):
        return None
    subkeys = _subkeys(lines, depth=key.count("\\") - level)
    if level:
        # The key, or the key above it, is missing if the key above that has no such subkey.
        return None if key.split("\\")[-level].lower() in subkeys else KeyContent()
    values = filter(None, map(_DWORD_LINE.match, lines))
    return KeyContent({found[1].lower(): int(found[2], 16) for found in values}, subkeys)


def _is_key(line: str) -> bool:
    return line.upper().startswith("HKEY_")


def _subkeys(lines: list[str], depth: int) -> frozenset[str]:
    names = (line.strip() for line in lines if _is_key(line))
    return frozenset(name.rpartition("\\")[2].lower() for name in names if name.count("\\") == depth + 1)


def read_keys(
    session: Session, text: str, keys: Mapping[str, Sequence[str]]
) -> tuple[dict[str, KeyContent], str]:
    """Return the keys that `keys_command` printed, and ask StdRegProv for those that it did not.

    Args:
        text: The output of the command; empty if it did not run.
        keys: Each key with the names of the numbers that are needed of it; without names, its subkeys are.

    Returns:
        The keys that one of the two ways shows, and why the first of the others could not be read; empty if
        all were.

    Raises:
        ConnectionLost: The host is gone.
    """
    contents = parse_keys(text, list(keys))
    cause = ""
    for key, names in keys.items():
        if key in contents:
            continue
        try:
            contents[key] = _by_wmi(session, key, names)
        except ConnectionLost:
            raise
        except RemoteError as error:
            cause = cause or f"reg.exe did not show {key}, and StdRegProv answers: {error.message}"
    return contents, cause


def _by_wmi(session: Session, key: str, names: Sequence[str]) -> KeyContent:
    if not names:
        return KeyContent(subkeys=frozenset(name.lower() for name in read_subkeys(session, key)))
    numbers = {name.lower(): read_dword(session, key, name) for name in names}
    return KeyContent({name: number for name, number in numbers.items() if number is not None})
