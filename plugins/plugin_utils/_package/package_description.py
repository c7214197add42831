# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the descriptions inside packages: unattend XML and pkgProperties of an .msu, update.mum of a .cab."""

from __future__ import annotations

import codecs
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from .assemblies import parse_update_package
from .xml_text import read_xml

# Component identities name architectures in their own way; the collection uses the names of .msu files.
ARCHITECTURES = {"x86": "x86", "amd64": "x64", "ia64": "ia64"}
PROCESSOR_NAMES = {ours: theirs for theirs, ours in ARCHITECTURES.items()}

_KB_OF_IDENTITY = re.compile(r"_for_KB(\d+)(?!\d)", re.IGNORECASE)
_KB_PROPERTY = re.compile(r'^\s*KB Article Number\s*=\s*"\s*(?:KB)?(\d+)', re.IGNORECASE | re.MULTILINE)
_ARCHITECTURE_PROPERTY = re.compile(
    r'^\s*Processor Architecture\s*=\s*"\s*(\w+)', re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True)
class ServicedPackage:
    """One package of an unattend file, by the parts of its identity."""

    name: str
    version: str
    language: str
    processor_architecture: str
    public_key_token: str

    @property
    def identity(self) -> str:
        """The identity as DISM writes it, which leaves out a neutral language."""
        language = "" if self.language.lower() == "neutral" else self.language
        parts = (self.name, self.public_key_token, self.processor_architecture, language, self.version)
        return "~".join(parts)

    @property
    def architecture(self) -> str:
        """x86, x64 or ia64; any other value unchanged."""
        return ARCHITECTURES.get(self.processor_architecture.lower(), self.processor_architecture)

    @property
    def kb(self) -> str | None:
        """The KB number in the name, such as KB978918; None where the name has none."""
        found = _KB_OF_IDENTITY.search(self.name)
        return f"KB{found.group(1)}" if found else None

    @property
    def windows(self) -> str:
        """The first two numbers of its version: 6.1 in most packages for Windows 6.1."""
        return ".".join(self.version.split(".")[:2])

    @property
    def is_rollup(self) -> bool:
        """Whether it is a cumulative update, which is not named after its KB number."""
        return self.name.lower() == "package_for_rollupfix"


def parse_unattend(data: bytes) -> list[ServicedPackage]:
    """Read the packages that an unattend file installs, in any number of servicing elements.

    Raises:
        ValueError: It is not XML, or it has a document type.
    """
    root = read_xml(data)
    return [
        ServicedPackage(
            name=identity.get("name", ""),
            version=identity.get("version", ""),
            language=identity.get("language", "neutral"),
            processor_architecture=identity.get("processorArchitecture", ""),
            public_key_token=identity.get("publicKeyToken", ""),
        )
        for package in _named(root, "package")
        for identity in _named(package, "assemblyIdentity")
    ]


def parse_update(data: bytes) -> list[ServicedPackage]:
    """Read the one package that an update.mum describes.

    Raises:
        ValueError: It is not XML, or it describes no package.
    """
    own = parse_update_package(data).identity
    return [ServicedPackage(own.name, own.version, own.language, own.architecture, own.token)]


def parse_properties(data: bytes) -> tuple[str | None, str | None]:
    """Read `KB Article Number="…"`, and `Processor Architecture="…"` if it is a known one; may be UTF-16."""
    text = _decode(data)
    kb = _KB_PROPERTY.search(text)
    architecture = _ARCHITECTURE_PROPERTY.search(text)
    return (
        f"KB{kb.group(1)}" if kb else None,
        ARCHITECTURES.get(architecture.group(1).lower()) if architecture else None,
    )


def _named(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (child for child in element.iter() if child.tag.rpartition("}")[2] == name)


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("cp1252", "replace")
