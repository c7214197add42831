# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update package consists of, as plain data; `builder.py` makes files of it.

An `Update` has a `Tree` per build (RTM, SP1), a tree has `Leaf` packages, a leaf changes components on one
`Branch` or two, and each branch refers to a `Deployment`: the list of `Component`s that change together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from .identity import AssemblyIdentity, PackageIdentity

#: Processor architectures as identities spell them.
IDENTITY_ARCHITECTURES = {"x86": "x86", "x64": "amd64", "ia64": "ia64"}
#: The release of each build: the version of its Foundation package and of its components as shipped.
RELEASES = {"RTM": "6.1.7600.16385", "SP1": "6.1.7601.17514"}
FOUNDATION = "Microsoft-Windows-Foundation-Package"


@dataclass(frozen=True)
class PayloadFile:
    """A file of a component. `folder`: the manifest's macro, like system32; empty for a driver's files.

    `time`: when it was built; that of a file that the hotfix ships unchanged is years older.
    """

    name: str
    content: bytes
    time: datetime
    folder: str = "system32"


@dataclass(frozen=True)
class Component:
    """A component and its files; `time` is that of its manifest.

    `manifest_size`: pad the manifest to this many bytes; 0: as long as it is.
    """

    identity: AssemblyIdentity
    files: tuple[PayloadFile, ...]
    time: datetime
    manifest_size: int = 0


@dataclass(frozen=True)
class Deployment:
    """Components that change together. Its name has 32 hexadecimal digits. One driver stands for itself."""

    identity: AssemblyIdentity
    components: tuple[Component, ...]
    time: datetime

    @property
    def driver(self) -> bool:
        return self.identity.kind == "driverUpdate"


@dataclass(frozen=True)
class Branch:
    """An `update` element of a leaf: what changes, and on which branch; `name` is LDR or GDR."""

    name: str
    deployment: Deployment


@dataclass(frozen=True)
class Leaf:
    """`Package_N_for_KB…`: applies where one of its parents is installed."""

    branches: tuple[Branch, ...]
    parents: tuple[PackageIdentity, ...]

    @property
    def two_branches(self) -> bool:
        return len({branch.name for branch in self.branches}) > 1


@dataclass(frozen=True)
class Tree:
    """`Package_for_KB…_RTM` or `…_SP1`, with the leaves for that build."""

    suffix: str
    leaves: tuple[Leaf, ...]
    parents: tuple[PackageIdentity, ...]


@dataclass(frozen=True)
class Update:
    """A whole package.

    Attributes:
        architecture: x86, x64 or ia64.
        revision: The last number of its version, 6.1.1.REVISION.
        name: Of the package's identity; empty for `Package_for_KB…`.
        prefix: Before the file names, as in `IE11-Windows6.1-KB….msu`.
        servicing_stack: The oldest servicing stack that can install it.
        psf: Name of the file beside the package that holds the deltas, in packages of 2019 and later.
        plain: The payload lies in folders named by key form, not in numbered deltas with an index.
        compress: LZX in the inner cabinet and MSZIP in the outer; else both stored.
        signed: With a (simulated) signature behind the cabinet and the reserve that points to it.
    """

    kb: str
    architecture: str
    trees: tuple[Tree, ...]
    revision: int = 0
    name: str = ""
    prefix: str = "Windows6.1"
    created: datetime = datetime(2010, 1, 20, 12, tzinfo=timezone.utc)
    servicing_stack: str = "6.0.0.0"
    psf: str = ""
    plain: bool = False
    compress: bool = True
    signed: bool = True

    @property
    def stem(self) -> str:
        return f"{self.prefix}-{self.kb}-{self.architecture}"

    @property
    def identity(self) -> PackageIdentity:
        return self.package(self.name or f"Package_for_{self.kb}")

    def package(self, name: str) -> PackageIdentity:
        """The identity of one of its packages."""
        return PackageIdentity(name, f"6.1.1.{self.revision}", IDENTITY_ARCHITECTURES[self.architecture])

    @property
    def two_branches(self) -> bool:
        """Whether GDR and LDR lie beside each other.

        Then there is a second root that forces LDR, `update-bf.mum`.
        """
        return any(leaf.two_branches for tree in self.trees for leaf in tree.leaves)

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        found = (branch.deployment for tree in self.trees for leaf in tree.leaves for branch in leaf.branches)
        return tuple(dict.fromkeys(found))

    @property
    def components(self) -> tuple[Component, ...]:
        return tuple(dict.fromkeys(part for each in self.deployments for part in each.components))


def foundation(build: str, architecture: str) -> PackageIdentity:
    """The package that every Windows of that build (RTM, SP1) has. `architecture`: x86, x64 or ia64."""
    return PackageIdentity(FOUNDATION, RELEASES[build], IDENTITY_ARCHITECTURES[architecture])


def tree(build: str, architecture: str, *leaves: tuple[Branch, ...]) -> Tree:
    """A tree as hotfixes have it. A leaf for SP1 names RTM's Foundation as well (read off KB2465285)."""
    own = foundation(build, architecture)
    above = (own,) if build == "RTM" else (foundation("RTM", architecture), own)
    return Tree(build, tuple(Leaf(branches, above) for branches in leaves), (own,))
