# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package is inspected on the controller; what does not fit is refused with what was found."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package import (
    PackageInfo,
    check_package,
    inspect_package,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

from tests.unit._package.samples import cab, cabinet, msu
from tests.unit.fixtures.loader import fixture

PACKAGES = fixture("packages")


def inspect(name: str) -> PackageInfo:
    package = inspect_package(PACKAGES / name)
    assert not package.reason
    return package


@pytest.mark.parametrize("name", ["gcab-stored.msu", "gcab-mszip.msu"])
def test_tells_kb_architecture_identity_and_hash(name: str) -> None:
    package = inspect(name)
    assert (package.kbs, package.architectures) == (("KB978918",), ("x64",))
    assert package.packages[0].identity == "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
    data = (PACKAGES / name).read_bytes()
    assert (package.size, package.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    check_package(package, "KB978918", "x64")


def test_another_kb_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"is of KB2859903, not of KB978918.*Windows6.1-KB978918-x64.msu"):
        check_package(inspect("gcab-other-kb-x86.msu"), "KB978918", "x64")


def test_a_longer_number_is_another_kb() -> None:
    with pytest.raises(InputError, match="not of KB97891"):
        check_package(inspect("gcab-stored.msu"), "KB97891", "x64")


def test_another_architecture_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="is for x64, but the host is ia64"):
        check_package(inspect("gcab-stored.msu"), "KB978918", "ia64")


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "it is empty"), (b"MSCF", "truncated"), (bytes(range(256)), "not a cabinet: it starts with")],
)
def test_garbage_is_refused_with_what_to_do(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x.msu"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"{message}.*Download it again"):
        inspect_package(path)


def test_a_truncated_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.msu"
    path.write_bytes((PACKAGES / "gcab-mszip.msu").read_bytes()[:20000])
    with pytest.raises(InputError, match="20000 bytes of the 36273"):
        inspect_package(path)


def test_a_cabinet_that_is_no_package_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"not an update package: it holds test1.txt, test2.txt\. Give the .msu"
    ):
        inspect_package(PACKAGES / "libmspack" / "reserve_HFD.cab")


def test_the_cabinet_of_a_package_alone_is_a_package(tmp_path: Path) -> None:
    path = tmp_path / "as-wsus-keeps-it.cab"
    path.write_bytes(cab())
    package = inspect_package(path)
    assert (package.form, package.kbs, package.architectures) == ("cab", ("KB978918",), ("x64",))
    assert package.identity("KB978918") == "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
    check_package(package, "KB978918", "x64")


@pytest.mark.parametrize("build", [cab, msu])
def test_a_rollup_is_refused_as_what_it_is(build: Callable[..., bytes], tmp_path: Path) -> None:
    path = tmp_path / "rollup"
    path.write_bytes(build("KB4103718", name="Package_for_RollupFix", version="7601.24117.1.5"))
    with pytest.raises(InputError, match=r"a rollup \(Package_for_RollupFix\).*neither install nor prove"):
        check_package(inspect_package(path), "KB4103718", "x64")


def test_the_same_number_for_another_windows_is_refused(tmp_path: Path) -> None:
    # KB3033889 is there for Windows 6.1, 6.2 and 6.3.
    path = tmp_path / "Windows8.1-KB3033889-x64.msu"
    path.write_bytes(msu("KB3033889", version="6.3.1.0"))
    with pytest.raises(InputError, match=r"is of KB3033889 for Windows 8\.1 or Server 2012 R2"):
        check_package(inspect_package(path), "KB3033889", "x64")


def test_a_package_of_internet_explorer_is_of_its_own_version(tmp_path: Path) -> None:
    path = tmp_path / "IE11-Windows6.1-KB4012204-x64.msu"
    path.write_bytes(msu("KB4012204", version="11.2.1.0"))
    check_package(inspect_package(path), "KB4012204", "x64")


def test_one_changed_byte_of_the_payload_is_refused(tmp_path: Path) -> None:
    data = bytearray((PACKAGES / "gcab-mszip.msu").read_bytes())
    data[-400] ^= 1
    path = tmp_path / "rotten.msu"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"rotten.msu.*differs from its checksum.*Download it again"):
        inspect_package(path)


def test_a_damaged_inner_cabinet_is_refused(tmp_path: Path) -> None:
    inner = bytearray(cab(payload=bytes(range(256)) * 100))
    inner[-10] ^= 1
    path = tmp_path / "rotten.msu"
    path.write_bytes(cabinet({"Windows6.1-KB978918-x64.cab": bytes(inner), "x.xml": b"<unattend/>"}))
    with pytest.raises(InputError, match=r"in its member Windows6.1-KB978918-x64.cab, a data block differs"):
        inspect_package(path)


def test_more_cabinets_than_a_package_has_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "many.msu"
    path.write_bytes(cabinet({f"{number}.cab": b"x" for number in range(10_000)}))
    with pytest.raises(InputError, match="10000 descriptions and cabinets"):
        inspect_package(path)


def test_a_missing_file_is_refused_without_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No such file.*Check the path"):
        inspect_package(tmp_path / "none.msu")


def test_where_no_reader_is_present_the_host_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "libarchive", None)
    monkeypatch.setattr(shutil, "which", lambda _unused: None)
    data = (PACKAGES / "libmspack" / "mszip_lzx_qtm.cab").read_bytes().replace(b"lzx.txt", b"lzx.xml")
    path = tmp_path / "lzx.msu"
    path.write_bytes(data)
    package = inspect_package(path)
    assert package.sha256 == hashlib.sha256(data).hexdigest()
    assert "libarchive-c" in package.reason
