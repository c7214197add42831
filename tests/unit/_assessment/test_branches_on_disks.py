# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts against what lies on the disk: packages with builds and branches, before and after installing.

Servicing of the simulated host chooses build and branch by its own rules. Each verdict is asked for with two
definitions: one that is written here by hand, and the one that is derived from the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.derive import derive
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import (
    HotfixDefinition,
    load_definition,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.contents import read_contents
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package import inspect_package

from tests.lab.packages import samples
from tests.lab.packages.builder import build_msu
from tests.lab.packages.update import Update
from tests.unit._hotfix.builds import definition, entry, file
from tests.unit.lab.machine import command, install_forced, install_update, restart
from tests.unit.lab_session import LabSession

SYSTEMS = {7600: "2008r2-x64", 7601: "2008r2-x64-sp1"}
GDR = {7600: "6.1.7600.16900", 7601: "6.1.7601.17650"}
LDR = {7600: "6.1.7600.20864", 7601: "6.1.7601.21624"}

# What a host has before: as shipped, an earlier GDR update, an earlier LDR hotfix. The LDR number lies above
# the GDR number of the fix, and SP1's above each number of RTM: compared by number alone they would pass for
# fixed.
BEFORE = {
    "as shipped": {7600: "6.1.7600.16385", 7601: "6.1.7601.17514"},
    "on GDR": {7600: "6.1.7600.16700", 7601: "6.1.7601.17600"},
    "on LDR": {7600: "6.1.7600.20700", 7601: "6.1.7601.21500"},
}


@dataclass(frozen=True)
class Package:
    """A package, whether its forced branch is installed, and the branches that the definition has."""

    update: Update
    forced: bool = False
    both: bool = True


PACKAGES = {
    "both branches": Package(samples.two_builds()),
    "LDR only": Package(samples.ldr_only(), both=False),
    "forced LDR": Package(samples.two_builds(), forced=True),
}


def definition_of(package: Package) -> HotfixDefinition:
    """What a person would write.

    The versions of each build, with those of both branches where there are both.
    """
    entries = []
    for build in (7600, 7601):
        gdr = {"gdr_version": GDR[build]} if package.both else {}
        entries.append(
            entry(
                build,
                file(LDR[build], path=r"%SystemRoot%\System32\drivers\labbridge.sys", **gdr),
                file(LDR[build], path=r"%SystemRoot%\System32\labbridge.dll", **gdr),
                file(LDR[build], path=r"%SystemRoot%\SysWOW64\labbridge.dll", platform="x86", **gdr),
            )
        )
    return load_definition({**definition(*entries), "kb": package.update.kb})


def host(build: int, version: str) -> LabSession:
    files = "sp1" if build == 7601 else "vulnerable"
    return LabSession(system=SYSTEMS[build], files=files, more_files=samples.disk_files("x64", version))


def versions(session: LabSession) -> set[str | None]:
    return {session.lab.disk.version(path) for path in samples.REBUILT}


@cache
def derived_from(update: Update) -> HotfixDefinition:
    """The definition that is derived from the package, as a person would get it."""
    with NamedTemporaryFile(suffix=".msu") as file:
        file.write(build_msu(update))
        file.flush()
        contents = read_contents(inspect_package(Path(file.name)))
    return load_definition(derive([contents]).definition)


def verdict(session: LabSession, package: Package) -> tuple[str, set[Any]]:
    """The status, and the versions that the assessment found; the same with both definitions."""
    found = []
    for each in (definition_of(package), derived_from(package.update)):
        result = assess(session, each).to_result()
        versions = {row["version"] for row in result["files"] if row["deciding"]}
        found.append((result["status"], versions))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES)
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("build", SYSTEMS)
def test_a_host_is_compliant_only_once_its_own_branch_has_the_fix(
    build: int, before: str, package: Package
) -> None:
    session = host(build, BEFORE[before][build])
    assert verdict(session, package) == ("vulnerable", {BEFORE[before][build]})

    install = install_forced if package.forced else install_update
    assert session.work(install(session.lab, package.update)).code == 3010
    assert verdict(session, package)[0] == "restart_pending"

    session.work(restart(session.lab))
    moved = before == "on LDR" or package.forced or not package.both
    expected = LDR[build] if moved else GDR[build]
    assert versions(session) == {expected}
    assert verdict(LabSession(session.lab), package) == ("compliant", {expected})


@pytest.mark.parametrize("build", SYSTEMS)
def test_a_fix_of_the_other_branch_in_winsxs_proves_nothing(build: int) -> None:
    """Servicing lays the manifests of both branches; only one of them is in use."""
    session = host(build, BEFORE["on GDR"][build])
    package = PACKAGES["both branches"]
    session.work(install_update(session.lab, package.update))
    session.work(restart(session.lab))
    names = {info.name for info in session.lab.disk.listing("C:\\Windows\\winsxs\\Manifests")}
    assert all(any(version in name for name in names) for version in (GDR[build], LDR[build]))
    ldr_only = definition_of(Package(package.update, both=False))
    assert assess(LabSession(session.lab), ldr_only).to_result()["status"] != "compliant"


def test_removing_the_fix_makes_the_host_vulnerable_again() -> None:
    session = host(7601, BEFORE["on GDR"][7601])
    package = PACKAGES["both branches"]
    session.work(install_update(session.lab, package.update))
    session.work(restart(session.lab))
    line = f"dism /online /quiet /norestart /remove-package /packagename:{package.update.identity}"
    assert session.work(command(session.lab, line)).code == 3010
    session.work(restart(session.lab))
    assert versions(session) == {BEFORE["on GDR"][7601]}
    assert verdict(LabSession(session.lab), package)[0] == "vulnerable"


def test_a_package_for_rtm_leaves_an_sp1_host_as_it_is() -> None:
    session = host(7601, BEFORE["as shipped"][7601])
    rtm = samples.one_build("RTM")
    assert session.work(install_update(session.lab, rtm)).code == 0x800F081E
    assert versions(session) == {BEFORE["as shipped"][7601]}
