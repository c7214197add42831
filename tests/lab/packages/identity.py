# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities of packages and components, and the name under which winsxs keeps a component (its key form).

The key form was worked out by others from the names on real hosts. Evidence for this implementation: it gives
every manifest name of the article (tests/unit/lab/test_identity.py).
"""

from __future__ import annotations

from dataclasses import dataclass

TOKEN = "31bf3856ad364e35"  # the publisher key of Windows' own packages

_LONGEST_NAME, _KEPT = 40, 19
_WORD, _HASH = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
_CHARACTER, _PAIR = 65599, 0x1FFFFFFF7
_WEIGHTS = (0x1E5FFFFFD27, 0xFFFFFFDC00000051, _PAIR, 1)


@dataclass(frozen=True)
class PackageIdentity:
    """The identity in a .mum; `str()` is the form of the CBS registry and of DISM."""

    name: str
    version: str
    architecture: str
    language: str = ""

    def __str__(self) -> str:
        return f"{self.name}~{TOKEN}~{self.architecture}~{self.language}~{self.version}"


@dataclass(frozen=True)
class AssemblyIdentity:
    """A component, a driver (`kind` driverUpdate) or a deployment. `architecture` may be wow64."""

    name: str
    version: str
    architecture: str
    kind: str = ""

    @property
    def key_form(self) -> str:
        """Its folder in packages and in winsxs, and the name of its manifest without extension."""
        name = self.name.lower()
        if len(name) > _LONGEST_NAME:
            name = f"{name[:_KEPT]}..{name[-_KEPT:]}"
        return f"{self.architecture}_{name}_{TOKEN}_{self.version}_none_{self._hash():016x}"

    @property
    def manifest(self) -> str:
        return f"{self.key_form}.manifest"

    def _hash(self) -> int:
        # In this order; the culture of what has no language is "none", and that is left out.
        attributes = {
            "name": self.name,
            "type": self.kind,
            "version": self.version,
            "publicKeyToken": TOKEN,
            "processorArchitecture": self.architecture,
            "versionScope": "nonSxS",
        }
        key = 0
        for attribute, value in attributes.items():
            if value:
                key = (key * _PAIR + _text_hash(attribute) * _PAIR + _text_hash(value)) & _HASH
        return key


def _text_hash(text: str) -> int:
    sums = [0, 0, 0, 0]
    for place, character in enumerate(text.lower()):
        sums[place % 4] = (sums[place % 4] * _CHARACTER + ord(character)) & _WORD
    return sum(part * weight for part, weight in zip(sums, _WEIGHTS, strict=True)) & _HASH
