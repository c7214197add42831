# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose the packages to derive from: of one hotfix, one for each architecture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .._package.package import PackageInfo, UnusablePackageError, inspect_package
from .._package.search import find_packages
from .._wsman.errors import InputError


@dataclass(frozen=True)
class ChosenPackage:
    """A package, and a note about others in its folder; empty where there is nothing to say."""

    package: PackageInfo
    note: str = ""


def choose_packages(given: Sequence[Path], kb: str | None) -> list[ChosenPackage]:
    """Return the package for each architecture.

    Args:
        given: Files, and folders that are searched for the hotfix.
        kb: The hotfix; a folder needs it.

    Raises:
        InputError: A file is not a package of the hotfix, a folder has none, or two are for one architecture.
    """
    chosen: dict[tuple[str, ...], ChosenPackage] = {}
    for each in _all(given, kb):
        package = each.package
        if package.reason:
            raise InputError(f"packages: {package.reason}.")
        if kb and kb not in package.kbs:
            found = " and ".join(package.kbs) or "no KB number"
            raise InputError(f"packages has {package.path}, which is of {found}, not of {kb}.")
        other = chosen.setdefault(package.architectures, each).package
        if other.sha256 != package.sha256:
            raise InputError(
                f"packages has {other.path} and {package.path}, which are both for "
                f"{' and '.join(package.architectures) or 'no known architecture'}. Give one of them."
            )
    if not chosen:
        raise InputError("packages is empty. Give the packages of a hotfix, or a folder that has them.")
    return [chosen[key] for key in sorted(chosen)]


def _all(given: Sequence[Path], kb: str | None) -> Iterator[ChosenPackage]:
    for path in given:
        if not _is_folder(path):
            yield ChosenPackage(_inspected(path))
        elif kb:
            yield from _in_folder(path, kb)
        else:
            raise InputError(
                f"packages has {path}, which is a folder. Name the hotfix to search for by hotfix."
            )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a folder above may not be entered: the inspection says so
        return False


def _inspected(path: Path) -> PackageInfo:
    try:
        return inspect_package(path)
    except UnusablePackageError as error:
        raise InputError(f"packages has {path}, which {error.why}") from None


def _in_folder(folder: Path, kb: str) -> Iterator[ChosenPackage]:
    try:
        found = find_packages(folder, kb)
    except OSError as error:
        raise InputError(
            f"packages has {error.filename or folder}, which cannot be read on the controller: "
            f"{error.strerror or error}. Check the rights of the user who runs Ansible."
        ) from error
    if not found.packages:
        none = f"packages has {folder}, which has no package of {kb} for any architecture. {found.others}"
        raise InputError(none.strip())
    if found.others:
        raise InputError(
            f"packages has {folder}, where files of {kb} cannot be used: {found.others} Replace them or move "
            "them away: without their architecture, a definition would call its hosts not applicable."
        )
    for each in found.packages:
        yield ChosenPackage(_inspected(each.path), each.note)
