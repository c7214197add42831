# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions derived from whole packages have the versions that the article, and the lab, wrote down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.define import define
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.derive import Derived, derive
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix import definition as shipped
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.cabinet import CabinetDamagedError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.contents import read_contents
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package import inspect_package
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.packages import samples
from tests.lab.packages.builder import PackageSpec, build_msu, inner_cabinet, inner_files, pack
from tests.lab.packages.update import Update

ARCHITECTURES = ("x86", "x64", "ia64")
CATALOGUE: dict[str, Any] = yaml.safe_load(
    (Path(shipped.__file__).parent / "catalog" / "KB978918.yml").read_text("utf-8")
)
PAYLOADS = pytest.mark.parametrize("plain", [False, True], ids=["differences", "whole files"])
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write packages; the name decides the form."""

    def write(spec: PackageSpec | Update, name: str = "", data: bytes = b"") -> Path:
        path = tmp_path / "packages" / (name or f"{spec.architecture}.msu")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data or (inner_cabinet(spec) if path.suffix == ".cab" else build_msu(spec)))
        return path

    return write


def derived(*paths: Path) -> Derived:
    return define(paths, None, paths[0].parent / "out.yml", None).derived


def rows(definition: dict[str, Any], kind: str, key: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """The files or manifests of a definition by architecture and name; the case of names does not matter."""
    return {
        (product["architecture"], row[key].lower()): row
        for product in definition["products"]
        for row in product[kind]
    }


# KB978918


@PAYLOADS
def test_the_packages_of_kb978918_give_every_file_of_the_catalogue(write: Write, plain: bool) -> None:
    found = derived(*(write(PackageSpec(each, plain=plain)) for each in ARCHITECTURES)).definition
    ours, theirs = rows(found, "files", "path"), rows(CATALOGUE, "files", "path")
    assert len(ours) == 21 and ours.keys() == theirs.keys()
    for key, file in theirs.items():
        # Differences show no version of a file that the package carries unchanged; whole files show no time
        # in UTC. Where else a file may be is not in a package.
        held = set(file) - {"path", "other_paths"} - ({"date"} if plain else set())
        if not plain and not file["deciding"]:
            held.discard("version")
        assert {name: ours[key].get(name) for name in held} == {name: file[name] for name in held}


@PAYLOADS
def test_the_packages_of_kb978918_give_every_manifest_of_the_catalogue(write: Write, plain: bool) -> None:
    found = derived(*(write(PackageSpec(each, plain=plain)) for each in ARCHITECTURES)).definition
    ours, theirs = rows(found, "manifests", "name"), rows(CATALOGUE, "manifests", "name")
    assert len(ours) == 14 and ours.keys() == theirs.keys()
    held = ("size",) if plain else ("size", "date")
    for key, manifest in theirs.items():
        assert [ours[key][name] for name in held] == [manifest[name] for name in held]


def test_the_packages_of_kb978918_give_the_products_and_components_of_the_catalogue(write: Write) -> None:
    found = derived(*(write(PackageSpec(each)) for each in ARCHITECTURES)).definition
    theirs = {
        (tuple(each["names"]), each["architecture"], each.get("build")) for each in CATALOGUE["products"]
    }
    ours = {(tuple(each["names"]), each["architecture"], each.get("build")) for each in found["products"]}
    assert (ours, found["components"].keys()) == (theirs, CATALOGUE["components"].keys())
    assert [found[name] for name in ("kb", "restart_required", "supersedes")] == ["KB978918", True, []]


# Builds and branches


@PAYLOADS
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_two_builds_and_two_branches_give_all_four_versions(
    write: Write, architecture: str, plain: bool
) -> None:
    update = replace(samples.two_builds(architecture), plain=plain)
    products = derived(write(update)).definition["products"]
    expected = {
        number: (samples.VERSIONS[build]["LDR"], samples.VERSIONS[build]["GDR"])
        for build, number in (("RTM", 7600), ("SP1", 7601))
    }
    for product in products:
        rebuilt = [file for file in product["files"] if file["deciding"]]
        assert len(rebuilt) == (2 if architecture == "x86" else 3)
        assert {(file["version"], file["gdr_version"]) for file in rebuilt} == {expected[product["build"]]}
    assert [product["build"] for product in products] == [7600, 7601]


def test_a_hotfix_of_the_ldr_branch_gives_no_version_for_the_other(write: Write) -> None:
    for product in derived(write(samples.ldr_only())).definition["products"]:
        assert not any("gdr_version" in file for file in product["files"])


@pytest.mark.parametrize("build", ["RTM", "SP1"])
def test_a_hotfix_for_one_build_gives_one_entry(write: Write, build: str) -> None:
    (product,) = derived(write(samples.one_build(build))).definition["products"]
    assert product["build"] == {"RTM": 7600, "SP1": 7601}[build]


def test_the_cabinet_alone_gives_the_definition_of_the_package(write: Write) -> None:
    update = samples.two_builds()
    assert derived(write(update, "a.cab")) == derived(write(update, "a.msu"))


# Refusals


@pytest.mark.parametrize("form", ["msu", "cab"])
@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (samples.drivers_only(), r"it has only drivers \(labdisk.inf 6.1.7601.21624\)"),
        (samples.rollup(), "it is a rollup"),
        (samples.with_psf(), "its files lie in .*\\.psf"),
        (samples.internet_explorer(), "it is of Internet Explorer"),
    ],
    ids=["drivers", "rollup", "psf", "Internet Explorer"],
)
def test_a_package_of_no_use_is_refused_with_the_reason(
    write: Write, update: Update, reason: str, form: str
) -> None:
    with pytest.raises(InputError, match=reason):
        derived(write(update, f"a.{form}"))


def forgeries() -> Iterator[Any]:
    """Members of a package changed, each with checksums that fit: a forger writes them too."""
    update = samples.one_build("SP1")
    whole = inner_files(update)
    whole_plain = inner_files(replace(update, plain=True))
    component = min(name for name in whole if "lab-bridge" in name and name.endswith(".manifest"))
    payload = min(name for name in whole_plain if name.endswith("labbridge.sys"))
    changed = whole[component].replace(b"$(runtime.drivers)", b"$(runtime.system32)")
    other = component.replace("6.1.7601", "6.1.7600")
    missing = {name: data for name, data in whole.items() if name != component}
    laughs = b'<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;&l;">]><a>&m;</a>'
    yield pytest.param({**missing, other: whole[component]}, "so it is forged or damaged", id="another name")
    yield pytest.param({**whole, component: changed}, "has another sha1 than _manifest_.cix.xml", id="index")
    yield pytest.param({**whole_plain, payload: b"MZ"}, "another SHA-256 than its manifest", id="manifest")
    yield pytest.param(missing, f"lacks the manifest {component.removesuffix('.manifest')}", id="missing")
    yield pytest.param({**whole, component: laughs}, "it has a document type", id="billion laughs")
    yield pytest.param(
        {**whole, "_manifest_.cix.xml": b"<Container/>"}, "none of its files proves", id="no index"
    )
    yield pytest.param({**whole, "update.mum": b"junk"}, "not well-formed", id="junk")


@pytest.mark.parametrize(("members", "reason"), list(forgeries()))
def test_a_forged_package_is_refused(write: Write, members: dict[str, bytes], reason: str) -> None:
    update = samples.one_build("SP1")
    path = write(update, "a.cab", pack(update, members))
    with pytest.raises(InputError, match=reason):
        derived(path)
    assert list(path.parent.iterdir()) == [path]


SOUND = inner_cabinet(replace(samples.one_build("SP1"), signed=False))


def read_and_derive(path: Path) -> Derived:
    return derive([read_contents(inspect_package(path))])


@cache
def from_sound(path: Path) -> Derived:
    path.write_bytes(SOUND)
    return read_and_derive(path)


@given(
    cut=st.integers(0, len(SOUND)) | st.just(len(SOUND)),
    flips=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(1, 255)), max_size=3),
)
def test_any_damage_gives_the_same_definition_or_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flips: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.cab"
    data = bytearray(SOUND)
    for position, mask in flips:
        data[position] ^= mask
    path.write_bytes(data[:cut])
    try:
        found = read_and_derive(path)
    except (InputError, CabinetDamagedError) as error:
        assert str(error)
        return
    assert found == from_sound(path.with_name("sound.cab"))
