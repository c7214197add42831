# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Component manifests and package manifests (.mum): XML of the shape that servicing reads.

Elements after Microsoft's "Application Manifests" documentation and manifests seen in 6.1 packages;
the content is the lab's own, padded to the sizes of the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from . import article

_NAMESPACE = "urn:schemas-microsoft-com:asm.v3"
_TOKEN = "31bf3856ad364e35"
_NAME = re.compile(
    r"^(?P<arch>x86|amd64|ia64)_(?P<name>.+)_31bf3856ad364e35_(?P<version>[\d.]+)_none_", re.IGNORECASE
)
_DESTINATIONS = {"": "$(runtime.system32)\\", "drivers": "$(runtime.drivers)\\", "wbem": "$(runtime.wbem)\\"}


@dataclass(frozen=True)
class ComponentFile:
    """A file that a component manifest installs. `destination` is the folder macro of the manifest."""

    name: str
    destination: str


@dataclass(frozen=True)
class PackageIdentity:
    """The identity in a .mum; `str()` is the form of the CBS registry and of DISM."""

    name: str
    version: str
    architecture: str
    language: str = ""

    def __str__(self) -> str:
        return f"{self.name}~{_TOKEN}~{self.architecture}~{self.language}~{self.version}"


@dataclass(frozen=True)
class PackageManifest:
    """What servicing needs of an update.mum: identity, KB, the parent it applies to, its components."""

    identity: PackageIdentity
    support_information: str
    parent: PackageIdentity | None


def padded(text: str, size: int) -> bytes:
    """The text as UTF-8, stretched to exactly `size` bytes by a comment.

    Raises:
        ValueError: The text alone is larger.
    """
    data = text.encode()
    room = size - len(data)
    if room < 0:
        raise ValueError(f"manifest of {len(data)} bytes cannot shrink to {size}")
    if room < 9:
        return data + b" " * room
    return data + b"\r\n<!--" + b"." * (room - 9) + b"-->"


def component_manifest(row: article.ArticleManifest) -> bytes:
    """The manifest of one row, with exactly the article's size."""
    match = _NAME.match(row.name)
    if match is None:
        raise ValueError(f"not a component name: {row.name}")
    architecture = match["arch"].lower()
    wow64 = architecture == "x86" and row.package != "x86"
    files = [
        item
        for item in article.files(row.package)
        if item.component == match["name"].lower() and item.wow64 == wow64
    ]
    body = "".join(
        f'<file name="{item.name.lower()}" destinationPath="{_DESTINATIONS[item.folder]}"/>' for item in files
    )
    text = (
        f'<?xml version="1.0" encoding="utf-8"?>\r\n<assembly xmlns="{_NAMESPACE}" manifestVersion="1.0">'
        f'<assemblyIdentity name="{match["name"]}" version="{match["version"]}" '
        f'processorArchitecture="{architecture}" '
        f'language="neutral" publicKeyToken="{_TOKEN}" versionScope="nonSxS"/>{body}</assembly>'
    )
    return padded(text, row.size)


def parse_component(data: bytes) -> tuple[str, list[ComponentFile]]:
    """Architecture and files of a component manifest. Raises ElementTree.ParseError if it is no XML."""
    root = ElementTree.fromstring(data)
    identity = root.find(f"{{{_NAMESPACE}}}assemblyIdentity")
    architecture = identity.get("processorArchitecture", "") if identity is not None else ""
    files = [
        ComponentFile(item.get("name", ""), item.get("destinationPath", ""))
        for item in root.iter(f"{{{_NAMESPACE}}}file")
    ]
    return architecture, files


def package_manifest(identity: PackageIdentity, kb: str, parent: PackageIdentity | None) -> bytes:
    """An update.mum."""
    above = ""
    if parent is not None:
        above = (
            f'<parent buildCompare="EQ" integrate="separate" disposition="detect">'
            f'<assemblyIdentity name="{parent.name}" '
            f'version="{parent.version}" processorArchitecture="{parent.architecture}" language="neutral" '
            f'publicKeyToken="{_TOKEN}"/></parent>'
        )
    return (
        f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<assembly xmlns="{_NAMESPACE}" '
        f'manifestVersion="1.0" description="Fix for {kb}" displayName="default" company="Simulated" '
        f'supportInformation="http://support.microsoft.com/?kbid={kb[2:]}">\r\n'
        f'<assemblyIdentity name="{identity.name}" version="{identity.version}" '
        f'processorArchitecture="{identity.architecture}" language="neutral" publicKeyToken="{_TOKEN}"/>\r\n'
        f'<package identifier="{kb}" applicabilityEvaluation="deep" releaseType="Hotfix" restart="possible">'
        f"{above}</package>\r\n</assembly>\r\n"
    ).encode()


def _identity(element: ElementTree.Element | None) -> PackageIdentity | None:
    if element is None:
        return None
    language = element.get("language", "")
    return PackageIdentity(
        element.get("name", ""),
        element.get("version", ""),
        element.get("processorArchitecture", ""),
        "" if language == "neutral" else language,
    )


def parse_package(data: bytes) -> PackageManifest | None:
    """Read an update.mum; None if it is none."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return None
    identity = _identity(root.find(f"{{{_NAMESPACE}}}assemblyIdentity"))
    if identity is None:
        return None
    parent = root.find(f".//{{{_NAMESPACE}}}parent/{{{_NAMESPACE}}}assemblyIdentity")
    return PackageManifest(identity, root.get("supportInformation", ""), _identity(parent))
