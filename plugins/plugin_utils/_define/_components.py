# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which components of a package a definition can use, and why it cannot use the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._package.contents import PackageContents
from .._windows.file_version import RELEASED, FileVersion
from ._tree import Brought
from .destinations import PLATFORMS

_WINDOWS = (6, 1)
_EXPLORER = ("microsoft-windows-ie-", "microsoft-windows-internetexplorer", "microsoft-windows-ieframe")
# Every installation of Windows 6.1 has this package: components for it are part of every host.
_FOUNDATION = "microsoft-windows-foundation-package"
_PREFIX = "microsoft-windows-"


@dataclass(frozen=True)
class Usable:
    """A component in one version: its short name, whether every host has it, its build and its branch."""

    brought: Brought
    name: str
    required: bool
    version: FileVersion

    @property
    def build(self) -> int:
        """7600 or 7601."""
        return self.version.build

    @property
    def group(self) -> tuple[str, str, int]:
        """What the two branches of a component have in common."""
        return self.name, self.brought.component.identity.architecture.lower(), self.build


@dataclass(frozen=True)
class Unusable:
    """A component without use for a definition, and why; ``driver`` and ``explorer`` are frequent reasons."""

    name: str
    why: str
    kind: str = ""


def short_name(identity_name: str) -> str:
    """Return the name of a component as definitions have it: in lower case, without Microsoft's prefix."""
    return identity_name.lower().removeprefix(_PREFIX)


def is_explorer(name: str) -> bool:
    """Return whether a component or package is of Internet Explorer."""
    return name.lower().startswith(_EXPLORER)


def sort_out(contents: PackageContents, brought: Sequence[Brought]) -> tuple[list[Usable], list[Unusable]]:
    """Return the components that a definition can use, and the others with the reasons."""
    usable: list[Usable] = []
    unusable: list[Unusable] = []
    for each in brought:
        problem = _problem(each)
        if problem:
            unusable.append(problem)
        elif each.component.files:
            identity = each.component.identity
            required = any(parent.lower() == _FOUNDATION for parent in each.parents)
            usable.append(
                Usable(each, short_name(identity.name), required, FileVersion.parse(identity.version))
            )
    return usable, list(dict.fromkeys(unusable))


def _problem(each: Brought) -> Unusable | None:
    identity = each.component.identity
    name = f"{identity.name} {identity.version}"
    if each.component.is_driver:
        return Unusable(name, "it is a driver, and an .inf file decides where its files go", "driver")
    if is_explorer(identity.name) or any("internetexplorer" in parent.lower() for parent in each.parents):
        why = "it is of Internet Explorer, whose files have other versions than their components"
        return Unusable(name, why, "explorer")
    try:
        version = FileVersion.parse(identity.version)
    except ValueError:
        return Unusable(name, "its version is not four numbers")
    if (version.major, version.minor) != _WINDOWS or version.build not in RELEASED:
        return Unusable(name, "it is not of Windows 6.1, so its version does not show those of its files")
    if each.build is not None and each.build != version.build:
        return Unusable(name, f"it stands among the packages for build {each.build}")
    if each.branch and (each.branch == "LDR") != version.is_ldr:
        return Unusable(name, f"it stands in the {each.branch} branch, which its version does not fit")
    if identity.architecture.lower() not in PLATFORMS:
        return Unusable(name, f"nobody knows where its files go: its architecture is {identity.architecture}")
    if identity.language.lower() not in ("neutral", ""):
        return Unusable(name, f"it is of the language {identity.language}, which a host may lack")
    return None
