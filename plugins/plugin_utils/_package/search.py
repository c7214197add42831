# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the package of a hotfix in a folder, by the content of its files.

Of each file only the first bytes and, in a cabinet, the directory are read. The descriptions of those that
mention the KB number there or in their name decide.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .._wsman.errors import InputError
from ._glance import Glance, glance
from .package import MSU, PackageInfo, inspect_package, misfit

# Somebody may name the root of a disk. All updates for Windows 6.1 are about 2000 packages.
_MOST_FILES = 20_000
_MOST_SAID = 5
# Where nothing fits, files with these endings are what somebody took for a package.
_LIKE_PACKAGES = (".msu", ".cab", ".exe", ".zip", ".7z", ".msi", ".msp", ".psf")


class NothingFoundError(InputError):
    """A folder has no package for an architecture; ``damaged`` says whether an unusable one lies there."""

    def __init__(self, message: str, *, damaged: bool) -> None:
        super().__init__(message)
        self.damaged = damaged


@dataclass(frozen=True)
class FoundPackage:
    """The package for a host.

    `note` names its revision, the older ones that lie beside it, and files that should be packages of the
    hotfix and cannot be used; it is empty where there is nothing of the kind.
    """

    path: Path
    note: str = ""


def find_package(folder: Path, kb: str, architecture: str) -> FoundPackage:
    """Find the package of a hotfix for an architecture (x86, x64 or ia64) in a folder and those below it.

    The highest revision wins. Copies of one file are one package, and so are an .msu and a .cab with the same
    identity.

    Raises:
        NothingFoundError: None fits; the message names the files.
        InputError: Different packages have the same revision; the message names the files.
        OSError: The folder cannot be read.
    """
    fitting: list[PackageInfo] = []
    unusable: dict[Path, str] = {}
    others: dict[Path, str] = {}
    strange: dict[Path, str] = {}
    for path in _files(folder):
        look = glance(path)
        if look.problem and path.suffix.lower() in _LIKE_PACKAGES:
            strange[path] = look.problem
        if not look.may_be_of(kb):
            continue
        try:
            package = inspect_package(path)
        except InputError as error:
            if kb in look.kbs:
                unusable[path] = str(error).removeprefix(f"package is {path}, which ")
            continue
        problem = _problem(package, look, kb, architecture)
        if not problem:
            fitting.append(package)
        elif kb in look.kbs:
            others[path] = problem
    if not fitting:
        message = _nothing(folder, kb, architecture, (unusable | others) or strange)
        raise NothingFoundError(message, damaged=bool(unusable))
    best = max(_revision(package, kb) for package in fitting)
    newest = [package for package in fitting if _revision(package, kb) == best]
    chosen = _only(newest, folder, kb, architecture)
    older = [package for package in fitting if package not in newest]
    return FoundPackage(chosen.path, _note(folder, kb, chosen, older, unusable))


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files, those of the folder itself first, without hidden ones such as `._` files of macOS."""
    count = 0
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or not path.is_file():
                continue
            count += 1
            if count > _MOST_FILES:
                raise InputError(
                    f"The package folder {folder} holds more than {_MOST_FILES} files. Name the folder that "
                    "has the packages by hotfix_package_dir"
                )
            yield path


def _raise(error: OSError) -> None:
    raise error


def _problem(package: PackageInfo, look: Glance, kb: str, architecture: str) -> str:
    """Return why a package does not fit; where it could not be read, by what its directory mentions."""
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


def _nothing(folder: Path, kb: str, architecture: str, others: dict[Path, str]) -> str:
    found = f" {_list(others, folder)}" if others else ""
    return (
        f"There is no package of {kb} for {architecture} in {folder}: expected a file like "
        f"Windows6.1-{kb}-{architecture}.msu, under any name.{found} Put it there, or declare it in "
        "hotfix_packages"
    )


def _list(files: dict[Path, str], folder: Path) -> str:
    said = [f"{_shown(path, folder)} {text.rstrip('.')}." for path, text in files.items()]
    more = f" There are {len(said) - _MOST_SAID} more." if len(said) > _MOST_SAID else ""
    return " ".join(said[:_MOST_SAID]) + more


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder))


def _dotted(numbers: Iterable[int]) -> str:
    return ".".join(map(str, numbers)) or "unknown"
