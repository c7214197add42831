# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition file is for a reviewer; one that somebody may have reviewed is not replaced unasked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define import define as module
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.define import Definition, define
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.definition_text import (
    Source,
    definition_text,
    write_definition,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.derive import derive
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.file_rules import RULES
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.signature import Signature
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.packages import samples
from tests.lab.packages.builder import PackageSpec, build_msu

from .packages import LONG_BEFORE, Component, File, package

SOURCE = Source("Windows6.1-KB1234567-x64.msu", "cd" * 32, "not signed")
WHOLE = package(Component(files=(File(), File("old.dll", LONG_BEFORE))))
FOUND = derive([WHOLE])
UPDATE = samples.two_builds()


@pytest.fixture(autouse=True)
def unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages of the lab have no signature; test_signature.py has those of others."""
    monkeypatch.setattr(
        module, "check_signature", lambda *_unused: Signature(True, None, "", None, "not signed")
    )


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder with the packages of two hotfixes for two architectures, and others."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for each in (UPDATE, samples.two_builds("x86"), PackageSpec("x64")):
        (folder / f"{each.kb}-{each.architecture}.bin").write_bytes(build_msu(each))
    (folder / "notes.txt").write_text("not a package")
    return folder


def defined(packages: Path, kb: str | None = UPDATE.kb, path: str = "out") -> Definition:
    return define([packages], kb, packages.parent / path, None)


# The text


def test_the_text_is_the_definition() -> None:
    assert yaml.safe_load(definition_text(FOUND, [SOURCE])) == FOUND.definition


def test_the_text_says_where_the_definition_comes_from() -> None:
    text = definition_text(FOUND, [SOURCE])
    assert text.startswith("# Derived by winfleet.hotfix.definition from these packages:\n")
    assert all(f"#     {part}" in text for part in (f"sha256 {SOURCE.sha256}", "not signed"))


def test_the_text_lists_what_somebody_has_to_look_up() -> None:
    head, _unused, _unused = definition_text(FOUND, [SOURCE]).partition("\n---\n")
    for each in FOUND.underived:
        assert f"#   {each.what}: " in head
    assert re.sub(r"\s*\n#\s*", " ", head).count(FOUND.underived[0].why) == 1


def test_each_file_stands_below_its_rule() -> None:
    lines = definition_text(FOUND, [SOURCE]).split("\n")
    rules = {
        line.strip(" #"): number for number, line in enumerate(lines) if line.strip(" #") in RULES.values()
    }
    place = {
        name: next(n for n, line in enumerate(lines) if line.endswith(f"{name}'"))
        for name in ("some.dll", "old.dll")
    }
    assert rules[RULES["component_version"]] != rules[RULES["carried"]]
    assert place["some.dll"] - rules[RULES["component_version"]] == 1
    assert place["old.dll"] - rules[RULES["carried"]] == 1


@given(st.text(max_size=80))
def test_nothing_that_a_package_says_ends_a_comment(text: str) -> None:
    found = derive([replace(WHOLE, updates=tuple(replace(each, description=text) for each in WHOLE.updates))])
    assert yaml.safe_load(definition_text(found, [Source(text, "", text)])) == found.definition


# The file


def test_the_file_in_a_folder_has_the_number_of_the_hotfix(packages: Path) -> None:
    found = defined(packages)
    assert found.path == packages.parent / "out" / f"{UPDATE.kb}.yml"
    write_definition(found.path, found.text)
    assert yaml.safe_load(found.path.read_text("utf-8")) == found.derived.definition


def test_a_definition_that_is_there_already_needs_no_change(packages: Path) -> None:
    found = defined(packages)
    assert found.differs(force=False)
    write_definition(found.path, found.text)
    assert not defined(packages).differs(force=False)
    found.path.write_text(re.sub(r"^#.*\n", "", found.text, flags=re.MULTILINE), "utf-8")
    assert not defined(packages).differs(force=False), "comments alone differ"


def test_a_reviewed_definition_is_replaced_only_by_force(packages: Path) -> None:
    found = defined(packages)
    write_definition(found.path, found.text.replace("restart_required: true", "restart_required: false"))
    with pytest.raises(
        InputError, match=rf"path is {found.path}, which exists.*somebody may have reviewed it"
    ):
        defined(packages).differs(force=False)
    assert defined(packages).differs(force=True)


def test_a_file_that_is_replaced_is_whole_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "KB1234567.yml"
    write_definition(path, "kb: KB1234567\n")

    def fail(*_unused: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_definition(path, "kb: KB7654321\n")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_text("utf-8") == "kb: KB1234567\n"


def test_everyone_may_read_the_file_whom_the_umask_allows(tmp_path: Path) -> None:
    path = tmp_path / "KB1234567.yml"
    write_definition(path, "")
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


# The packages


def test_a_folder_gives_the_packages_of_the_hotfix_for_all_architectures(packages: Path) -> None:
    found = defined(packages)
    assert {each["architecture"] for each in found.derived.definition["products"]} == {"x64", "x86"}
    assert found.derived.kb == UPDATE.kb


def test_the_latest_revision_in_a_folder_is_used_and_the_other_one_named(packages: Path) -> None:
    later = replace(UPDATE, revision=2)
    (packages / "later.msu").write_bytes(build_msu(later))
    used = next(each for each in defined(packages).packages if each.package.architectures == ("x64",))
    assert used.package.path.name == "later.msu"
    assert "revision 6.1.1.2, instead of KB9100001-x64.bin (6.1.1.0)" in used.note


def broken(folder: Path) -> None:
    data = bytearray((folder / "KB9100001-x64.bin").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "KB9100001-x64.bin").write_bytes(data)


def nothing(_folder: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("kb", "spoil", "message"),
    [
        (None, nothing, "which is a folder. Name the hotfix"),
        ("978918", nothing, "hotfix is '978918': it must be a KB number"),
        ("KB7654321", nothing, "no package of KB7654321 for any architecture"),
        ("KB9100001", broken, r"KB9100001 cannot be used: .*differs from its checksum"),
    ],
    ids=["no number", "not a number", "none", "damaged, although another architecture is sound"],
)
def test_a_folder_that_does_not_do_is_refused(
    packages: Path, kb: str | None, spoil: Callable[[Path], None], message: str
) -> None:
    spoil(packages)
    with pytest.raises(InputError, match=message):
        defined(packages, kb)


def test_files_need_no_number(packages: Path) -> None:
    assert define([packages / "KB9100001-x64.bin"], None, packages / "x.yml", None).derived.kb == UPDATE.kb


def test_a_file_of_another_hotfix_is_refused(packages: Path) -> None:
    with pytest.raises(InputError, match="is of KB9100001, not of KB978918"):
        define([packages / "KB9100001-x64.bin"], "KB978918", packages / "x.yml", None)


def test_two_packages_for_one_architecture_are_refused(packages: Path) -> None:
    other = packages / "other.msu"
    other.write_bytes(build_msu(replace(UPDATE, revision=2)))
    with pytest.raises(InputError, match=r"both for x64\. Give one of them"):
        define([packages / "KB9100001-x64.bin", other], None, packages / "x.yml", None)


def test_a_copy_of_a_package_does_not_matter(packages: Path) -> None:
    copy = packages / "copy.msu"
    copy.write_bytes((packages / "KB9100001-x64.bin").read_bytes())
    found = define([packages / "KB9100001-x64.bin", copy], None, packages / "x.yml", None)
    assert len(found.packages) == 1
