# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages: real cabinets with the article's files, and the bad ones."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.lab.packages import article
from tests.lab.packages.__main__ import main
from tests.lab.packages.builder import PackageSpec, bad_packages, build_msu, inner_files
from tests.lab.packages.update import IDENTITY_ARCHITECTURES
from tests.lab.windows.cabinet import CabinetError, read_cabinet
from tests.lab.windows.images import version_of_bytes
from tests.lab.windows.servicing_package import parse_component, parse_package, rebuilt

ARCHITECTURES = ("x86", "x64", "ia64")


@pytest.mark.parametrize("plain", [False, True], ids=["deltas", "plain folders"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_inner_cabinet_holds_every_row_of_the_article(architecture: str, plain: bool) -> None:
    spec = PackageSpec(architecture, plain=plain)
    members = read_cabinet(read_cabinet(build_msu(spec))[f"{spec.stem}.cab"])
    assert members == inner_files(spec)
    assert any("\\" in name for name in members) == plain
    files = rebuilt(members)
    for row in article.manifests(architecture):
        assert len(files[row.name.lower()]) == row.size
    found = sorted(
        (name.rpartition("\\")[2], version_of_bytes(data) or "", len(data))
        for name, data in files.items()
        if "\\" in name
    )
    assert found == sorted((row.name.lower(), row.version, row.size) for row in article.files(architecture))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_package_names_its_kb_and_architecture(architecture: str) -> None:
    spec = PackageSpec(architecture)
    files = read_cabinet(build_msu(spec))
    assert sorted(files) == sorted(
        ["WSUSSCAN.cab", f"{spec.stem}.cab", f"{spec.stem}-pkgProperties.txt", f"{spec.stem}.xml"]
    )
    assert b'KB Article Number="978918"' in files[f"{spec.stem}-pkgProperties.txt"]
    identity = IDENTITY_ARCHITECTURES[architecture]
    assert f'processorArchitecture="{identity}"'.encode() in files[f"{spec.stem}.xml"]
    package = parse_package(read_cabinet(files[f"{spec.stem}.cab"])["update.mum"])
    assert package is not None
    assert str(package.identity) == f"Package_for_KB978918~31bf3856ad364e35~{identity}~~6.1.1.0"


def test_manifests_say_where_their_files_go() -> None:
    files = inner_files(PackageSpec("x64"))
    name = next(
        name
        for name in files
        if name.startswith("amd64_microsoft-windows-t..nal") and name.endswith("manifest")
    )
    identity, members = parse_component(files[name])
    assert identity.manifest == name
    assert {(item.name, item.destination) for item in members} == {
        ("icaapi.dll", "$(runtime.system32)\\"),
        ("tssecsrv.sys", "$(runtime.drivers)\\"),
    }


def test_the_transcription_has_every_row() -> None:
    assert [len(article.files(name)) for name in ARCHITECTURES] == [5, 8, 8]
    assert [len(article.manifests(name)) for name in ARCHITECTURES] == [4, 5, 5]


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("tool", ["cabextract", "gcab"])
def test_other_readers_read_the_cabinets(tool: str, compress: bool, tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    spec = PackageSpec("x64", compress=compress)
    package = tmp_path / "package.msu"
    package.write_bytes(build_msu(spec))
    line = [tool, "-q", "-d", str(tmp_path), str(package)]
    if tool == "gcab":
        line = [tool, "-x", "-C", str(tmp_path), str(package)]
    subprocess.run(line, check=True, capture_output=True)
    inner = (tmp_path / f"{spec.stem}.cab").read_bytes()
    assert inner == read_cabinet(build_msu(spec))[f"{spec.stem}.cab"]


def test_damaged_packages_are_no_cabinets() -> None:
    bad = bad_packages()
    for name in ("truncated", "garbage", "empty"):
        with pytest.raises(CabinetError):
            read_cabinet(bad[f"Windows6.1-KB978918-x64-{name}.msu"])
    other = read_cabinet(bad["Windows6.1-KB2534111-x64.msu"])
    assert b"Package_for_KB2534111" in other["Windows6.1-KB2534111-x64.xml"]
    wrong = read_cabinet(bad["Windows6.1-KB978918-x64-wrong-architecture.msu"])
    assert b'processorArchitecture="x86"' in wrong["Windows6.1-KB978918-x86.xml"]


def test_the_command_writes_all_packages(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.msu")) == [
        f"Windows6.1-KB978918-{name}.msu" for name in sorted(ARCHITECTURES)
    ]
    assert len(list((tmp_path / "bad").iterdir())) == 5
