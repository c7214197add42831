# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a definition is found: by number in the operator's folder and in the catalogue, or by its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.definition_file import (
    ChosenHotfix,
    asked_for,
    choose_hotfix,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = (ROOT / "plugins/plugin_utils/_hotfix/catalog/KB978918.yml").read_text("utf-8")
NOWHERE = Path("/no/such")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "KB1234567.yml").write_text(SHIPPED.replace("kb: KB978918", "kb: KB1234567"), "utf-8")
    return tmp_path


@pytest.mark.parametrize("text", ["KB978918", "kb978918", " KB978918 ", "978918"])
def test_a_shipped_hotfix_is_found_by_its_number(text: str) -> None:
    assert choose_hotfix(text, NOWHERE, NOWHERE) == ChosenHotfix("KB978918", None)


@pytest.mark.parametrize("text", ["KB1234567", "kb1234567", "1234567", "KB1234567.yml", "./KB1234567.yml"])
def test_one_of_the_operator_is_found_by_number_and_by_file(folder: Path, text: str) -> None:
    chosen = choose_hotfix(text, folder, folder)
    assert chosen.kb == "KB1234567"
    assert chosen.definition is not None
    assert load_definition(chosen.definition).kb == "KB1234567"


def test_an_absolute_path_does_not_depend_on_where_it_is_called(folder: Path) -> None:
    assert choose_hotfix(str(folder / "KB1234567.yml"), NOWHERE, NOWHERE).kb == "KB1234567"


def test_one_of_the_operator_wins_over_the_shipped_one(folder: Path) -> None:
    (folder / "kb978918.YAML").write_text(SHIPPED, "utf-8")
    assert choose_hotfix("KB978918", folder, folder).definition is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("KB7654321", "nobody defines KB7654321. The collection ships KB978918"),
        ("the one", "must be a KB number such as KB978918 or the path of a file, not 'the one'"),
        ("no/such.yml", "no/such.yml cannot be read: "),
        ("KB1111111", "defines KB1234567, not KB1111111; rename the file"),
        ("KB2222222", "definition is missing|definition.kb is missing"),
        ("KB3333333", "is not YAML"),
        ("KB4444444", "several files for KB4444444"),
        ("KB5555555", r"KB5555555\.yml: definition\.titel is 'x': a definition has no such field"),
        ("KB6666666", r"KB6666666\.yml: definition\.kb is missing"),
        (
            "KB8888888",
            r"KB8888888\.yml: definition\.products\[0\]\.names is 'Windows 8\.1': this collection is for",
        ),
        ("KB9999999", r"KB9999999\.yml: definition\.products\[0\]\.build is 9600"),
    ],
)
def test_what_cannot_be_found_or_used_says_so(folder: Path, text: str, said: str) -> None:
    (folder / "KB1111111.yml").write_text((folder / "KB1234567.yml").read_text("utf-8"), "utf-8")
    (folder / "KB2222222.yml").write_text("[]", "utf-8")
    (folder / "KB3333333.yml").write_text("kb: [", "utf-8")
    for ending in ("yml", "yaml"):
        (folder / f"KB4444444.{ending}").touch()
    (folder / "KB5555555.yml").write_text(SHIPPED.replace("kb: KB978918", "kb: KB5555555\ntitel: x"), "utf-8")
    (folder / "KB6666666.yml").touch()
    other = SHIPPED.replace("kb: KB978918", "kb: KB8888888").replace("[Windows 7]", "[Windows 8.1]", 1)
    (folder / "KB8888888.yml").write_text(other, "utf-8")
    other = SHIPPED.replace("architecture: x86", "architecture: x86\n    build: 9600", 1)
    (folder / "KB9999999.yml").write_text(other, "utf-8")
    with pytest.raises(InputError, match=said) as caught:
        choose_hotfix(text, folder, folder)
    assert str(caught.value).startswith("hotfix_definition")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("978918", "KB978918"),
        ("kb978918", "KB978918"),
        ("a/b/KB1234567.yml", "KB1234567"),
        ("../my hotfix.yaml", "my_hotfix"),
        ("../../etc/x", "x"),
    ],
)
def test_a_report_has_a_name_although_nobody_finds_the_definition(text: str, name: str) -> None:
    assert asked_for(text) == name


@pytest.mark.parametrize("name", ["Windows6.1-KB1234567-x64.msu", "package.cab", "KB1234567.yml"])
def test_a_package_is_never_taken_for_a_definition(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"MSCF" + bytes(60))
    for text in (name, f"./{name}", str(tmp_path / name)):
        with pytest.raises(
            InputError, match=rf"{name} is a package.*playbook winfleet.hotfix.define, review it"
        ):
            choose_hotfix(text, tmp_path / "hotfixes", tmp_path)


def test_a_package_beside_the_definitions_is_not_one_of_them(folder: Path) -> None:
    (folder / "KB1234567.msu").write_bytes(b"MSCF")
    assert choose_hotfix("KB1234567", folder, folder).kb == "KB1234567"
