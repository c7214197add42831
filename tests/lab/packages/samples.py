# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of hotfixes that do not exist, one for each kind of package that people have.

Their component is `Microsoft-Windows-Lab-Bridge`: a driver file and a library that each hotfix builds anew,
and a text that it ships unchanged; on x64 the library is there for 32-bit programs too. Versions follow real
hotfixes: those of KB2465285 (7600.20864, 7601.21624), and GDR numbers between 16385 and 18972.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from .content import RTM_DATE, other_file
from .identity import AssemblyIdentity, PackageIdentity
from .update import (
    IDENTITY_ARCHITECTURES,
    RELEASES,
    Branch,
    Component,
    Deployment,
    Leaf,
    PayloadFile,
    Tree,
    Update,
    tree,
)

BRIDGE = "Microsoft-Windows-Lab-Bridge"
CREATED = datetime(2011, 6, 15, 3, 12, 55, tzinfo=timezone.utc)
#: Build → branch → the version of every rebuilt file and of the component.
VERSIONS = {
    "RTM": {"GDR": "6.1.7600.16900", "LDR": "6.1.7600.20864"},
    "SP1": {"GDR": "6.1.7601.17650", "LDR": "6.1.7601.21624"},
}
#: The files that the samples build anew; the last on 64-bit systems only.
REBUILT = (
    "C:\\Windows\\System32\\drivers\\labbridge.sys",
    "C:\\Windows\\System32\\labbridge.dll",
    "C:\\Windows\\SysWOW64\\labbridge.dll",
)
_UNCHANGED = "labbridge.mof"


def two_builds(
    architecture: str = "x64",
    kb: str = "KB9100001",
    branches: tuple[str, ...] = ("GDR", "LDR"),
    versions: Mapping[str, Mapping[str, str]] | None = None,
) -> Update:
    """RTM and SP1, each with GDR and LDR beside each other as in security updates, or some of `branches`.

    `versions`: those of the rebuilt files by build and branch; None for `VERSIONS`.
    """
    versions = versions or VERSIONS
    trees = tuple(
        tree(
            build,
            architecture,
            *(
                tuple(_change(name, of_build[name], architecture, wow64=wow64) for name in branches)
                for wow64 in _ways(architecture)
            ),
        )
        for build, of_build in versions.items()
    )
    return Update(kb, architecture, trees, created=CREATED)


def ldr_only(architecture: str = "x64", kb: str = "KB9100002") -> Update:
    """RTM and SP1 with the LDR branch only, as hotfixes that people had to ask for."""
    return two_builds(architecture, kb, ("LDR",))


def one_build(build: str, architecture: str = "x64", kb: str = "KB9100003") -> Update:
    """Both branches for one build (RTM or SP1) only."""
    whole = two_builds(architecture, kb)
    return replace(whole, trees=tuple(each for each in whole.trees if each.suffix == build))


def drivers_only(architecture: str = "x64", kb: str = "KB9100004") -> Update:
    """Nothing but a driver: its files have no destination, Windows puts them into the driver store."""
    identity = AssemblyIdentity(
        "labdisk.inf", VERSIONS["SP1"]["LDR"], IDENTITY_ARCHITECTURES[architecture], "driverUpdate"
    )
    files = tuple(
        PayloadFile(name, other_file(name, identity.version, architecture), CREATED, "")
        for name in ("labdisk.inf", "labdisk.sys")
    )
    change = Branch("LDR", Deployment(identity, (Component(identity, files, CREATED),), CREATED))
    parent = PackageIdentity(
        "Microsoft-Windows-Client-Drivers-Package", RELEASES["SP1"], identity.architecture
    )
    only = Tree("SP1", (Leaf((change,), (parent,)),), (parent,))
    return Update(kb, architecture, (only,), created=CREATED)


def rollup(architecture: str = "x64", kb: str = "KB9100005") -> Update:
    """A monthly rollup: its package is `Package_for_RollupFix`, whatever its KB number."""
    return replace(one_build("SP1", architecture, kb), name="Package_for_RollupFix", revision=2)


def with_psf(architecture: str = "x64", kb: str = "KB9100006") -> Update:
    """A package of 2019 or later: the deltas are in a .psf file, which the cabinet only names."""
    whole = one_build("SP1", architecture, kb)
    return replace(whole, psf=f"{whole.stem}.psf")


def internet_explorer(architecture: str = "x64", kb: str = "KB9100007") -> Update:
    """Internet Explorer's: its own numbers, and files whose version is not that of their component."""
    native = IDENTITY_ARCHITECTURES[architecture]
    identity = AssemblyIdentity("Microsoft-Windows-IE-LabEngine", "11.2.9600.17937", native)
    content = other_file("labengine.dll", "11.0.9600.17905", architecture)
    part = Component(identity, (PayloadFile("labengine.dll", content, CREATED),), CREATED)
    change = Branch("LDR", Deployment(_named(identity), (part,), CREATED))
    parent = PackageIdentity("Microsoft-Windows-InternetExplorer-Package", "11.2.9600.16428", native)
    only = Tree("RTM", (Leaf((change,), (parent,)),), (parent,))
    return Update(kb, architecture, (only,), created=CREATED, prefix="IE11-Windows6.1")


def disk_files(architecture: str, version: str) -> dict[str, str]:
    """For `more_files` of a host: the files of the component at some version, path → version."""
    paths = REBUILT[:2] if architecture == "x86" else REBUILT
    return {**dict.fromkeys(paths, version), f"C:\\Windows\\System32\\wbem\\{_UNCHANGED}": ""}


def _ways(architecture: str) -> tuple[bool, ...]:
    return (False,) if architecture == "x86" else (False, True)


def _change(branch: str, version: str, architecture: str, *, wow64: bool) -> Branch:
    """The change of one leaf: the component for the system itself, or the one for 32-bit programs."""
    native = IDENTITY_ARCHITECTURES[architecture]
    machine = "x86" if wow64 else architecture
    # GDR and LDR are built on the same days; an hour apart here, so that each file has its own time.
    built = CREATED - timedelta(hours=30 if branch == "GDR" else 29)
    names = (
        [("labbridge.dll", "system32")]
        if wow64
        else [("labbridge.sys", "drivers"), ("labbridge.dll", "system32")]
    )
    files = [PayloadFile(name, other_file(name, version, machine), built, folder) for name, folder in names]
    if not wow64:
        files.append(PayloadFile(_UNCHANGED, other_file(_UNCHANGED, "", machine), RTM_DATE, "wbem"))
    identity = AssemblyIdentity(BRIDGE, version, "wow64" if wow64 else native)
    return Branch(
        branch,
        Deployment(
            replace(_named(identity), architecture=native),
            (Component(identity, tuple(files), CREATED),),
            CREATED,
        ),
    )


def _named(identity: AssemblyIdentity) -> AssemblyIdentity:
    """A deployment for a component, with a name as they have: 32 hexadecimal digits."""
    return replace(identity, name=hashlib.sha256(str(identity).encode()).hexdigest()[:32])
