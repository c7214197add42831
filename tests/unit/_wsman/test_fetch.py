# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of a host."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _transfer_commands, fetch
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import TransferError
from hypothesis import given
from hypothesis import strategies as st

from tests.unit._wsman.files import DESTINATION, LARGE, SMALL, printed
from tests.unit._wsman.replay import Exchange, Host, answer, command, in_one_shell

MISSING = (
    "CertUtil: -hashfile command FAILED: 0x80070002 (WIN32: 2)\r\n"
    "CertUtil: Das System kann die Datei nicht finden.\r\n"
)


def file_size(size: int | None) -> Exchange:
    if size is None:
        return Exchange("Enumerate", answer("empty_no_items"))
    fragment = (
        answer("enumerate_fragment")
        .replace("<BuildNumber>7600", f"<FileSize>{size}")
        .replace("</BuildNumber>", "</FileSize>")
    )
    return Exchange(
        "Enumerate", fragment, {"Filter": "SELECT FileSize FROM CIM_DataFile WHERE Name='C:\\\\x.log'"}
    )


@pytest.mark.parametrize("spaced", [True, False])
def test_a_hash_is_found_in_what_old_and_new_certutil_print(spaced: bool) -> None:
    digest = hashlib.sha1(SMALL).hexdigest()
    text = MISSING + printed(SMALL, "sha1", spaced=spaced)
    assert _transfer_commands.parse_hash(text) == _transfer_commands.FileHash("sha1", digest)


def test_a_hash_of_a_file_that_is_not_there_is_none() -> None:
    with Host(command(None, MISSING, 0x80070002)) as host:
        assert fetch.file_hash(host.session, DESTINATION) is None


def test_a_file_that_cannot_be_hashed_is_an_error() -> None:
    with (
        Host(command(None, "Zugriff verweigert\r\n", 0x80070005)) as host,
        pytest.raises(TransferError, match="Zugriff"),
    ):
        fetch.file_hash(host.session, DESTINATION)


def encoded(data: bytes) -> str:
    body = base64.encodebytes(data).decode().replace("\n", "\r\n")
    return f"-----BEGIN CERTIFICATE-----\r\n{body}-----END CERTIFICATE-----\r\n"


def test_a_file_is_fetched_byte_by_byte_and_its_copy_removed() -> None:
    copy = r'"C:\x.log.b64"'
    line = rf'certutil -f -encode "C:\x.log" {copy} >nul && type {copy} & del /q /f {copy} 2>nul'
    with Host(file_size(len(LARGE)), command(line, encoded(LARGE))) as host:
        assert fetch.fetch_bytes(host.session, r"C:\x.log") == LARGE


@pytest.mark.parametrize(("size", "content"), [(None, None), (0, b"")])
def test_a_missing_file_is_none_and_an_empty_one_empty(size: int | None, content: bytes | None) -> None:
    with Host(file_size(size)) as host:
        assert fetch.fetch_bytes(host.session, r"C:\x.log") == content


def test_a_file_that_servicing_holds_open_is_typed() -> None:
    with Host(
        file_size(9), in_one_shell(command(None, "", 32), command(r'type "C:\x.log"', "Größe\r\n"))
    ) as host:
        assert fetch.fetch_bytes(host.session, r"C:\x.log") == "Größe\r\n".encode()


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    conversation = [file_size(9), in_one_shell(command(None, "", 5), command(None, "Access is denied.", 1))]
    with Host(*conversation) as host, pytest.raises(TransferError, match="cannot be read"):
        fetch.fetch_bytes(host.session, r"C:\x.log")


def test_the_end_of_a_small_file_is_cut_here() -> None:
    with Host(file_size(100), command(None, encoded(b"a" * 90 + b"b" * 10))) as host:
        assert fetch.fetch_bytes(host.session, r"C:\x.log", last_bytes=10) == b"b" * 10


def test_the_end_of_a_large_log_is_picked_on_the_host() -> None:
    patterns = "^1233[0-9][0-9]: ^1234[0-9][0-9]:"
    counted = command(r'find /c /v "" < "C:\x.log"', "\r\n123456\r\n")
    line = rf'findstr /n "^" "C:\x.log" | findstr /r "{patterns}"'
    found = command(line, "123455:a:b\r\n123456:12: c\r\n")
    with Host(file_size(50_000_000), in_one_shell(counted, found)) as host:
        assert fetch.fetch_bytes(host.session, r"C:\x.log", last_bytes=6000) == b"a:b\r\n12: c\r\n"


@given(st.integers(1, 2_000_000), st.integers(1, 20_000))
def test_patterns_name_at_least_the_lines_wanted_and_are_short(count: int, wanted: int) -> None:
    patterns = _transfer_commands.last_line_patterns(count, wanted)
    assert len(patterns) <= 254
    if not patterns:
        return
    for number in (count, max(1, count - wanted + 1)):
        assert any(re.match(pattern, f"{number}:text") for pattern in patterns.split())
