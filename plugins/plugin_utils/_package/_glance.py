# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the beginning of a file shows of it: enough to know whether it is worth an inspection."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .cabinet import CabinetDamagedError, open_cabinet
from .kinds import other_kind
from .package import UPDATE
from .package_description import ARCHITECTURES

# Windows6.1-KB978918-x64.cab, package_1_for_kb978918~31bf3856ad364e35~amd64~~6.1.1.0.mum
_KB = re.compile(r"KB([0-9]{5,8})(?![0-9])", re.IGNORECASE)
_ARCHITECTURE = re.compile(r"(?<![a-z0-9])(x86|x64|amd64|ia64)(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Glance:
    """The KB numbers and architectures that a file's name and a cabinet's directory mention.

    `nameless` is for a cabinet that looks like a package and mentions no KB number. `problem` says what the
    file is instead of a package; it continues the name of the file.
    """

    kbs: frozenset[str]
    architectures: frozenset[str]
    nameless: bool = False
    problem: str = ""

    def may_be_of(self, kb: str) -> bool:
        """Return whether the file may be the package of a KB, or should be."""
        return kb in self.kbs or self.nameless


def glance(path: Path) -> Glance:
    """Look at a file, once while its size and its time stay the same."""
    try:
        status = path.stat()
        return _glance(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        return Glance(*_mentioned([path.name]), problem=f"is not readable: {error.strerror or error}")


@lru_cache(maxsize=4096)
def _glance(path: Path, _size: int, _modified: int) -> Glance:
    kind = other_kind(path)
    if kind:
        return Glance(*_mentioned([path.name]), problem=f"is {kind.name}. {kind.remedy}")
    try:
        names = [member.name for member in open_cabinet(path).members]
    except CabinetDamagedError as error:
        return Glance(*_mentioned([path.name]), problem=f"cannot be used: {error}")
    kbs, architectures = _mentioned(names)
    own_kbs, own_architectures = _mentioned([path.name])
    nameless = not kbs and _is_package(names)
    return Glance(kbs | own_kbs, architectures | own_architectures, nameless)


def _mentioned(names: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    text = "\n".join(names)
    found = {word.lower() for word in _ARCHITECTURE.findall(text)}
    return (
        frozenset(f"KB{number}" for number in _KB.findall(text)),
        frozenset(ARCHITECTURES.get(word, word) for word in found),
    )


def _is_package(names: Iterable[str]) -> bool:
    lower = [name.lower() for name in names]
    endings = {name.rpartition(".")[2] for name in lower}
    return UPDATE in lower or {"xml", "cab"} <= endings
