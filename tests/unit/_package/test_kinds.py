# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is not a package is called by its kind, with the way to the package."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.kinds import KINDS, other_kind
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._package.package import inspect_package
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

from tests.unit.fixtures.loader import fixture


def zip_archive() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("Windows6.1-KB978918-x64.msu", "x")
    return memory.getvalue()


def gzip_archive() -> bytes:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz"):
        pass
    return memory.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 812345\n"
FILES = {
    "self-extracting": (b"MZ" + bytes(4000) + zip_archive(), "Run it on a Windows computer"),
    "zip archive": (zip_archive(), "Unpack it"),
    "gzip": (gzip_archive(), "Unpack it"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "Unpack it"),
    "HTML page": (b"<!DOCTYPE html><html><title>Sign in</title></html>", "Download the package itself"),
    "an HTML page": (b"\xef\xbb\xbf\r\n  <HTML>", "Download the package itself"),
    "XML file": (
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        "Download the package itself",
    ),
    "JSON file": (b'{"errors": [{"status": 404}]}', "Download the package itself"),
    "Git LFS pointer": (LFS, "git lfs pull"),
    "AppleDouble": (struct.pack(">II16x", 0x00051607, 0x00020000), r"without `\._`"),
    r"\.msi, \.msp": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "for Windows 6.1"),
    "WIM": (b"MSWIM\0\0\0\xd0\0\0\0", "for Windows 6.1"),
    r"\.psf": (b"PSTREAM", "whole .msu"),
    "zeros": (bytes(5000), "Download it again"),
}


@pytest.mark.parametrize("name", FILES)
def test_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    data, remedy = FILES[name]
    path = tmp_path / "Windows6.1-KB978918-x64.msu"
    path.write_bytes(data)
    with pytest.raises(
        InputError, match=f"Windows6.1-KB978918-x64.msu, which is not a package: .*{name}.*{remedy}"
    ):
        inspect_package(path)


def test_every_kind_of_the_table_is_tried(tmp_path: Path) -> None:
    path = tmp_path / "file"
    seen = set()
    for data, _remedy in FILES.values():
        path.write_bytes(data)
        seen.add(other_kind(path))
    assert seen == {*KINDS}


def test_a_package_and_what_is_not_known_have_no_kind(tmp_path: Path) -> None:
    assert other_kind(fixture("packages") / "gcab-mszip.msu") is None
    (tmp_path / "random").write_bytes(bytes(range(255, 0, -1)))
    assert other_kind(tmp_path / "random") is None
