# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages as plain data, as the room `_package` reads them: components in, a whole package out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.assemblies import (
    Assembly,
    AssemblyFile,
    Part,
    UpdatePackage,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.contents import PackageContents
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.key_form import Identity
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package import PackageInfo
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package_description import (
    PROCESSOR_NAMES,
    ServicedPackage,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.payload_index import PayloadFile

TOKEN = "31bf3856ad364e35"
MADE = datetime(2012, 11, 3, 11, 45, tzinfo=timezone.utc)
BUILT = MADE - timedelta(days=1)
LONG_BEFORE = datetime(2009, 7, 14, 1, 15, tzinfo=timezone.utc)
FOUNDATION = "Microsoft-Windows-Foundation-Package"
RTM, SP1 = 7600, 7601


@dataclass(frozen=True)
class File:
    """A file of a component: when it was built, and its version where the package holds the file itself."""

    name: str = "some.dll"
    time: datetime | None = BUILT
    folder: str = "$(runtime.system32)\\"
    version: str = ""
    sha256: str = "ab" * 32
    missing: bool = False


@dataclass(frozen=True)
class Component:
    """A component in one version, in a leaf package of its own."""

    version: str = "6.1.7601.22150"
    files: tuple[File, ...] = (File(),)
    name: str = "Microsoft-Windows-Some"
    architecture: str = "amd64"
    language: str = "neutral"
    parents: tuple[str, ...] = (FOUNDATION,)
    branch: str = ""
    tree: int | None = None
    driver: bool = False
    restart: str = "possible"

    @property
    def enclosing(self) -> int:
        return self.tree or int(self.version.split(".")[2])

    @property
    def in_branch(self) -> str:
        return self.branch or ("LDR" if int(self.version.rpartition(".")[2]) >= 20000 else "GDR")


@dataclass
class Builder:
    architecture: str = "x64"
    kb: str = "KB1234567"
    made: datetime | None = MADE
    windows: str = "6.1"
    name: str = ""
    psf: str = ""
    updates: list[UpdatePackage] = field(default_factory=list)
    assemblies: dict[str, Assembly] = field(default_factory=dict)
    payload: dict[str, PayloadFile] = field(default_factory=dict)

    def package(self, *components: Component) -> PackageContents:
        """One package with a tree for each build; an index names its files."""
        builds = {component.enclosing: [] for component in components}
        for number, component in enumerate(components, 1):
            leaf = self._identity(f"Package_{number}_for_{self.kb}")
            parents = tuple(self._identity(parent) for parent in component.parents)
            self._update(leaf, parents, (self._installed(component, number),), component.restart)
            builds[component.enclosing].append(leaf)
        trees = []
        for build, leaves in builds.items():
            suffix = {RTM: "_RTM", SP1: "_SP1"}.get(build, "")
            tree = self._identity(f"Package_for_{self.kb}{suffix or '_OTHER'}")
            self._update(tree, (), tuple(Part("1-1_neutral_PACKAGE", package=leaf) for leaf in leaves))
            trees.append(tree)
        root = self._identity(self.name or f"Package_for_{self.kb}")
        self._update(root, (), tuple(Part("1-9_neutral_PACKAGE", package=tree) for tree in trees))
        serviced = ServicedPackage(root.name, root.version, "neutral", root.architecture, TOKEN)
        info = PackageInfo(
            path=Path(f"/srv/packages/Windows6.1-{self.kb}-{self.architecture}.msu"),
            size=1,
            sha256="cd" * 32,
            sha1="ef" * 20,
            kbs=(self.kb,),
            architectures=(self.architecture,),
            packages=(serviced,),
        )
        return PackageContents(info, tuple(self.updates), self.assemblies, self.payload, is_indexed=True)

    def _identity(self, name: str) -> Identity:
        return Identity(name, f"{self.windows}.1.0", PROCESSOR_NAMES[self.architecture], "neutral", TOKEN)

    def _update(
        self,
        identity: Identity,
        parents: tuple[Identity, ...],
        parts: tuple[Part, ...],
        restart: str = "possible",
    ) -> None:
        self.updates.append(
            UpdatePackage(
                identity=identity,
                kb=self.kb,
                description=f"Fix for {self.kb}",
                support=f"http://support.microsoft.com/?kbid={self.kb[2:]}",
                created=self.made,
                release_type="Hotfix",
                restart=restart,
                psf=self.psf,
                parents=parents,
                parts=parts,
            )
        )

    def _installed(self, component: Component, number: int) -> Part:
        identity = Identity(
            component.name,
            component.version,
            component.architecture,
            component.language,
            TOKEN,
            "nonSxS",
            "driverUpdate" if component.driver else "",
        )
        files = tuple(AssemblyFile(file.name, file.folder, file.sha256) for file in component.files)
        own = Assembly(identity, component.driver, component.driver, files, ())
        self._add(own)
        for file in component.files:
            if not file.missing:
                name = f"{identity.key_form}\\{file.name}".lower()
                self.payload[name] = PayloadFile(name, 4096, file.time, "12" * 20, "", "", file.version)
        if component.driver:
            return Part(f"1-{number}_neutral_{component.in_branch}", updates=identity, installs=identity)
        deployment = Identity(
            f"{number:032x}",
            component.version,
            PROCESSOR_NAMES[self.architecture],
            "neutral",
            TOKEN,
            "nonSxS",
        )
        self._add(Assembly(deployment, True, False, (), (identity,)))
        return Part(f"1-{number}_neutral_{component.in_branch}", updates=identity, installs=deployment)

    def _add(self, assembly: Assembly) -> None:
        name = f"{assembly.identity.key_form}.manifest"
        self.assemblies[assembly.identity.key_form] = assembly
        self.payload[name] = PayloadFile(name, 710, self.made, "", "", name)


def package(*components: Component, **settings: object) -> PackageContents:
    """A package of these components; settings are those of `Builder`."""
    return Builder(**settings).package(*components)  # type: ignore[arg-type]
