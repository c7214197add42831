# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inspect a package on the controller, an .msu or a .cab, before anything is sent to a host."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .._wsman.errors import InputError
from .cabinet import Cabinet, CabinetDamagedError, CabinetUnreadableError, Member, open_cabinet
from .kinds import other_kind
from .package_description import ServicedPackage, parse_properties, parse_unattend, parse_update

MSU, CAB = "msu", "cab"
# The description of a package that WSUS keeps as the inner cabinet alone.
UPDATE = "update.mum"
# The descriptions of real packages are smaller than 4 KiB; a megabyte is not a description any more.
_LARGEST_DESCRIPTION = 1024 * 1024
# A real .msu has one unattend file and two cabinets.
_MOST_PARTS = 20
# The versions of packages for other Windows begin so: 6.3.1.0 in KB3033889 and KB2938772. Those for 6.1 begin
# with 6.1, or with the version of a product of its own, such as 11.2 of Internet Explorer.
_OTHER_WINDOWS = {
    "6.0": "Windows Vista or Server 2008",
    "6.2": "Windows 8 or Server 2012",
    "6.3": "Windows 8.1 or Server 2012 R2",
    "10.0": "Windows 10 or later",
}
_AGAIN = "Download it again and compare its hash with the publisher's."


class UnusablePackageError(InputError):
    """A file is missing, damaged, or not an update package; ``why`` continues "… is FILE, which "."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"package is {path}, which {why}")
        self.why = why


@dataclass(frozen=True)
class PackageInfo:
    """A package on the controller, and what it says about itself.

    The size is in bytes. The hashes are of the whole file, lower-case hexadecimal; the SHA-1 is for hosts
    whose certutil has no SHA-256. `form` is msu, or cab for the inner cabinet of one alone, as WSUS and
    Configuration Manager keep it. `packages` are those of its unattend file, or the one of its update.mum.

    `reason` says why this controller could not read its description, with what to install; the three fields
    before it are empty then, and the host's own check decides.
    """

    path: Path
    size: int
    sha256: str
    sha1: str
    form: str = MSU
    kbs: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    packages: tuple[ServicedPackage, ...] = ()
    reason: str = ""

    def identity(self, kb: str) -> str | None:
        """Return the identity of the package of a KB, as DISM writes it; None where it is not known."""
        return next((each.identity for each in self.packages if each.kb == kb), None)


def inspect_package(path: Path) -> PackageInfo:
    """Read what a package says about itself, and compare its data with the checksums in it.

    Raises:
        UnusablePackageError: The file is missing, damaged, or not an update package; the message says what
            it is.
    """
    try:
        kind = other_kind(path)
        if kind:
            raise UnusablePackageError(path, f"is not a package: it is {kind.name}. {kind.remedy}")
        size, sha256, sha1 = _hash_file(path)
        cabinet = open_cabinet(path)
        cabinet.check()
        form = CAB if _member(cabinet, UPDATE) else MSU
        try:
            packages, properties_kb, architecture = _describe(cabinet, form)
        except CabinetUnreadableError as error:
            reason = f"{path} was not inspected here: {error}"
            return PackageInfo(path, size, sha256, sha1, form, reason=reason)
    except CabinetDamagedError as error:
        raise UnusablePackageError(path, f"cannot be used: {error}. {_AGAIN}") from error
    except OSError as error:
        why = (
            f"cannot be read on the controller: {error.strerror or error}. "
            "Check the path and the rights of the user who runs Ansible."
        )
        raise UnusablePackageError(path, why) from error
    if not packages and properties_kb is None:
        names = ", ".join(member.name for member in cabinet.members[:5])
        why = (
            f"is a cabinet but not an update package: it holds {names}. "
            "Give the .msu of the hotfix, or the .cab that is in it."
        )
        raise UnusablePackageError(path, why)
    named = [*(package.kb for package in packages), properties_kb]
    found: list[str | None] = [package.architecture for package in packages if package.kb]
    return PackageInfo(
        path=path,
        size=size,
        sha256=sha256,
        sha1=sha1,
        form=form,
        kbs=tuple(dict.fromkeys(kb for kb in named if kb)),
        architectures=tuple(dict.fromkeys(name for name in found or [architecture] if name)),
        packages=tuple(packages),
    )


def check_package(package: PackageInfo, kb: str, architecture: str) -> None:
    """Refuse a package, which could be read, of another KB, Windows or architecture than the host's.

    Raises:
        InputError: The package does not fit; the message says what it is and what is needed.
    """
    problem = misfit(package, kb, architecture)
    if problem:
        raise InputError(
            f"package is {package.path}, which {problem}. "
            f"Give the package of {kb} for {architecture}, usually Windows6.1-{kb}-{architecture}.msu."
        )


def misfit(package: PackageInfo, kb: str, architecture: str = "") -> str:
    """Return why a package does not fit a host; empty where it does. It continues "the package …".

    Without an architecture, say why it fits no host.
    """
    if any(item.is_rollup for item in package.packages):
        return (
            "is a rollup (Package_for_RollupFix): it does not bear its KB number on a host, so this "
            "collection can neither install nor prove it"
        )
    if kb not in package.kbs:
        return f"is of {' and '.join(package.kbs) or 'no KB number'}, not of {kb}"
    items = [item for item in package.packages if item.kb == kb]
    other = next((_OTHER_WINDOWS[item.windows] for item in items if item.windows in _OTHER_WINDOWS), None)
    if other:
        return f"is of {kb} for {other}"
    ours = tuple(item.architecture for item in items) or package.architectures
    if architecture in ours:
        return ""
    theirs = f"is for {' and '.join(ours) or 'no known architecture'}"
    return f"{theirs}, but the host is {architecture}" if architecture else theirs


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


def _member(cabinet: Cabinet, name: str) -> Member | None:
    return next((member for member in cabinet.members if member.name.lower() == name), None)


def _describe(cabinet: Cabinet, form: str) -> tuple[list[ServicedPackage], str | None, str | None]:
    """Return the packages that the description names, and KB and architecture of pkgProperties."""
    packages: list[ServicedPackage] = []
    kb = architecture = None
    for member in _parts(cabinet, form):
        name = member.name.lower()
        if name.endswith(".cab"):
            with cabinet.inner(member) as inner:
                inner.check()
            continue
        data = cabinet.read(member, limit=_LARGEST_DESCRIPTION)
        if name.endswith(".txt"):
            kb, architecture = parse_properties(data)
            continue
        try:
            packages += parse_update(data) if form == CAB else parse_unattend(data)
        except ValueError as error:
            raise CabinetDamagedError(f"its description {member.name} is unusable: {error}") from error
    return packages, kb, architecture


def _parts(cabinet: Cabinet, form: str) -> list[Member]:
    """Return the members to look into: the description, and the cabinets in an .msu.

    Raises:
        CabinetDamagedError: There are more of them than any package has.
    """
    endings = (UPDATE,) if form == CAB else (".xml", "pkgproperties.txt", ".cab")
    parts = [member for member in cabinet.members if member.name.lower().endswith(endings)]
    if len(parts) > _MOST_PARTS:
        raise CabinetDamagedError(f"it holds {len(parts)} descriptions and cabinets, and no package does")
    return parts
