# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer is what http.client would read, or an error."""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from io import BufferedReader, BytesIO
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._http_answer import read_answer
from hypothesis import example, given
from hypothesis import strategies as st

# As Windows Server 2008 R2 answers (recorded).
HEAD = (
    b'HTTP/1.1 200 \r\nContent-Type: multipart/encrypted;boundary="Encrypted Boundary"\r\n'
    b"Server: Microsoft-HTTPAPI/2.0\r\nDate: Fri, 20 Nov 2026 06:34:24 GMT\r\nContent-Length: 4\r\n\r\n"
)


class Stream:
    def __init__(self, sent: bytes) -> None:
        self.reader = reader(sent)

    def makefile(self, _mode: str) -> BufferedReader:
        return self.reader


class InPieces(BytesIO):
    """A connection on which each read brings one byte."""

    def readinto(self, buffer: Any) -> int:
        piece = self.read(1)
        buffer[: len(piece)] = piece
        return len(piece)


def reader(sent: bytes) -> BufferedReader:
    return BufferedReader(BytesIO(sent))  # type: ignore[arg-type]


def by_http_client(sent: bytes) -> tuple[Any, ...] | type[Exception]:
    try:
        answer = HTTPResponse(Stream(sent), method="POST")  # type: ignore[arg-type]
        answer.begin()
        content = answer.read()
    except (HTTPException, OSError, ValueError) as error:
        return type(error)
    headers = {name.lower(): answer.headers[name] for name in answer.headers}  # the first of several
    return answer.status, answer.reason, headers, content, answer.will_close


def read(sent: bytes) -> tuple[Any, ...] | type[Exception]:
    try:
        answer = read_answer(reader(sent))
    except (HTTPException, OSError, ValueError) as error:
        return type(error)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return answer.status, answer.reason, headers, answer.content, answer.closes


def test_the_common_answer_is_read_whole_and_no_more() -> None:
    left = reader(HEAD + b"body" + b"HTTP/1.1 500 ")
    answer = read_answer(left)
    assert (answer.status, answer.content, answer.closes) == (200, b"body", False)
    assert answer.headers["content-type"] == 'multipart/encrypted;boundary="Encrypted Boundary"'
    assert left.read() == b"HTTP/1.1 500 "


def test_an_answer_that_comes_byte_by_byte_is_read() -> None:
    answer = read_answer(BufferedReader(InPieces(HEAD + b"body")))  # type: ignore[arg-type]
    assert (answer.status, answer.content) == (200, b"body")


NAMES = st.sampled_from(
    [
        "Content-Length",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Content-Type",
        "Server",
        "X Y",
        "",
    ]
)
VALUES = st.sampled_from(
    ["4", "0", " 4 ", "04", "5", "-1", "x", "", "chunked", "close", "Keep-Alive", "a:b", "ä"]
)
STATUS_LINES = st.sampled_from(
    [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 ",
        "HTTP/1.0 200 OK",
        "HTTP/1.1 500 No",
        "HTTP/1.1 204 ",
        "HTTP/1.1 100 ",
        "ICY 200",
    ]
)


@given(
    STATUS_LINES,
    st.lists(st.tuples(NAMES, VALUES), max_size=4),
    st.sampled_from([b"", b"body", b"4\r\nbody\r\n0\r\n\r\n", b"bo"]),
)
@example("HTTP/1.1 200 OK", [("Content-Length", "4"), ("Content-Length", "2")], b"body")
@example(
    "HTTP/1.1 200 OK", [("Content-Length", "4"), ("Transfer-Encoding", "chunked")], b"4\r\nbody\r\n0\r\n\r\n"
)
def test_any_answer_is_read_as_http_client_reads_it(
    status_line: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    lines = [status_line, *(f"{name}: {value}" for name, value in headers)]
    sent = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
    assert read(sent) == by_http_client(sent)


@given(st.binary(max_size=60))
def test_whatever_comes_is_read_as_http_client_reads_it(sent: bytes) -> None:
    assert read(sent) == by_http_client(sent)


@pytest.mark.parametrize(("sent", "error"), [(b"", RemoteDisconnected), (HEAD + b"bod", IncompleteRead)])
def test_an_answer_that_breaks_off_is_an_error(sent: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_answer(reader(sent))
