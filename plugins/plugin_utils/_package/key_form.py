# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assembly identities of the component store, and the file names that follow from them.

The component store names each manifest after its identity: "amd64_name_token_version_culture_hash".
Microsoft does not document the hash. These rules give all 12 names of article 978918, and all 30 names of the
packages of KB2465285, KB2584475, KB2780124 and KB3040017.
"""

from __future__ import annotations

from dataclasses import dataclass

_MASK = (1 << 64) - 1
_LANE_MASK = (1 << 32) - 1
_CHARACTER_FACTOR = 65599
_KEY_FACTOR = 0x1FFFFFFF7
_LANE_FACTORS = (0x1E5FFFFFD27, 0xFFFFFFDC00000051, 0x1FFFFFFF7, 1)
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Identity:
    """An assembly: a component, a deployment or a package. Texts are as the manifest has them.

    The language is ``neutral`` for an assembly without one; ``kind`` is the attribute ``type``.
    """

    name: str
    version: str
    architecture: str
    language: str
    token: str
    scope: str = ""
    kind: str = ""

    @property
    def key_form(self) -> str:
        """Its name in the component store, in lower case, without an extension."""
        name = self.name.lower()
        if len(name) > _LONGEST_NAME:
            name = f"{name[:19]}..{name[-19:]}"
        parts = (self.architecture, name, self.token, self.version, self._culture or "none", self._key)
        return "_".join(parts).lower()

    @property
    def _culture(self) -> str:
        return "" if self.language.lower() in ("", "neutral", "none", "*") else self.language

    @property
    def _key(self) -> str:
        attributes = {
            "name": self.name,
            "culture": self._culture,
            "type": self.kind,
            "version": self.version,
            "publicKeyToken": self.token,
            "processorArchitecture": self.architecture,
            "versionScope": self.scope,
        }
        key = 0
        for attribute, value in attributes.items():
            if value and value.lower() != "none":
                pair = _text_hash(attribute) * _KEY_FACTOR + _text_hash(value)
                key = (key * _KEY_FACTOR + pair) & _MASK
        return f"{key:016x}"


def _text_hash(text: str) -> int:
    lanes = [0, 0, 0, 0]
    for index, character in enumerate(text.lower()):
        lanes[index % 4] = (lanes[index % 4] * _CHARACTER_FACTOR + ord(character)) & _LANE_MASK
    return sum(lane * factor for lane, factor in zip(lanes, _LANE_FACTORS, strict=True)) & _MASK
