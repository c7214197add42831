# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder is searched by the content of its files, so the names that people give them do not matter."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package import _folder, search
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package._glance import glance
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package import (
    PackageInfo,
    inspect_package,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.search import (
    AllFound,
    FoundPackage,
    find_package,
    find_packages,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

from tests.unit._package.samples import cab, msu

KB = "KB978918"
GOOD = msu()
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 812345\n"


def fill(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def found(folder: Path, architecture: str = "x64", kb: str = KB) -> FoundPackage:
    return find_package(folder, kb, architecture)


@pytest.mark.parametrize(
    "name",
    [
        "windows6.1-kb978918-x64_0123456789abcdef0123456789abcdef01234567.msu",
        "AMD64-all-windows6.1-kb978918-x64_7df04f9b0c1e6a2c93d5a6e1a3d9b9a4fd1e7bc0.msu",
        "Windows6.1-KB978918-x64 (1).msu",
        "Windows6.1-KB978918-amd64.msu",
        "WINDOWS6.1-KB978918-X64.MSU",
        "kb978918.msu",
        "x64/Windows6.1-KB978918-x64.msu",
        "security/2010/february/x64/update.msu",
        "7df04f9b0c1e6a2c93d5a6e1a3d9b9a4fd1e7bc0",
        "Windows6.1-KB975943-x86.msu",
    ],
)
def test_a_package_is_found_under_any_name(name: str, tmp_path: Path) -> None:
    fill(tmp_path, {name: GOOD})
    assert found(tmp_path) == FoundPackage(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["Windows6.1-KB978918-x64.cab", "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334.cab"]
)
def test_a_cabinet_that_wsus_keeps_is_found(name: str, tmp_path: Path) -> None:
    fill(tmp_path, {name: cab()})
    assert found(tmp_path).path == tmp_path / name


def test_a_longer_number_is_another_hotfix(tmp_path: Path) -> None:
    fill(tmp_path, {"Windows6.1-KB9789180-x64.msu": msu("KB9789180")})
    with pytest.raises(InputError, match="no package of KB978918 for x64"):
        found(tmp_path)
    fill(tmp_path, {"Windows6.1-KB978918-x64.msu": GOOD})
    assert found(tmp_path).path.name == "Windows6.1-KB978918-x64.msu"


def test_each_architecture_and_hotfix_has_its_own(tmp_path: Path) -> None:
    files = {
        f"{number}.msu": msu(kb, architecture)
        for number, (kb, architecture) in enumerate(
            (kb, architecture) for kb in (KB, "KB2780124") for architecture in ("x86", "x64", "ia64")
        )
    }
    fill(tmp_path, files)
    assert [found(tmp_path, each).path.name for each in ("x86", "x64", "ia64")] == ["0.msu", "1.msu", "2.msu"]
    assert found(tmp_path, "ia64", "KB2780124").path.name == "5.msu"


def test_files_of_macos_are_not_packages(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {"._Windows6.1-KB978918-x64.msu": b"\0\5\x16\7\0\2\0\0", "Windows6.1-KB978918-x64.msu": GOOD},
    )
    assert found(tmp_path) == FoundPackage(tmp_path / "Windows6.1-KB978918-x64.msu")


def test_copies_of_one_file_are_no_conflict(tmp_path: Path) -> None:
    fill(tmp_path, {"b/copy.msu": GOOD, "Windows6.1-KB978918-x64.msu": GOOD})
    assert found(tmp_path) == FoundPackage(tmp_path / "Windows6.1-KB978918-x64.msu")


def test_the_cabinet_beside_its_own_package_is_no_conflict(tmp_path: Path) -> None:
    fill(tmp_path, {"Windows6.1-KB978918-x64.cab": cab(), "Windows6.1-KB978918-x64.msu": GOOD})
    assert found(tmp_path).path.suffix == ".msu"


def test_different_files_of_one_revision_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, {"a.msu": GOOD, "b.msu": msu(payload=b"another")})
    with pytest.raises(InputError, match=r"Several packages.*same revision: a\.msu, b\.msu\. Keep one"):
        found(tmp_path)


def test_files_in_different_languages_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, {"de.msu": msu(language="de-DE"), "fr.msu": msu(language="fr-FR")})
    with pytest.raises(InputError, match=r"de\.msu, fr\.msu"):
        found(tmp_path)


def test_the_highest_revision_wins_and_is_named(tmp_path: Path) -> None:
    revisions = {f"v{number}.msu": msu(version=f"6.1.{number}.0") for number in (2, 10, 9)}
    fill(tmp_path, revisions)
    package = found(tmp_path)
    assert package.path.name == "v10.msu"
    assert package.note == "revision 6.1.10.0, instead of v2.msu (6.1.2.0), v9.msu (6.1.9.0)."


def test_the_same_number_for_another_windows_does_not_count(tmp_path: Path) -> None:
    fill(
        tmp_path, {"Windows8.1-KB978918-x64.msu": msu(version="6.3.1.0"), "Windows6.1-KB978918-x64.msu": GOOD}
    )
    assert found(tmp_path) == FoundPackage(tmp_path / "Windows6.1-KB978918-x64.msu")


def test_a_damaged_copy_is_named_and_the_good_one_used(tmp_path: Path) -> None:
    fill(tmp_path, {"kb978918-cut.msu": GOOD[:-9], "Windows6.1-KB978918-x64.msu": GOOD})
    package = found(tmp_path)
    assert package.path.name == "Windows6.1-KB978918-x64.msu"
    assert package.note.startswith("Not used: kb978918-cut.msu cannot be used: it is truncated")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, r"Windows6\.1-KB978918-x64\.msu, under any name\. Put it there"),
        ({"a.msu": msu(architecture="x86")}, r"a\.msu is for x86, but the host is x64\. Put"),
        (
            {"Windows6.1-KB978918-x64.msu": b"<!DOCTYPE html>"},
            r"x64\.msu is not a package: it is an HTML page",
        ),
        ({"Windows6.1-KB978918-x64.msu": LFS}, r"a Git LFS pointer.*git lfs pull"),
        ({"399282_intl_x64_zip.exe": b"MZ" + bytes(99)}, r"399282_intl_x64_zip\.exe is a program.*Run it"),
        ({"KB978918.msu": GOOD[:-9]}, r"KB978918\.msu cannot be used: it is truncated"),
        ({"KB978918.msu": msu("KB2780124")}, r"KB978918\.msu is of KB2780124, not of KB978918"),
        ({"KB978918.msu": msu(name="Package_for_RollupFix")}, r"KB978918\.msu is a rollup"),
        ({f"{number}.zip": b"PK\3\4" for number in range(7)}, r"0\.zip is a zip archive.*There are 2 more"),
    ],
)
def test_where_nothing_fits_what_lies_there_is_named(
    files: dict[str, bytes], said: str, tmp_path: Path
) -> None:
    fill(tmp_path, {"README.md": b"# Packages", **files})
    with pytest.raises(InputError, match=said) as refusal:
        found(tmp_path)
    assert "README" not in str(refusal.value)


