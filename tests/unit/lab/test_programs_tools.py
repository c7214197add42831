# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""certutil, expand, icacls, findstr and the other tools of the simulated machine."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from tests.lab.packages.builder import PackageSpec, bad_packages, build_msu, inner_cabinet
from tests.lab.windows.host import WindowsHost

from .hosts import ADMINISTRATOR, FILTERED
from .machine import cmd, command, on_host

DATA = bytes(range(256)) * 300


def test_a_streamed_upload_arrives_byte_for_byte() -> None:
    async def work(host: WindowsHost) -> None:
        text = base64.encodebytes(DATA).replace(b"\n", b"\r\n")
        sent = await command(host, 'findstr /r "^" > C:\\f.b64', text)
        assert sent.code == 0
        decoded = await command(host, "certutil -f -decode C:\\f.b64 C:\\f.bin")
        assert decoded.out.startswith(f"Input Length = {len(text)}\r\nOutput Length = {len(DATA)}\r\n")
        assert host.disk.read("C:\\f.bin") == DATA

    on_host(work)


def test_findstr_lets_every_byte_of_its_input_through_and_ends_the_last_line() -> None:
    async def work(host: WindowsHost) -> None:
        await command(host, 'findstr "^" > C:\\f.bin', DATA)
        assert host.disk.read("C:\\f.bin") == DATA + b"\r\n"

    on_host(work)


def test_findstr_refuses_long_search_strings_and_several_literal_ones() -> None:
    result = cmd(f"findstr {'x' * 255}")
    assert (result.code, result.err) == (2, "FINDSTR: Search string too long.\r\n")
    assert cmd('(echo ab)>C:\\f.txt& findstr /c:"ab" /c:"abc" C:\\f.txt').code == 1
    assert cmd('(echo ab)>C:\\f.txt& findstr /i /c:"ab" /c:"abc" C:\\f.txt').code == 0


def test_copy_without_a_destination_appends_to_the_first_file() -> None:
    made = "(echo a)>C:\\a.txt& (echo b)>C:\\b.txt"
    assert cmd(f"{made}& copy /b /y C:\\a.txt+C:\\b.txt >nul& type C:\\a.txt").out == "a\r\nb\r\n"


def test_findstr_loses_input_lines_beyond_8191_characters() -> None:
    result = cmd('findstr "^"', b"x" * 8191 + b"\r\n" + b"y" * 8192 + b"\r\n")
    assert (result.out, result.err) == ("x" * 8191 + "\r\n", "FINDSTR: Line 2 is too long.\r\n")


def test_hashes_have_spaces_between_their_bytes() -> None:
    async def work(host: WindowsHost) -> None:
        host.disk.write("C:\\x", DATA)
        for name in ("SHA1", "SHA256"):
            lines = (await command(host, f"certutil -hashfile C:\\x {name}")).out.split("\r\n")
            assert lines[0] == f"{name} hash of file C:\\x:"
            assert bytes.fromhex(lines[1]) == hashlib.new(name, DATA).digest()
            assert lines[1][2] == " "

    on_host(work)


def test_a_host_without_sha256_still_has_sha1() -> None:
    line = "certutil -hashfile C:\\Windows\\win.ini"
    assert cmd(f"{line} SHA256", faults=["no_sha256"]).code == 0xD00000BB
    assert cmd(line, faults=["no_sha256"]).code == 0


def test_the_hash_of_a_missing_file_fails_with_its_code() -> None:
    result = cmd("certutil -hashfile C:\\nope")
    assert result.code == 2147942402
    assert result.out.startswith("CertUtil: -hashfile command FAILED: 0x80070002 (WIN32: 2)\r\n")


def test_decoding_refuses_what_is_no_base64_and_what_is_there() -> None:
    line = "echo !!!> C:\\x & certutil -decode C:\\x C:\\y"
    assert cmd(line).code == 0x8007000D
    assert cmd("certutil -decode C:\\Windows\\win.ini C:\\Windows\\win.ini").code == 0x80070050


def test_a_download_comes_from_the_profile_s_addresses(tmp_path: Path) -> None:
    file = tmp_path / "x.msu"
    file.write_bytes(DATA)

    async def work(host: WindowsHost) -> None:
        got = await command(host, "certutil -urlcache -split -f http://files/x.msu C:\\x.msu")
        assert (got.code, host.disk.read("C:\\x.msu")) == (0, DATA)
        lost = await command(host, "certutil -urlcache -split -f http://files/y.msu C:\\y.msu")
        assert (lost.code, host.disk.exists("C:\\y.msu")) == (0x80072EE7, False)

    on_host(work, downloads={"http://files/x.msu": str(file)})


