# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WS-Management requests over the connection that Ansible made.

The same rules apply to every request:

- After a quota fault the host has done nothing: wait with growing pauses, up to a limit, and send it again.
- http.sys closes an idle connection, and with it the host forgets the security context: no request is sent on
  a connection that has been idle for so long, but on a new one.
- HTTP 400, or over Kerberos 401, on a connection that has worked means that the host lost the security
  context: a new one cannot read messages encrypted for the old one. The host has done nothing: log on again,
  once. The same goes for the exceptions of the libraries that log on, unless the host may have carried out
  the request. On a connection that is new already it is a refusal.
- A refused password counts for the lockout of the account: it is not tried again, and the connection is
  closed, so that no later request tries it.
- A broken connection leaves open whether the host carried out the request: repeat it, once, only if the
  caller says that the host may do it twice.
- Fault 2150858793 (pywinrm's WinRMOperationTimeoutError) goes to the caller, because its meaning differs from
  operation to operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from ._connect import drop, not_tried, renew_ticket
from ._connection_hints import way_of
from ._envelope import envelope
from ._lockout import NotTriedError
from ._open_connection import send_directly
from ._request_failures import Again, OperationTimedOut, failure_of
from ._turns import request_in_turn, request_refused
from .errors import ConnectionLost, LogonFailed, RemoteError, WsmanFault
from .failures import Failure
from .fault_codes import OPERATION_TIMEOUT, QUOTA_CODES
from .waiting import OPERATION_TIMEOUTS, QUOTA_PATIENCE, READ_MARGIN, Clock, pauses

T = TypeVar("T")

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_IDLE = 100.0
"""Seconds. The HTTP Server API closes an idle connection after 120 ("Server Timeouts Property",
learn.microsoft.com), which it counts from the moment when its last answer left."""
_QUIET = 10.0
"""Seconds of waiting for a quota before the operator sees a line about it."""


class _FailedError(Exception):
    """A request failed: what that means, and whether it may be sent again."""

    def __init__(self, failure: RemoteError, again: Again) -> None:
        super().__init__()
        self.failure, self.again = failure, again

    def taken(self) -> RemoteError:
        """Return the failure, to be raised, and let go of it.

        This is its context then. If each had the other, both would stay until somebody searches for garbage,
        and with them the connection and its file of Kerberos tickets.
        """
        failure = self.failure
        del self.failure
        return failure


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
        self.answered()

    @property
    def closed(self) -> bool:
        """Whether the connection was closed for good."""
        return self.connection.protocol is None

    @property
    def protocol(self) -> Any:
        """Return pywinrm's Protocol, or raise ConnectionLost if the connection is closed."""
        if self.closed:
            raise ConnectionLost(self.host, "The connection is closed. Run the task again.")
        return self.connection.protocol

    def ask(
        self,
        words: str,
        action: str,
        resource_uri: str,
        body: str = "",
        *,
        selectors: Mapping[str, str] | None = None,
        repeatable: bool = True,
        timeouts: tuple[int, ...] = OPERATION_TIMEOUTS,
    ) -> bytes:
        """Send one request and return the document that answers it.

        Args:
            words: The request in words, for error messages: ``the query 'SELECT …'``.
            body: As for :meth:`send`, like the two before it and `selectors`.
            repeatable: Whether the host may carry it out twice.
            timeouts: Seconds of OperationTimeout for each try; 0 keeps the connection's own.

        Raises:
            WsmanFault: The host answered with a fault, or the last try timed out.
            ConnectionLost: The connection broke.
        """
        return self.repeat_longer(
            words,
            lambda: self.send(action, resource_uri, body, selectors=selectors),
            repeatable=repeatable,
            timeouts=timeouts,
        )

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
            operation: Sends one request (:meth:`send`); the rest as for :meth:`ask`.
            patience: Seconds to wait for a quota.

        Raises:
            OperationTimedOut: Fault 2150858793.
            WsmanFault: Any other fault; a quota fault after `patience`.
            HttpStatusError: An HTTP error without a fault.
            LogonFailed: The host lost the security context, and the account could not log on again.
            ConnectionLost: The connection broke.
            NonsenseError: The answer made no sense.
        """
        waits = pauses(self.clock, patience)
        new, renewed = self._forget_idle_context(), False
        while True:
            try:
                return self._sent(words, operation, anew=new or renewed)
            except NotTriedError as error:
                try:
                    raise not_tried(self.connection, self.host, error) from None
                finally:
                    drop(self.connection)  # or the next request, such as Ansible's last one, would log on
            except _FailedError as error:
                if isinstance(error.failure, WsmanFault) and error.failure.code in QUOTA_CODES:
                    waited = next(waits, None)
                    if waited is None:
                        raise error.taken() from error.__cause__
                    if waited > _QUIET:
                        self.progress(f"{words}: waiting for a WinRM quota of the host ({waited:.0f} s)")
                    continue
                if error.again is not Again.NEVER:
                    self._forget_context()
                if renewed or not error.again.may(repeatable):
                    raise error.taken() from error.__cause__
                renewed = True
                if isinstance(error.failure, LogonFailed) and not self._has_new_ticket() and new:
                    raise error.taken() from error.__cause__

    def send(
        self,
        action: str,
        resource_uri: str,
        body: str = "",
        *,
        selectors: Mapping[str, str] | None = None,
        options: Mapping[str, str] | None = None,
    ) -> bytes:
        """Send a request and return the document that answers it; call it within :meth:`attempt`.

        Args:
            action: The URI of its action.
            resource_uri: What it is about.
            body: The content of its Body (_envelope.py).
            selectors: Select one instance of the resource.
            options: For the resource.
        """
        document = envelope(
            action,
            resource_uri,
            body,
            operation_timeout=int(self.protocol.operation_timeout_sec),
            selectors=selectors or {},
            options=options or {},
        )
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

    def answered(self) -> None:
        """Note that the host has answered on this connection just now, which can stay as it is."""
        self._answered = self.clock.now()
        send_directly(self.connection)

    def _sent(self, words: str, operation: Callable[[], T], *, anew: bool) -> T:
        """Run an operation, which logs on `anew` if the connection is new.

        Raises:
            _FailedError: It failed.
        """
        with request_in_turn(self.connection, self.clock) if anew else nullcontext():
            try:
                return operation()
            except (RemoteError, OperationTimedOut):
                raise
            # pywinrm and the libraries below it raise whatever they meet or a malformed answer leads them to.
            except Exception as error:
                raise self._failed(error, words) from error
            finally:
                self.answered()

    def _failed(self, error: Exception, words: str) -> _FailedError:
        """Return what an exception of a request means; close the connection if its password was refused."""
        failure, again = failure_of(error, words, self.connection, self.host)
        if isinstance(failure, LogonFailed) and failure.counted:
            request_refused(self.connection, self.host)
            drop(self.connection)
        return _FailedError(failure, again)

    def _has_new_ticket(self) -> bool:
        return renew_ticket(self.connection, self.host, self.clock)

    def _forget_idle_context(self) -> bool:
        """Return whether the next request logs on anew, because the connection has been idle for long."""
        idle = self.clock.now() - self._answered > _LONGEST_IDLE
        if idle:
            self._forget_context()
        return idle

    def _forget_context(self) -> None:
        """Close the TCP connection, so pywinrm authenticates and encrypts again at the next request."""
        self.protocol.transport.close_session()
