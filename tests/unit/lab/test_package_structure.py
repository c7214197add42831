# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The structure of packages, as it was read off genuine ones: trees, branches, index, and odd kinds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.lab.packages import delta, samples
from tests.lab.packages.builder import PackageSpec, build_msu, inner_cabinet, inner_files
from tests.lab.packages.update import Update
from tests.lab.windows.cabinet import read_cabinet
from tests.lab.windows.servicing_package import PackageManifest, parse_component, parse_package, rebuilt

INDEX = "{urn:ContainerIndex}"
KINDS: dict[str, Callable[[str], Update]] = {
    "two builds": samples.two_builds,
    "LDR only": samples.ldr_only,
    "one build": lambda architecture: samples.one_build("SP1", architecture),
    "drivers": samples.drivers_only,
    "rollup": samples.rollup,
    "psf": samples.with_psf,
    "Internet Explorer": samples.internet_explorer,
}
ARCHITECTURES = pytest.mark.parametrize("architecture", ["x86", "x64", "ia64"])


def package(files: dict[str, bytes], name: str) -> PackageManifest:
    found = parse_package(files[name])
    assert found is not None
    return found


def entries(files: dict[str, bytes]) -> dict[str, ElementTree.Element]:
    """The files that the index names."""
    root = ElementTree.fromstring(files["_manifest_.cix.xml"])
    return {each.get("name", ""): each for each in root.iter(f"{INDEX}File")}


def source(entry: ElementTree.Element) -> tuple[str, str] | None:
    found = entry.find(f"{INDEX}Delta/{INDEX}Source")
    return None if found is None else (found.get("type", ""), found.get("name", ""))


@ARCHITECTURES
@pytest.mark.parametrize("kind", KINDS)
def test_the_cabinet_alone_is_the_one_of_the_msu(kind: str, architecture: str) -> None:
    update = KINDS[kind](architecture)
    members = read_cabinet(build_msu(update))
    assert members[f"{update.stem}.cab"] == inner_cabinet(update)
    assert read_cabinet(inner_cabinet(update)) == inner_files(update)


@ARCHITECTURES
@pytest.mark.parametrize("kind", KINDS)
def test_every_manifest_has_the_name_of_its_identity(kind: str, architecture: str) -> None:
    files = inner_files(KINDS[kind](architecture))
    for name, data in files.items():
        if name.endswith(".manifest"):
            assert parse_component(data)[0].manifest == name


def test_a_package_of_two_builds_has_a_tree_for_each() -> None:
    files = inner_files(samples.two_builds())
    assert [each.name for each in package(files, "update.mum").children] == [
        "Package_for_KB9100001_RTM",
        "Package_for_KB9100001_SP1",
    ]
    end = "~31bf3856ad364e35~amd64~~6.1.1.0.mum"
    sp1 = package(files, f"package_for_kb9100001_sp1{end}")
    assert {parent.version for parent in sp1.parents} == {"6.1.7601.17514"}
    # The trap: a leaf for SP1 names the parents of both builds.
    leaf = package(files, f"package_3_for_kb9100001{end}")
    assert {parent.version for parent in leaf.parents} == {"6.1.7600.16385", "6.1.7601.17514"}
    assert {part.version for change in leaf.changes for part in change.components} == {
        "6.1.7601.17650",
        "6.1.7601.21624",
    }


def test_the_other_root_has_the_ldr_branch_alone() -> None:
    files = inner_files(samples.two_builds())
    leaves = [package(files, name) for name in files if name.startswith("package_1") and name.endswith("mum")]
    branches = {
        leaf.identity.name: [change.branch for change in leaf.changes] for leaf in leaves if leaf.changes
    }
    assert branches == {
        "Package_1_for_KB9100001": ["GDR", "LDR"],
        "Package_1_for_KB9100001_BF": ["LDR"],
    }
    assert "update-bf.mum" not in inner_files(samples.ldr_only())


def test_the_index_names_every_file_with_its_hash_length_and_time() -> None:
    update = PackageSpec("x64").update
    files = inner_files(update)
    whole, listed = rebuilt(files), entries(files)
    assert set(whole) == set(listed)
    for name, entry in listed.items():
        digest = entry.find(f"{INDEX}Hash")
        assert digest is not None
        assert digest.get("value") == hashlib.sha1(whole[name], usedforsecurity=False).hexdigest()
        assert entry.get("length") == str(len(whole[name]))
    times = {
        f"{part.identity.key_form}\\{file.name.lower()}": str(delta.file_time(file.time))
        for part in update.components
        for file in part.files
    }
    assert {name: listed[name].get("time") for name in times} == times


def test_the_payload_is_deltas_and_equal_files_have_none() -> None:
    files = inner_files(PackageSpec("x64"))
    kinds = {name: source(entry) for name, entry in entries(files).items()}
    payload = {name: kind for name, kind in kinds.items() if "\\" in name}
    stored = [kind for kind in payload.values() if kind]
    assert {kind for kind, _unused in stored} == {"PA30"}
    assert all(files[member].startswith(b"PA30") for _unused, member in stored)
    # The article has Tspkg.mof twice, equal in both parts of the x64 package.
    assert [name.rpartition("\\")[2] for name, kind in payload.items() if kind is None] == ["tspkg.mof"]


def test_a_plain_package_has_folders_and_no_index() -> None:
    files = inner_files(replace(samples.two_builds(), plain=True))
    assert "_manifest_.cix.xml" not in files and "0" not in files
    assert rebuilt(inner_files(samples.two_builds())) == files


def test_the_files_of_a_driver_have_no_destination() -> None:
    files = inner_files(samples.drivers_only())
    (name,) = (name for name in files if name.endswith(".manifest"))
    identity, listed = parse_component(files[name])
    assert identity.kind == "driverUpdate" and {file.destination for file in listed} == {""}
    assert b"<infFile" in files[name]


def test_a_package_with_a_psf_lacks_its_deltas() -> None:
    update = samples.with_psf()
    files = inner_files(update)
    assert package(files, "update.mum").psf == update.psf
    wanted = {kind[1] for entry in entries(files).values() if (kind := source(entry)) and kind[0] == "PA30"}
    assert wanted and not wanted & set(files)


def test_a_rollup_is_not_named_after_its_kb() -> None:
    update = samples.rollup()
    assert package(inner_files(update), "update.mum").identity.name == "Package_for_RollupFix"
    assert update.stem == "Windows6.1-KB9100005-x64"
