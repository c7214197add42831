# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that is open sends what requests would, with less work, and leaves trouble to requests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import parse_headers
from io import BufferedReader, BytesIO
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._open_connection import OpenConnection
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest, Request, Response, Session
from requests import exceptions as http
from requests.auth import HTTPBasicAuth

Auth = Callable[[PreparedRequest], PreparedRequest]

OK = b"HTTP/1.1 200 \r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfine"
FAULT = b"HTTP/1.1 500 \r\nContent-Length: 5\r\n\r\nfault"
REFUSED = b"HTTP/1.1 401 \r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n"
LAST = b"HTTP/1.1 200 \r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast"
CHUNKED = b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\n"
HANG_UP, SILENCE = b"", None


@dataclass
class Server:
    """Answers requests in order, and keeps them.

    Attributes:
        answers: What to answer each with; an empty one ends the connection, and None keeps silent.
        seen: Of each request, the number of its connection, its first line, its headers and its body.
    """

    answers: list[bytes | None]
    seen: list[tuple[int, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/wsman"

    def serve(self, listener: socket.socket) -> None:
        number = 0
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return  # the test has ended
            number += 1
            threading.Thread(target=self._converse, args=(connection, number), daemon=True).start()

    def _converse(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as reader:
            while first := reader.readline():
                headers = {name.lower(): value for name, value in parse_headers(reader).items()}
                body = reader.read(int(headers.get("content-length", 0)))
                answer = self.answers.pop(0)
                self.seen.append((number, first.decode().strip(), headers, body))
                if answer is SILENCE:
                    continue
                connection.sendall(answer)
                if answer in (HANG_UP, LAST):
                    return


@contextmanager
def logged_on(*answers: bytes | None, auth: Auth | None = None) -> Iterator[tuple[Server, OpenConnection]]:
    """Yield a server, and a connection to it over which one request has gone already."""
    server = Server([OK, *answers])
    with socket.create_server(("127.0.0.1", 0)) as listener, Session() as session:
        server.port = listener.getsockname()[1]
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        # As pywinrm does it, without a look at the environment.
        session.send(session.prepare_request(Request("POST", server.endpoint, data=b"log on")), timeout=30)
        session.auth = auth  # type: ignore[assignment]
        yield server, OpenConnection(session, server.endpoint)
        listener.shutdown(socket.SHUT_RDWR)


def ask(connection: OpenConnection, body: bytes = b"asked", timeout: float = 30) -> Response:
    prepared = connection.prepare_request(Request("POST", connection._blank.url, data=body))
    return connection.send(prepared, timeout)


def with_header(request: PreparedRequest) -> PreparedRequest:
    """Log on as HttpNtlmAuth does: with a header and a hook for the answer."""
    request.headers["Connection"] = "Keep-Alive"
    request.register_hook("response", noted)
    return request


def noted(response: Response, **_unused: Any) -> Response:
    response.headers["Noted"] = str(response.status_code)
    return response


def parts(request: PreparedRequest) -> tuple[Any, ...]:
    headers = {name: value for name, value in request.headers.items() if name != "Accept-Encoding"}
    return request.method, request.url, headers, request.body, request.hooks


@pytest.mark.parametrize("auth", [None, with_header, HTTPBasicAuth("user", "secret")])
@given(body=st.binary(max_size=100))
def test_a_request_is_the_one_that_the_session_would_prepare(auth: Auth | None, body: bytes) -> None:
    session, endpoint = Session(), "http://host1:5985/wsman"
    session.headers["Content-Type"] = "application/soap+xml;charset=UTF-8"
    session.auth = auth  # type: ignore[assignment]
    request = Request("POST", endpoint, data=body)
    expected = parts(session.prepare_request(request))
    connection = OpenConnection(session, endpoint)
    assert parts(connection.prepare_request(request)) == expected
    assert parts(connection.prepare_request(request)) == expected


def test_requests_go_over_the_connection_that_is_logged_on() -> None:
    with logged_on(OK, OK) as (server, connection):
        first, second = ask(connection, b"one"), ask(connection, b"two")
    assert [(response.status_code, response.content) for response in (first, second)] == [(200, b"fine")] * 2
    assert first.headers["Content-Type"] == "text/plain"
    assert [(number, body) for number, _line, _headers, body in server.seen[1:]] == [(1, b"one"), (1, b"two")]


def test_the_head_of_a_request_is_that_of_requests() -> None:
    with logged_on(OK) as (server, connection):
        ask(connection, b"log on")
    (_one, line, headers, _body), (_number, first_line, logging_on, _first) = reversed(server.seen)
    assert (line, headers.pop("accept-encoding")) == (first_line, "identity")
    logging_on.pop("accept-encoding")
    assert headers == logging_on


def test_an_answer_in_chunks_is_read() -> None:
    with logged_on(CHUNKED, OK) as (_server, connection):
        assert [ask(connection).content, ask(connection).content] == [b"fine", b"fine"]


def test_a_fault_is_an_error_of_http_with_its_document() -> None:
    with logged_on(FAULT) as (_server, connection):
        response = ask(connection)
    assert response.content == b"fault"
    with pytest.raises(http.HTTPError):
        response.raise_for_status()


def test_the_log_on_sees_every_answer() -> None:
    with logged_on(FAULT, auth=with_header) as (_server, connection):
        assert ask(connection).headers["Noted"] == "500"


def test_a_connection_that_the_host_has_closed_is_made_anew_by_requests() -> None:
    with logged_on(LAST, OK) as (server, connection):
        assert [ask(connection).content, ask(connection).content] == [b"last", b"fine"]
        assert [number for number, *_rest in server.seen] == [1, 1, 2]


def test_a_host_that_asks_to_log_on_again_is_left_to_requests() -> None:
    with logged_on(REFUSED, OK, auth=with_header) as (server, connection):
        assert ask(connection).headers["Noted"] == "200"
    assert [body for *_rest, body in server.seen[1:]] == [b"asked", b"asked"]


@pytest.mark.parametrize("auth", [None, HTTPBasicAuth("user", "wrong")])
def test_a_password_that_is_refused_without_a_challenge_is_sent_once(auth: Auth | None) -> None:
    with logged_on(REFUSED, auth=auth) as (server, connection):
        assert ask(connection).status_code == 401
    assert len(server.seen) == 2


def test_an_answer_that_points_elsewhere_is_left_to_requests() -> None:
    with logged_on() as (server, connection):
        moved = f"HTTP/1.1 302 \r\nLocation: {server.endpoint}/new\r\nContent-Length: 0\r\n\r\n".encode()
        server.answers += [moved, moved, OK]
        assert ask(connection).content == b"fine"
    assert server.seen[-1][1] == "GET /wsman/new HTTP/1.1"


class RefusingEarly:
    """A connection on which the answer is there, and the host takes no more of the request."""

    def __init__(self) -> None:
        self.sock: RefusingEarly | None = self

    def settimeout(self, _seconds: float) -> None:
        """Take any time-out."""

    def sendall(self, _request: bytes) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    def makefile(self, _mode: str) -> BufferedReader:
        answer = b"HTTP/1.1 413 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        return BufferedReader(BytesIO(answer))  # type: ignore[arg-type]

    def close(self) -> None:
        self.sock = None

    def _get_conn(self) -> RefusingEarly:
        return self

    def _put_conn(self, connection: object) -> None:
        """Take the connection back."""


def test_a_refusal_that_comes_before_the_whole_request_was_sent_is_read() -> None:
    connection = OpenConnection(Session(), "http://host1:5985/wsman")
    connection._pool = early = RefusingEarly()
    assert ask(connection).status_code == 413
    assert early.sock is None


def test_an_answer_of_absurd_length_is_a_broken_connection() -> None:
    absurd = b"HTTP/1.1 200 \r\nContent-Length: 100000000000000000000\r\n\r\n"
    with logged_on(absurd) as (_server, connection), pytest.raises(http.ConnectionError):
        ask(connection)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://host1:5985/wsman", "host1:5985"),
        ("http://host1:80/wsman", "host1"),
        ("http://host1.example.:5985/wsman", "host1.example:5985"),
        ("https://host1:443/wsman", "host1"),
        ("https://host1:80/wsman", "host1:80"),
        ("http://user:secret@host1:5985/wsman", "host1:5985"),
        ("http://[fe80::1%25eth0]:5985/wsman", "[fe80::1]:5985"),
        ("http://[::1]:5985/wsman", "[::1]:5985"),
        ("http://bücher.example:5985/wsman", "xn--bcher-kva.example:5985"),
    ],
)
def test_the_host_is_named_as_urllib3_does_it_and_without_what_is_nobodys_business(
    url: str, host: str
) -> None:
    request = PreparedRequest()
    request.prepare("POST", url)
    pool = Session().get_adapter(url).get_connection_with_tls_context(request, True)  # type: ignore[union-attr]
    sent: list[bytes] = []
    connection = pool._get_conn()
    connection.send = sent.append
    connection.request("POST", request.path_url)
    assert f"\r\nHost: {host}\r\n".encode() in b"".join(sent)
    assert f"\r\nHost: {host}\r\n" in OpenConnection(Session(), url)._first_lines


def test_a_silent_host_is_a_time_out_whose_late_answer_nobody_takes_for_another() -> None:
    with logged_on(SILENCE, OK) as (server, connection):
        with pytest.raises(http.ReadTimeout):
            ask(connection, timeout=0.1)
        assert ask(connection).content == b"fine"
        assert [number for number, *_rest in server.seen] == [1, 1, 2]


@pytest.mark.parametrize("answer", [HANG_UP, b"garbage\r\n\r\n", OK[:-1]])
def test_a_broken_answer_is_a_broken_connection(answer: bytes) -> None:
    with logged_on(answer) as (_server, connection), pytest.raises((http.ConnectionError, http.ReadTimeout)):
        ask(connection, timeout=0.5)


def test_a_cookie_of_the_host_comes_with_the_next_request() -> None:
    with logged_on(OK) as (server, connection):
        connection._session.cookies.set("route", "7")
        ask(connection)
    assert server.seen[-1][2]["cookie"] == "route=7"


def test_a_proxy_is_left_to_requests() -> None:
    with logged_on(OK) as (server, direct):
        session = Session()
        session.proxies = {"http": f"http://127.0.0.1:{server.port}"}
        connection = OpenConnection(session, "http://host1:5985/wsman")
        assert ask(connection).content == b"fine"
        assert server.seen[-1][1] == "POST http://host1:5985/wsman HTTP/1.1"
        direct.close()


def test_the_environment_is_not_read_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with logged_on(LAST, OK) as (server, connection):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        ask(connection)
        assert ask(connection).content == b"fine"
        assert server.seen[-1][1] == "POST /wsman HTTP/1.1"
