# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package for a host: the one declared for its architecture, or the one found in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .._wsman.errors import InputError
from .settings import Settings
from .values import LOCATIONS


@dataclass(frozen=True)
class PackageSource:
    """The arguments of the module `hotfix` for a package; `sha256` may be empty."""

    package: str
    package_location: str
    sha256: str = ""


def choose_package(settings: Settings, kb: str, architecture: str, here: Path) -> PackageSource:
    """Choose the package for an architecture.

    Args:
        settings: What is declared, and the folder to search otherwise.
        kb: The hotfix.
        architecture: x86, x64 or ia64.
        here: Relative paths start from here.

    Raises:
        InputError: Nothing fits, more than one file fits, or the declaration is wrong.
    """
    entry = settings.packages.get(architecture)
    if entry:
        return _declared(architecture, entry, here)
    return _found(architecture, kb, here / Path(settings.package_dir).expanduser())


def _declared(architecture: str, entry: Mapping[str, str], here: Path) -> PackageSource:
    given = [key for key in LOCATIONS if entry.get(key)]
    if len(given) != 1:
        raise InputError(f"hotfix_packages: {architecture} needs exactly one of path, url and host_path")
    key, sha256 = given[0], entry.get("sha256", "")
    if key != "path" and not sha256:
        raise InputError(
            f"hotfix_packages: {architecture}.sha256 is missing. A package that the controller does not hold "
            "is installed only when its SHA-256 is known; compute it with sha256sum from a copy you trust"
        )
    package = str(here / Path(entry[key]).expanduser()) if key == "path" else entry[key]
    return PackageSource(package, LOCATIONS[key], sha256)


def _found(architecture: str, kb: str, folder: Path) -> PackageSource:
    if not folder.is_dir():
        raise InputError(
            f"The package folder {folder} does not exist on the controller. Make it and put the .msu files "
            "there, or name the one that has them by hotfix_package_dir"
        )
    ending = f"-{architecture}.msu"
    names = sorted(entry.name for entry in folder.iterdir())
    matches = [name for name in names if kb.lower() in name.lower() and name.lower().endswith(ending)]
    if not matches:
        raise InputError(
            f"There is no package of {kb} for {architecture} in {folder}: expected a file like "
            f"Windows6.1-{kb}-{architecture}.msu. Put it there, or declare it in hotfix_packages"
        )
    if len(matches) > 1:
        raise InputError(
            f"Several packages of {kb} for {architecture} lie in {folder}: {', '.join(matches)}. "
            "Keep one, or declare it by architecture in hotfix_packages"
        )
    return PackageSource(str(folder / matches[0]), "controller")
