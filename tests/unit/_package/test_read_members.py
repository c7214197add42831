# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many members of a cabinet are read in one pass, in every compression and within limits."""

from __future__ import annotations

import shutil
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package import _cabinet_tools
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.cabinet import (
    CabinetDamagedError,
    open_cabinet,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.file_header import version_in
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.read_members import (
    Limits,
    read_members,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.packages.cabinets import LZX, MSZIP, STORED, write_cabinet
from tests.lab.packages.pe import build_pe

WHEN = datetime(2012, 11, 3, tzinfo=timezone.utc)
FILES = {
    "a.mum": b"a" * 70_000,
    "0": b"0" * 50_000,
    "folder\\b.dll": bytes(range(256)) * 300,
    "empty.mum": b"",
}
needs_cabextract = pytest.mark.skipif(
    not shutil.which("cabextract"), reason="the program cabextract is missing"
)


def read(path: Path, *wanted: str, limits: Limits = Limits()) -> dict[str, bytes]:  # noqa: B008 - it is frozen
    cabinet = open_cabinet(path)
    return {
        member.name: data for member, data in read_members(cabinet, lambda each: each.name in wanted, limits)
    }


def write(path: Path, files: dict[str, bytes], compression: int = LZX) -> Path:
    path.write_bytes(write_cabinet(files, WHEN, compression=compression))
    return path


@pytest.mark.parametrize("compression", [STORED, MSZIP, LZX], ids=["stored", "MSZIP", "LZX"])
def test_the_wanted_members_are_read_whole(tmp_path: Path, compression: int) -> None:
    path = write(tmp_path / "a.cab", FILES, compression)
    assert read(path, *FILES) == FILES
    assert read(path, "folder\\b.dll", "a.mum") == {name: FILES[name] for name in ("a.mum", "folder\\b.dll")}
    assert read(path) == {}


@needs_cabextract
def test_cabextract_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libarchive", None)
    assert read(write(tmp_path / "a.cab", FILES), *FILES) == FILES


def test_lzx_is_opened_once_for_all_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    whole = _cabinet_tools._read_by_libarchive
    monkeypatch.setattr(
        _cabinet_tools, "_read_by_libarchive", lambda *given: (opened.append(given), whole(*given))[1]
    )
    read(write(tmp_path / "a.cab", {f"{number}.mum": b"x" for number in range(100)}), "7.mum", "99.mum")
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(members=3), "it has 4 members, more than the 3"),
        (Limits(member=69_999), "its member a.mum claims 70000 bytes, more than 69999"),
        (Limits(total=69_999), "its data claims 70000 bytes, more than 69999"),
    ],
)
def test_a_limit_is_kept(tmp_path: Path, limits: Limits, message: str) -> None:
    with pytest.raises(CabinetDamagedError, match=message):
        read(write(tmp_path / "a.cab", FILES), "a.mum", limits=limits)


@pytest.mark.parametrize("compression", [MSZIP, LZX], ids=["MSZIP", "LZX"])
def test_reading_ends_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: int
) -> None:
    path = write(tmp_path / "a.cab", FILES, compression)
    monkeypatch.setattr(shutil, "which", lambda _unused: None)
    now = iter(range(0, 10_000, 100))
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with pytest.raises(CabinetDamagedError, match="not decompressed in time"):
        read(path, "folder\\b.dll")


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.cab", {"a.mum": b"1", "b.mum": b"2"})
    path.write_bytes(path.read_bytes().replace(b"b.mum\0", b"A.mum\0"))
    with pytest.raises(CabinetDamagedError, match=r"2 members with the name a\.mum"):
        read(path, "a.mum")


@given(
    files=st.dictionaries(
        st.text("abcdef", min_size=1, max_size=4), st.binary(max_size=40_000), min_size=1, max_size=6
    ),
    choose=st.randoms(use_true_random=False),
    compression=st.sampled_from([STORED, MSZIP, LZX]),
)
def test_any_choice_of_members_is_read(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], choose: object, compression: int
) -> None:
    wanted = [name for name in files if choose.random() < 0.5]  # type: ignore[attr-defined]
    path = tmp_path_factory.getbasetemp() / "any.cab"
    if not any(files.values()):
        files["z"] = b"z"
    assert read(write(path, files, compression), *wanted) == {name: files[name] for name in wanted}


@pytest.mark.parametrize("architecture", ["x86", "x64", "ia64"])
def test_the_version_of_a_program_is_read_from_its_content(architecture: str) -> None:
    image = build_pe("some.dll", "6.1.7601.22150", 8192, architecture, WHEN, "win7_ldr")
    assert version_in(image) == "6.1.7601.22150"


KEY = "VS_VERSION_INFO".encode("utf-16-le")


@pytest.mark.parametrize(
    "data", [b"", b"MZ", b"MZ" + KEY, b"MZ" + bytes(10) + KEY + bytes(60), KEY * 3, b"text"]
)
def test_what_is_not_a_program_with_a_version_has_none(data: bytes) -> None:
    assert version_in(data) == ""


def test_the_text_of_the_key_in_the_code_is_not_the_version() -> None:
    image = build_pe("some.dll", "6.1.7601.22150", 8192, "x64", WHEN)
    assert version_in(image[:-200] + KEY + bytes(200 - len(KEY))) == "6.1.7601.22150"
