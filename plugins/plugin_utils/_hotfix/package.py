# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: inspects an .msu on the controller, before anything is sent to a host."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ._cabinet import Cabinet, CabinetDamagedError, CabinetUnreadableError, open_cabinet
from .package_description import ServicedPackage, parse_properties, parse_unattend

# The descriptions of real packages have below 4 KiB; a megabyte is no longer a description.
_LARGEST_DESCRIPTION = 1024 * 1024


class PackageError(Exception):
    """The package cannot be used; the message names the file, what was found, and what to do."""


@dataclass(frozen=True)
class PackageInfo:
    """What an .msu says about itself.

    Attributes:
        path: the file on the controller.
        size: in bytes.
        sha256: of the whole file, lower-case hexadecimal.
        sha1: the same, for hosts whose certutil has no SHA-256.
        kbs: the KB numbers it names, such as KB978918.
        architectures: x86, x64, ia64: those of its packages.
        packages: the packages of its unattend file.
        cabinets: the names of the cabinets inside.
    """

    path: Path
    size: int
    sha256: str
    sha1: str
    kbs: tuple[str, ...]
    architectures: tuple[str, ...]
    packages: tuple[ServicedPackage, ...]
    cabinets: tuple[str, ...]


@dataclass(frozen=True)
class PackageUnreadable:
    """A package whose compression this controller cannot read: the host's own check decides.

    Attributes:
        path: the file on the controller.
        size: in bytes.
        sha256: of the whole file, lower-case hexadecimal.
        sha1: the same, for hosts whose certutil has no SHA-256.
        reason: what is missing here, for a message to the operator.
    """

    path: Path
    size: int
    sha256: str
    sha1: str
    reason: str


def inspect_package(path: Path) -> PackageInfo | PackageUnreadable:
    """Read what an .msu says about itself.

    Raises:
        PackageError: the file is missing, no cabinet, truncated, or no update package.
    """
    try:
        size, sha256, sha1 = _hash_file(path)
        try:
            cabinet = open_cabinet(path)
            packages, properties_kb, architecture = _describe(cabinet)
        except CabinetUnreadableError as error:
            return PackageUnreadable(path, size, sha256, sha1, f"{path} was not inspected here: {error}")
    except CabinetDamagedError as error:
        raise PackageError(
            f"The package {path} cannot be used: {error}. "
            "Download it again and compare its hash with the source's."
        ) from error
    except OSError as error:
        raise PackageError(
            f"The package {path} cannot be read on the controller: {error.strerror or error}. "
            "Check the path and the rights of the user that runs Ansible."
        ) from error
    named = [*(package.kb for package in packages), properties_kb]
    found: list[str | None] = [package.architecture for package in packages if package.kb]
    return PackageInfo(
        path=path,
        size=size,
        sha256=sha256,
        sha1=sha1,
        kbs=tuple(dict.fromkeys(kb for kb in named if kb)),
        architectures=tuple(dict.fromkeys(name for name in found or [architecture] if name)),
        packages=tuple(packages),
        cabinets=tuple(member.name for member in cabinet.members if member.name.lower().endswith(".cab")),
    )


def check_package(package: PackageInfo, kb: str, architecture: str) -> None:
    """Refuse a package that is another KB's or for another architecture.

    Args:
        package: the inspected package.
        kb: the wanted hotfix, such as KB978918.
        architecture: the host's, x86, x64 or ia64.

    Raises:
        PackageError: it does not fit; the message names what it is and what is wanted.
    """
    if kb not in package.kbs:
        raise PackageError(
            f"The package {package.path} is of {_list(package.kbs, 'no KB number')}, not of {kb}. "
            f"Name the package of {kb} for {architecture}, usually Windows6.1-{kb}-{architecture}.msu."
        )
    ours = tuple(item.architecture for item in package.packages if item.kb == kb) or package.architectures
    if architecture not in ours:
        raise PackageError(
            f"The package {package.path} is for {_list(ours, 'no known architecture')}, the host is "
            f"{architecture}. Name the package of {kb} for {architecture}, usually "
            f"Windows6.1-{kb}-{architecture}.msu."
        )


def _hash_file(path: Path) -> tuple[int, str, str]:
    sha256 = hashlib.sha256()
    sha1 = hashlib.sha1(usedforsecurity=False)
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            sha256.update(chunk)
            sha1.update(chunk)
            size += len(chunk)
    return size, sha256.hexdigest(), sha1.hexdigest()


def _describe(cabinet: Cabinet) -> tuple[list[ServicedPackage], str | None, str | None]:
    """Return the packages of the unattend files, and KB and architecture of pkgProperties."""
    packages: list[ServicedPackage] = []
    kb = architecture = None
    for member in cabinet.members:
        name = member.name.lower()
        if name.endswith(".xml"):
            data = cabinet.read(member, limit=_LARGEST_DESCRIPTION)
            try:
                packages += parse_unattend(data)
            except ValueError as error:
                raise CabinetDamagedError(f"its description {member.name} is unusable: {error}") from error
        elif name.endswith("pkgproperties.txt"):
            properties = parse_properties(cabinet.read(member, limit=_LARGEST_DESCRIPTION))
            kb, architecture = properties.kb, properties.architecture
    if not packages and kb is None:
        names = ", ".join(member.name for member in cabinet.members[:5])
        raise CabinetDamagedError(f"it is a cabinet but no update package: it holds {names}")
    return packages, kb, architecture


def _list(names: tuple[str, ...], nothing: str) -> str:
    return " and ".join(names) or nothing
