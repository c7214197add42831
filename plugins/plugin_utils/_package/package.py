# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inspect an .msu on the controller, before anything is sent to a host."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .._wsman.errors import InputError
from .cabinet import Cabinet, CabinetDamagedError, CabinetUnreadableError, open_cabinet
from .package_description import ServicedPackage, parse_properties, parse_unattend

# The descriptions of real packages are smaller than 4 KiB; a megabyte is not a description any more.
_LARGEST_DESCRIPTION = 1024 * 1024


@dataclass(frozen=True)
class PackageInfo:
    """An .msu on the controller, and what it says about itself.

    The size is in bytes. The hashes are of the whole file, lower-case hexadecimal; the SHA-1 is for hosts
    whose certutil has no SHA-256. `packages` are those of its unattend file.

    `reason` says why this controller could not read it, with what to install; the three fields before it are
    empty then, and the host's own check decides.
    """

    path: Path
    size: int
    sha256: str
    sha1: str
    kbs: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    packages: tuple[ServicedPackage, ...] = ()
    reason: str = ""


def inspect_package(path: Path) -> PackageInfo:
    """Read what an .msu says about itself.

    Raises:
        InputError: The file is missing, not a cabinet, truncated, or not an update package.
    """
    try:
        size, sha256, sha1 = _hash_file(path)
        try:
            packages, properties_kb, architecture = _describe(open_cabinet(path))
        except CabinetUnreadableError as error:
            return PackageInfo(path, size, sha256, sha1, reason=f"{path} was not inspected here: {error}")
    except CabinetDamagedError as error:
        raise InputError(
            f"package is {path}, which cannot be used: {error}. "
            "Download it again and compare its hash with the publisher's."
        ) from error
    except OSError as error:
        raise InputError(
            f"package is {path}, which cannot be read on the controller: {error.strerror or error}. "
            "Check the path and the rights of the user who runs Ansible."
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
    )


def check_package(package: PackageInfo, kb: str, architecture: str) -> None:
    """Refuse a package, which could be read, of another KB or for another architecture than the host's.

    Raises:
        InputError: The package does not fit; the message says what it is and what is needed.
    """
    remedy = f"Give the package of {kb} for {architecture}, usually Windows6.1-{kb}-{architecture}.msu."
    if kb not in package.kbs:
        found = " and ".join(package.kbs) or "no KB number"
        raise InputError(f"package is {package.path}, which is of {found}, not of {kb}. {remedy}")
    ours = tuple(item.architecture for item in package.packages if item.kb == kb) or package.architectures
    if architecture not in ours:
        found = " and ".join(ours) or "no known architecture"
        raise InputError(
            f"package is {package.path}, which is for {found}, but the host is {architecture}. {remedy}"
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
            kb, architecture = parse_properties(cabinet.read(member, limit=_LARGEST_DESCRIPTION))
    if not packages and kb is None:
        names = ", ".join(member.name for member in cabinet.members[:5])
        raise CabinetDamagedError(f"it is a cabinet but not an update package: it holds {names}")
    return packages, kb, architecture
