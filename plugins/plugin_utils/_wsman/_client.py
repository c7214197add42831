# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: one WS-Management request after another, over the connection Ansible made.

Every request runs under the same rules, whatever it asks for:

- A quota fault means that nothing was done: it is waited out with bounded back-off.
- HTTP 400 and 401 after the connection had worked mean that the host no longer knows the security context
  (http.sys drops an idle connection, and what was encrypted for the old one cannot be read on a new one).
  Nothing was done either: the context is made anew, once.
- A connection that breaks leaves open whether the request was carried out: only what may be done twice is
  asked again, once.
- Fault 2150858793 (pywinrm's WinRMOperationTimeoutError) is left to the caller, for it means something
  different to each operation.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from ._responses import parse_fault
from .errors import ConnectionLost, HttpStatusError, RemoteError, WsmanFault
from .fault_codes import OPERATION_TIMEOUT, QUOTA_CODES
from .waiting import OPERATION_TIMEOUTS, QUOTA_PATIENCE, READ_MARGIN, Clock, pauses

try:
    import xmltodict
    from requests import exceptions as http
    from winrm import exceptions as winrm
except ImportError:  # said by the action's base class, with how to install it, before anything is sent
    pass

T = TypeVar("T")

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUIET = 10.0
"""Seconds of waiting for a quota that are not worth a line."""

_ERRNO = re.compile(r"\[Errno -?\d+\] ([^'\")>]+)")


class OperationTimedOut(Exception):  # noqa: N818 - a signal to the caller, never shown
    """Fault 2150858793: the operation did not end within its OperationTimeout."""


class Wsman:
    """Requests over the protocol object of an ``ansible.builtin.winrm`` connection.

    Args:
        connection: The connection plugin's object; its ``protocol`` is pywinrm's Protocol, ``shell_id`` the
            shell with code page 65001 that the plugin opened.
        host: Inventory name, for messages.
        clock: What to wait with.
        progress: Takes a line for the operator during long work.
    """

    def __init__(self, connection: Any, host: str, clock: Clock, progress: Callable[[str], None]) -> None:
        self.connection = connection
        self.host = host
        self.clock = clock
        self.progress = progress

    @property
    def protocol(self) -> Any:
        """pywinrm's Protocol.

        Raises:
            ConnectionLost: The connection is closed.
        """
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
        """Sends one request and returns the answer.

        Args:
            words: What is asked, for error messages: ``the query 'SELECT …'``.
            action: WS-Addressing action.
            resource_uri: WS-Management resource.
            body: Content of the Body as xmltodict takes it; prefixes as in pywinrm's header.
            selectors: Name and value of each selector.
            repeatable: Whether the host may carry it out twice.
            timeouts: Seconds of OperationTimeout for each try; 0 is the connection's own.

        Returns:
            The answer's document.

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
        """Carries an operation out, again with a longer OperationTimeout each time the host runs out of it.

        Raises:
            WsmanFault: With code 2150858793 after the last try, and as :meth:`attempt`.
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
        """Carries an operation out under the rules of this module.

        Args:
            words: What is asked, for error messages.
            operation: Sends one request by pywinrm.
            repeatable: Whether it may be carried out twice.
            patience: Seconds to wait for a quota.

        Raises:
            OperationTimedOut: Fault 2150858793.
            WsmanFault: Any other fault; a quota fault only after the patience for it is used up.
            HttpStatusError: An HTTP error without a fault.
            ConnectionLost: The connection broke.
            RemoteError: The answer made no sense.
        """
        waits = pauses(self.clock, patience)
        fresh_contexts = 1
        while True:
            try:
                return operation()
            except winrm.WinRMOperationTimeoutError:
                raise OperationTimedOut from None
            except winrm.WSManFaultError as error:
                fault = self._fault(error, words)
                waited = next(waits, None) if fault.code in QUOTA_CODES else None
                if waited is None:
                    raise fault from error
                if waited > _QUIET:
                    self.progress(f"{words}: waiting for a WinRM quota of the host ({waited:.0f} s)")
            except (winrm.WinRMTransportError, winrm.AuthenticationError) as error:
                if error.code not in (400, 401) or not fresh_contexts:
                    raise HttpStatusError(self.host, error.code) from error
                fresh_contexts -= 1
                self._forget_context()
            except http.RequestException as error:
                if not (repeatable and fresh_contexts):
                    raise ConnectionLost(self.host, _broken(error, words)) from error
                fresh_contexts -= 1
                self._forget_context()
            except (winrm.WinRMError, ET.ParseError, StopIteration, AssertionError, KeyError) as error:
                message = f"The host's answer to {words} made no sense ({type(error).__name__}). "
                message += "Check that ansible_port is the WinRM port, and any proxy between."
                raise RemoteError(self.host, message) from error

    def send(self, envelope: dict[str, object]) -> bytes:
        """Sends an envelope as built on pywinrm's header; to be called within :meth:`attempt`."""
        document = xmltodict.unparse({"env:Envelope": envelope})
        if found := _NOT_IN_XML.search(document):
            raise RemoteError(self.host, f"Character U+{ord(found[0]):04X} cannot be sent over WinRM.")
        answer: bytes = self.protocol.send_message(document)
        return answer

    @contextmanager
    def operation_timeout(self, seconds: int) -> Iterator[None]:
        """Gives the operations within a longer or shorter OperationTimeout.

        Args:
            seconds: 1 to 60; 0 leaves the connection's own setting.
        """
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

    def _fault(self, error: Any, words: str) -> WsmanFault:
        detail = parse_fault(error.response)
        if detail is None:
            return WsmanFault(self.host, error.wsman_fault_code or 0, error.reason, action=words)
        return WsmanFault(
            self.host,
            detail.code,
            detail.reason,
            subcode=detail.subcode,
            provider_code=detail.provider_code,
            action=words,
        )

    def _forget_context(self) -> None:
        """Closes the TCP connection: pywinrm authenticates anew, encryption included, at the next request."""
        self.protocol.transport.close_session()


def _broken(error: Exception, words: str) -> str:
    found = _ERRNO.search(str(error))
    if isinstance(error, http.Timeout):
        reason = "no answer in time"
    else:
        reason = found[1].strip() if found else type(error).__name__
    return (
        f"The connection broke during {words} ({reason}). The host may be restarting: "
        "run the task again when it answers."
    )
