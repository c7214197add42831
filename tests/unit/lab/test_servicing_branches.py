# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servicing chooses build and branch, keeps what later updates brought, and refuses what does not fit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab.packages import samples
from tests.lab.packages.builder import inner_files, pack
from tests.lab.packages.update import Leaf, Update
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.servicing import INSTALLED

from .machine import CAB, Result, command, install_forced, install_update, on_host, restart

SYS, DLL, WOW64 = samples.REBUILT
RTM, SP1 = samples.VERSIONS["RTM"], samples.VERSIONS["SP1"]
# Of the samples' packages, with other versions: what a later GDR update and a later LDR hotfix bring.
LATER = {"RTM": {"GDR": "6.1.7600.17100", "LDR": "6.1.7600.21100"}}
NOT_APPLICABLE, NO_PACKAGE, STACK_TOO_OLD = 0x800F081E, 0x800F0805, 0x800F0823


def with_bridge(version: str = "6.1.7600.16385", architecture: str = "x64") -> dict[str, str]:
    return samples.disk_files(architecture, version)


def later(branches: tuple[str, ...]) -> Update:
    """An update for RTM of some branches with higher numbers than the samples'."""
    return samples.two_builds(kb="KB9200000", branches=branches, versions=LATER)


async def installed(host: WindowsHost, update: Update) -> None:
    assert (await install_update(host, update)).code == 3010
    await restart(host)


async def removed(host: WindowsHost, update: Update) -> None:
    line = f"dism /online /quiet /norestart /remove-package /packagename:{update.identity}"
    assert (await command(host, line)).code == 3010
    await restart(host)


def names_of_installed(host: WindowsHost, kb: str) -> set[str]:
    return {
        name.partition("~")[0]
        for name, state in host.servicing.packages()
        if kb in name and state == INSTALLED
    }


@pytest.mark.parametrize(
    ("system", "present"),
    [
        ("2008r2-x64", {"Package_for_{}", "Package_for_{}_RTM", "Package_1_for_{}", "Package_2_for_{}"}),
        ("2008r2-x64-sp1", {"Package_for_{}", "Package_for_{}_SP1", "Package_3_for_{}", "Package_4_for_{}"}),
    ],
)
def test_only_the_packages_for_the_host_s_build_are_installed(system: str, present: set[str]) -> None:
    async def work(host: WindowsHost) -> None:
        await installed(host, samples.two_builds())
        assert names_of_installed(host, "KB9100001") == {name.format("KB9100001") for name in present}
        await removed(host, samples.two_builds())
        assert names_of_installed(host, "KB9100001") == set()

    on_host(work, system=system, more_files=with_bridge())


def test_the_forced_branch_is_a_package_of_its_own() -> None:
    async def work(host: WindowsHost) -> None:
        assert (await install_forced(host, samples.two_builds())).code == 3010
        await restart(host)
        assert host.disk.version(SYS) == RTM["LDR"]
        assert names_of_installed(host, "KB9100001") == {
            "Package_for_KB9100001_BF",
            "Package_for_KB9100001_RTM_BF",
            "Package_1_for_KB9100001_BF",
            "Package_2_for_KB9100001_BF",
        }

    on_host(work, more_files=with_bridge())


def test_a_component_without_its_32_bit_part_is_changed_alone() -> None:
    async def work(host: WindowsHost) -> None:
        await installed(host, samples.two_builds())
        assert (host.disk.version(SYS), host.disk.exists(WOW64)) == (RTM["GDR"], False)

    files = {path: version for path, version in with_bridge().items() if path != WOW64}
    on_host(work, system="2008r2-core", more_files=files)


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        # An older update of the same branch, and a GDR update on a host that is on LDR.
        (later(("GDR",)), samples.two_builds(), 3010),
        (samples.ldr_only(), later(("GDR",)), NOT_APPLICABLE),
    ],
    ids=["older", "GDR on LDR"],
)
def test_nothing_goes_back(first: Update, second: Update, code: int) -> None:
    async def work(host: WindowsHost) -> None:
        await installed(host, first)
        kept = host.disk.version(SYS)
        assert (await install_update(host, second)).code == code
        await restart(host)
        assert [host.disk.version(path) for path in samples.REBUILT] == [kept] * 3

    on_host(work, more_files=with_bridge())


def test_a_later_update_follows_a_component_to_its_branch() -> None:
    async def work(host: WindowsHost) -> None:
        await installed(host, samples.ldr_only())
        await installed(host, later(("GDR", "LDR")))
        assert host.disk.version(DLL) == LATER["RTM"]["LDR"]

    on_host(work, more_files=with_bridge())


def test_a_superseding_update_is_not_undone_by_removing_the_one_before() -> None:
    async def work(host: WindowsHost) -> None:
        await installed(host, samples.two_builds())
        await installed(host, later(("GDR",)))
        await removed(host, samples.two_builds())
        assert host.disk.version(SYS) == LATER["RTM"]["GDR"]
        await removed(host, later(("GDR",)))
        assert host.disk.version(SYS) == "6.1.7600.16385"

    on_host(work, more_files=with_bridge())


def test_removing_the_later_update_goes_back_to_the_one_before() -> None:
    async def work(host: WindowsHost) -> None:
        await installed(host, samples.two_builds())
        await installed(host, later(("GDR",)))
        await removed(host, later(("GDR",)))
        assert host.disk.version(SYS) == RTM["GDR"]

    on_host(work, more_files=with_bridge())


