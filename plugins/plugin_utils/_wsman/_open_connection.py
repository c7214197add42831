# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send requests over a connection that is open already.

All requests of a session go to one address over one connection. requests would merge all settings, parse the
address, and look for proxies and for the connection anew for each of them, which was a third of the processor
time of an assessment. What is rare is left to requests as before: a proxy, cookies of the log-on, a
connection that the host has closed meanwhile, and an answer that asks to log on again or somewhere else.
Unlike requests, this asks for no compressed answers, and takes no cookies from them.
"""

from __future__ import annotations

from contextlib import suppress
from http.client import HTTPException
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ._http_answer import HttpAnswer, read_answer

with suppress(ImportError):  # HostAction reports it, with how to install it, before it sends anything
    import requests
    from requests.exceptions import ConnectionError as BrokenConnection
    from requests.exceptions import ReadTimeout
    from requests.hooks import dispatch_hook

if TYPE_CHECKING:
    from requests import PreparedRequest, Request, Response, Session

_CHALLENGES = (401, 407)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class OpenConnection:
    """Stands where pywinrm keeps the session of requests, once it has sent the first one.

    Args:
        session: The session: pywinrm took from the environment all that matters.
        endpoint: The address of all requests.
    """

    def __init__(self, session: Session, endpoint: str) -> None:
        session.trust_env = False
        self._session = session
        self._blank = requests.PreparedRequest()
        self._blank.prepare("POST", endpoint, {**session.headers, "Accept-Encoding": "identity"})
        host = _host(str(self._blank.url))
        self._first_lines = f"POST {self._blank.path_url} HTTP/1.1\r\nHost: {host}\r\n"
        self._pool = _pool(session, self._blank)

    def prepare_request(self, request: Request) -> PreparedRequest:
        """Return what the session would make of a request to the endpoint."""
        if self._session.cookies:
            return self._session.prepare_request(request)
        prepared = self._blank.copy()
        prepared.hooks = {event: [*hooks] for event, hooks in self._blank.hooks.items()}  # a copy shares them
        prepared.prepare_body(request.data, None)
        if self._session.auth:
            prepared.prepare_auth(self._session.auth)
        return prepared

    def send(self, prepared: PreparedRequest, timeout: float) -> Response:
        """Send a request, with a time-out in seconds; raises what requests raises."""
        answer = None if self._session.cookies else self._answer(prepared, timeout)
        if answer is None or _did_nothing(answer):
            return self._session.send(prepared, timeout=timeout)
        return dispatch_hook("response", prepared.hooks, answer)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _answer(self, prepared: PreparedRequest, timeout: float) -> Response | None:
        """Return the answer that came over the connection; None if it is not open, and nothing was sent."""
        if self._pool is None:
            return None
        connection = self._pool._get_conn()  # closed by the pool if the host has closed it
        try:
            return self._exchange(connection, prepared, timeout) if connection.sock else None
        except BaseException:
            connection.close()  # an answer may yet come that belongs to this request
            raise
        finally:
            self._pool._put_conn(connection)

    def _exchange(self, connection: Any, prepared: PreparedRequest, timeout: float) -> Response:
        lines = "".join(f"{name}: {value}\r\n" for name, value in prepared.headers.items())
        try:
            connection.sock.settimeout(timeout)
            with suppress(BrokenPipeError, ConnectionResetError):  # a refusal may be there before all is sent
                connection.sock.sendall(f"{self._first_lines}{lines}\r\n".encode("latin-1") + _body(prepared))
            with connection.sock.makefile("rb") as reader:
                answer = read_answer(reader)
        except TimeoutError as error:
            raise ReadTimeout(error, request=prepared) from error
        except (OSError, HTTPException) as error:
            raise BrokenConnection(error, request=prepared) from error
        if answer.closes:
            connection.close()
        return _response(prepared, answer)


def _pool(session: Session, request: PreparedRequest) -> Any:
    """Return the pool with the connection of a session; None where that goes through a proxy.

    requests before 2.32 cannot be asked for it.
    """
    adapter = session.get_adapter(str(request.url))
    find = getattr(adapter, "get_connection_with_tls_context", None)
    if find is None or requests.utils.select_proxy(str(request.url), session.proxies):
        return None
    return find(request, session.verify, proxies=session.proxies, cert=session.cert)


def _host(url: str) -> str:
    """Return the Host header for an address as http.client writes it: no user, zone or default port."""
    address = urlsplit(url)
    host = (address.hostname or "").partition("%")[0].rstrip(".")
    host = f"[{host}]" if ":" in host else host
    return host if address.port in (None, _DEFAULT_PORTS.get(address.scheme)) else f"{host}:{address.port}"


def _did_nothing(answer: Response) -> bool:
    """Return whether the host wants another request, which requests knows to send.

    A password that was refused without a challenge counts for the lockout: it must not be sent again.
    """
    challenged = answer.status_code in _CHALLENGES and bool(answer.request.hooks["response"])
    return challenged or 300 <= answer.status_code < 400


def _body(prepared: PreparedRequest) -> bytes:
    body = prepared.body or b""
    return body.encode() if isinstance(body, str) else body


def _response(prepared: PreparedRequest, answer: HttpAnswer) -> Response:
    response = requests.Response()
    response.status_code, response.reason = answer.status, answer.reason
    response.headers.update(answer.headers)
    response.raw = BytesIO(answer.content)
    response.request, response.url = prepared, str(prepared.url)
    return response


def send_directly(connection: Any) -> None:
    """Send the next requests of a connection with less work, if it has a session."""
    transport = getattr(connection.protocol, "transport", None)
    session = getattr(transport, "session", None)
    if transport is not None and session is not None and not isinstance(session, OpenConnection):
        transport.session = OpenConnection(session, transport.endpoint)
