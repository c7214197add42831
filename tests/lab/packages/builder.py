# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds update packages with the structure of Microsoft's: `.msu` files, and the `.cab` that lies in each.

    build_msu(PackageSpec("x64"))        # KB978918 from the article, in the structure of genuine packages
    inner_cabinet(PackageSpec("x64"))    # the .cab alone, as WSUS keeps it and DISM takes it
    build_msu(update)                    # any other package: an `update.Update`
    inner_files(update)                  # the members of its inner cabinet by name, before they are packed

`update.py` has the parts of an `Update` and what they mean, `samples.py` ready ones: two builds with both
branches, one that ships LDR only, drivers, a rollup, Internet Explorer's, one with a .psf. Change one with
`dataclasses.replace(update, plain=True)` (also `compress=False`, `signed=False`, `revision=2`, …), or its
members with `pack(update, files)`, for damaged and forged packages. `bad_packages()` has what must be refused
outright.

What lies in the inner cabinet (one LZX folder): `update.mum` → `package_for_kbN_rtm~….mum`, `…_sp1~….mum` →
`package_N_for_kbN~….mum` → manifests of deployments → manifests of components, all named by key form, a
catalog beside each .mum, and the payload: numbered deltas with `_manifest_.cix.xml`, or with `plain` the
files in folders named by key form. Where GDR and LDR lie beside each other, `update-bf.mum` and `…_bf~….mum`
force LDR.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from .article_package import KB, LATER_KB, PackageSpec, later_hotfix
from .cabinets import LZX, MSZIP, STORED, write_cabinet
from .identity import PackageIdentity
from .manifest import component_manifest, container_mum, deployment_manifest, leaf_mum, tree_parents
from .payload import INDEX, Member, delta_payload, plain_payload
from .update import Update


def _update(spec: PackageSpec | Update) -> Update:
    return spec.update if isinstance(spec, PackageSpec) else spec


def inner_files(spec: PackageSpec | Update) -> dict[str, bytes]:
    """The members of the inner cabinet by name, in their order."""
    return {name: member.content for name, member in _members(_update(spec)).items()}


def _members(update: Update) -> dict[str, Member]:
    documents = {**_package_files(update), **manifests(update)}
    if update.plain:
        return {**documents, **plain_payload(update)}
    payload = delta_payload(update, documents)
    if update.psf:  # it holds the deltas; the index stays in the cabinet
        payload = {INDEX: payload[INDEX]}
    return {**payload, **documents}


def _package_files(update: Update) -> dict[str, Member]:
    """The .mum files with their catalogs."""
    result = {}
    for force in (False, True) if update.two_branches else (False,):
        for name, mum in _packages(update, force=force):
            result[f"{name}.mum"] = Member(mum, update.created)
            catalog = b"simulated security catalog of " + name.encode()
            result[f"{name}.cat"] = Member(catalog, update.created)
    return result


def manifests(update: Update) -> dict[str, Member]:
    """The manifests of its deployments and components by name."""
    result = {
        each.identity.manifest: Member(deployment_manifest(each), each.time)
        for each in update.deployments
        if not each.driver
    }
    for component in update.components:
        result[component.identity.manifest] = Member(component_manifest(component), component.time)
    return result


def _packages(update: Update, *, force: bool) -> Iterator[tuple[str, bytes]]:
    """Root, trees and leaves: the name without extension, and the content."""
    end = "_BF" if force else ""
    trees = [update.package(f"{update.identity.name}_{tree.suffix}{end}") for tree in update.trees]
    root = update.package(f"{update.identity.name}{end}")
    yield (
        "update-bf" if force else "update",
        container_mum(update, root, tree_parents(update.trees), trees),
    )
    number = 0
    for tree, identity in zip(update.trees, trees, strict=True):
        leaves: list[PackageIdentity] = []
        for leaf in tree.leaves:
            number += 1
            leaves.append(update.package(f"Package_{number}_for_{update.kb}{end}"))
            yield str(leaves[-1]).lower(), leaf_mum(update, leaves[-1], leaf, force=force)
        # A tree for a service pack is staged until its Windows is there (read off KB2465285).
        disposition = "staged" if tree.suffix.startswith("SP") else "detect"
        yield str(identity).lower(), container_mum(update, identity, tree.parents, leaves, disposition)


