# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disk: Windows' rules over a real folder, files that are real PE images, sharing between hosts."""

from __future__ import annotations

import asyncio

import pefile
import pytest

from tests.lab.packages import article
from tests.lab.packages.pe import MACHINES
from tests.lab.windows.disk import DiskError
from tests.lab.windows.host import WindowsHost

from .hosts import make_host
from .machine import on_host

CREDSSP = "C:\\Windows\\System32\\credssp.dll"


@pytest.mark.parametrize(
    ("system", "architecture"), [("win7-x86", "x86"), ("2008r2-x64", "x64"), ("2008r2-ia64", "ia64")]
)
def test_files_of_a_fixed_host_are_images_with_the_article_s_figures(system: str, architecture: str) -> None:
    async def work(host: WindowsHost) -> None:
        for row in article.files(architecture):
            data = host.disk.read(row.path)
            assert len(data) == row.size
            if not row.version:
                continue
            image = pefile.PE(data=data)
            assert image.FILE_HEADER.Machine == MACHINES[row.machine]
            fixed = image.VS_FIXEDFILEINFO[0]
            parts = [fixed.FileVersionMS >> 16, fixed.FileVersionMS & 0xFFFF]
            parts += [fixed.FileVersionLS >> 16, fixed.FileVersionLS & 0xFFFF]
            assert ".".join(map(str, parts)) == row.version
            text = image.FileInfo[0][0].StringTable[0].entries[b"FileVersion"]
            assert text.decode().startswith(row.version)
            info = host.disk.info(row.path)
            assert info is not None and info.modified == row.date

    on_host(work, system=system, files="fixed")


@pytest.mark.parametrize(
    ("state", "system", "native", "wow64"),
    [
        ("vulnerable", "2008r2-x64", "6.1.7600.16385", "6.1.7600.16385"),
        ("gdr", "2008r2-x64", "6.1.7600.17016", "6.1.7600.17016"),
        ("partial", "win7-x64", "6.1.7600.20618", "6.1.7600.16385"),
        ("sp1", "2008r2-x64-sp1", "6.1.7601.17514", "6.1.7601.17514"),
        ("vulnerable", "2008r2-core", "6.1.7600.16385", None),
    ],
)
def test_states_of_the_profile(state: str, system: str, native: str, wow64: str | None) -> None:
    async def work(host: WindowsHost) -> None:
        assert host.disk.version(CREDSSP) == native
        assert host.disk.version(CREDSSP.replace("System32", "SysWOW64")) == wow64

    on_host(work, files=state, system=system)


def test_single_files_can_be_described() -> None:
    async def work(host: WindowsHost) -> None:
        assert host.disk.version(CREDSSP) == "6.1.7600.20700"
        assert not host.disk.exists("C:\\Windows\\System32\\tspkg.dll")

    on_host(work, files={CREDSSP: "6.1.7600.20700", "C:\\Windows\\System32\\Tspkg.dll": "missing"})


def test_writing_never_changes_the_file_of_another_host() -> None:
    async def work() -> None:
        one, two = make_host(), make_host()
        before = two.disk.read(CREDSSP)
        one.disk.write(CREDSSP, b"changed")
        one.disk.write("C:\\Windows\\win.ini", b"more", append=True)
        assert two.disk.read(CREDSSP) == before
        assert b"more" not in two.disk.read("C:\\Windows\\win.ini")

    asyncio.run(work())


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("D:\\x", 3),
        ("C:\\a?b", 123),
        ('C:\\a"b', 123),
        ("C:\\a:b", 123),
        ("C:\\" + "x" * 260, 206),
        ("\\\\s\\x\\f", 53),
    ],
)
def test_names_that_windows_refuses(path: str, code: int) -> None:
    async def work(host: WindowsHost) -> None:
        with pytest.raises(DiskError) as caught:
            host.disk.absolute(path)
        assert caught.value.code == code

    on_host(work)


def test_paths_are_normalised_and_names_ignore_case() -> None:
    async def work(host: WindowsHost) -> None:
        assert host.disk.absolute("..\\Temp/./a. ", "C:\\Windows\\System32") == "C:\\Windows\\Temp\\a"
        assert host.disk.absolute("\\\\?\\C:\\x") == "C:\\x"
        assert host.disk.read("c:\\WINDOWS\\system32\\CREDSSP.DLL") == host.disk.read(CREDSSP)

    on_host(work)


def test_free_space_is_kept_and_a_full_disk_refuses() -> None:
    async def work(host: WindowsHost) -> None:
        host.disk.write("C:\\a", b"x" * 600)
        assert host.disk.free == 400
        with pytest.raises(DiskError) as caught:
            host.disk.write("C:\\b", b"x" * 600)
        assert caught.value.code == 112
        host.disk.write("C:\\a", b"")
        assert host.disk.free == 1000

    on_host(work, free_bytes=1000)
