# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the hashes of files on a host with certutil, many in one command line."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase
from typing import TYPE_CHECKING

from .._wsman.fetch import hash_line, hashes_in
from ._batches import in_batches
from .disk_files import path_key
from .joined_command import ask_in_one_command

if TYPE_CHECKING:
    from .._wsman.session import Session

# cmd.exe takes 8191 characters. Each file is hashed twice, and a path has at most 260 characters.
_CHARACTERS_PER_LINE = 6000


def read_hashes(session: Session, paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the SHA-256 and SHA-1 of files as hexadecimal digits in lower case, keyed by ``path_key``.

    What the host could not compute is left out. The certutil of some hosts knows SHA-1 only.

    Raises:
        RemoteError: The host refused the command line, or printed nothing of it.
    """
    found = {}
    for batch in in_batches(paths, _length, characters=_CHARACTERS_PER_LINE, most=len(ascii_lowercase)):
        names = dict(zip(ascii_lowercase, batch, strict=False))
        answers = ask_in_one_command(session, {name: hash_line(path) for name, path in names.items()})
        for name, path in names.items():
            found[path_key(path)] = tuple(each.hexdigest for each in hashes_in(answers[name]))
    return found


def _length(path: str) -> int:
    return len(hash_line(path)) + 20  # the marker before it
