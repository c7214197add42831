# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servicing reads of a package: its tree of packages, what each changes, and the files of components."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from tests.lab.packages import delta
from tests.lab.packages.identity import AssemblyIdentity, PackageIdentity

from .cabinet import CabinetError, read_cabinet
from .disk import Disk, DiskError

_ASM, _INDEX = "{urn:schemas-microsoft-com:asm.v3}", "{urn:ContainerIndex}"
_DIGEST = "{http://www.w3.org/2000/09/xmldsig#}DigestValue"
INDEX = "_manifest_.cix.xml"
# CBS_E_INVALID_PACKAGE; ERROR_FILE_NOT_FOUND for a .psf that is not beside the cabinet (assumption).
_INVALID_PACKAGE, _FILE_NOT_FOUND = 0x800F0805, 0x80070002

Element = ElementTree.Element


@dataclass(frozen=True)
class Change:
    """An `update` of a leaf.

    A deployment, the components that it lists as applicable, how far it lifts them.
    """

    branch: str
    deployment: AssemblyIdentity
    components: tuple[AssemblyIdentity, ...]
    elevate: str


@dataclass(frozen=True)
class PackageManifest:
    """A .mum: whose parents are an OR. A root or a tree has children, a leaf changes."""

    identity: PackageIdentity
    parents: tuple[PackageIdentity, ...] = ()
    children: tuple[PackageIdentity, ...] = ()
    changes: tuple[Change, ...] = ()
    psf: str = ""
    servicing_stack: str = "0.0.0.0"


@dataclass(frozen=True)
class ComponentFile:
    """A file that a component manifest installs. `destination` is the folder macro; empty for a driver's."""

    name: str
    destination: str
    sha256: bytes


class UnusablePackageError(Exception):
    """Servicing cannot use the file. `code`: what DISM exits with."""

    def __init__(self, code: int) -> None:
        super().__init__(hex(code))
        self.code = code


def open_package(disk: Disk, path: str) -> tuple[PackageManifest, dict[str, bytes]]:
    """The root of a package and its files by lower-case name, deltas rebuilt.

    The path is that of a cabinet, or of a .mum in a folder to which expand.exe expanded one: the only way to
    `update-bf.mum`.

    Raises:
        UnusablePackageError: The file is no package, or a part of it is missing or damaged.
    """
    try:
        data = disk.read(path)
        root = parse_package(data)
        if root is not None:
            return root, _folder(disk, path.rpartition("\\")[0])
        files = {name.lower(): content for name, content in read_cabinet(data).items()}
        root = parse_package(files.get("update.mum", b""))
        if root is None:
            raise UnusablePackageError(_INVALID_PACKAGE)
        if root.psf:
            raise UnusablePackageError(_FILE_NOT_FOUND)
        return root, rebuilt(files)
    except DiskError as error:
        raise UnusablePackageError(error.code) from error
    except CabinetError as error:
        raise UnusablePackageError(_INVALID_PACKAGE) from error


def _folder(disk: Disk, folder: str) -> dict[str, bytes]:
    return {
        info.path[len(folder) + 1 :].lower(): disk.read(info.path)
        for info in disk.walk(folder)
        if not info.is_folder
    }


def rebuilt(files: dict[str, bytes]) -> dict[str, bytes]:
    """Replace the numbered deltas and their index by the files that the index names, as expand.exe does.

    Raises:
        CabinetError: A delta or its hash is wrong.
    """
    if INDEX not in files:
        return files
    try:
        entries = list(ElementTree.fromstring(files[INDEX]).iter(f"{_INDEX}File"))
        found: dict[str, bytes] = {}
        for entry in sorted(entries, key=lambda entry: entry.find(f"{_INDEX}Delta/{_INDEX}Source") is None):
            found[entry.get("id", "")] = _file(entry, files, found)
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise CabinetError(f"a damaged package: {error}") from error
    return {entry.get("name", "").lower(): found[entry.get("id", "")] for entry in entries}


def _file(entry: Element, files: Mapping[str, bytes], found: Mapping[str, bytes]) -> bytes:
    source = entry.find(f"{_INDEX}Delta/{_INDEX}Source")
    if source is None:
        basis = entry.find(f"{_INDEX}Delta/{_INDEX}Basis")
        content = found["" if basis is None else basis.get("file", "")]
    else:
        content = files[source.get("name", "").lower()]
        content = content if source.get("type") == "RAW" else delta.decode(content)
    stated = entry.find(f"{_INDEX}Hash")
    if stated is None or hashlib.sha1(content, usedforsecurity=False).hexdigest() != stated.get("value"):
        raise ValueError(f"the hash of {entry.get('name')} differs")
    return content


def parse_package(data: bytes) -> PackageManifest | None:
    """Read a .mum; None if it is none."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return None
    identity, package = root.find(f"{_ASM}assemblyIdentity"), root.find(f"{_ASM}package")
    if identity is None or package is None:
        return None
    updates = package.findall(f"{_ASM}update")
    return PackageManifest(
        _package(identity),
        tuple(_package(each) for each in package.findall(f"{_ASM}parent/{_ASM}assemblyIdentity")),
        tuple(
            _package(each)
            for update in updates
            for each in update.findall(f"{_ASM}package/{_ASM}assemblyIdentity")
        ),
        tuple(change for update in updates if (change := _change(update))),
        package.get("psfName", ""),
        next((each.get("version", "") for each in package.findall(f"{_ASM}installerAssembly")), "0.0.0.0"),
    )


def _change(update: Element) -> Change | None:
    applicable = update.findall(f"{_ASM}applicable/*")
    carried = [*update.findall(f"{_ASM}component/*"), *update.findall(f"{_ASM}driver/*")]
    if not applicable or not carried:
        return None
    return Change(
        update.get("name", "").rpartition("_")[2],
        _assembly(carried[0]),
        tuple(_assembly(item) for each in applicable for item in each.findall(f"{_ASM}assemblyIdentity")),
        applicable[0].get("elevate", ""),
    )


def parse_component(data: bytes) -> tuple[AssemblyIdentity, tuple[ComponentFile, ...]]:
    """Identity and files of a component manifest. Raises ElementTree.ParseError if it is no XML."""
    root = ElementTree.fromstring(data)
    identity = root.find(f"{_ASM}assemblyIdentity")
    files = tuple(
        ComponentFile(
            item.get("name", "").lower(),
            item.get("destinationPath", ""),
            base64.b64decode(next((each.text or "" for each in item.iter(_DIGEST)), "")),
        )
        for item in root.iter(f"{_ASM}file")
    )
    return _assembly(root if identity is None else identity), files


def _package(element: Element) -> PackageIdentity:
    language = element.get("language", "")
    return PackageIdentity(
        element.get("name", ""),
        element.get("version", ""),
        element.get("processorArchitecture", ""),
        "" if language == "neutral" else language,
    )


def _assembly(element: Element) -> AssemblyIdentity:
    return AssemblyIdentity(
        element.get("name", ""),
        element.get("version", ""),
        element.get("processorArchitecture", ""),
        element.get("type", ""),
    )
