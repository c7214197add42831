# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WS-Management requests over the connection that Ansible made.

The same rules apply to every request:

- After a quota fault the host has done nothing: wait with growing pauses, up to a limit, and send it again.
- HTTP 400 or 401 on a connection that has worked means that the host lost the security context: http.sys
  drops an idle connection, and a new one cannot read messages encrypted for the old one. The host has done
  nothing: authenticate again, once.
- A broken connection leaves open whether the host carried out the request: repeat it, once, only if the
  caller says that the host may do it twice.
- Fault 2150858793 (pywinrm's WinRMOperationTimeoutError) goes to the caller, because its meaning differs from
  operation to operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from ._connection_hints import way_of
from ._responses import parse_fault
from .errors import ConnectionLost, HttpStatusError, NonsenseError, RemoteError, WsmanFault
from .failures import Failure, advice_for
from .fault_codes import OPERATION_TIMEOUT, QUOTA_CODES
from .waiting import OPERATION_TIMEOUTS, QUOTA_PATIENCE, READ_MARGIN, Clock, pauses

try:
    import xmltodict
    from requests import exceptions as http
    from winrm import exceptions as winrm
except ImportError:  # HostAction reports it, with how to install it, before it sends anything
    pass

T = TypeVar("T")

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUIET = 10.0
"""Seconds of waiting for a quota before the operator sees a line about it."""

_ERRNO = re.compile(r"\[Errno -?\d+\] ([^'\")>]+)")


class OperationTimedOut(Exception):  # noqa: N818 - a signal to the caller, never shown
    """Fault 2150858793: the operation did not end within its OperationTimeout."""


class Wsman:
    """Sends requests through the protocol object of an ``ansible.builtin.winrm`` connection.

    Args:
        connection: The connection plugin. Its ``protocol`` is pywinrm's Protocol; ``shell_id`` names the
            shell with code page 65001 that it opened.
        host: Inventory name, for messages.
        progress: Shows the operator a line during long work.
    """

    def __init__(self, connection: Any, host: str, clock: Clock, progress: Callable[[str], None]) -> None:
        self.connection = connection
        self.host = host
        self.clock = clock
        self.progress = progress

    @property
    def protocol(self) -> Any:
        """Return pywinrm's Protocol, or raise ConnectionLost if the connection is closed."""
        if self.connection.protocol is None:
            raise ConnectionLost(self.host, "The connection is closed. Run the task again.")
        return self.connection.protocol

    def ask(
        self,
        words: str,
        action: str,
        resource_uri: str,
        body: Mapping[str, object],
        *,
        selectors: Mapping[str, str] | None = None,
        repeatable: bool = True,
        timeouts: tuple[int, ...] = OPERATION_TIMEOUTS,
    ) -> bytes:
        """Send one request and return the document that answers it.

        Args:
            words: The request in words, for error messages: ``the query 'SELECT …'``.
            body: Content of the Body in xmltodict's form, with the prefixes of pywinrm's header.
            repeatable: Whether the host may carry it out twice.
            timeouts: Seconds of OperationTimeout for each try; 0 keeps the connection's own.

        Raises:
            WsmanFault: The host answered with a fault, or the last try timed out.
            ConnectionLost: The connection broke.
        """

        def send() -> bytes:
            envelope = self.protocol.build_wsman_header(action, resource_uri)
            if selectors:
                envelope["env:Header"]["w:SelectorSet"] = {
                    "w:Selector": [{"@Name": name, "#text": value} for name, value in selectors.items()]
                }
            envelope["env:Body"] = dict(body)
            return self.send(envelope)

        return self.repeat_longer(words, send, repeatable=repeatable, timeouts=timeouts)

    def repeat_longer(
        self,
        words: str,
        operation: Callable[[], T],
        *,
        repeatable: bool = True,
        timeouts: tuple[int, ...] = OPERATION_TIMEOUTS,
    ) -> T:
        """Attempt an operation, and again with a longer OperationTimeout each time the host exceeds it.

        Raises:
            WsmanFault: The last try timed out (code 2150858793), or as :meth:`attempt`.
        """
        for seconds in timeouts:
            try:
                with self.operation_timeout(seconds):
                    return self.attempt(words, operation, repeatable=repeatable)
            except OperationTimedOut:
                continue
        raise WsmanFault(
            self.host, OPERATION_TIMEOUT, f"no answer within {timeouts[-1]} seconds", action=words
        )

    def attempt(
        self,
        words: str,
        operation: Callable[[], T],
        *,
        repeatable: bool = False,
        patience: float = QUOTA_PATIENCE,
    ) -> T:
        """Run an operation under the rules of this module.

        Args:
            operation: Sends one request through pywinrm; the rest as for :meth:`ask`.
            patience: Seconds to wait for a quota.

        Raises:
            OperationTimedOut: Fault 2150858793.
            WsmanFault: Any other fault; a quota fault after `patience`.
            HttpStatusError: An HTTP error without a fault.
            ConnectionLost: The connection broke.
            NonsenseError: The answer made no sense.
        """
        waits = pauses(self.clock, patience)
        fresh_contexts = 1
        while True:
            try:
                return operation()
            except (RemoteError, OperationTimedOut):
                raise
            except OSError as error:  # requests' RequestException is one
                if not (repeatable and fresh_contexts):
                    raise ConnectionLost(self.host, _broken(error, words, self.way)) from error
                fresh_contexts -= 1
                self._forget_context()
            # pywinrm and the libraries below it raise whatever a malformed answer leads them to.
            except Exception as error:
                status, document = _http_answer(error) or (None, "")
                fault = self._fault(error, document, words)
                if fault is not None:
                    waited = next(waits, None) if fault.code in QUOTA_CODES else None
                    if waited is None:
                        raise fault from error
                    if waited > _QUIET:
                        self.progress(f"{words}: waiting for a WinRM quota of the host ({waited:.0f} s)")
                elif status in (400, 401) and fresh_contexts:
                    fresh_contexts -= 1
                    self._forget_context()
                elif status is not None:
                    raise HttpStatusError(self.host, status, self.way) from error
                else:
                    cause = f"{type(error).__name__}: {error}"
                    raise NonsenseError(self.host, words, cause, self.way) from error

    def send(self, envelope: dict[str, object]) -> bytes:
        """Send an envelope built on pywinrm's header; call it within :meth:`attempt`."""
        document = xmltodict.unparse({"env:Envelope": envelope})
        if found := _NOT_IN_XML.search(document):
            raise RemoteError(self.host, f"Character U+{ord(found[0]):04X} cannot be sent over WinRM.")
        answer: bytes = self.protocol.send_message(document)
        return answer

    @contextmanager
    def operation_timeout(self, seconds: int) -> Iterator[None]:
        """Run the block with an OperationTimeout of 1 to 60 seconds; 0 keeps the connection's own."""
        protocol = self.protocol
        transport = protocol.transport
        before = protocol.operation_timeout_sec, transport.read_timeout_sec
        if seconds:
            protocol.operation_timeout_sec = seconds
            transport.read_timeout_sec = max(seconds + READ_MARGIN, before[1])
        try:
            yield
        finally:
            protocol.operation_timeout_sec, transport.read_timeout_sec = before

    @property
    def way(self) -> Failure:
        """What the settings of the connection say about a failure."""
        return way_of(self.connection)

    def _fault(self, error: Exception, document: str, words: str) -> WsmanFault | None:
        """Return the fault that the host answered with, or None if it answered with something else.

        Raises:
            OperationTimedOut: The fault says so.
        """
        if isinstance(error, winrm.WinRMOperationTimeoutError):
            raise OperationTimedOut from None
        detail = parse_fault(document)
        if detail is None:
            return None
        if detail.code == OPERATION_TIMEOUT:
            raise OperationTimedOut from None
        return WsmanFault(
            self.host,
            detail.code,
            detail.reason,
            subcode=detail.subcode,
            provider_code=detail.provider_code,
            action=words,
        )

    def _forget_context(self) -> None:
        """Close the TCP connection, so pywinrm authenticates and encrypts again at the next request."""
        self.protocol.transport.close_session()


def _http_answer(error: BaseException | None) -> tuple[int, str] | None:
    """Return the status and the document of the HTTP error behind an exception, or None if there is none.

    pywinrm handles its own WinRMTransportError, and requests' HTTPError, when it fails on a Code that is not
    a number or on a page that is not UTF-8.
    """
    while error is not None and not isinstance(error, RemoteError):
        if isinstance(error, winrm.WSManFaultError):
            return error.code, error.response
        if isinstance(error, winrm.WinRMTransportError):
            return error.code, error.response_text
        if isinstance(error, winrm.AuthenticationError):
            return error.code, ""
        if isinstance(error, http.HTTPError) and error.response is not None:
            return error.response.status_code, ""
        error = error.__context__
    return None


def _broken(error: Exception, words: str, way: Failure) -> str:
    """Return the message about a broken connection, whose cause may be the controller's proxy."""
    found = _ERRNO.search(str(error))
    if isinstance(error, http.Timeout):
        reason = "no answer in time"
    else:
        reason = found[1].strip() if found else type(error).__name__
    broke = f"The connection broke during {words} ({reason})."
    if way.proxy:
        return f"{broke} {advice_for(replace(way, text=str(error)))}"
    return f"{broke} The host may be restarting: run the task again when it answers."
