# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cabinets that the lab writes: read by other readers, and refused by the host when one byte differs."""

from __future__ import annotations

import functools
import importlib.util
import operator
import shutil
import struct
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.packages.cabinets import LZX, MSZIP, STORED, checksum, write_cabinet
from tests.lab.windows.cabinet import CabinetError, read_cabinet

WHEN = datetime(2010, 1, 20, 12, 30, 2)
# Empty members, whole and odd frames, a member over several frames.
FILES = {"update.mum": b"<xml/>" * 700, "0": b"", "a\\b.dll": bytes(range(251)) * 400, "1": b"x" * 32768}
KINDS = pytest.mark.parametrize("kind", [STORED, MSZIP, LZX], ids=["stored", "MSZIP", "LZX"])
SIGNED = pytest.mark.parametrize("signature", [b"", b"0\x82 simulated" * 500], ids=["plain", "signed"])
needs_libarchive = pytest.mark.skipif(
    importlib.util.find_spec("libarchive") is None, reason="libarchive-c is not installed"
)


@KINDS
@SIGNED
def test_the_host_reads_them(kind: int, signature: bytes) -> None:
    assert read_cabinet(write_cabinet(FILES, WHEN, compression=kind, signature=signature)) == FILES


@KINDS
@SIGNED
def test_cabextract_reads_them(kind: int, signature: bytes, tmp_path: Path) -> None:
    if shutil.which("cabextract") is None:
        pytest.skip("cabextract is not installed")
    path = tmp_path / "test.cab"
    path.write_bytes(write_cabinet(FILES, WHEN, compression=kind, signature=signature))
    subprocess.run(["cabextract", "-q", "-d", tmp_path, path], check=True, capture_output=True)
    assert {name: (tmp_path / name.replace("\\", "/")).read_bytes() for name in FILES} == FILES


@KINDS
@SIGNED
@needs_libarchive
def test_libarchive_reads_them(kind: int, signature: bytes, tmp_path: Path) -> None:
    import libarchive

    path = tmp_path / "test.cab"
    path.write_bytes(write_cabinet(FILES, WHEN, compression=kind, signature=signature))
    found = {}
    with libarchive.file_reader(str(path), format_name="cab") as archive:
        for entry in archive:
            found[entry.pathname.replace("/", "\\")] = b"".join(entry.get_blocks())
    assert found == FILES


def test_a_signed_cabinet_says_where_its_signature_is() -> None:
    plain, signature = write_cabinet(FILES, WHEN), b"0\x82 simulated"
    signed = write_cabinet(FILES, WHEN, signature=signature)
    flags, reserve = struct.unpack_from("<H", signed, 30)[0], struct.unpack_from("<H", signed, 36)[0]
    place, length = struct.unpack_from("<II", signed, 44)
    assert (flags, reserve, place, length) == (4, 20, len(plain) + 24, len(signature))
    assert signed[place:] == signature


@KINDS
def test_one_flipped_byte_of_the_data_is_found(kind: int) -> None:
    good = write_cabinet(FILES, WHEN, compression=kind)
    for place in (-1, -40, -400):
        bad = bytearray(good)
        bad[place] ^= 1
        with pytest.raises(CabinetError):
            read_cabinet(bytes(bad))


@pytest.mark.parametrize("part", [0, 0.02, 0.1, 0.5, 0.99])
def test_a_truncated_cabinet_is_refused(part: float) -> None:
    whole = write_cabinet(FILES, WHEN)
    with pytest.raises(CabinetError):
        read_cabinet(whole[: int(part * len(whole))])


@given(st.binary(max_size=200), st.integers(0, 0xFFFFFFFF))
def test_the_checksum_is_that_of_the_specification(data: bytes, start: int) -> None:
    whole = len(data) // 4
    words = struct.unpack(f"<{whole}I", data[: 4 * whole])
    expected = functools.reduce(operator.xor, words, start)
    for shift, byte in zip((8 * n for n in range(len(data) % 4 - 1, -1, -1)), data[4 * whole :], strict=True):
        expected ^= byte << shift
    assert checksum(data, start) == expected
