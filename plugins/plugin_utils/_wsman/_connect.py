# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make Ansible's winrm connection, with patience, and with a hint if it fails.

The connection plugin's ``_connect()`` opens a WinRS shell before any other code runs, and turns every failure
into the text of an AnsibleConnectionFailure. This module reads the fault from that text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ._connection_hints import advice_in, quota_fault, way_of, without_fault_data
from ._lockout import NotTriedError
from ._turns import connecting_in_turn, kinit_in_turn
from .errors import ConnectionLost, LogonFailed
from .failures import Advice, Wait
from .proxy import without_credentials
from .waiting import OPERATION_TIMEOUTS, QUOTA_PATIENCE, Clock, pauses

_TIMED_OUT = re.compile(r"^\w+:$|operation\s+timed\s+out", re.IGNORECASE)
"""pywinrm's WinRMOperationTimeoutError has no text, so nothing follows the transport's name.

Neither has its StopIteration for a document without a shell, such as a page in XHTML. Only a host that did
time out has taken its time.
"""
_AT_ONCE = 1.0
"""Seconds; the shortest OperationTimeout of pywinrm is one."""


@dataclass(frozen=True)
class _Refusal:
    """Why there is no connection: the advice, what the libraries said, and the exception to raise."""

    advice: Advice | None
    said: str
    kind: type[AnsibleError] = AnsibleConnectionFailure

    def __str__(self) -> str:
        return f"{self.advice} [{self.said}]" if self.advice else self.said

    def lost(self, host: str) -> ConnectionLost:
        """Return it as the error of a session that had a connection."""
        wait = self.advice.wait if self.advice else Wait.ON
        reason = self.advice.what if self.advice else self.said
        if wait is Wait.ON:
            return ConnectionLost(host, f"The host does not answer: {self}", reason=reason)
        return LogonFailed(host, f"Logging on again failed: {self}", reason=reason, wait=wait)


def connect(connection: Any, host: str, clock: Clock) -> None:
    """Make the connection of a connection plugin unless it exists.

    After a quota fault, wait and try again. If the host does not open a shell within the OperationTimeout,
    try again with a longer one, which raises the connection's own option for the time being. An account that
    other hosts refused is not tried.

    Raises:
        AnsibleConnectionFailure: The cause, what to do next, and the plugin's text without passwords.
        AnsibleError: A setting of the connection is wrong.
    """
    if refusal := _refusal(connection, host, clock):
        raise refusal.kind(str(refusal))


def reconnect(connection: Any, host: str, clock: Clock) -> None:
    """Drop the connection, whose shell is gone, and make a new one.

    Raises:
        LogonFailed: The account cannot log on.
        ConnectionLost: The host does not answer.
    """
    drop(connection)
    if refusal := _refusal(connection, host, clock):
        raise refusal.lost(host)


def not_tried(connection: Any, host: str, error: NotTriedError) -> ConnectionLost:
    """Return the error of a session whose account must not log on anew."""
    return _explained(connection, str(error)).lost(host)


def drop(connection: Any) -> None:
    """Close the connection without a word to the host: not even its shell is deleted."""
    protocol = connection.protocol
    connection.protocol = connection.shell_id = None
    connection._connected = False
    if protocol is not None:
        with suppress(Exception):  # a dead socket may fail in any way
            protocol.transport.close_session()


def renew_ticket(connection: Any, host: str, clock: Clock) -> bool:
    """Get another Kerberos ticket where Ansible manages them: the one of the connection may have expired.

    Returns:
        Whether it manages them.

    Raises:
        LogonFailed: The domain refuses a ticket.
    """
    if connection.protocol.transport.auth_method != "kerberos" or not connection._kerb_managed:
        return False
    with kinit_in_turn(connection, host, clock):
        try:
            connection._kerb_auth(connection._winrm_user, connection._winrm_pass)
        except (AnsibleError, NotTriedError) as error:
            raise _explained(connection, masked(str(error), connection)).lost(host) from None
    return True


def take_ticket(connection: Any, host: str, clock: Clock) -> None:
    """Let Ansible's plugin run kinit, and name the ticket cache in the environment of the process.

    The cache lives as long as the connection object.

    Raises:
        AnsibleConnectionFailure: There is no ticket; a known cause comes with what to do next.
        AnsibleError: A setting of the connection is wrong.
    """
    connection._build_winrm_kwargs()
    with kinit_in_turn(connection, host, clock):
        try:
            connection._kerb_auth(connection._winrm_user, connection._winrm_pass)
        except (AnsibleConnectionFailure, NotTriedError) as error:
            explained = _explained(connection, masked(str(error), connection))
            raise AnsibleConnectionFailure(str(explained)) from None


def masked(text: str, connection: Any) -> str:
    """Remove the passwords of the connection and of its proxy, in case a library put them into a text."""
    password = connection.get_option("remote_password")
    text = without_credentials(text)
    return text.replace(str(password), "********") if password else text


def _refusal(connection: Any, host: str, clock: Clock) -> _Refusal | None:
    waits = pauses(clock, QUOTA_PATIENCE)
    longer = iter(OPERATION_TIMEOUTS[1:])
    configured = connection.get_option("connection_timeout")
    began = clock.now()
    try:
        while True:
            try:
                with connecting_in_turn(connection, host, clock):
                    connection._connect()
                return None
            except NotTriedError as error:
                return _explained(connection, str(error))
            except AnsibleError as error:
                text = masked(str(error), connection)
                if _try_again(connection, text, waits, longer):
                    continue
                # Another kind of AnsibleError is a wrong setting, unless it is the plugin's own time-out.
                unreachable = isinstance(error, AnsibleConnectionFailure) or "timed out" in text
                refusal = _explained(connection, text, clock.now() - began)
                return refusal if unreachable else replace(refusal, kind=AnsibleError)
    finally:
        if connection.get_option("connection_timeout") != configured:
            connection.set_option("connection_timeout", configured)


def _try_again(connection: Any, text: str, waits: Iterator[float], longer: Iterator[int]) -> bool:
    if quota_fault(text):
        return next(waits, None) is not None
    if _TIMED_OUT.search(text.strip()):
        seconds = next(longer, None)
        if seconds is not None:
            connection.set_option("connection_timeout", seconds)
        return seconds is not None
    return False


def _explained(connection: Any, text: str, seconds: float = 0.0) -> _Refusal:
    """Return the cause, what to do next, and then what the libraries said after some seconds."""
    text = text.strip()  # ansible-core before 2.19 leaves the white space of a failure's text
    if re.fullmatch(r"\w+:", text):
        at_once = "something answered at once, and not with a shell"
        text += (
            f" {at_once if seconds < _AT_ONCE else 'the host did not open a shell in the time it was given'}"
        )
    return _Refusal(advice_in(text, way_of(connection)), without_fault_data(text).rstrip("."))
