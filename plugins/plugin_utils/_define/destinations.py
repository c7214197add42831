# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a component's files lie on a host: from the macros of manifests to paths of a definition.

The macros are those of component manifests ("$(runtime.system32)\\"). Microsoft documents no list. The
packages of KB2465285 and KB2780124 have "system32", "drivers", "inf" and "wbem"; the others are named alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._hotfix.fields import SYSTEM_ROOT

# Folders below %SystemRoot%. Program Files and the like are on a drive that the package does not name.
FOLDERS = {
    "windows": "",
    "system32": "System32",
    "drivers": r"System32\drivers",
    "wbem": r"System32\wbem",
    "inf": "inf",
    "fonts": "Fonts",
    "help": "Help",
    "system": "System",
}
# A 64-bit Windows puts the files of its 32-bit components here instead of System32 (WOW64).
_SYSTEM32, _WOW64 = "System32", "SysWOW64"
# The 32-bit components of a 64-bit Windows: most are x86, those that differ from it wow64.
_OF_32_BITS = ("x86", "wow64")

# From the architecture of a component to the platform of its files, in the words of a definition.
PLATFORMS = {"x86": "x86", "wow64": "x86", "amd64": "x64", "ia64": "ia64"}


@dataclass(frozen=True)
class Placed:
    """The path of a file on a host; or, where it cannot be known, why."""

    path: str = ""
    problem: str = ""


def place(name: str, destination: str, component_architecture: str, architecture: str) -> Placed:
    """Return where a file of a component lies.

    Args:
        name: The file, ``bridge.sys``.
        destination: The folder in its manifest, ``$(runtime.drivers)\\``; empty for a driver.
        component_architecture: ``x86``, ``wow64``, ``amd64`` or ``ia64``.
        architecture: That of Windows: ``x86``, ``x64`` or ``ia64``.
    """
    if not destination:
        return Placed(problem="its manifest names no folder, because an .inf file decides")
    macro, _end, below = destination.replace("/", "\\").partition(")")
    folder = FOLDERS.get(macro.removeprefix("$(runtime.").lower())
    if not macro.startswith("$(runtime.") or folder is None:
        return Placed(problem=f"its folder {destination} is not one that lies below {SYSTEM_ROOT} everywhere")
    parts = [*folder.split("\\"), *below.split("\\"), name]
    parts = [part for part in parts if part]
    if any(
        not part.isprintable() or not part.strip(".") or set(part) & set('/:*?"<>|%') or "\\" in part
        for part in parts
    ):
        return Placed(problem=f"its folder {destination} or its name is not one that Windows allows")
    if architecture != "x86" and component_architecture in _OF_32_BITS and parts[0] == _SYSTEM32:
        parts[0] = _WOW64
    return Placed(path="\\".join((SYSTEM_ROOT, *parts)))
