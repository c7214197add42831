# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files to a host."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
import requests.exceptions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _transfer_commands, send
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    ConnectionLost,
    TransferError,
    WsmanFault,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from winrm.exceptions import WinRMTransportError

from tests.unit._wsman.files import DESTINATION, LARGE, SMALL, printed
from tests.unit._wsman.replay import (
    Exchange,
    Host,
    command,
    deleted,
    done,
    fault,
    in_one_shell,
    opened,
    sent,
    signalled,
    started,
)

ONE_LINE = b"z" * 200_000
"""What findstr does not take from a pipe: a line beyond 8191 bytes."""


def moving(data: bytes) -> str:
    wanted = " ".join(
        f'/c:"{hashlib.new(each, data).hexdigest()}" /c:"{hashlib.new(each, data).digest().hex(" ")}"'
        for each in ("sha256", "sha1")
    )
    return (
        f'>"{DESTINATION}.hash" certutil -hashfile "{DESTINATION}.part" SHA256 & '
        f'>>"{DESTINATION}.hash" certutil -hashfile "{DESTINATION}.part" SHA1 & '
        f'type "{DESTINATION}.hash" & findstr /b /i {wanted} "{DESTINATION}.hash" >nul && '
        f'del /q /f "{DESTINATION}.hash" && {MOVE}'
    )


def streamed(line: str | None, count: int, stdout: str, exit_code: int = 0) -> list[Exchange]:
    sends = [sent()] * (count - 1) + [sent(last=True)]
    return [opened(), started(line), *sends, done(stdout, exit_code), deleted()]


MOVE = f'move /y "{DESTINATION}.part" "{DESTINATION}"'
LEFT = " ".join(f'"{DESTINATION}.{name}"' for name in ("b64", "part", "tail", "whole", "hash"))
REMOVED = command(f"del /q /f {LEFT} 2>nul")
PROBE = command(f'type nul > "{DESTINATION}.part"')
DECODE = (
    f'del /q /f "{DESTINATION}.part" 2>nul & certutil -f -decode "{DESTINATION}.b64" "{DESTINATION}.part"'
    f' & del /q /f "{DESTINATION}.b64"'
)


def test_a_small_file_is_echoed_decoded_compared_and_moved_by_one_command() -> None:
    line = f'>"{DESTINATION}.b64" echo {base64.b64encode(SMALL).decode()}& {DECODE} & {moving(SMALL)}'
    with Host(command(line, printed(SMALL, "sha256", "sha1"))) as host:
        found = send.send_bytes(host.session, SMALL, DESTINATION)
    assert found == _transfer_commands.FileHash("sha256", hashlib.sha256(SMALL).hexdigest())


def test_a_large_file_is_sent_raw_to_its_last_line_feed_and_the_rest_in_the_command(tmp_path: Path) -> None:
    source = tmp_path / "package.cab"
    source.write_bytes(LARGE)
    head, tail = LARGE[: LARGE.rindex(b"\n") + 1], LARGE[LARGE.rindex(b"\n") + 1 :]
    line = (
        f'findstr "^" > "{DESTINATION}.part" && ('
        f'>"{DESTINATION}.b64" echo {base64.b64encode(tail).decode()}& '
        f'certutil -f -decode "{DESTINATION}.b64" "{DESTINATION}.tail" & '
        f'copy /b /y "{DESTINATION}.part"+"{DESTINATION}.tail" "{DESTINATION}.whole" & '
        f'move /y "{DESTINATION}.whole" "{DESTINATION}.part" & '
        f'del /q /f "{DESTINATION}.b64" "{DESTINATION}.tail" & {moving(LARGE)})'
    )
    with Host(streamed(line, 2, printed(LARGE, "sha256"))) as host:
        found = send.send_file(host.session, source, DESTINATION)
    assert found.hexdigest == hashlib.sha256(LARGE).hexdigest()
    assert host.replay.sent_input() == head


def test_what_ends_with_a_line_feed_has_no_rest() -> None:
    data = LARGE + b"\n"
    line = f'findstr "^" > "{DESTINATION}.part" && ({moving(data)})'
    with Host(streamed(line, 2, printed(data, "sha256"))) as host:
        send.send_bytes(host.session, data, DESTINATION)
    assert host.replay.sent_input() == data


def test_what_findstr_mangled_is_sent_as_lines_of_base64() -> None:
    mangled = streamed(None, 2, printed(LARGE.replace(b"\0", b""), "sha256"), exit_code=1)
    lines = f'findstr /r "^" > "{DESTINATION}.b64" && ({DECODE} & {moving(LARGE)})'
    with Host(mangled, PROBE, streamed(lines, 3, printed(LARGE, "sha256"))) as host:
        send.send_bytes(host.session, LARGE, DESTINATION)


def test_what_findstr_would_not_take_is_sent_as_lines_of_base64() -> None:
    with Host(streamed(None, 3, printed(ONE_LINE, "sha256"))) as host:
        send.send_bytes(host.session, ONE_LINE, DESTINATION)
    lines = host.replay.sent_input().decode("ascii")
    assert lines.endswith("\r\n")
    assert max(map(len, lines.split("\r\n"))) == 76
    assert base64.b64decode(lines) == ONE_LINE


def test_a_host_without_sha256_is_compared_by_sha1() -> None:
    with Host(streamed(None, 2, printed(LARGE, "sha1", spaced=True))) as host:
        found = send.send_bytes(host.session, LARGE, DESTINATION)
    assert found == _transfer_commands.FileHash("sha1", hashlib.sha1(LARGE).hexdigest())


