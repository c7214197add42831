# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read all that a package says about its components and files, and refuse what contradicts itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PureWindowsPath

from .assemblies import Assembly, UpdatePackage, parse_assembly, parse_update_package
from .cabinet import Cabinet, CabinetDamagedError, Member, open_cabinet
from .file_header import version_in
from .package import CAB, PackageInfo
from .payload_index import INDEX_NAME, PayloadFile, parse_index
from .read_members import Limits, read_members

# All manifests of a package together have a few thousand elements, and each of them begins with this.
_MOST_ELEMENTS, _ELEMENT = 400_000, b"<"
# A definition takes names from here into queries and command lines.
_KEY_FORM = re.compile(r"[a-z0-9_.-]+")
# The cabinet of Windows Update beside the package's own.
_SCAN_CABINET = "wsusscan.cab"


@dataclass(frozen=True)
class PackageContents:
    """A package's update packages, its assemblies by key form, and its payload by name in lower case.

    The names are ``keyform\\file`` for the files of a component, and ``keyform.manifest`` for manifests.
    ``is_indexed`` says that an index names sizes and times; otherwise the files themselves were read.
    """

    package: PackageInfo
    updates: tuple[UpdatePackage, ...]
    assemblies: Mapping[str, Assembly]
    payload: Mapping[str, PayloadFile]
    is_indexed: bool


@dataclass
class _Found:
    updates: list[UpdatePackage] = field(default_factory=list)
    assemblies: dict[str, Assembly] = field(default_factory=dict)
    files: dict[str, PayloadFile] = field(default_factory=dict)
    index: tuple[PayloadFile, ...] | None = None
    elements: int = 0


def read_contents(package: PackageInfo, limits: Limits | None = None) -> PackageContents:
    """Read the cabinet of a package that was inspected before.

    Raises:
        CabinetDamagedError: The package is broken or contradicts itself.
        CabinetUnreadableError: This controller cannot read the compression.
        OSError: The file cannot be read.
    """
    found = _Found()
    with _servicing_cabinet(package) as cabinet:
        for member, data in read_members(cabinet, _is_wanted, limits or Limits()):
            try:
                _take(found, member.name.lower().replace("/", "\\"), data)
            except ValueError as error:
                raise CabinetDamagedError(f"its member {member.name} is unusable: {error}") from error
    if found.index is not None:
        _compare_with_index(found.files, found.index)
    payload = found.files | {each.name.lower(): each for each in found.index or ()}
    _compare_with_manifests(found.assemblies, payload)
    return PackageContents(
        package, tuple(found.updates), found.assemblies, payload, is_indexed=found.index is not None
    )


@contextmanager
def _servicing_cabinet(package: PackageInfo) -> Iterator[Cabinet]:
    """Open the cabinet that servicing takes: the file itself, or the one in the .msu."""
    outer = open_cabinet(package.path)
    if package.form == CAB:
        yield outer
        return
    names = [member.name for member in outer.members]
    psf = next((name for name in names if name.lower().endswith(".psf")), "")
    if psf:
        raise CabinetDamagedError(
            f"its files lie in {psf}, in a form that only Windows reads, so nothing can be derived"
        )
    inner = [
        member
        for member in outer.members
        if member.name.lower().endswith(".cab") and PureWindowsPath(member.name).name.lower() != _SCAN_CABINET
    ]
    if len(inner) != 1:
        raise CabinetDamagedError(f"it holds {len(inner)} cabinets for servicing instead of one")
    with outer.inner(inner[0]) as cabinet:
        yield cabinet


def _is_wanted(member: Member) -> bool:
    name = member.name.lower().replace("/", "\\")
    return name == INDEX_NAME or name.endswith((".mum", ".manifest")) or "\\" in name


def _take(found: _Found, name: str, data: bytes) -> None:
    if "\\" not in name:
        found.elements += data.count(_ELEMENT)
        if found.elements > _MOST_ELEMENTS:
            raise ValueError(f"the descriptions have more than {_MOST_ELEMENTS} elements")
    if name == INDEX_NAME:
        found.index = parse_index(data)
        return
    if name.endswith(".mum"):
        found.updates.append(parse_update_package(data))
    elif name.endswith(".manifest") and "\\" not in name:
        assembly = parse_assembly(data)
        fitting = assembly.identity.key_form
        if not _KEY_FORM.fullmatch(fitting):
            raise ValueError("its identity has characters that no name in the component store has")
        if name != f"{fitting}.manifest":
            raise ValueError(f"its content is that of {fitting}, so it is forged or damaged")
        found.assemblies[fitting] = assembly
    found.files[name] = PayloadFile(
        name=name,
        size=len(data),
        time=None,
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(data).hexdigest(),
        member=name,
        version=version_in(data),
    )


def _compare_with_index(files: Mapping[str, PayloadFile], index: tuple[PayloadFile, ...]) -> None:
    """Refuse a package whose index names another content than a member has."""
    for indexed in index:
        held = files.get(indexed.member.lower())
        if held is None:
            continue
        for kind in ("sha256", "sha1"):
            stated = getattr(indexed, kind)
            if stated and stated != getattr(held, kind):
                raise CabinetDamagedError(
                    f"its member {indexed.member} has another {kind} than {INDEX_NAME} states, "
                    "so it is forged or damaged"
                )


def _compare_with_manifests(assemblies: Mapping[str, Assembly], payload: Mapping[str, PayloadFile]) -> None:
    """Refuse a package whose manifests state another hash than its files have."""
    for key_form, assembly in assemblies.items():
        for file in assembly.files:
            held = payload.get(f"{key_form}\\{file.name}".lower())
            if held and held.sha256 and file.sha256 and held.sha256 != file.sha256:
                raise CabinetDamagedError(
                    f"its file {held.name} has another SHA-256 than its manifest states, "
                    "so it is forged or damaged"
                )
