# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the filter package_source chooses, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.hotfix.plugins.filter.package_source import package_source

SHA256 = "0" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Windows6.1-KB978918-x64.msu").touch()
    (tmp_path / "windows6.1-kb978918-X86.MSU").touch()
    (tmp_path / "Windows6.1-KB975943-ia64.msu").touch()
    return tmp_path


def test_the_folder_is_searched_by_hotfix_and_architecture(folder: Path) -> None:
    chosen = package_source("x64", "KB978918", package_dir=str(folder))
    assert chosen == {
        "package": str(folder / "Windows6.1-KB978918-x64.msu"),
        "package_location": "controller",
        "sha256": "",
    }


def test_the_folder_is_searched_without_regard_to_case(folder: Path) -> None:
    chosen = package_source("x86", "kb978918", package_dir=str(folder))
    assert chosen["package"].endswith("windows6.1-kb978918-X86.MSU")


def test_a_relative_folder_starts_from_the_base(folder: Path) -> None:
    chosen = package_source("x64", "KB978918", package_dir=folder.name, base=str(folder.parent))
    assert chosen["package"] == str(folder / "Windows6.1-KB978918-x64.msu")


@pytest.mark.parametrize(
    ("entry", "package", "location"),
    [
        ({"path": "p/a.msu"}, "/base/p/a.msu", "controller"),
        ("p/a.msu", "/base/p/a.msu", "controller"),
        ({"url": "http://depot/a.msu", "sha256": SHA256}, "http://depot/a.msu", "url"),
        ({"host_path": r"\\depot\kb\a.msu", "sha256": SHA256}, r"\\depot\kb\a.msu", "host"),
    ],
)
def test_a_declared_package_wins_over_the_folder(
    entry: object, package: str, location: str, folder: Path
) -> None:
    chosen = package_source("x64", "KB978918", {"x64": entry}, package_dir=str(folder), base="/base")
    assert (chosen["package"], chosen["package_location"]) == (package, location)


@pytest.mark.parametrize(
    ("architecture", "packages", "message"),
    [
        ("ia64", {}, "no package of KB978918 for ia64"),
        ("x64", {"x64": {"url": "http://depot/a.msu"}}, r"packages\.x64\.sha256 is missing"),
        ("x64", {"x64": {"path": "a", "url": "b"}}, "exactly one of path, url and host_path"),
        ("x64", {"x64": {"sha256": SHA256}}, "exactly one of path, url and host_path"),
        ("x64", {"x64": {"file": "a"}}, "unknown keys: file"),
        ("x64", {"x64": 5}, "must be a path or a mapping"),
        ("x64", {"amd64": {"path": "a"}}, "unknown architectures: amd64"),
        ("x64", ["a"], "must map architectures"),
    ],
)
def test_what_cannot_be_chosen_is_refused_by_name(
    architecture: str, packages: object, message: str, folder: Path
) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        package_source(architecture, "KB978918", packages, package_dir=str(folder))  # type: ignore[arg-type]


def test_two_files_that_fit_are_refused(folder: Path) -> None:
    (folder / "copy-of-KB978918-x64.msu").touch()
    with pytest.raises(AnsibleFilterError, match="Several packages of KB978918 for x64"):
        package_source("x64", "KB978918", package_dir=str(folder))


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(
        AnsibleFilterError, match=r"/no/such/folder does not exist on the controller\. Make it"
    ):
        package_source("x64", "KB978918", package_dir="/no/such/folder")


def test_no_source_at_all_says_how_to_give_one() -> None:
    with pytest.raises(AnsibleFilterError, match="name a folder that holds it"):
        package_source("x64", "KB978918")
