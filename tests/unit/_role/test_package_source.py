# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which package a host gets, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.package_source import (
    PackageSource,
    choose_package,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

from tests.unit._package.samples import msu
from tests.unit._role.given import settings_of

SHA256 = "0" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Windows6.1-KB978918-x64.msu").write_bytes(msu())
    (tmp_path / "windows6.1-kb978918-X86.MSU").write_bytes(msu(architecture="x86"))
    (tmp_path / "Windows6.1-KB975943-ia64.msu").write_bytes(msu("KB975943", "ia64"))
    return tmp_path


def chosen(architecture: str, folder: Path, here: Path = Path("/base"), **given: Any) -> PackageSource:
    settings = settings_of(**{"package_dir": str(folder), **given})
    return choose_package(settings, "KB978918", architecture, here)


def test_the_folder_is_searched_by_hotfix_and_architecture(folder: Path) -> None:
    found = chosen("x64", folder)
    assert found == PackageSource(str(folder / "Windows6.1-KB978918-x64.msu"), "controller", "")


def test_the_folder_is_searched_without_regard_to_case(folder: Path) -> None:
    assert chosen("x86", folder).package.endswith("windows6.1-kb978918-X86.MSU")


def test_a_relative_folder_starts_from_here(folder: Path) -> None:
    found = chosen("x64", folder, folder.parent, package_dir=folder.name)
    assert found.package == str(folder / "Windows6.1-KB978918-x64.msu")


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
    found = chosen("x64", folder, packages={"x64": entry})
    assert (found.package, found.package_location) == (package, location)


@pytest.mark.parametrize(
    ("architecture", "packages", "message"),
    [
        ("ia64", {}, "no package of KB978918 for ia64"),
        ("x64", {"x64": {"url": "http://depot/a.msu"}}, r"x64\.sha256 is missing"),
        ("x64", {"x64": {"path": "a", "url": "http://b"}}, "exactly one of path, url and host_path"),
    ],
)
def test_what_cannot_be_chosen_is_refused_by_name(
    architecture: str, packages: object, message: str, folder: Path
) -> None:
    with pytest.raises(InputError, match=message):
        chosen(architecture, folder, packages=packages)


def test_the_highest_revision_is_chosen_and_named(folder: Path) -> None:
    (folder / "v2.msu").write_bytes(msu(version="6.1.2.0"))
    found = chosen("x64", folder)
    assert found.package.endswith("v2.msu") and found.note.startswith("revision 6.1.2.0, instead of")


def test_two_files_that_fit_are_refused(folder: Path) -> None:
    (folder / "other-KB978918-x64.msu").write_bytes(msu(payload=b"another"))
    with pytest.raises(InputError, match="Several packages of KB978918 for x64"):
        chosen("x64", folder)


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="The package folder /no/such does not exist"):
        chosen("x64", Path("/no/such"))


def test_a_file_in_the_place_of_the_folder_is_called_so(folder: Path) -> None:
    (folder / "a.msu").write_bytes(b"")
    with pytest.raises(InputError, match=r"a\.msu is not a folder.*or declare the file in hotfix_packages"):
        chosen("x64", folder / "a.msu")


def test_the_home_folder_is_understood(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert chosen("x64", folder, package_dir=f"~/{folder.name}").package.startswith(str(folder))
