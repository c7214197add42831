# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package of KB978918, from the lab's transcription of the article, and later ones for the same files.

The hotfix is older than SP1 and its files have one version, so it has one tree, for RTM, and the LDR branch
only. How many leaves it has, and whether its payload is deltas or plain folders, nobody has seen: both can be
had.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from . import article
from .content import RTM, article_file
from .identity import AssemblyIdentity
from .update import IDENTITY_ARCHITECTURES, Branch, Component, Deployment, PayloadFile, Update, tree

KB = "KB978918"
LATER_KB = "KB1234567"
FIX = "6.1.7600.20618"

# The article's manifests without a component's name are deployments. Which is whose follows from their sizes:
# with "Microsoft-Windows-TerminalServices-Drivers" in it one has exactly 712, 716 or 714 bytes, with the
# components "Microsoft-Windows-Security-CredSSP", native and x86, exactly 704, 1,056 or 1,054.
_DEPLOYMENTS = {
    "x86": {
        article.DRIVERS: "5bf88463b33be33523cd5ff6ad16fc62",
        article.CREDSSP: "ec620513eb6d22858f0dbc3d7dcab6ff",
    },
    "x64": {
        article.DRIVERS: "07576fed8d7ec263c223e00c62aa9dac",
        article.CREDSSP: "a1ac71bcd43079684524b809f915f134",
    },
    "ia64": {
        article.DRIVERS: "1d19b5a2dbe1e1751c652b4738faa972",
        article.CREDSSP: "91553e765cac23a85d5916ee1dd807c8",
    },
}


@dataclass(frozen=True)
class PackageSpec:
    """KB978918's package, or one that changes the same files.

    Attributes:
        architecture: x86, x64 or ia64: what the package claims to be and carries.
        kb: KB number of identity and names.
        compress: MSZIP and LZX, else stored.
        file_version: Version of the files that the article's hotfix changes; empty for the article's.
        plain: The payload in folders, not in deltas.
    """

    architecture: str
    kb: str = KB
    compress: bool = True
    file_version: str = ""
    plain: bool = False

    @property
    def stem(self) -> str:
        return self.update.stem

    @property
    def update(self) -> Update:
        return _update(self)


def later_hotfix(architecture: str) -> PackageSpec:
    """The package of tests/lab/fleets/hotfixes/KB1234567.yml."""
    return PackageSpec(architecture, kb=LATER_KB, file_version="6.1.7600.20800")


@lru_cache(maxsize=32)
def _update(spec: PackageSpec) -> Update:
    branches = tuple(Branch("LDR", _deployment(spec, name)) for name in (article.DRIVERS, article.CREDSSP))
    return Update(
        spec.kb,
        spec.architecture,
        (tree("RTM", spec.architecture, branches),),
        plain=spec.plain,
        compress=spec.compress,
    )


def _deployment(spec: PackageSpec, component: str) -> Deployment:
    name, version = _DEPLOYMENTS[spec.architecture][component], spec.file_version or FIX
    if spec.file_version:
        name = hashlib.sha256(f"{spec}{component}".encode()).hexdigest()[:32]
    # On a 64-bit system the CredSSP component is there for x86 as well, the drivers are not.
    parts = [_component(spec, component, wow64=False), _component(spec, component, wow64=True)]
    identity = AssemblyIdentity(name, version, IDENTITY_ARCHITECTURES[spec.architecture])
    row = _manifest(spec, identity)
    return Deployment(
        identity, tuple(part for part in parts if part.files), row.date if row else Update.created
    )


def _component(spec: PackageSpec, name: str, *, wow64: bool) -> Component:
    architecture = "x86" if wow64 else IDENTITY_ARCHITECTURES[spec.architecture]
    identity = AssemblyIdentity(article.FULL_NAMES[name], spec.file_version or FIX, architecture)
    files = tuple(
        PayloadFile(row.name, article_file(row, _version(spec, row)), row.date, row.folder or "system32")
        for row in article.files(spec.architecture)
        if row.component == name and row.wow64 == wow64
    )
    row = _manifest(spec, identity)
    return Component(identity, files, row.date if row else Update.created, row.size if row else 0)


def _version(spec: PackageSpec, row: article.ArticleFile) -> str:
    """The version of a file: those that the article's hotfix leaves as they were stay so."""
    return spec.file_version if spec.file_version and row.version not in ("", RTM) else row.version


def _manifest(spec: PackageSpec, identity: AssemblyIdentity) -> article.ArticleManifest | None:
    """The article's row of a manifest; None for a later version of the component."""
    rows = article.manifests(spec.architecture)
    return next((row for row in rows if row.name.lower() == identity.manifest), None)