def test_what_the_stream_mangled_is_echoed() -> None:
    echoes = -(-len(base64.b64encode(ONE_LINE)) // 7960)
    echoed = [command() for _unused in range(echoes - 1)]
    mangled = streamed(None, 3, printed(ONE_LINE + b"\n", "sha256"), exit_code=1)
    with Host(mangled, in_one_shell(PROBE, *echoed, command(None, printed(ONE_LINE, "sha256")))) as host:
        send.send_bytes(host.session, ONE_LINE, DESTINATION)
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
    echoed = [command(), command(), command(None, printed(small, "sha256"))]
    with Host(refused, in_one_shell(PROBE, *echoed)) as host:
        send.send_bytes(host.session, small, DESTINATION)


def test_a_file_that_arrives_damaged_by_both_ways_is_an_error_and_leaves_nothing() -> None:
    wrong = printed(b"other", "sha256")
    by_echo, by_stream = command(None, wrong, 1), streamed(None, 1, wrong, exit_code=1)
    damaged = [*in_one_shell(by_echo, PROBE), *by_stream]
    with (
        Host(damaged, signalled(), in_one_shell(PROBE, REMOVED)) as host,
        pytest.raises(
            TransferError, match=r"did not arrive whole \(the content differed; then the content differed"
        ),
    ):
        send.send_bytes(host.session, SMALL, DESTINATION)


def test_a_folder_that_cannot_be_written_is_told_at_once() -> None:
    denied = [started(), done(exit_code=1, stderr="Zugriff verweigert\r\n")]
    with Host(in_one_shell(denied, denied)) as host, pytest.raises(TransferError, match="Zugriff verweigert"):
        send.send_bytes(host.session, SMALL, DESTINATION)


def test_an_echo_that_fails_midway_is_not_decoded() -> None:
    full = [started(), done(exit_code=1, stderr="There is not enough space on the disk.\r\n")]
    medium = b"z" * 10_000
    with Host(in_one_shell(full, full)) as host, pytest.raises(TransferError, match="enough space"):
        send.send_bytes(host.session, medium, DESTINATION)


def test_denied_access_is_no_reason_to_try_another_way() -> None:
    with Host(fault("Command", 5)) as host, pytest.raises(WsmanFault, match=r"The host denied access"):
        send.send_bytes(host.session, SMALL, DESTINATION)


def test_a_file_in_use_is_told_of() -> None:
    arrived = command(None, printed(SMALL, "sha256"), 1)
    moved = [started(MOVE), done(exit_code=1, stderr="Access is denied.\r\n")]
    with (
        Host(in_one_shell(arrived, moved, REMOVED)) as host,
        pytest.raises(TransferError, match="whether it is in use"),
    ):
        send.send_bytes(host.session, SMALL, DESTINATION)


def test_what_arrived_whole_is_moved_where_the_host_did_not_find_the_hash() -> None:
    arrived = command(None, printed(SMALL, "sha256"), 1)
    with Host(in_one_shell(arrived, command(MOVE), REMOVED)) as host:
        found = send.send_bytes(host.session, SMALL, DESTINATION)
    assert found.hexdigest == hashlib.sha256(SMALL).hexdigest()


def test_a_connection_lost_while_sending_stays_a_lost_connection() -> None:
    gone = Exchange("Send", requests.exceptions.ConnectionError("gone"))
    with Host(opened(), started(), gone, deleted()) as host, pytest.raises(ConnectionLost):
        send.send_bytes(host.session, LARGE, DESTINATION)


@pytest.mark.parametrize("name", ["missing.cab", "empty.cab"])
def test_a_source_that_is_missing_or_empty_is_refused_before_anything_is_sent(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty.cab").touch()
    with Host() as host, pytest.raises(TransferError):
        send.send_file(host.session, tmp_path / name, DESTINATION)


def test_a_long_send_shows_how_far_it_is() -> None:
    data = LARGE * 4
    with Host(streamed(None, 8, printed(data, "sha256"))) as host:
        play = host.replay.send_message

        def slowly(message: str) -> bytes:
            host.clock.advance(12)
            return play(message)

        host.replay.send_message = slowly  # type: ignore[method-assign]
        send.send_bytes(host.session, data, DESTINATION)
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
        assert b"\n" not in data or max(len(line) for line in data.split(b"\n")) > 8000
    else:
        assert data[:length].endswith(b"\n")
        assert b"\n" not in data[length:]
        assert max(len(line) for line in data.split(b"\n")) <= 8000


@pytest.mark.parametrize(("length", "way"), [(70, 'findstr "^"'), (240, 'findstr /r "^"')])
def test_a_rest_for_which_the_path_leaves_no_room_goes_as_lines_of_base64(length: int, way: str) -> None:
    data = (b"\n" + b"x" * 4096) * 3
    with Host(streamed(None, 1, printed(data, "sha256"))) as host:
        send.send_bytes(host.session, data, "C:\\" + "p" * length)
    (line,) = host.replay.command_lines()
    assert line.startswith(way)
    assert len(line) <= 8000


@given(st.binary(max_size=200_000))
@settings(max_examples=20)
def test_lines_of_base64_carry_any_data(data: bytes) -> None:
    size = 57 * 64
    blocks = [data[start : start + size] for start in range(0, len(data), size)]
    lines = b"".join(_transfer_commands.base64_lines(blocks))
    assert base64.b64decode(lines) == data
    assert all(len(line) == 76 for line in lines.split(b"\r\n")[:-2])


@pytest.mark.parametrize("path", ['C:\\a"b', "C:\\a|b", "C:\\a\nb", "C:\\a>b"])
def test_what_no_path_has_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a Windows path"):
        _transfer_commands.quote_path(path)