def test_where_lzx_cannot_be_read_the_names_in_the_directory_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "libarchive", None)
    monkeypatch.setattr(shutil, "which", lambda _unused: None)
    data = bytearray(cab())
    # The method of the first folder: MSZIP becomes LZX, so its data is not even tried.
    assert data[42:44] == b"\1\0"
    data[42:44] = (0x1503).to_bytes(2, "little")
    fill(tmp_path, {"wsus.cab": bytes(data)})
    assert found(tmp_path).path.name == "wsus.cab"
    with pytest.raises(InputError, match="libarchive-c"):
        found(tmp_path, "x86")


def test_of_other_packages_only_the_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected = []

    def watch(path: Path) -> PackageInfo:
        inspected.append(path.name)
        return inspect_package(path)

    monkeypatch.setattr(search, "inspect_package", watch)
    fill(tmp_path, {f"{number}.msu": msu(f"KB{2000000 + number}") for number in range(50)})
    fill(tmp_path, {"good.msu": GOOD})
    assert found(tmp_path).path.name == "good.msu"
    assert inspected == ["good.msu"]


def test_a_file_is_looked_at_once_while_it_stays_the_same(tmp_path: Path) -> None:
    fill(tmp_path, {"one.msu": GOOD})
    first = glance(tmp_path / "one.msu")
    assert glance(tmp_path / "one.msu") is first
    fill(tmp_path, {"one.msu": msu("KB2780124", payload=b"longer than before")})
    assert glance(tmp_path / "one.msu").kbs == {"KB2780124"}


