# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package is inspected on the controller; what does not fit is refused with what was found."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package import (
    PackageInfo,
    check_package,
    inspect_package,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

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
    [(b"", "it is empty"), (b"<html>404</html>", "not a cabinet"), (b"MZ" * 500, "not a cabinet")],
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
    with pytest.raises(InputError, match=r"not an update package: it holds test1.txt"):
        inspect_package(PACKAGES / "libmspack" / "reserve_HFD.cab")


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