def _signature(update: Update, what: str) -> bytes:
    return b"0\x82" + f"simulated signature of {what}".encode().ljust(7000, b"\0") if update.signed else b""


def pack(update: Update, files: Mapping[str, bytes]) -> bytes:
    """An inner cabinet of exactly these members, all of one time."""
    return _pack(update, {name: Member(data, update.created) for name, data in files.items()})


def _pack(update: Update, members: Mapping[str, Member]) -> bytes:
    return write_cabinet(
        {name: member.content for name, member in members.items()},
        update.created,
        compression=LZX if update.compress else STORED,
        signature=_signature(update, f"{update.stem}.cab"),
        times={name: member.time for name, member in members.items()},
    )


@lru_cache(maxsize=16)
def inner_cabinet(spec: PackageSpec | Update) -> bytes:
    """The .cab that DISM takes."""
    return _pack(_update(spec), _members(_update(spec)))


def unattend_xml(update: Update) -> bytes:
    """The .xml of the package, of the shape recorded from real ones."""
    identity = update.identity
    return (
        '<?xml version="1.0" encoding="utf-8"?>\r\n<unattend xmlns="urn:schemas-microsoft-com:unattend">\r\n'
        '    <servicing>\r\n        <package action="install">\r\n'
        f'            <assemblyIdentity name="{identity.name}" version="{identity.version}" '
        f'language="neutral" processorArchitecture="{identity.architecture}" '
        'publicKeyToken="31bf3856ad364e35"/>\r\n'
        f'            <source location="%configsetroot%\\{update.stem}.CAB" />\r\n'
        "        </package>\r\n     </servicing>\r\n</unattend>\r\n"
    ).encode()


def properties_text(update: Update) -> bytes:
    """The -pkgProperties.txt of the package."""
    return (
        'ApplicabilityInfo="Windows 7.0 Client;Windows 7.0 Server Core;Windows 7.0 Embedded;WinPE 3.0;"\r\n'
        f'Applies to="Windows 6.1"\r\nBuild Date="{update.created:%Y/%m/%d}"\r\n'
        'Company="Microsoft Corporation"\r\nFile Version="1"\r\nInstallation Type="FULL"\r\n'
        f'Installer Engine="Component Based Servicing - WUSA.exe"\r\n'
        f'Installer Version="6.0.0.0"\r\nKB Article Number="{update.kb[2:]}"\r\nLanguage="ALL"\r\n'
        f'Package Type="Hotfix"\r\nProcessor Architecture="{update.identity.architecture}"\r\n'
        f'Product Name="Windows 6.1"\r\nSupport Link="http://support.microsoft.com?kbid={update.kb[2:]}"\r\n'
    ).encode()


@lru_cache(maxsize=16)
def build_msu(spec: PackageSpec | Update) -> bytes:
    """A whole .msu."""
    update = _update(spec)
    kind = MSZIP if update.compress else STORED
    scan = {"package.xml": b"<OfflineSyncPackage/>"}
    files = {
        "WSUSSCAN.cab": write_cabinet(scan, update.created, compression=kind),
        f"{update.stem}.cab": inner_cabinet(update),
        f"{update.stem}-pkgProperties.txt": properties_text(update),
        f"{update.stem}.xml": unattend_xml(update),
    }
    return write_cabinet(
        files, update.created, compression=kind, signature=_signature(update, f"{update.stem}.msu")
    )


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


__all__ = [
    "KB", "LATER_KB", "PackageSpec", "bad_packages", "build_msu", "inner_cabinet", "inner_files",
    "later_hotfix", "manifests", "pack",
]  # fmt: skip
