# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files to and from a host."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
import requests.exceptions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote import (
    _transfer,
    _transfer_commands,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._errors import (
    ConnectionLost,
    TransferError,
    WsmanFault,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from winrm.exceptions import WinRMTransportError

from tests.unit.remote.replay import (
    Exchange,
    Host,
    answer,
    command,
    deleted,
    done,
    fault,
    opened,
    sent,
    signalled,
    started,
)

DESTINATION = r"C:\ProgramData\stage\KB1.cab"
MISSING = (
    "CertUtil: -hashfile command FAILED: 0x80070002 (WIN32: 2)\r\n"
    "CertUtil: Das System kann die Datei nicht finden.\r\n"
)
SMALL = b"x" * 100
LARGE = bytes(range(256)) * 800
"""Ends 245 bytes after its last line feed."""

ONE_LINE = b"z" * 200_000
"""What findstr does not take from a pipe: a line beyond 8191 bytes."""


def printed(data: bytes, *algorithms: str, spaced: bool = False) -> str:
    text = ""
    for algorithm in algorithms:
        digest = hashlib.new(algorithm, data).digest()
        shown = digest.hex(" ") if spaced else digest.hex()
        text += f"{algorithm.upper()} hash of file C:\\x:\r\n{shown}\r\n"
        text += "CertUtil: -hashfile command completed successfully.\r\n"
    return text


def decoded(data: bytes, *algorithms: str, spaced: bool = False) -> list[Exchange]:
    return command(None, printed(data, *algorithms, spaced=spaced))


def streamed(count: int) -> list[Exchange]:
    sends = [sent()] * (count - 1) + [sent(last=True)]
    return [
        opened(),
        started(f'findstr /r "^" > "{DESTINATION}.b64"'),
        *sends,
        done(),
        signalled(),
        deleted(),
    ]


def sent_raw(count: int) -> list[Exchange]:
    sends = [sent()] * (count - 1) + [sent(last=True)]
    return [opened(), started(f'findstr "^" > "{DESTINATION}.part"'), *sends, done(), signalled(), deleted()]


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


MOVED = command(f'move /y "{DESTINATION}.part" "{DESTINATION}"')


DECODE = (
    f'del /q /f "{DESTINATION}.part" 2>nul & certutil -f -decode "{DESTINATION}.b64" "{DESTINATION}.part"'
    f' & del /q /f "{DESTINATION}.b64" & certutil -hashfile "{DESTINATION}.part" SHA256'
    f' & certutil -hashfile "{DESTINATION}.part" SHA1'
)


def test_a_small_file_is_echoed_decoded_compared_and_moved_in_two_commands() -> None:
    echo = f'>"{DESTINATION}.b64" echo {base64.b64encode(SMALL).decode()}& {DECODE}'
    with Host(command(echo, printed(SMALL, "sha256", "sha1")), MOVED) as host:
        found = _transfer.send_bytes(host.session, SMALL, DESTINATION)
    assert found == _transfer.FileHash("sha256", hashlib.sha256(SMALL).hexdigest())


def test_a_large_file_is_sent_raw_to_its_last_line_feed_and_the_rest_appended(tmp_path: Path) -> None:
    source = tmp_path / "package.cab"
    source.write_bytes(LARGE)
    head, tail = LARGE[: LARGE.rindex(b"\n") + 1], LARGE[LARGE.rindex(b"\n") + 1 :]
    append = (
        f'>"{DESTINATION}.b64" echo {base64.b64encode(tail).decode()}& '
        f'certutil -f -decode "{DESTINATION}.b64" "{DESTINATION}.tail" & '
        f'copy /b /y "{DESTINATION}.part"+"{DESTINATION}.tail" "{DESTINATION}.whole" & '
        f'move /y "{DESTINATION}.whole" "{DESTINATION}.part" & '
        f'del /q /f "{DESTINATION}.b64" "{DESTINATION}.tail" & '
        f'certutil -hashfile "{DESTINATION}.part" SHA256 & certutil -hashfile "{DESTINATION}.part" SHA1'
    )
    with Host(sent_raw(2), command(append, printed(LARGE, "sha256")), MOVED) as host:
        found = _transfer.send_file(host.session, source, DESTINATION)
    assert found.hexdigest == hashlib.sha256(LARGE).hexdigest()
    assert host.replay.sent_input() == head


def test_what_findstr_mangled_is_sent_as_lines_of_base64() -> None:
    mangled = decoded(LARGE.replace(b"\0", b""), "sha256")
    probe = command(f'type nul > "{DESTINATION}.part"')
    with Host(sent_raw(2), mangled, probe, streamed(3), decoded(LARGE, "sha256"), MOVED) as host:
        _transfer.send_bytes(host.session, LARGE, DESTINATION)


def test_what_findstr_would_not_take_is_sent_as_lines_of_base64() -> None:
    with Host(streamed(3), decoded(ONE_LINE, "sha256"), MOVED) as host:
        _transfer.send_bytes(host.session, ONE_LINE, DESTINATION)
    lines = host.replay.sent_input().decode("ascii")
    assert lines.endswith("\r\n")
    assert max(map(len, lines.split("\r\n"))) == 76
    assert base64.b64decode(lines) == ONE_LINE


def test_a_host_without_sha256_is_compared_by_sha1() -> None:
    with Host(sent_raw(2), decoded(LARGE, "sha1", spaced=True), MOVED) as host:
        found = _transfer.send_bytes(host.session, LARGE, DESTINATION)
    assert found == _transfer.FileHash("sha1", hashlib.sha1(LARGE).hexdigest())


def test_what_the_stream_mangled_is_echoed() -> None:
    echoes = -(-len(base64.b64encode(ONE_LINE)) // 7960)
    echoed = [exchange for _unused in range(echoes - 1) for exchange in command()]
    probe = command(f'type nul > "{DESTINATION}.part"')
    mangled = decoded(ONE_LINE + b"\n", "sha256")
    with Host(streamed(3), mangled, probe, echoed, decoded(ONE_LINE, "sha256"), MOVED) as host:
        _transfer.send_bytes(host.session, ONE_LINE, DESTINATION)
    written = [line.partition("& del")[0] for line in host.replay.command_lines() if " echo " in line]
    assert base64.b64decode("".join(line.partition(" echo ")[2] for line in written)) == ONE_LINE
    assert [line[:2] == ">>" for line in written] == [False] + [True] * (echoes - 1)


@pytest.mark.parametrize(
    "refusal",
    [
        fault("Send", 109, reason="The pipe has been ended."),
        # MaxEnvelopeSizekb lower than 150; an echo needs a tenth of that.
        Exchange("Send", WinRMTransportError("http", 413, "")),
    ],
)
def test_a_stream_that_the_host_refuses_is_followed_by_echo(refusal: Exchange) -> None:
    small = b"y" * 12_000
    refused = [opened(), started(), refusal, signalled(), deleted()]
    with Host(refused, command(), command(), command(), decoded(small, "sha256"), MOVED) as host:
        _transfer.send_bytes(host.session, small, DESTINATION)


def test_a_file_that_arrives_damaged_by_both_ways_is_an_error_and_leaves_nothing() -> None:
    wrong = decoded(b"other", "sha256")
    cleaned = command(
        f'del /q /f "{DESTINATION}.b64" "{DESTINATION}.part" "{DESTINATION}.tail" "{DESTINATION}.whole" 2>nul'
    )
    conversation = [wrong, command(), streamed(1), wrong, command(), cleaned]
    with (
        Host(*conversation) as host,
        pytest.raises(
            TransferError, match=r"did not arrive whole \(the content differed; then the content differed"
        ),
    ):
        _transfer.send_bytes(host.session, SMALL, DESTINATION)


def test_a_folder_that_cannot_be_written_is_told_at_once() -> None:
    denied = [started(), done(exit_code=1, stderr="Zugriff verweigert\r\n"), signalled()]
    with Host(denied, denied) as host, pytest.raises(TransferError, match="Zugriff verweigert"):
        _transfer.send_bytes(host.session, SMALL, DESTINATION)


def test_an_echo_that_fails_midway_is_not_decoded() -> None:
    full = [started(), done(exit_code=1, stderr="There is not enough space on the disk.\r\n"), signalled()]
    medium = b"z" * 10_000
    with Host(full, full) as host, pytest.raises(TransferError, match="enough space"):
        _transfer.send_bytes(host.session, medium, DESTINATION)


def test_denied_access_is_no_reason_to_try_another_way() -> None:
    with Host(fault("Command", 5)) as host, pytest.raises(WsmanFault, match=r"Access was denied"):
        _transfer.send_bytes(host.session, SMALL, DESTINATION)


def test_a_file_in_use_is_told_of() -> None:
    moved = [started(), done(exit_code=1, stderr="Access is denied.\r\n"), signalled()]
    with Host(decoded(SMALL, "sha256"), moved) as host, pytest.raises(TransferError, match="Is it in use"):
        _transfer.send_bytes(host.session, SMALL, DESTINATION)


def test_a_connection_lost_while_sending_stays_a_lost_connection() -> None:
    gone = Exchange("Send", requests.exceptions.ConnectionError("gone"))
    with Host(opened(), started(), gone, deleted()) as host, pytest.raises(ConnectionLost):
        _transfer.send_bytes(host.session, LARGE, DESTINATION)


@pytest.mark.parametrize("name", ["missing.cab", "empty.cab"])
def test_a_source_that_is_missing_or_empty_is_refused_before_anything_is_sent(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty.cab").touch()
    with Host() as host, pytest.raises(TransferError):
        _transfer.send_file(host.session, tmp_path / name, DESTINATION)


def test_a_long_send_shows_how_far_it_is() -> None:
    data = LARGE * 4
    with Host(sent_raw(8), decoded(data, "sha256"), MOVED) as host:
        play = host.replay.send_message

        def slowly(message: str) -> bytes:
            host.clock.advance(12)
            return play(message)

        host.replay.send_message = slowly  # type: ignore[method-assign]
        _transfer.send_bytes(host.session, data, DESTINATION)
    assert host.shown
    assert all(re.fullmatch(r"sending C:\\.*: \d+ % of 819200 bytes", line) for line in host.shown)


@given(st.binary(min_size=1, max_size=40_000), st.integers(1, 150))
@settings(max_examples=30)
def test_echo_commands_carry_any_data_within_their_length(data: bytes, length: int) -> None:
    commands = _transfer_commands.echo_commands(data, '"' + "p" * length + '"')
    assert all(len(line) <= 8000 for line in commands)
    assert b"".join(base64.b64decode(line.partition(" echo ")[2]) for line in commands) == data


@given(st.lists(st.binary(max_size=9000), max_size=6), st.integers(1, 300))
@settings(max_examples=60)
def test_what_is_sent_raw_ends_with_a_line_feed_and_has_no_line_too_long(
    lines: list[bytes], block: int
) -> None:
    data = b"\n".join(lines)
    pieces = [data[start : start + block] for start in range(0, len(data), block)]
    length = _transfer_commands.raw_length(pieces)
    if length is None:
        longest = max(len(line) for line in data.split(b"\n"))
        assert b"\n" not in data or longest > 8000 or len(data) - data.rindex(b"\n") > 4097
    else:
        assert data[:length].endswith(b"\n")
        assert b"\n" not in data[length:]
        assert max(len(line) for line in data.split(b"\n")) <= 8000


def test_a_command_that_appends_is_no_longer_than_one_that_echoes() -> None:
    path = "C:\\" + "p" * 120
    assert len(_transfer_commands.append_command(path, b"x" * 4096)) <= 8000


@given(st.binary(max_size=200_000))
@settings(max_examples=20)
def test_lines_of_base64_carry_any_data(data: bytes) -> None:
    size = 57 * 64
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    lines = b"".join(_transfer_commands.base64_lines(blocks))
    assert base64.b64decode(lines) == data
    assert all(len(line) == 76 for line in lines.split(b"\r\n")[:-2])


@pytest.mark.parametrize("spaced", [True, False])
def test_a_hash_is_found_in_what_old_and_new_certutil_print(spaced: bool) -> None:
    digest = hashlib.sha1(SMALL).hexdigest()
    text = MISSING + printed(SMALL, "sha1", spaced=spaced)
    assert _transfer_commands.parse_hash(text) == _transfer.FileHash("sha1", digest)


def test_a_hash_of_a_file_that_is_not_there_is_none() -> None:
    with Host(command(None, MISSING, 0x80070002)) as host:
        assert _transfer.file_hash(host.session, DESTINATION) is None


def test_a_file_that_cannot_be_hashed_is_an_error() -> None:
    with (
        Host(command(None, "Zugriff verweigert\r\n", 0x80070005)) as host,
        pytest.raises(TransferError, match="Zugriff"),
    ):
        _transfer.file_hash(host.session, DESTINATION)


def encoded(data: bytes) -> str:
    body = base64.encodebytes(data).decode().replace("\n", "\r\n")
    return f"-----BEGIN CERTIFICATE-----\r\n{body}-----END CERTIFICATE-----\r\n"


def test_a_file_is_fetched_byte_by_byte_and_its_copy_removed() -> None:
    copy = r'"C:\x.log.b64"'
    line = rf'certutil -f -encode "C:\x.log" {copy} >nul && type {copy} & del /q /f {copy} 2>nul'
    with Host(file_size(len(LARGE)), command(line, encoded(LARGE))) as host:
        assert _transfer.fetch_bytes(host.session, r"C:\x.log") == LARGE


@pytest.mark.parametrize(("size", "content"), [(None, None), (0, b"")])
def test_a_missing_file_is_none_and_an_empty_one_empty(size: int | None, content: bytes | None) -> None:
    with Host(file_size(size)) as host:
        assert _transfer.fetch_bytes(host.session, r"C:\x.log") == content


def test_a_file_that_servicing_holds_open_is_typed() -> None:
    with Host(file_size(9), command(None, "", 32), command(r'type "C:\x.log"', "Größe\r\n")) as host:
        assert _transfer.fetch_bytes(host.session, r"C:\x.log") == "Größe\r\n".encode()


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    conversation = [file_size(9), command(None, "", 5), command(None, "Access is denied.", 1)]
    with Host(*conversation) as host, pytest.raises(TransferError, match="cannot be read"):
        _transfer.fetch_bytes(host.session, r"C:\x.log")


def test_the_end_of_a_small_file_is_cut_here() -> None:
    with Host(file_size(100), command(None, encoded(b"a" * 90 + b"b" * 10))) as host:
        assert _transfer.fetch_bytes(host.session, r"C:\x.log", last_bytes=10) == b"b" * 10


def test_the_end_of_a_large_log_is_picked_on_the_host() -> None:
    patterns = "^1233[0-9][0-9]: ^1234[0-9][0-9]:"
    conversation = [
        file_size(50_000_000),
        command(r'find /c /v "" < "C:\x.log"', "\r\n123456\r\n"),
        command(rf'findstr /n "^" "C:\x.log" | findstr /r "{patterns}"', "123455:a:b\r\n123456:12: c\r\n"),
    ]
    with Host(*conversation) as host:
        assert _transfer.fetch_bytes(host.session, r"C:\x.log", last_bytes=6000) == b"a:b\r\n12: c\r\n"


@given(st.integers(1, 2_000_000), st.integers(1, 20_000))
def test_patterns_name_at_least_the_lines_wanted_and_are_short(count: int, wanted: int) -> None:
    patterns = _transfer_commands.last_line_patterns(count, wanted)
    assert len(patterns) <= 254
    if not patterns:
        return
    for number in (count, max(1, count - wanted + 1)):
        assert any(re.match(pattern, f"{number}:text") for pattern in patterns.split())


@pytest.mark.parametrize("path", ['C:\\a"b', "C:\\a|b", "C:\\a\nb", "C:\\a>b"])
def test_what_no_path_has_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no Windows path"):
        _transfer_commands.quote_path(path)