def test_a_share_can_be_read_and_not_written(tmp_path: Path) -> None:
    (tmp_path / "x.msu").write_bytes(DATA)

    async def work(host: WindowsHost) -> None:
        assert (await command(host, "copy /y \\\\files\\hotfixes\\X.msu C:\\x.msu")).code == 0
        assert host.disk.read("C:\\x.msu") == DATA
        assert (await command(host, "copy C:\\x.msu \\\\files\\hotfixes\\y.msu")).code == 1
        assert (await command(host, "copy \\\\other\\share\\x.msu C:\\")).code == 1

    on_host(work, shares={"\\\\files\\hotfixes": str(tmp_path)})


def test_expand_lays_out_a_package_and_then_its_cabinet() -> None:
    async def work(host: WindowsHost) -> None:
        host.disk.write("C:\\p.msu", build_msu(PackageSpec("x64")))
        result = await command(host, "mkdir C:\\x & expand -F:* C:\\p.msu C:\\x")
        assert result.code == 0
        assert result.out.startswith("Microsoft (R) File Expansion Utility  Version 6.1.7600.16385\r\n")
        assert result.out.endswith("Expanding Files Complete ...\r\n4 files total.\r\n")
        assert host.disk.read("C:\\x\\Windows6.1-KB978918-x64.cab") == inner_cabinet(PackageSpec("x64"))
        only = await command(host, "expand -F:update.mum C:\\x\\Windows6.1-KB978918-x64.cab C:\\x")
        assert only.code == 0
        assert b"Package_for_KB978918" in host.disk.read("C:\\x\\update.mum")

    on_host(work)


def test_expand_refuses_a_truncated_package_and_copies_what_is_no_cabinet() -> None:
    async def work(host: WindowsHost) -> None:
        bad = bad_packages()
        host.disk.make_folder("C:\\x")
        host.disk.write("C:\\t.msu", bad["Windows6.1-KB978918-x64-truncated.msu"])
        host.disk.write("C:\\g.msu", bad["Windows6.1-KB978918-x64-garbage.msu"])
        assert (await command(host, "expand -F:* C:\\t.msu C:\\x")).code == 1
        assert host.disk.listing("C:\\x") == []
        assert (await command(host, "expand -F:* C:\\g.msu C:\\x")).code == 0
        assert [info.name for info in host.disk.listing("C:\\x")] == ["g.msu"]

    on_host(work)


def test_a_folder_can_be_closed_to_all_but_system_and_administrators() -> None:
    async def work(host: WindowsHost) -> None:
        line = "icacls C:\\x /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F"
        result = await command(host, f"mkdir C:\\x & {line}")
        assert result.code == 0
        assert host.disk.acl("C:\\x\\file").only("S-1-5-18", "S-1-5-32-544")
        assert (await command(host, "echo a> C:\\x\\f", account=ADMINISTRATOR)).code == 0
        refused = await command(host, "type C:\\x\\f", account=FILTERED)
        assert (refused.out, refused.err) == ("", "Access is denied.\r\n")

    on_host(work)


def test_icacls_does_not_know_english_group_names_on_a_german_host() -> None:
    line = "mkdir C:\\x & icacls C:\\x /grant Administrators:F"
    assert cmd(line).code == 0
    assert cmd(line, language="de-DE").code == 1332


def test_an_account_without_rights_writes_only_to_its_own_places() -> None:
    assert cmd("echo a> C:\\Windows\\System32\\x.txt", account=FILTERED).err == "Access is denied.\r\n"
    assert cmd("echo a> %TEMP%\\x.txt& type %TEMP%\\x.txt", account=FILTERED).out == "a\r\n"


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        ('"b"', "abc\r\nb.d\r\n"),
        ('/c:"b.d"', "b.d\r\n"),
        ('/l "b."', "b.d\r\n"),
        ('/r "^b"', "b.d\r\n"),
        ('/i /x "ABC"', "abc\r\n"),
        ('/v "b"', "x y\r\n"),
        ('"abc x"', "abc\r\nx y\r\n"),
        ('/n "x"', "3:x y\r\n"),
        ('/r "[x-z]$"', "x y\r\n"),
        ('/m "b"', "C:\\f.txt\r\n"),
    ],
)
def test_findstr(arguments: str, out: str) -> None:
    assert cmd(f"(echo abc&echo b.d&echo x y)>C:\\f.txt& findstr {arguments} C:\\f.txt").out == out


def test_find_counts_and_names_its_file() -> None:
    result = cmd('(echo a&echo b)>C:\\f.txt& find /c "a" C:\\f.txt')
    assert result.out == "\r\n---------- C:\\F.TXT: 1\r\n"


