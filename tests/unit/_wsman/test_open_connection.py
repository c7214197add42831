# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that is open sends what requests would, with less work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._open_connection import OpenConnection
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest, Request, Response, Session
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

ENDPOINT = "http://host1:5985/wsman"

Auth = Callable[[PreparedRequest], PreparedRequest]


class Server(HTTPAdapter):
    """Answers at once, and keeps what it was asked with."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []
        self.looked_for: list[str] = []

    def send(self, request: PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        self.get_connection_with_tls_context(request, options["verify"], options["proxies"], options["cert"])
        self.asked.append(options)
        answer = Response()
        answer.status_code, answer.url = 200, str(request.url)
        answer._content = b""
        return answer

    def get_connection_with_tls_context(self, request: PreparedRequest, *_rest: Any, **_more: Any) -> Any:
        self.looked_for.append(str(request.url))
        return "a pool"


def session_with(auth: Auth | None = None) -> tuple[Session, Server]:
    session, server = Session(), Server()
    session.mount("http://", server)
    session.headers.update({"Content-Type": "application/soap+xml;charset=UTF-8"})
    session.auth = auth  # type: ignore[assignment]
    return session, server


def with_header(request: PreparedRequest) -> PreparedRequest:
    """Log on as HttpNtlmAuth does: with a header and a hook for the answer."""
    request.headers["Connection"] = "Keep-Alive"
    request.register_hook("response", print)
    return request


def seen(request: PreparedRequest) -> tuple[Any, ...]:
    return request.method, request.url, dict(request.headers), request.body, request.hooks


@pytest.mark.parametrize("auth", [None, with_header, HTTPBasicAuth("user", "secret")])
@given(body=st.binary(max_size=100))
def test_a_request_is_the_one_that_the_session_would_prepare(auth: Auth | None, body: bytes) -> None:
    session, _server = session_with(auth)
    request = Request("POST", ENDPOINT, data=body)
    expected = seen(session.prepare_request(request))
    connection = OpenConnection(session, ENDPOINT)
    assert seen(connection.prepare_request(request)) == expected
    assert seen(connection.prepare_request(request)) == expected


def test_a_cookie_of_the_host_comes_with_the_next_request() -> None:
    session, _server = session_with()
    connection = OpenConnection(session, ENDPOINT)
    session.cookies.set("route", "7")
    prepared = connection.prepare_request(Request("POST", ENDPOINT, data=b"x"))
    assert prepared.headers["Cookie"] == "route=7"


def test_the_settings_of_the_session_apply_and_not_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    session, server = session_with()
    session.proxies, session.verify, session.cert = (
        {"http": "http://proxy:3128"},
        False,
        ("cert.pem", "key.pem"),
    )
    connection = OpenConnection(session, ENDPOINT)
    monkeypatch.setenv("http_proxy", "http://other:3128")
    connection.send(connection.prepare_request(Request("POST", ENDPOINT, data=b"x")), timeout=30)
    (asked,) = server.asked
    assert asked["proxies"] == {"http": "http://proxy:3128"}
    assert (asked["verify"], asked["cert"], asked["timeout"]) == (False, ("cert.pem", "key.pem"), 30)


def test_the_connection_is_looked_for_once_but_anew_for_another_address() -> None:
    session, server = session_with()
    connection = OpenConnection(session, ENDPOINT)
    for _unused in range(3):
        connection.send(connection.prepare_request(Request("POST", ENDPOINT, data=b"x")), timeout=30)
    assert server.looked_for == [ENDPOINT]
    connection.send(session.prepare_request(Request("POST", "http://host2/")), timeout=30)
    assert server.looked_for == [ENDPOINT, "http://host2/"]
