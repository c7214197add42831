# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages of an update apply to a host, and which components they change there: build, then branch.

Rules, with their evidence in tests/lab/README.md: a package applies where one of its parents is installed; a
component that the host lacks is not changed; a component stays on its branch, GDR or LDR, until an update
that may lift it (LDR only, or the forced branch of update-bf.mum) moves it; LDR never goes back to GDR.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from tests.lab.packages.identity import AssemblyIdentity, PackageIdentity

from .servicing_package import Change, ComponentFile, PackageManifest, parse_component, parse_package

_FIRST_LDR_REVISION = 20000  # GDR 16385 to 18972, LDR 20618 to 24382 in every sample

Version = tuple[int, ...]


@dataclass(frozen=True)
class Host:
    """What the plan asks of a host: whether a package is installed, and the version of a component there."""

    installed: Callable[[PackageIdentity], bool]
    version: Callable[[AssemblyIdentity, Mapping[str, bytes]], Version | None]


@dataclass(frozen=True)
class Installed:
    """A component to install: its files by destination, and its manifest's name."""

    identity: AssemblyIdentity
    files: dict[str, bytes]


@dataclass(frozen=True)
class Plan:
    """The packages that apply, root first, the components to change, and the manifests to lay."""

    members: tuple[str, ...]
    components: tuple[Installed, ...]
    manifests: dict[str, bytes]


class PackageDamagedError(Exception):
    """The package lacks a part or holds a wrong one. `code`: what servicing says."""

    def __init__(self, code: int) -> None:
        super().__init__(hex(code))
        self.code = code


ASSEMBLY_MISSING, FILE_HASH_MISMATCH = (
    0x80073701,
    0x800736CC,
)  # ERROR_SXS_ASSEMBLY_MISSING, …_FILE_HASH_MISMATCH


def version_of(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))


def branch_of(version: Version) -> str:
    return "LDR" if version[3] >= _FIRST_LDR_REVISION else "GDR"


def make_plan(
    root: PackageManifest,
    files: Mapping[str, bytes],
    host: Host,
    paths: Callable[[AssemblyIdentity, ComponentFile], str | None],
) -> Plan | None:
    """What installing the package does to the host; None if it is not applicable.

    `paths` gives a file's place on the disk, None for one that has none here.

    Raises:
        PackageDamagedError: A manifest is missing, or a file differs from its manifest.
    """
    members: list[str] = []
    components: list[Installed] = []
    manifests: dict[str, bytes] = {}
    for chain in _applicable(root, files, host):
        leaf = chain[-1]
        changed = [
            (change, Installed(identity, _files(identity, files, paths)))
            for change in leaf.changes
            for identity in change.components
        ]
        versions = {part.identity: host.version(part.identity, part.files) for _unused, part in changed}
        fitting = [part for change, part in changed if _applies(change, part, versions[part.identity])]
        if not fitting:
            continue
        members += [str(package.identity) for package in chain]
        components += fitting
        # Both branches of a component lie in winsxs, whichever of them is in use.
        for change, part in changed:
            if versions[part.identity]:
                for identity in (change.deployment, part.identity):
                    manifests[identity.manifest] = _manifest(identity, files)
    if not members:
        return None
    return Plan(tuple(dict.fromkeys(members)), tuple(components), manifests)


def _applicable(
    package: PackageManifest, files: Mapping[str, bytes], host: Host
) -> Iterator[tuple[PackageManifest, ...]]:
    """The way from the package to each leaf below it, while one of the parents of each is installed."""
    if package.parents and not any(host.installed(parent) for parent in package.parents):
        return
    if package.changes:
        yield (package,)
    for identity in package.children:
        child = parse_package(files.get(f"{str(identity).lower()}.mum", b""))
        if child is None:
            raise PackageDamagedError(ASSEMBLY_MISSING)
        for below in _applicable(child, files, host):
            yield (package, *below)


def _applies(change: Change, part: Installed, current: Version | None) -> bool:
    """Whether the change may replace the component; whether it is newer than others, the store decides."""
    if current is None:
        return False
    coming = version_of(part.identity.version)
    if current[:3] > coming[:3] or (current[:3] < coming[:3] and change.elevate != "serviceLevel"):
        return False
    if current[:3] < coming[:3]:
        # As shipped with an older build: there LDR lies as far as GDR, and the narrower branch is enough.
        return branch_of(coming) == "GDR" or change.elevate != "revision"
    if branch_of(current) == branch_of(coming):
        return True
    return branch_of(coming) == "LDR" and change.elevate != "revision"


def _manifest(identity: AssemblyIdentity, files: Mapping[str, bytes]) -> bytes:
    if identity.manifest not in files:
        raise PackageDamagedError(ASSEMBLY_MISSING)
    return files[identity.manifest]


def _files(
    identity: AssemblyIdentity,
    files: Mapping[str, bytes],
    paths: Callable[[AssemblyIdentity, ComponentFile], str | None],
) -> dict[str, bytes]:
    """The files of a component by their place on the disk."""
    try:
        stated, listed = parse_component(_manifest(identity, files))
    except ElementTree.ParseError as error:
        raise PackageDamagedError(ASSEMBLY_MISSING) from error
    if stated != identity:
        raise PackageDamagedError(ASSEMBLY_MISSING)
    result = {}
    for file in listed:
        content, path = files.get(f"{identity.key_form}\\{file.name}"), paths(identity, file)
        if content is None or file.sha256 != hashlib.sha256(content).digest():
            raise PackageDamagedError(FILE_HASH_MISMATCH)
        if path is not None:
            result[path] = content
    return result