def test_copy_move_and_delete() -> None:
    async def work(host: WindowsHost) -> None:
        result = await command(
            host, "echo a> C:\\a.tmp& move /y C:\\a.tmp C:\\a.txt & copy C:\\a.txt C:\\Users\\Public"
        )
        assert "1 file(s) moved." in result.out
        assert "        1 file(s) copied.\r\n" in result.out
        assert host.disk.exists("C:\\users\\public\\A.TXT")
        gone = await command(host, "del /q C:\\a.txt & del C:\\nope & if not exist C:\\a.txt echo gone")
        assert (gone.code, gone.out) == (0, "gone\r\n")
        assert gone.err == "Could Not Find C:\\nope\r\n"

    on_host(work)


def test_a_move_onto_a_file_replaces_it_without_a_question() -> None:
    assert cmd("echo a> C:\\a& echo b> C:\\b& move C:\\a C:\\b >nul& type C:\\b").out == "a\r\n"


def test_a_full_disk_stops_a_command() -> None:
    result = cmd("echo 0123456789> C:\\x.txt", free_bytes=5)
    assert (result.code, result.err) == (1, "There is not enough space on the disk.\r\n")


@pytest.mark.parametrize("system", ["2008r2-core", "2008r2-x64"])
def test_powershell_is_there_on_all_but_core(system: str) -> None:
    async def work(host: WindowsHost) -> None:
        path = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
        assert host.disk.exists(path) == (system != "2008r2-core")

    on_host(work, system=system)


@pytest.mark.parametrize(
    ("line", "noted"),
    [
        ("systeminfo", "program C:\\Windows\\System32\\systeminfo.exe"),
        ("net session", "program C:\\Windows\\System32\\net.exe"),
        ("ping -n 2 127.0.0.1", "program C:\\Windows\\System32\\PING.EXE"),
        ("wusa C:\\x.msu /quiet", "program C:\\Windows\\System32\\wusa.exe"),
        ("echo a | more", "program C:\\Windows\\System32\\more.com"),
        ("sc query TrustedInstaller", "sc  query TrustedInstaller"),
        ("reg add HKLM\\SOFTWARE\\Test /f", "reg  add HKLM\\SOFTWARE\\Test /f"),
        ("whoami /priv", "whoami  /priv"),
        ("wmic os get version", "command wmic"),
        ("pushd C:\\", "command pushd"),
        ("set /a x=1", "set /a x=1"),
        ("set /p x=", "set /p x="),
        ("for /l %i in (1,1,3) do @echo %i", "for /l"),
    ],
)
def test_what_windows_has_and_the_lab_does_not_know_fails_and_is_noted(line: str, noted: str) -> None:
    async def work(host: WindowsHost) -> None:
        assert (await command(host, line)).code != 0
        assert host.unknown_requests == [noted]

    on_host(work)


def test_icacls_ends_at_the_first_file_that_it_cannot_change_and_goes_on_with_c() -> None:
    async def work(host: WindowsHost) -> None:
        await command(host, "mkdir C:\\x & echo a>C:\\x\\a.txt & echo b>C:\\x\\b.txt")
        host.disk.fixed_rights.add("c:\\x\\a.txt")
        own = "icacls C:\\x /setowner *S-1-5-32-544 /t /q"
        assert (await command(host, own)).code == 5
        going_on = await command(host, f"{own} /c")
        assert "C:\\x\\a.txt: Access is denied." in going_on.err
        assert host.disk.acl("C:\\x\\b.txt").owner == "S-1-5-32-544"

    on_host(work)


def test_cacls_shows_rights_as_sddl_in_every_language() -> None:
    grant = "icacls C:\\x /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F >nul"
    assert cmd(f"mkdir C:\\x & {grant} & cacls C:\\x /s", language="de-DE").out == (
        'C:\\x "D:PAI(A;OICI;FA;;;SY)"\r\n\r\n'
    )
    assert "(A;OICIID;0x1200a9;;;BU)" in cmd("cacls C:\\Windows /s").out


def test_certutil_keeps_what_it_downloads_until_it_is_deleted(tmp_path: Path) -> None:
    url = "http://packages.example/x"
    (tmp_path / "x").write_bytes(DATA)

    async def work(host: WindowsHost) -> None:
        await command(host, f"certutil -urlcache -split -f {url} C:\\x")
        assert [list(copies) for copies in host.url_cache.values()] == [[url]]
        assert (await command(host, f"certutil -urlcache {url} delete")).code == 0
        assert not any(host.url_cache.values())

    on_host(work, downloads={url: str(tmp_path / "x")})
