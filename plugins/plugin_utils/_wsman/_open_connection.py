# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send requests over a connection that is logged on already."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

with suppress(ImportError):  # HostAction reports it, with how to install it, before it sends anything
    import requests

if TYPE_CHECKING:
    from requests import PreparedRequest, Request, Response, Session


class OpenConnection:
    """Stands where pywinrm keeps the session of requests, once it has logged on.

    All requests go to one address over one connection. requests would read the environment, parse the
    address, merge all settings and look for the connection for every one of them, which was a third of the
    processor time of an assessment.

    Args:
        session: The session, logged on: pywinrm took from the environment all that matters.
        endpoint: The address of all requests.
    """

    def __init__(self, session: Session, endpoint: str) -> None:
        session.trust_env = False
        self._session = session
        self._blank = session.prepare_request(requests.Request("POST", endpoint, auth=_unchanged))
        self._keep_pool()

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
        return self._session.send(prepared, timeout=timeout, proxies=self._session.proxies)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _keep_pool(self) -> None:
        """Let the adapter of requests find the pool of its connection once, and not for every request."""
        session = self._session
        adapter: Any = session.get_adapter(str(self._blank.url))
        find = getattr(adapter, "get_connection_with_tls_context", None)
        if find is None:  # before requests 2.32
            return
        pool = find(self._blank, session.verify, proxies=session.proxies, cert=session.cert)

        def known(request: PreparedRequest, *arguments: Any, **options: Any) -> Any:
            return pool if request.url == self._blank.url else find(request, *arguments, **options)

        adapter.get_connection_with_tls_context = known


def keep_open(connection: Any) -> None:
    """Send the next requests of a connection with less work, if it has a session that is logged on."""
    transport = getattr(connection.protocol, "transport", None)
    session = getattr(transport, "session", None)
    if transport is not None and session is not None and not isinstance(session, OpenConnection):
        transport.session = OpenConnection(session, transport.endpoint)


def _unchanged(prepared: PreparedRequest) -> PreparedRequest:
    """Take the place of a log-on: each request adds what belongs to it."""
    return prepared
