# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cabinets are read in every compression, and damaged or hostile ones are named as such."""

from __future__ import annotations

import importlib.util
import shutil
import struct
import sys
from datetime import datetime
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package import _cabinet_tools
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.cabinet import (
    Cabinet,
    CabinetDamagedError,
    CabinetUnreadableError,
    open_cabinet,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.packages.cabinets import write_cabinet
from tests.unit.fixtures.loader import fixture

PACKAGES = fixture("packages")
MIXED = PACKAGES / "libmspack" / "mszip_lzx_qtm.cab"
LZX_TEXT = b"If you can read this, the LZX decompressor is working!"

needs_libarchive = pytest.mark.skipif(
    importlib.util.find_spec("libarchive") is None or _cabinet_tools._libarchive() is None,
    reason="libarchive-c or the system's libarchive is missing",
)
needs_cabextract = pytest.mark.skipif(
    not shutil.which("cabextract"), reason="the program cabextract is missing"
)


def read(cabinet: Cabinet, name: str, limit: int = 1_000_000) -> bytes:
    return cabinet.read(next(member for member in cabinet.members if member.name == name), limit=limit)


@pytest.mark.parametrize("name", ["gcab-stored.msu", "gcab-mszip.msu"])
def test_reads_a_member_behind_others(name: str) -> None:
    assert b"Package_for_KB978918" in read(open_cabinet(PACKAGES / name), "Windows6.1-KB978918-x64.xml")


def test_mszip_blocks_use_the_block_before_as_their_dictionary() -> None:
    text = read(open_cabinet(PACKAGES / "gcab-mszip.msu"), "payload.txt")
    assert len(text) == 106250 and text.count(b"\r\n") == 2500


def test_reads_cabinets_with_reserved_areas() -> None:
    assert read(open_cabinet(PACKAGES / "libmspack" / "reserve_HFD.cab"), "test2.txt") == b"test\n"


@needs_libarchive
def test_reads_lzx_by_libarchive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _unused: None)
    assert LZX_TEXT in read(open_cabinet(MIXED), "lzx.txt")


@needs_cabextract
def test_reads_lzx_by_cabextract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libarchive", None)
    assert LZX_TEXT in read(open_cabinet(MIXED), "lzx.txt")


def test_lzx_without_a_reader_is_unreadable_not_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libarchive", None)
    monkeypatch.setattr(shutil, "which", lambda _unused: None)
    with pytest.raises(CabinetUnreadableError, match=r"libarchive-c.*cabextract"):
        read(open_cabinet(MIXED), "lzx.txt")


def test_a_library_without_its_system_part_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def find_spec(self, name: str, *_unused: object) -> None:
            if name == "libarchive":
                raise OSError("libarchive.so: cannot open shared object file")

    monkeypatch.delitem(sys.modules, "libarchive", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    monkeypatch.setattr(shutil, "which", lambda _unused: None)
    with pytest.raises(CabinetUnreadableError):
        read(open_cabinet(MIXED), "lzx.txt")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bad_signature.cab", "not a cabinet"),
        ("bad_nofiles.cab", "without files"),
        ("bad_folderindex.cab", "refers to data"),
        ("partial_shortheader.cab", "truncated"),
        ("partial_nofiles.cab", "truncated: it has 44 bytes of the 253"),
        ("partial_nodata.cab", "truncated"),
        ("multi_basic_pt2.cab", "part of a set"),
        ("cve-2014-9732-folders-segfault.cab", "unknown method"),
        ("cve-2015-4470-mszip-over-read.cab", "truncated"),
    ],
)
def test_names_what_is_wrong_with_a_damaged_cabinet(name: str, message: str) -> None:
    with pytest.raises(CabinetDamagedError, match=message):
        open_cabinet(PACKAGES / "libmspack" / name)


@pytest.mark.parametrize(
    "name",
    [
        "cve-2010-2800-mszip-infinite-loop.cab",
        "filename-read-violation-3.cab",
        "cve-2014-9556-qtm-infinite-loop.cab",
    ],
)
def test_hostile_data_ends_in_an_error(name: str) -> None:
    cabinet = open_cabinet(PACKAGES / "libmspack" / name)
    with pytest.raises(CabinetDamagedError):
        cabinet.read(cabinet.members[0], limit=1_000_000)


@pytest.mark.parametrize("hostile", [rb"..\..\evil.xml", b"/etc/passwd", b"C:evil.xml", rb"\\srv\share"])
def test_refuses_names_that_lead_out_of_the_folder(tmp_path: Path, hostile: bytes) -> None:
    data = (PACKAGES / "gcab-stored.msu").read_bytes()
    name = b"Windows6.1-KB978918-x64-pkgProperties.txt"
    path = tmp_path / "hostile.msu"
    path.write_bytes(data.replace(name, hostile + b"a" * (len(name) - len(hostile))))
    with pytest.raises(CabinetDamagedError, match="points outside"):
        open_cabinet(path)


def test_refuses_a_member_beyond_the_limit_unread() -> None:
    with pytest.raises(CabinetDamagedError, match="106250 bytes, more than 1000"):
        read(open_cabinet(PACKAGES / "gcab-mszip.msu"), "payload.txt", limit=1000)


def test_a_signature_behind_the_cabinet_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "signed.msu"
    path.write_bytes((PACKAGES / "gcab-stored.msu").read_bytes() + b"signature" * 100)
    assert len(open_cabinet(path).members) == 4


@given(
    cut=st.integers(0, 36272), flips=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 255)), max_size=4)
)
def test_any_damage_gives_content_or_a_named_error(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flips: list[tuple[int, int]]
) -> None:
    data = bytearray((PACKAGES / "gcab-mszip.msu").read_bytes())
    for position, mask in flips:
        data[position] ^= mask
    path = tmp_path_factory.getbasetemp() / "damaged.msu"
    struct.pack_into("<I", data, 8, min(cut, len(data)))
    path.write_bytes(data[:cut] if cut % 2 else data)
    try:
        cabinet = open_cabinet(path)
        for member in cabinet.members:
            assert len(cabinet.read(member, limit=1_000_000)) == member.size
    except (CabinetDamagedError, CabinetUnreadableError):
        pass


def test_a_cut_signature_is_a_truncation(tmp_path: Path) -> None:
    path = tmp_path / "signed.cab"
    path.write_bytes(write_cabinet({"a": b"a"}, datetime(2012, 1, 1), signature=b"0" * 700))
    open_cabinet(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CabinetDamagedError, match=r"it is truncated: .* with its signature"):
        open_cabinet(path)
