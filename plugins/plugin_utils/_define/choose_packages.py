# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose the packages to derive from: of one hotfix, one for each architecture, the latest revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .._package.package import PackageInfo, inspect_package
from .._wsman.errors import InputError

_MAGIC = b"MSCF"


@dataclass(frozen=True)
class LeftOut:
    """A file that is not used, and why."""

    path: Path
    why: str


@dataclass(frozen=True)
class Chosen:
    """The packages to use, by architecture, and the files that are left out."""

    packages: tuple[PackageInfo, ...]
    left_out: tuple[LeftOut, ...]


def choose_packages(given: Sequence[Path], kb: str | None) -> Chosen:
    """Look at files, and at all files in folders.

    Args:
        given: Files and folders.
        kb: The hotfix, where the folders have packages of several.

    Raises:
        InputError: A file is not a package, the packages are of several hotfixes, or there is none.
    """
    left_out: list[LeftOut] = []
    found: list[PackageInfo] = []
    for path, asked_for in _files(given):
        try:
            package = inspect_package(path)
        except InputError as error:
            if asked_for:
                raise
            left_out.append(LeftOut(path, str(error)))
            continue
        if package.reason:
            raise InputError(f"packages has {package.reason}. Derive the definition on one that has it.")
        if kb and kb not in package.kbs:
            left_out.append(LeftOut(path, f"it is of {' and '.join(package.kbs) or 'no KB number'}"))
        else:
            found.append(package)
    kbs = sorted({each for package in found for each in package.kbs})
    if len(kbs) > 1:
        raise InputError(
            f"packages has packages of {', '.join(kbs)}. A definition is of one: name it by hotfix."
        )
    if not found:
        where = ", ".join(str(path) for path in given)
        raise InputError(f"packages is {where}: there is no package {f'of {kb} ' if kb else ''}for Windows.")
    used, others = _latest(found)
    return Chosen(tuple(used), (*left_out, *others))


def _files(given: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Yield each file, and whether it was named itself."""
    for path in given:
        if not path.is_dir():
            yield path, True
            continue
        for each in sorted(path.rglob("*")):
            if each.is_file() and _is_cabinet(each):
                yield each, False


def _is_cabinet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _latest(found: Sequence[PackageInfo]) -> tuple[list[PackageInfo], list[LeftOut]]:
    """Return the latest package of each architecture, and why the others are not used."""
    used: list[PackageInfo] = []
    left_out: list[LeftOut] = []
    for architectures in sorted({package.architectures for package in found}):
        of_one = [package for package in found if package.architectures == architectures]
        best, *others = sorted(of_one, key=_revision, reverse=True)
        used.append(best)
        for other in others:
            if other.sha256 == best.sha256:
                why = f"it is the same as {best.path}"
            elif _revision(other) == _revision(best):
                why = f"{best.path} is the same revision"
            else:
                why = f"{best.path} is a later revision"
            left_out.append(LeftOut(other.path, why))
    return used, left_out


def _revision(package: PackageInfo) -> tuple[int, ...]:
    version = package.packages[0].version if package.packages else ""
    return tuple(int(number) for number in version.split(".") if number.isdecimal())
