# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The component store of a host: which package brought which version of a component, and which is in use.

Of the versions that installed packages brought, the highest is in use. So an older update changes nothing
that a newer one brought, and removing a package goes back to the highest that is left, at last to what was
there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tests.lab.packages import article
from tests.lab.packages.article_package import FIX, PackageSpec
from tests.lab.packages.builder import manifests
from tests.lab.packages.content import RTM, article_file
from tests.lab.packages.identity import AssemblyIdentity
from tests.lab.packages.update import IDENTITY_ARCHITECTURES

from .disk import Disk
from .images import version_of_bytes
from .profile import HostProfile, SystemInfo
from .servicing_package import ComponentFile
from .servicing_plan import Plan, Version, version_of

MANIFESTS = "C:\\Windows\\winsxs\\Manifests"
_FOLDERS = {
    "system32": "{system}",
    "drivers": "{system}\\drivers",
    "wbem": "{system}\\wbem",
    "windows": "C:\\Windows",
    "system": "C:\\Windows\\system",
    "inf": "C:\\Windows\\inf",
    "fonts": "C:\\Windows\\Fonts",
    "help": "C:\\Windows\\Help",
}


@dataclass
class _Layer:
    """A version of a component and its files.

    None for a file that was not there. `package` is empty at the base.
    """

    version: Version
    files: dict[str, bytes | None]
    package: str = ""


def destination(system: SystemInfo, identity: AssemblyIdentity, file: ComponentFile) -> str | None:
    """Where a file of a component goes; None for a driver's files, and for parts that the system lacks.

    The macros of a component for x86 or wow64 mean the folders of 32-bit programs on a 64-bit system.
    """
    foreign = identity.architecture in ("x86", "wow64") and system.architecture != "x86"
    macro, _unused, below = file.destination.removeprefix("$(runtime.").partition(")")
    if macro not in _FOLDERS or (foreign and not system.wow64):
        return None
    folder = _FOLDERS[macro].format(system="C:\\Windows\\SysWOW64" if foreign else "C:\\Windows\\System32")
    return f"{folder}\\{below.strip(chr(92))}\\{file.name}".replace("\\\\", "\\")


class ComponentStore:
    """The components of one host. `release`: the version of its build as shipped."""

    def __init__(self, profile: HostProfile, disk: Disk, release: str) -> None:
        self._disk, self._system, self._release = disk, profile.os, version_of(release)
        self._layers: dict[AssemblyIdentity, list[_Layer]] = {}
        self._manifests: dict[str, set[str]] = {}
        self._came_with_the_fix = profile.files == "fixed"

    def path(self, identity: AssemblyIdentity, file: ComponentFile) -> str | None:
        return destination(self._system, identity, file)

    def version(self, identity: AssemblyIdentity, files: Mapping[str, bytes]) -> Version | None:
        """The version of a component in use; None if the host lacks the component.

        Windows has it in its registry. Here it is the lowest version among those files of the component that
        the package rebuilds (assumption: they carry the component's version); it is absent where none of its
        files is.
        """
        self._seed()
        if layers := self._layers.get(_unversioned(identity)):
            return _in_use(layers).version
        there = [path for path in files if self._disk.is_file(path)]
        if not there:
            return None
        rebuilt = [path for path in there if version_of_bytes(files[path]) == identity.version]
        found = [version for path in rebuilt if (version := self._disk.version(path))]
        return min((version_of(version) for version in found), default=self._release)

    def install(self, package: str, plan: Plan, now: datetime) -> None:
        """Add what a package brings, and put into use what is newer than before."""
        for part in plan.components:
            key = _unversioned(part.identity)
            current = self.version(part.identity, part.files)
            layers = self._layers.setdefault(key, [_Layer(current or self._release, {})])
            base = layers[0].files
            for path in part.files:
                base.setdefault(path, self._disk.read(path) if self._disk.is_file(path) else None)
            before = _in_use(layers)
            layers.append(_Layer(version_of(part.identity.version), dict(part.files), package))
            self._use(layers, before, now)
        for name, content in plan.manifests.items():
            self._manifests.setdefault(name, set()).add(package)
            self._disk.write(f"{MANIFESTS}\\{name}", content, modified=now)

    def remove(self, package: str, now: datetime) -> None:
        """Take away what a package brought, and put into use the newest that is left."""
        self._seed()
        for layers in self._layers.values():
            before = _in_use(layers)
            layers[:] = [layer for layer in layers if layer.package != package]
            self._use(layers, before, now)
        for name, packages in self._manifests.items():
            if package in packages:
                packages.remove(package)
                if not packages:
                    self._disk.delete(f"{MANIFESTS}\\{name}")

    def _use(self, layers: list[_Layer], before: _Layer, now: datetime) -> None:
        layer = _in_use(layers)
        if layer is before:
            return
        for path, content in {**layers[0].files, **layer.files}.items():
            if content is not None:
                self._disk.write(path, content, modified=now)
            elif self._disk.is_file(path):
                self._disk.delete(path)

    def _seed(self) -> None:
        """Put the article's hotfix into the store of a host that came with it."""
        if not self._came_with_the_fix:
            return
        self._came_with_the_fix = False
        update = PackageSpec(self._system.architecture).update
        for row in article.files(self._system.architecture):
            if row.wow64 and not self._system.wow64:
                continue
            native = IDENTITY_ARCHITECTURES[self._system.architecture]
            key = AssemblyIdentity(article.FULL_NAMES[row.component], "", "x86" if row.wow64 else native)
            base, fix = self._layers.setdefault(
                key, [_Layer(version_of(RTM), {}), _Layer(version_of(FIX), {}, str(update.identity))]
            )
            base.files[row.path] = article_file(row, RTM if row.version else "")
            fix.files[row.path] = article_file(row, row.version)
        for name in manifests(update):
            if self._disk.is_file(f"{MANIFESTS}\\{name}"):
                self._manifests[name] = {str(update.identity)}


def _unversioned(identity: AssemblyIdentity) -> AssemblyIdentity:
    return replace(identity, version="")


def _in_use(layers: list[_Layer]) -> _Layer:
    """The highest version; of two that are equal the later, which is a package's."""
    return max(reversed(layers), key=lambda layer: layer.version)