def test_a_folder_with_more_files_than_packages_can_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_folder, "_MOST_FILES", 3)
    fill(tmp_path, {f"{number}/file": b"" for number in range(4)})
    with pytest.raises(InputError, match=r"more than 3 files.*hotfix_package_dir"):
        found(tmp_path)


def test_a_link_to_a_folder_is_followed_once(tmp_path: Path) -> None:
    fill(tmp_path, {"share/one.msu": GOOD, "packages/README": b""})
    for name in ("depot", "again"):
        (tmp_path / "packages" / name).symlink_to("../share")
    (tmp_path / "share" / "loop").symlink_to(".")
    assert found(tmp_path / "packages") == FoundPackage(tmp_path / "packages/again/one.msu")


def test_a_link_to_a_package_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "Windows6.1-KB978918-x64.msu").symlink_to("/no/such.msu")
    with pytest.raises(InputError, match=r"x64\.msu cannot be read on the controller: No such file"):
        found(tmp_path)


def test_a_pipe_is_passed_by(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Windows6.1-KB978918-x64.msu")
    fill(tmp_path, {"good.msu": GOOD})
    assert found(tmp_path) == FoundPackage(tmp_path / "good.msu")


def test_a_folder_below_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, {"locked/README": b"", "good.msu": GOOD})
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError, match="locked"):
        found(tmp_path)


# All architectures at once


def test_each_architecture_is_found_in_one_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inspected = []

    def watch(path: Path) -> PackageInfo:
        inspected.append(path.name)
        return inspect_package(path)

    monkeypatch.setattr(search, "inspect_package", watch)
    fill(tmp_path, {"a.msu": msu(architecture="x86"), "b.msu": GOOD})
    packages = (FoundPackage(tmp_path / "a.msu"), FoundPackage(tmp_path / "b.msu"))
    assert find_packages(tmp_path, KB) == AllFound(packages)
    assert sorted(inspected) == ["a.msu", "b.msu"]


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("KB978918-x86.msu", ""),
        ("KB978918-x64.msu", "KB978918-x64.msu cannot be used: it is truncated"),
        ("KB978918.msu", "KB978918.msu cannot be used: it is truncated"),
    ],
    ids=["of an architecture that is there", "of another one", "of any"],
)
def test_a_damaged_file_counts_where_it_may_be_of_another_architecture(
    name: str, others: str, tmp_path: Path
) -> None:
    fill(tmp_path, {"good.msu": msu(architecture="x86"), name: GOOD[:-9]})
    seen = find_packages(tmp_path, KB)
    assert len(seen.packages) == 1
    assert seen.others.startswith(others) and bool(seen.others) == bool(others)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (msu("KB2780124"), "KB978918.msu is of KB2780124, not of KB978918."),
        (msu(version="6.3.1.0"), "KB978918.msu is of KB978918 for Windows 8.1 or Server 2012 R2."),
        (b"<!DOCTYPE html>", "KB978918.msu is not a package: it is an HTML page"),
    ],
)
def test_without_any_package_what_was_taken_for_one_is_named(data: bytes, said: str, tmp_path: Path) -> None:
    fill(tmp_path, {"KB978918.msu": data})
    seen = find_packages(tmp_path, KB)
    assert not seen.packages and seen.others.startswith(said)
