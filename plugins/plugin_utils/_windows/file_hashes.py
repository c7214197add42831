# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashes of files on a host by certutil: the commands, and what the host answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_lowercase

from .._wsman.fetch import hash_line, hashes_in
from .disk_files import path_key


def hash_parts(paths: Sequence[str]) -> dict[str, str]:
    """Return a command for each file that prints its hashes: parts of command lines, by name."""
    return {_name(number): hash_line(path) for number, path in enumerate(paths)}


def hashes_by_path(paths: Sequence[str], answers: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return SHA-256 and SHA-1 of the files as hexadecimal digits in lower case, keyed by ``path_key``.

    ``answers`` are those to ``hash_parts`` of the same paths. What the host could not compute is left out.
    The certutil of some hosts knows SHA-1 only.
    """
    return {
        path_key(path): tuple(each.hexdigest for each in hashes_in(answers.get(_name(number), "")))
        for number, path in enumerate(paths)
    }


def _name(number: int) -> str:
    """Return the name of a part, which has letters only."""
    return "hash" + "".join(ascii_lowercase[int(digit)] for digit in str(number))
