# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the assemblies inside a package: update packages (.mum), components and deployments (.manifest).

All are in the namespace "urn:schemas-microsoft-com:asm.v3", which Microsoft does not document. The elements
are those of the packages of KB2465285, KB2584475, KB2780124 and KB3040017.
"""

from __future__ import annotations

import binascii
import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime, timezone

from .key_form import Identity
from .xml_text import child, children, read_xml

_KB = re.compile(r"(?:KB)?([0-9]{5,8})", re.IGNORECASE)
_SHA256 = "sha256"
_SHA256_BYTES = 32


@dataclass(frozen=True)
class Part:
    """One ``update`` of an update package: a package below it, or a component that it installs.

    The name ends in the branch, such as ``2465285-1_neutral_LDR``. ``updates`` is the component that
    servicing replaces; ``installs`` is the deployment or the driver that brings it.
    """

    name: str
    package: Identity | None = None
    updates: Identity | None = None
    installs: Identity | None = None

    @property
    def branch(self) -> str:
        """``GDR`` or ``LDR``; empty where the name has neither."""
        ending = self.name.upper().rpartition("_")[2]
        return ending if ending in ("GDR", "LDR") else ""


@dataclass(frozen=True)
class UpdatePackage:
    """A ``.mum``: for which packages of Windows it is (any of ``parents``), and its parts.

    ``restart`` is ``possible`` or ``required``. ``created`` is as the package states it, without a real zone.
    ``psf`` names the file that holds the payload where the package itself does not.
    """

    identity: Identity
    kb: str
    description: str
    support: str
    created: datetime | None
    release_type: str
    restart: str
    psf: str
    parents: tuple[Identity, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class AssemblyFile:
    """A file of a component; its ``destination`` is a folder such as ``$(runtime.system32)\\``.

    The destination is empty for the files of a driver. ``sha256`` is in lower-case hexadecimal digits, empty
    where the manifest has another digest.
    """

    name: str
    destination: str
    sha256: str


@dataclass(frozen=True)
class Assembly:
    """A ``.manifest``: a component with its files, or a deployment with the components that it installs.

    ``is_driver`` says that an .inf file, which nobody reads here, decides where its files go.
    """

    identity: Identity
    is_deployment: bool
    is_driver: bool
    files: tuple[AssemblyFile, ...]
    installs: tuple[Identity, ...]


def parse_update_package(data: bytes) -> UpdatePackage:
    """Read a ``.mum``.

    Raises:
        ValueError: It is not XML, or it is not an update package. The message continues "… is unusable: ".
    """
    root = read_xml(data)
    package = child(root, "package")
    if package is None:
        raise ValueError("it describes no package")
    kb = _KB.fullmatch(package.get("identifier", "").strip())
    parents = [_identity(each) for above in children(package, "parent") for each in _identities(above)]
    return UpdatePackage(
        identity=_own_identity(root),
        kb=f"KB{kb[1]}" if kb else "",
        description=root.get("description", ""),
        support=root.get("supportInformation", ""),
        created=_time(root.get("creationTimeStamp", "")),
        release_type=package.get("releaseType", ""),
        restart=package.get("restart", ""),
        psf=package.get("psfName", "") or root.get("psfName", ""),
        parents=tuple(parents),
        parts=tuple(_part(update) for update in children(package, "update")),
    )


def parse_assembly(data: bytes) -> Assembly:
    """Read a ``.manifest``.

    Raises:
        ValueError: It is not XML, or it has no identity. The message continues "… is unusable: ".
    """
    root = read_xml(data)
    identity = _own_identity(root)
    files = children(root, "file")
    return Assembly(
        identity=identity,
        is_deployment=child(root, "deployment") is not None,
        is_driver=identity.kind.lower() == "driverupdate"
        or any(child(file, "infFile") is not None for file in files),
        files=tuple(_file(file) for file in files),
        installs=tuple(
            _identity(each)
            for dependency in children(root, "dependency")
            for dependent in children(dependency, "dependentAssembly")
            if dependent.get("dependencyType") == "install"
            for each in _identities(dependent)
        ),
    )


def _part(update: ET.Element) -> Part:
    packages = [_identity(each) for below in children(update, "package") for each in _identities(below)]
    applicable = child(update, "applicable")
    updated = [
        _identity(each)
        for name in ("updateComponent", "updateDriver")
        for one in children(applicable, name)
        for each in _identities(one)
    ]
    brought = [
        _identity(each)
        for name in ("component", "driver")
        for one in children(update, name)
        for each in _identities(one)
    ]
    return Part(
        name=update.get("name", ""),
        package=packages[0] if packages else None,
        updates=updated[0] if updated else None,
        installs=brought[0] if brought else None,
    )


def _file(file: ET.Element) -> AssemblyFile:
    digest = ""
    for hashed in children(file, "hash"):
        method, value = child(hashed, "DigestMethod"), child(hashed, "DigestValue")
        if method is not None and value is not None and method.get("Algorithm", "").endswith(_SHA256):
            digest = _hexadecimal(value.text or "")
    return AssemblyFile(file.get("name", ""), file.get("destinationPath", ""), digest)


def _hexadecimal(text: str) -> str:
    try:
        digest = b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError(f"the hash of a file is not Base64 ({error})") from error
    if len(digest) != _SHA256_BYTES:
        raise ValueError(f"the SHA-256 of a file has {len(digest)} bytes")
    return digest.hex()


def _own_identity(root: ET.Element) -> Identity:
    own = child(root, "assemblyIdentity")
    if own is None:
        raise ValueError("it has no identity")
    return _identity(own)


def _identities(element: ET.Element) -> list[ET.Element]:
    return children(element, "assemblyIdentity")


def _identity(element: ET.Element) -> Identity:
    return Identity(
        name=element.get("name", ""),
        version=element.get("version", ""),
        architecture=element.get("processorArchitecture", ""),
        language=element.get("language", "neutral"),
        token=element.get("publicKeyToken", ""),
        scope=element.get("versionScope", ""),
        kind=element.get("type", ""),
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
