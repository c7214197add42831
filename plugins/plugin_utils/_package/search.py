# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the package of a hotfix in a folder, by the content of its files.

Of each file only the first bytes and, in a cabinet, the directory are read. The descriptions of those that
mention the KB number there or in their name decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .._wsman.errors import InputError
from ._folder import files_in
from ._glance import Glance, glance
from .package import MSU, PackageInfo, UnusablePackageError, inspect_package, misfit
from .package_description import ARCHITECTURES

_MOST_SAID = 5
# Where nothing fits, files with these endings are what somebody took for a package.
_LIKE_PACKAGES = (".msu", ".cab", ".exe", ".zip", ".7z", ".msi", ".msp", ".psf")


@dataclass(frozen=True)
class FoundPackage:
    """The package for a host.

    `note` names its revision, the older ones that lie beside it, and files that should be packages of the
    hotfix and cannot be used; it is empty where there is nothing of the kind.
    """

    path: Path
    note: str = ""


@dataclass(frozen=True)
class AllFound:
    """The packages of a hotfix in a folder, one for each architecture that has one.

    `others` names, in sentences, unusable files that may be packages for the other architectures; without any
    package, whatever may have been taken for one. It is empty where there is nothing of the kind.
    """

    packages: tuple[FoundPackage, ...]
    others: str = ""


def find_package(folder: Path, kb: str, architecture: str) -> FoundPackage:
    """Find the package of a hotfix for an architecture (x86, x64 or ia64) in a folder and those below it.

    The highest revision wins. Copies of one file are one package, and so are an .msu and a .cab with the same
    identity.

    Raises:
        InputError: None fits, or different packages have the same revision; the message names the files.
        OSError: The folder or one below it cannot be read.
    """
    looked = _look(folder, kb)
    fitting = _fitting(looked, architecture)
    if fitting:
        return _best(looked, fitting, architecture)
    others = {
        package.path: _problem(package, look, kb, architecture)
        for package, look in looked.inspected
        if kb in look.kbs
    }
    found = _list((looked.unusable | others) or looked.strange, folder)
    raise InputError(
        f"There is no package of {kb} for {architecture} in {folder}: expected a file like "
        f"Windows6.1-{kb}-{architecture}.msu, under any name.{found and f' {found}'} Put it there, or "
        "declare it in hotfix_packages"
    )


def find_packages(folder: Path, kb: str) -> AllFound:
    """Find the packages of a hotfix for all architectures, as `find_package` does for one.

    Raises:
        InputError: Different packages have the same revision; the message names the files.
        OSError: The folder or one below it cannot be read.
    """
    looked = _look(folder, kb)
    fitting = {architecture: _fitting(looked, architecture) for architecture in ARCHITECTURES.values()}
    found = {
        architecture: _best(looked, packages, architecture)
        for architecture, packages in fitting.items()
        if packages
    }
    if found:
        others = {
            path: why for path, why in looked.unusable.items() if not _for(path) or _for(path) - set(found)
        }
    else:
        others = {
            package.path: _problem(package, look, kb) for package, look in looked.inspected if kb in look.kbs
        }
        others = (looked.unusable | others) or looked.strange
    return AllFound(tuple(found.values()), _list(others, folder))


def _for(path: Path) -> frozenset[str]:
    """Return the architectures that a file mentions."""
    return glance(path).architectures


@dataclass(frozen=True)
class _Looked:
    """What a folder holds that may be of a hotfix: packages, files that cannot be used, and strange files."""

    folder: Path
    kb: str
    inspected: tuple[tuple[PackageInfo, Glance], ...]
    unusable: dict[Path, str]
    strange: dict[Path, str]


def _look(folder: Path, kb: str) -> _Looked:
    inspected: list[tuple[PackageInfo, Glance]] = []
    unusable: dict[Path, str] = {}
    strange: dict[Path, str] = {}
    for path in files_in(folder):
        look = glance(path)
        if look.problem and path.suffix.lower() in _LIKE_PACKAGES:
            strange[path] = look.problem
        if not look.may_be_of(kb):
            continue
        try:
            inspected.append((inspect_package(path), look))
        except UnusablePackageError as error:
            if kb in look.kbs:
                unusable[path] = error.why
    return _Looked(folder, kb, tuple(inspected), unusable, strange)


def _fitting(looked: _Looked, architecture: str) -> list[PackageInfo]:
    return [
        package for package, look in looked.inspected if not _problem(package, look, looked.kb, architecture)
    ]


def _best(looked: _Looked, fitting: list[PackageInfo], architecture: str) -> FoundPackage:
    """Return the package of the highest revision, with a note on the others."""
    folder, kb = looked.folder, looked.kb
    best = max(_revision(package, kb) for package in fitting)
    newest = [package for package in fitting if _revision(package, kb) == best]
    chosen = _only(newest, folder, kb, architecture)
    older = [package for package in fitting if package not in newest]
    return FoundPackage(chosen.path, _note(folder, kb, chosen, older, looked.unusable))


def _problem(package: PackageInfo, look: Glance, kb: str, architecture: str = "") -> str:
    """Return why a package does not fit, or fits no architecture.

    Where it could not be read, what its directory mentions decides.
    """
    if not package.reason:
        return misfit(package, kb, architecture)
    fits = kb in look.kbs and architecture in look.architectures
    return "" if fits else f"was not inspected: {package.reason}"


def _revision(package: PackageInfo, kb: str) -> tuple[int, ...]:
    """Return the version of the package of a KB; an empty one where this controller could not read it."""
    version = next((each.version for each in package.packages if each.kb == kb), "")
    return tuple(int(number) for number in version.split(".") if number.isdecimal())


def _only(newest: list[PackageInfo], folder: Path, kb: str, architecture: str) -> PackageInfo:
    """Return the one package that all of these are."""
    whole = [package for package in newest if package.form == MSU]
    same = {package.identity(kb) for package in newest}
    ours = whole if whole and len(same) == 1 else newest
    if len({package.sha256 for package in ours}) > 1:
        names = ", ".join(_shown(package.path, folder) for package in ours)
        raise InputError(
            f"Several packages of {kb} for {architecture} lie in {folder}, which differ but are the same "
            f"revision: {names}. Keep one, or declare it by architecture in hotfix_packages"
        )
    return ours[0]


def _note(
    folder: Path, kb: str, chosen: PackageInfo, older: list[PackageInfo], unusable: dict[Path, str]
) -> str:
    said = []
    if older:
        names = [f"{_shown(each.path, folder)} ({_dotted(_revision(each, kb))})" for each in older]
        said.append(f"revision {_dotted(_revision(chosen, kb))}, instead of {', '.join(names)}.")
    if unusable:
        said.append(f"Not used: {_list(unusable, folder)}")
    return " ".join(said)


def _list(files: dict[Path, str], folder: Path) -> str:
    said = [f"{_shown(path, folder)} {text.rstrip('.')}." for path, text in files.items()]
    more = f" There are {len(said) - _MOST_SAID} more." if len(said) > _MOST_SAID else ""
    return " ".join(said[:_MOST_SAID]) + more


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder))


def _dotted(numbers: Iterable[int]) -> str:
    return ".".join(map(str, numbers)) or "unknown"
