# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One changed byte of a package is found on the controller, and what no checksum covers is known.

The cabinets are of gcab and of libmspack's authors, who wrote the checksums.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.cabinet import (
    CabinetDamagedError,
    open_cabinet,
)
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.fixtures.loader import fixture

PACKAGES = fixture("packages")
SOUND = ["gcab-stored.msu", "gcab-mszip.msu", "libmspack/mszip_lzx_qtm.cab"]
INNER = "Windows6.1-KB978918-x64.cab"


def check(path: Path) -> None:
    """Check a cabinet and the package in it."""
    cabinet = open_cabinet(path)
    cabinet.check()
    for member in cabinet.members:
        if member.name == INNER:
            with cabinet.inner(member) as inner:
                inner.check()


def blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each data block begins, checksum included, and where it ends."""
    (flags,) = struct.unpack_from("<H", data, 30)
    assert flags == 0, "none of these cabinets has reserved areas"
    for folder in range(data[26]):
        position, count = struct.unpack_from("<IH", data, 36 + 8 * folder)
        for _unused in range(count):
            end = position + 8 + int.from_bytes(data[position + 4 : position + 6], "little")
            yield position, end
            position = end


def changed(folder: Path, data: bytes, position: int, mask: int) -> Path:
    damaged = bytearray(data)
    damaged[position] ^= mask
    path = folder / "changed.msu"
    path.write_bytes(damaged)
    return path


@pytest.mark.parametrize("name", SOUND)
def test_sound_cabinets_pass(name: str) -> None:
    check(PACKAGES / name)


def test_a_signature_behind_the_data_passes(tmp_path: Path) -> None:
    path = tmp_path / "signed.msu"
    path.write_bytes((PACKAGES / "gcab-mszip.msu").read_bytes() + b"signature" * 100)
    check(path)


@pytest.mark.parametrize("name", SOUND)
@given(data=st.data(), mask=st.integers(1, 255))
def test_one_changed_byte_anywhere_in_the_data_is_found(
    name: str, data: st.DataObject, mask: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = (PACKAGES / name).read_bytes()
    begin, end = data.draw(st.sampled_from(list(blocks(content))))
    # The first four bytes are the checksum itself.
    path = changed(tmp_path_factory.getbasetemp(), content, data.draw(st.integers(begin + 4, end - 1)), mask)
    with pytest.raises(CabinetDamagedError):
        check(path)


@given(position=st.integers(0, 246), mask=st.integers(1, 255))
@example(position=8, mask=1).via("the size of the cabinet")
@example(position=44, mask=1).via("the size of a member")
@example(position=48, mask=1).via("the offset of a member")
def test_a_changed_size_or_offset_in_the_directory_is_found(
    position: int, mask: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = (PACKAGES / "gcab-mszip.msu").read_bytes()
    path = changed(tmp_path_factory.getbasetemp(), content, position, mask)
    # What no rule and no checksum covers: reserved fields, version and numbers of the set, dates, attributes,
    # and the letters of names.
    before = open_cabinet(PACKAGES / "gcab-mszip.msu")
    try:
        check(path)
    except CabinetDamagedError:
        return
    after = open_cabinet(path)
    assert [(m.size, m.folder, m.offset) for m in after.members] == [
        (m.size, m.folder, m.offset) for m in before.members
    ]
    assert (after.size, after.folders) == (before.size, before.folders)


@pytest.mark.parametrize("name", SOUND)
def test_no_checksum_is_no_damage(name: str, tmp_path: Path) -> None:
    path = without_checksums(PACKAGES / name, tmp_path)
    check(path)


def test_the_inner_cabinet_is_checked_where_the_outer_one_has_no_checksums(tmp_path: Path) -> None:
    data = without_checksums(PACKAGES / "gcab-stored.msu", tmp_path).read_bytes()
    inner = data.index(b"MSCF", data.index(b"MSCF", 1) + 1)
    path = changed(tmp_path, data, inner + 5000, 1)
    open_cabinet(path).check()
    with pytest.raises(CabinetDamagedError, match=f"in its member {INNER}, a data block differs"):
        check(path)


def test_members_that_overlap_are_refused(tmp_path: Path) -> None:
    data = bytearray((PACKAGES / "gcab-stored.msu").read_bytes())
    # The second member begins where the first one does, and is longer by its size.
    first_size, second_size = 380, 17300
    begin = data.index(INNER.encode()) - 16
    assert struct.unpack_from("<II", data, begin) == (second_size, first_size)
    struct.pack_into("<II", data, begin, second_size + first_size, 0)
    path = tmp_path / "overlap.msu"
    path.write_bytes(data)
    with pytest.raises(CabinetDamagedError, match="sizes in its directory"):
        open_cabinet(path).check()


def without_checksums(path: Path, folder: Path) -> Path:
    data = bytearray(path.read_bytes())
    for begin, _end in blocks(bytes(data)):
        data[begin : begin + 4] = bytes(4)
    copy = folder / "unproven.msu"
    copy.write_bytes(data)
    return copy
