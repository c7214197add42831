# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds real .msu packages (cabinets inside a cabinet) from the lab's transcription of the article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cabarchive import CabArchive, CabFile

from tests.lab.windows.images import file_content

from . import article
from .manifest import PackageIdentity, component_manifest, package_manifest

KB = "KB978918"
_DATE = datetime(2010, 1, 20, 12, 0, 0)
_RTM = "6.1.7600.16385"
LATER_KB = "KB1234567"


@dataclass(frozen=True)
class PackageSpec:
    """What to build.

    Attributes:
        architecture: x86, x64 or ia64: what the package claims to be and carries.
        kb: KB number of identity and names.
        compress: MSZIP, else stored.
        parent_version: Version of the Foundation package it applies to.
        file_version: Version of the files that the article's hotfix changes; empty for the article's.
    """

    architecture: str
    kb: str = KB
    compress: bool = True
    parent_version: str = _RTM
    file_version: str = ""

    @property
    def stem(self) -> str:
        return f"Windows6.1-{self.kb}-{self.architecture}"

    @property
    def identity(self) -> PackageIdentity:
        return PackageIdentity(
            f"Package_for_{self.kb}", "6.1.1.0", article.IDENTITY_ARCHITECTURES[self.architecture]
        )


def cabinet(files: dict[str, bytes], *, compress: bool) -> bytes:
    """A cabinet of the files (names may have backslash folders)."""
    archive = CabArchive()
    for name, data in files.items():
        archive[name] = CabFile(data, mtime=_DATE)
    return bytes(archive.save(compress=compress, sort=True))


def component_folder(manifest_name: str) -> str:
    """Folder of a component's payload in the package and in winsxs: the manifest's name without extension."""
    return manifest_name.removesuffix(".manifest").lower()


def inner_files(spec: PackageSpec) -> dict[str, bytes]:
    """What lies in the inner cabinet: update.mum, manifests, payload by component, catalogs."""
    parent = PackageIdentity(
        "Microsoft-Windows-Foundation-Package", spec.parent_version, spec.identity.architecture
    )
    part = PackageIdentity(f"Package_1_for_{spec.kb}", spec.identity.version, spec.identity.architecture)
    result = {
        "update.mum": package_manifest(spec.identity, spec.kb, parent),
        "update.cat": b"simulated security catalog of " + str(spec.identity).encode(),
        f"{str(part).lower()}.mum": package_manifest(part, spec.kb, parent),
    }
    rows = article.files(spec.architecture)
    for manifest in article.manifests(spec.architecture):
        name = manifest.name.lower()
        result[name] = component_manifest(manifest)
        wow64 = name.startswith("x86_") and spec.architecture != "x86"
        for row in rows:
            if f"_{row.component}_" in name and row.wow64 == wow64:
                result[f"{component_folder(name)}\\{row.name.lower()}"] = file_content(
                    row, _version(spec, row)
                )
    return result


def _version(spec: PackageSpec, row: article.ArticleFile) -> str:
    """The version of a file: those that the article's hotfix leaves as they were stay so."""
    return spec.file_version if spec.file_version and row.version not in ("", _RTM) else row.version


@lru_cache(maxsize=16)
def inner_cabinet(spec: PackageSpec) -> bytes:
    """The .cab that DISM takes."""
    return cabinet(inner_files(spec), compress=spec.compress)


def unattend_xml(spec: PackageSpec) -> bytes:
    """The .xml of the package, of the shape recorded from real ones."""
    identity = spec.identity
    return (
        '<?xml version="1.0" encoding="utf-8"?>\r\n<unattend xmlns="urn:schemas-microsoft-com:unattend">\r\n'
        '    <servicing>\r\n        <package action="install">\r\n'
        f'            <assemblyIdentity name="{identity.name}" version="{identity.version}" '
        f'language="neutral" processorArchitecture="{identity.architecture}" '
        'publicKeyToken="31bf3856ad364e35"/>\r\n'
        f'            <source location="%configsetroot%\\{spec.stem}.CAB" />\r\n'
        "        </package>\r\n     </servicing>\r\n</unattend>\r\n"
    ).encode()


def properties_text(spec: PackageSpec) -> bytes:
    """The -pkgProperties.txt of the package."""
    return (
        'ApplicabilityInfo="Windows 7.0 Client;Windows 7.0 Server Core;Windows 7.0 Embedded;WinPE 3.0;"\r\n'
        'Applies to="Windows 6.1"\r\nBuild Date="2010/01/20"\r\nCompany="Microsoft Corporation"\r\n'
        f'File Version="1"\r\nInstallation Type="FULL"\r\n'
        f'Installer Engine="Component Based Servicing - WUSA.exe"\r\n'
        f'Installer Version="6.0.0.0"\r\nKB Article Number="{spec.kb[2:]}"\r\nLanguage="ALL"\r\n'
        f'Package Type="Hotfix"\r\nProcessor Architecture="{spec.identity.architecture}"\r\n'
        f'Product Name="Windows 6.1"\r\nSupport Link="http://support.microsoft.com?kbid={spec.kb[2:]}"\r\n'
    ).encode()


@lru_cache(maxsize=16)
def build_msu(spec: PackageSpec) -> bytes:
    """A whole .msu."""
    return cabinet(
        {
            "WSUSSCAN.cab": cabinet({"package.xml": b"<OfflineSyncPackage/>"}, compress=spec.compress),
            f"{spec.stem}.cab": inner_cabinet(spec),
            f"{spec.stem}-pkgProperties.txt": properties_text(spec),
            f"{spec.stem}.xml": unattend_xml(spec),
        },
        compress=spec.compress,
    )


def later_hotfix(architecture: str) -> PackageSpec:
    """The package of tests/lab/fleets/hotfixes/KB1234567.yml."""
    return PackageSpec(architecture, kb=LATER_KB, file_version="6.1.7600.20800")


def bad_packages() -> dict[str, bytes]:
    """Packages that must be refused, by file name."""
    good = build_msu(PackageSpec("x64"))
    other = PackageSpec("x64", kb="KB2534111")
    return {
        f"{other.stem}.msu": build_msu(other),
        # Names say x64, everything inside is x86.
        "Windows6.1-KB978918-x64-wrong-architecture.msu": build_msu(PackageSpec("x86")),
        "Windows6.1-KB978918-x64-truncated.msu": good[: len(good) // 2],
        "Windows6.1-KB978918-x64-garbage.msu": bytes(range(256)) * 64,
        "Windows6.1-KB978918-x64-empty.msu": b"",
    }