UPDATES = (samples.two_builds(), samples.ldr_only(), later(("GDR",)), later(("GDR", "LDR")))
STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from(UPDATES)), max_size=6)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_whatever_came_and_went_the_host_is_as_before_once_all_is_removed(
    steps: list[tuple[bool, Update]],
) -> None:
    async def work(host: WindowsHost) -> None:
        before = {path: host.disk.read(path) for path in samples.REBUILT}
        for comes, update in steps:
            if comes:
                await install_update(host, update)
            else:
                line = f"dism /online /quiet /norestart /remove-package /packagename:{update.identity}"
                await command(host, line)
            await restart(host)
        for update in UPDATES:
            if host.servicing.state(str(update.identity)) == INSTALLED:
                await removed(host, update)
        assert {path: host.disk.read(path) for path in samples.REBUILT} == before
        assert host.disk.listing("C:\\Windows\\winsxs\\Manifests") == []
        assert not any(names_of_installed(host, update.kb) for update in UPDATES)

    on_host(work, more_files=with_bridge())


def test_two_updates_of_one_boot_leave_the_newer() -> None:
    async def work(host: WindowsHost) -> None:
        await install_update(host, later(("GDR", "LDR")))
        await install_update(host, samples.two_builds())
        await restart(host)
        assert host.disk.version(SYS) == LATER["RTM"]["GDR"]

    on_host(work, more_files=with_bridge())


def test_one_of_several_parents_is_enough() -> None:
    async def work(host: WindowsHost) -> None:
        await installed(host, several)
        assert host.disk.version(SYS) == RTM["LDR"]

    update = samples.ldr_only()
    missing = replace(update.package("Microsoft-Windows-Lab-Foundation"), version="6.1.7600.16385")
    trees = tuple(
        replace(
            tree,
            parents=(missing, *tree.parents),
            leaves=tuple(Leaf(leaf.branches, (missing, *leaf.parents)) for leaf in tree.leaves),
        )
        for tree in update.trees
    )
    several = replace(update, trees=trees)
    on_host(work, more_files=with_bridge())


@pytest.mark.parametrize(
    ("update", "profile"),
    [
        (samples.one_build("RTM"), {"system": "2008r2-x64-sp1", "more_files": with_bridge(RTM["LDR"])}),
        (samples.one_build("SP1"), {"more_files": with_bridge()}),
        (samples.two_builds("x86"), {"more_files": with_bridge()}),
        (samples.two_builds(), {}),
        (samples.drivers_only(), {"system": "2008r2-x64-sp1"}),
        (samples.internet_explorer(), {}),
    ],
    ids=["RTM on SP1", "SP1 on RTM", "architecture", "no such component", "driver", "Internet Explorer"],
)
def test_what_nothing_on_the_host_fits_is_not_applicable(update: Update, profile: dict[str, object]) -> None:
    async def work(host: WindowsHost) -> None:
        assert (await install_update(host, update)).code == NOT_APPLICABLE
        assert names_of_installed(host, update.kb) == set()

    on_host(work, **profile)


@pytest.mark.parametrize(
    ("update", "code"),
    [
        (replace(samples.two_builds(), servicing_stack="6.1.7601.24383"), STACK_TOO_OLD),
        (samples.with_psf(), 0x80070002),
    ],
    ids=["servicing stack", "psf"],
)
def test_what_the_host_cannot_install_is_refused(update: Update, code: int) -> None:
    async def work(host: WindowsHost) -> None:
        assert (await install_update(host, update)).code == code

    on_host(work, system="2008r2-x64-sp1", more_files=with_bridge())


def _without(files: dict[str, bytes], part: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if part not in name}


def _changed(files: dict[str, bytes], part: str, old: bytes, new: bytes) -> dict[str, bytes]:
    return {name: data.replace(old, new) if part in name else data for name, data in files.items()}


PLAIN = replace(samples.two_builds(), plain=True)
DAMAGES = {
    "no .mum": (_without(inner_files(PLAIN), "update.mum"), NO_PACKAGE),
    "a leaf is missing": (_without(inner_files(PLAIN), "package_1_for"), 0x80073701),
    "a manifest is missing": (_without(inner_files(PLAIN), "amd64_microsoft"), 0x80073701),
    "a manifest of another name": (
        _changed(
            inner_files(PLAIN), "lab-bridge_31bf3856ad364e35_6.1.7600.16900", b"Lab-Bridge", b"Lab-Other"
        ),
        0x80073701,
    ),
    "a file is missing": (_without(inner_files(PLAIN), "labbridge.sys"), 0x800736CC),
    "another file": (_changed(inner_files(PLAIN), "labbridge.sys", b"MZ", b"ZM"), 0x800736CC),
    "a damaged delta": (
        _changed(inner_files(samples.two_builds()), "0", b"PA30", b"PA30\0"),
        NO_PACKAGE,
    ),
}


@pytest.mark.parametrize(("files", "code"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_package_changes_nothing(files: dict[str, bytes], code: int) -> None:
    async def work(host: WindowsHost) -> None:
        host.disk.write(CAB, pack(PLAIN, files))
        result: Result = await command(host, f"dism /online /norestart /add-package /packagepath:{CAB}")
        assert result.code == code
        assert names_of_installed(host, "KB9100001") == set()
        assert not host.disk.exists("C:\\Windows\\winsxs\\pending.xml")

    on_host(work, more_files=with_bridge())


def test_expand_makes_the_files_of_deltas() -> None:
    async def work(host: WindowsHost) -> None:
        host.disk.write(CAB, pack(PLAIN, inner_files(samples.two_builds())))
        host.disk.make_folder("C:\\expanded")
        await command(host, f"expand -F:* {CAB} C:\\expanded")
        expected = set(inner_files(PLAIN))
        found = {
            info.path.removeprefix("C:\\expanded\\").lower()
            for info in host.disk.walk("C:\\expanded")
            if not info.is_folder
        }
        assert found == expected

    on_host(work)
