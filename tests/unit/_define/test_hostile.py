# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that were made to do harm are refused within 300 MiB of memory, with what is wrong with them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab.packages import samples
from tests.lab.packages.builder import inner_cabinet, inner_files, pack, unattend_xml
from tests.lab.packages.cabinets import MSZIP, write_cabinet
from tests.lab.packages.identity import AssemblyIdentity

ROOT = Path(__file__).resolve().parents[3]
UPDATE = replace(samples.one_build("SP1"), signed=False)
FILES = inner_files(UPDATE)
MANIFEST = next(name for name in FILES if "lab-bridge" in name and name.endswith(".manifest"))
NAMES = {"manifest": MANIFEST}
# A generous guard against a hang: the refusals take a second or two.
HANGS = 60

# Runs with the memory of a small container; prints the refusal.
DERIVE = """
import json, resource, sys
from pathlib import Path
sys.path[:0] = [sys.argv[2]]
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.define import define
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError
resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20))
package = Path(sys.argv[1])
try:
    define([package], None, package.parent / "out", None)
except InputError as error:
    print(json.dumps(str(error)))
"""


def refusal(tmp_path: Path, data: bytes, name: str = "a.cab") -> str:
    """Derive from a package in a process of its own, with little memory; nothing may be written."""
    path = tmp_path / name
    path.write_bytes(data)
    command = [sys.executable, "-c", DERIVE, str(path), str(ROOT / "collections")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=HANGS, check=False)
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == [path]
    text: str = json.loads(ended.stdout)
    return text


def bomb(name: str, size: int) -> bytes:
    """A cabinet whose one member is zeros: a thousandth of their size in the file."""
    zeros = write_cabinet({name: bytes(32768)}, UPDATE.created, compression=MSZIP)
    data_at, _blocks, _kind = struct.unpack_from("<IHH", zeros, 36)
    block = zeros[data_at:]
    # Without a dictionary from the block before, each block inflates alone.
    count = size // 32768
    data = bytearray(zeros[:data_at] + block * count)
    struct.pack_into("<I", data, 8, len(data))
    struct.pack_into("<IHH", data, 36, data_at, count, MSZIP)
    struct.pack_into("<I", data, 44, size)
    return bytes(data)


def lying(size: int) -> bytes:
    """A cabinet whose directory states another size for its first member."""
    data = bytearray(inner_cabinet(UPDATE))
    struct.pack_into("<I", data, 44, size)
    return bytes(data)


def cabinet(**changed: bytes) -> bytes:
    """The package with members added; `manifest` replaces that of its component."""
    return pack(UPDATE, {**FILES, **{NAMES.get(name, name): data for name, data in changed.items()}})


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "10,000 members": (
        lambda: pack(UPDATE, {**FILES, **{str(n): b"" for n in range(10_000)}}),
        "members, more than the 5000",
    ),
    "10,000 manifests": (
        lambda: pack(UPDATE, {**FILES, **{f"{n}.manifest": b"<a/>" for n in range(10_000)}}),
        "members, more than the 5000",
    ),
    "a name that leaves the folder": (
        lambda: cabinet().replace(b"update.cat\0", b"..\\abcde.c\0"),
        "points outside the folder",
    ),
    "an absolute name": (lambda: cabinet().replace(b"update.cat\0", b"\\Windows\\a\0"), "points outside"),
    "the same name twice": (
        lambda: cabinet(**{"update.cax": b"x"}).replace(b"update.cax\0", b"update.cat\0"),
        "2 members with the name update.cat",
    ),
    "a size of 4 GB": (lambda: lying(0xFFFFFFFF), "sizes in its directory do not fit"),
    "a size of nothing": (lambda: lying(0), "sizes in its directory do not fit"),
    "a manifest of a gigabyte": (lambda: bomb("a.manifest", 1 << 30), "not an update package"),
    "truncated in its directory": (lambda: cabinet()[:300], "truncated"),
    "truncated in its data": (lambda: cabinet()[:-500], "truncated"),
    "a name with other characters": (
        lambda: cabinet(**{"amd64_a b.manifest": FILES[MANIFEST].replace(b"Lab-Bridge", b"Lab&amp;del")}),
        "characters that no name in the component store has",
    ),
    "billion laughs": (
        lambda: cabinet(manifest=f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l29;</a>'.encode()),
        "document type",
    ),
    "an entity of a file": (
        lambda: cabinet(manifest=b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'),
        "document type",
    ),
    "more levels than any stack": (lambda: cabinet(manifest=b"<a>" * 300_000), "nested more than"),
    "a manifest of 20 MB": (lambda: cabinet(manifest=b"<a>" + b" " * 20_000_000), "bytes, more than"),
    "manifests of many elements": (
        lambda: pack(UPDATE, {f"{n}.manifest": b"<a/>" * 200_000 for n in range(3)} | FILES),
        "not well-formed",
    ),
}


@pytest.mark.parametrize(("make", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_package_is_refused_with_little_memory(
    tmp_path: Path, make: Callable[[], bytes], reason: str
) -> None:
    assert reason in refusal(tmp_path, make())


def many_elements(number: int) -> tuple[str, bytes]:
    """A manifest whose name fits, with nearly as many elements as one may have."""
    identity = AssemblyIdentity(f"a{number}", "6.1.7601.21624", "amd64")
    head = (
        f'<assembly><assemblyIdentity name="{identity.name}" version="{identity.version}" '
        'processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" versionScope="nonSxS"/>'
    )
    return identity.manifest, head.encode() + b"<a/>" * 90_000 + b"</assembly>"


def test_many_sound_manifests_of_many_elements_are_refused_together(tmp_path: Path) -> None:
    many = dict(many_elements(number) for number in range(6))
    assert "more than 400000 elements" in refusal(tmp_path, pack(UPDATE, {**FILES, **many}))


def test_a_bomb_in_a_package_is_refused(tmp_path: Path) -> None:
    files = {f"{UPDATE.stem}.cab": bomb("some.dll", 1 << 30), f"{UPDATE.stem}.xml": unattend_xml(UPDATE)}
    found = refusal(tmp_path, write_cabinet(files, UPDATE.created), "a.msu")
    assert "it has no update.mum" in found
