# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a component prove a hotfix, in which version, and by which rule that is known.

The files in a package are differences that only Windows puts together, so nobody can read their versions
here. Two facts stand in. The index has the time of each file, and files that were built for the hotfix are a
few days older than the package: at most 5 days in the packages of KB2465285, KB2584475, KB2780124 and
KB3040017, and in article 978918; their other files are at least 6 months older. And a program that was built
for the hotfix has the version of its component: so it is in the articles 978918 and 976398, but not for
Internet Explorer, whose packages are refused before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PureWindowsPath

from .._package.payload_index import PayloadFile
from .._windows.file_version import FileVersion

OWN_VERSION = "own_version"
COMPONENT_VERSION = "component_version"
HASH = "hash"
BESIDE = "beside"
CARRIED = "carried"
DOUBTFUL = "doubtful"
OTHER_VERSION = "other_version"
NO_EVIDENCE = "no_evidence"
BRANCHES_DIFFER = "branches_differ"
COMPONENTS_DIFFER = "components_differ"

RULES = {
    OWN_VERSION: "decides: the package holds the file itself, which has its component's version",
    COMPONENT_VERSION: "decides: a program built for this hotfix has its component's version",
    HASH: "decides by its hash: it was built for this hotfix, and its component has no such program",
    BESIDE: "does not decide: it has no version, and the programs of its component decide",
    CARRIED: "does not decide: it is older than the hotfix, so the package holds it unchanged",
    DOUBTFUL: "does not decide: its time does not show whether it was built for this hotfix",
    OTHER_VERSION: "does not decide: its version is not that of its component",
    NO_EVIDENCE: "does not decide: the package shows neither its version nor when it was built",
    BRANCHES_DIFFER: "does not decide: it was built for this hotfix in one branch only, or has only hashes",
    COMPONENTS_DIFFER: "does not decide: several components bring it, in different versions",
}
# What a reviewer should look up: everything else is evidence, or harmless.
UNSURE = (DOUBTFUL, OTHER_VERSION, NO_EVIDENCE, BRANCHES_DIFFER, COMPONENTS_DIFFER)

_NEW, _OLD = timedelta(days=30), timedelta(days=100)
# Files that Windows builds with a version resource. Catalogues, .mof, .inf, .xrm-ms and others have none.
_PROGRAMS = (".dll", ".exe", ".sys", ".ocx", ".cpl", ".drv", ".scr", ".ax", ".acm", ".tsp", ".efi")


@dataclass(frozen=True)
class Judged:
    """What a package shows of one file: its version, whether it decides, and the rule."""

    rule: str
    version: FileVersion | None = None

    @property
    def deciding(self) -> bool:
        """Whether the hotfix's status depends on it."""
        return self.rule in (OWN_VERSION, COMPONENT_VERSION, HASH)


def judge(
    names: Sequence[str], held: Sequence[PayloadFile | None], component: FileVersion, made: datetime | None
) -> list[Judged]:
    """Judge all files of one component.

    Args:
        names: The files.
        held: What the package holds of each; None where it does not.
        component: The version of the component.
        made: When the package was made.
    """
    judged = [
        _judge(name, file, component, made) if file else Judged(NO_EVIDENCE)
        for name, file in zip(names, held, strict=True)
    ]
    if any(each.rule in (OWN_VERSION, COMPONENT_VERSION) for each in judged):
        return [replace(each, rule=BESIDE) if each.rule == HASH else each for each in judged]
    return judged


def _judge(name: str, file: PayloadFile, component: FileVersion, made: datetime | None) -> Judged:
    if file.version:
        version = FileVersion.parse(file.version)
        if version == component:
            return Judged(OWN_VERSION, version)
        if version.build > component.build:
            # Of another product, or of a build that no host of this entry has: no version to expect there.
            return Judged(OTHER_VERSION)
        return Judged(CARRIED if version < component else OTHER_VERSION, version)
    if file.time is None or made is None:
        return Judged(NO_EVIDENCE)
    age = made - file.time
    if abs(age) > _NEW:
        return Judged(CARRIED if age > _OLD else DOUBTFUL)
    if PureWindowsPath(name).suffix.lower() in _PROGRAMS:
        return Judged(COMPONENT_VERSION, component)
    return Judged(HASH)
