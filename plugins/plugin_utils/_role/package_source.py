# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package for a host: the one declared for its architecture, or the one found in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .._package.search import find_package
from .._wsman.errors import InputError
from .settings import Settings
from .values import LOCATIONS


@dataclass(frozen=True)
class PackageSource:
    """The arguments of the module `hotfix` for a package; `sha256` may be empty.

    `note` is what the operator should know of how it was chosen among the files of a folder.
    """

    package: str
    package_location: str
    sha256: str = ""
    note: str = ""


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
    return _found(architecture, kb, here / settings.package_dir)


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
    package = str(here / entry[key]) if key == "path" else entry[key]
    return PackageSource(package, LOCATIONS[key], sha256)


def _found(architecture: str, kb: str, folder: Path) -> PackageSource:
    try:
        found = find_package(folder, kb, architecture)
    except FileNotFoundError as error:
        raise InputError(
            f"The package folder {folder} does not exist on the controller. Make it and put the packages "
            "there, or name the one that has them by hotfix_package_dir"
        ) from error
    except NotADirectoryError as error:
        raise InputError(
            f"The package folder {folder} is not a folder. Name the folder that has the packages by "
            "hotfix_package_dir, or declare the file in hotfix_packages"
        ) from error
    except OSError as error:
        raise InputError(
            f"The package folder {error.filename or folder} cannot be read: {error.strerror or error}. Check "
            "the rights of the user who runs Ansible"
        ) from error
    return PackageSource(str(found.path), "controller", note=found.note)
