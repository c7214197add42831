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
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ._connection_hints import connection_hint
from .errors import ConnectionLost
from .fault_codes import QUOTA_CODES
from .waiting import OPERATION_TIMEOUTS, QUOTA_PATIENCE, Clock, pauses

_FAULT_CODE = re.compile(r"'wsmanfault_code': '?(\d+)")
_SUBCODE = re.compile(r"'fault_subcode': '\w+:(\w+)'")
_FAULT_DATA = re.compile(r"\s*\(extended fault data: \{.*?\}\)", re.DOTALL)
_TIMED_OUT = re.compile(r"^\w+:$|operation\s+timed\s+out", re.IGNORECASE)
"""pywinrm's WinRMOperationTimeoutError has no text, so nothing follows the transport's name."""


def connect(connection: Any, clock: Clock) -> None:
    """Make the connection of a connection plugin unless it exists.

    After a quota fault, wait and try again. If the host does not open a shell within the OperationTimeout,
    try again with a longer one, which raises the connection's own option for the time being.

    Raises:
        AnsibleConnectionFailure: The plugin's text without the password, followed by a hint.
        AnsibleError: A setting of the connection is wrong.
    """
    waits = pauses(clock, QUOTA_PATIENCE)
    longer = iter(OPERATION_TIMEOUTS[1:])
    configured = connection.get_option("connection_timeout")
    try:
        while True:
            try:
                connection._connect()
                return
            except AnsibleError as error:
                text = masked(str(error), connection)
                if _try_again(connection, text, waits, longer):
                    continue
                # Another kind of AnsibleError is a wrong setting, unless it is the plugin's own time-out.
                unreachable = isinstance(error, AnsibleConnectionFailure) or "timed out" in text
                kind = AnsibleConnectionFailure if unreachable else AnsibleError
                raise kind(_with_hint(connection, text)) from None
    finally:
        connection.set_option("connection_timeout", configured)


def reconnect(connection: Any, host: str, clock: Clock) -> None:
    """Drop the connection, whose shell is gone, and make a new one.

    Raises:
        ConnectionLost: The host does not answer.
    """
    protocol = connection.protocol
    connection.protocol = connection.shell_id = None
    connection._connected = False
    if protocol is not None:
        with suppress(Exception):  # a dead socket may fail in any way
            protocol.transport.close_session()
    try:
        connect(connection, clock)
    except AnsibleConnectionFailure as error:
        raise ConnectionLost(host, f"The host does not answer: {error}") from None


def quota_fault(text: str) -> bool:
    """Return whether a connection failed because of a quota, from the failure's text.

    pywinrm writes the WSManFault code into the text. Newer hosts report a used-up quota as MSFT_WmiError,
    whose code pywinrm omits: that leaves a subcode without a code.
    """
    if code := _FAULT_CODE.search(text):
        return int(code[1]) in QUOTA_CODES
    subcode = _SUBCODE.search(text)
    return subcode is not None and subcode[1] in ("QuotaLimit", "InternalError")


def masked(text: str, connection: Any) -> str:
    """Replace the connection's password, in case a library put it into a text."""
    password = connection.get_option("remote_password")
    return text.replace(str(password), "********") if password else text


def _try_again(connection: Any, text: str, waits: Iterator[float], longer: Iterator[int]) -> bool:
    if quota_fault(text):
        return next(waits, None) is not None
    if _TIMED_OUT.search(text.strip()):
        seconds = next(longer, None)
        if seconds is not None:
            connection.set_option("connection_timeout", seconds)
        return seconds is not None
    return False


def _with_hint(connection: Any, text: str) -> str:
    text = text.strip()  # ansible-core before 2.19 leaves the white space of a failure's text
    transports = connection.get_option("transport") or []
    hint = connection_hint(text, [str(transport) for transport in transports])
    code = _FAULT_CODE.search(text)
    text = _FAULT_DATA.sub(f" [fault {code[1]}]" if code else "", text).strip().rstrip(".")
    if _TIMED_OUT.fullmatch(text):
        text = "the host did not open a shell in the time it was given"
    return f"{text}. {hint}" if hint else text
