# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an exception of a request means to an operator, and whether the request may be sent again."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from typing import Any

from ._connection_hints import advice_in, way_of
from ._logon import host_did_nothing, is_logon_error
from ._responses import parse_fault
from .errors import ConnectionLost, HttpStatusError, LogonFailed, NonsenseError, RemoteError, WsmanFault
from .failures import REJECTED, Failure, Wait, advice_for
from .fault_codes import OPERATION_TIMEOUT

with suppress(ImportError):  # HostAction reports it, with how to install it, before it sends anything
    from requests import exceptions as http
    from winrm import exceptions as winrm

_BAD_REQUEST, _UNAUTHORISED = 400, 401
_ERRNO = re.compile(r"\[Errno -?\d+\] ([^'\")>]+)")
_UNEXPLAINED = "Log on to the host by hand with the same account, then run the task again."
_MAYBE_DONE = (
    "The host may have carried it out all the same: run the task again, which checks the host first."
)


class OperationTimedOut(Exception):  # noqa: N818 - a signal to the caller, never shown
    """Fault 2150858793: the operation did not end within its OperationTimeout."""


class Again(Enum):
    """Whether a request that failed may be sent again, on a new connection."""

    YES = "the host has not carried it out"
    IF_REPEATABLE = "the host may have carried it out"
    NEVER = "the host has answered, or refused a password"

    def may(self, repeatable: bool) -> bool:
        """Return whether a request may be sent again that the host may, or may not, carry out twice."""
        return self is Again.YES or (self is Again.IF_REPEATABLE and repeatable)


def failure_of(error: Exception, words: str, connection: Any, host: str) -> tuple[RemoteError, Again]:
    """Return the error for an exception of the request named in `words`, and whether to send it again.

    Raises:
        OperationTimedOut: The host answered that the operation did not end in time.
    """
    way = way_of(connection)
    if is_logon_error(error):
        encrypted = connection.protocol.transport.encryption is not None
        if host_did_nothing(error, encrypted=encrypted):
            return _not_logged_on(str(error), words, connection, host)
        return _not_logged_on(str(error), words, connection, host, Again.IF_REPEATABLE)
    if isinstance(error, OSError):  # requests' RequestException is one
        return _broken(error, words, host, way), Again.IF_REPEATABLE
    if isinstance(error, winrm.WinRMOperationTimeoutError):
        raise OperationTimedOut from None
    status, document = _http_answer(error) or (None, "")
    if (fault := _fault(document, words, host)) is not None:
        return fault, Again.NEVER
    if status == _UNAUTHORISED:
        return _not_logged_on(REJECTED, words, connection, host)
    if status is not None:
        # The account has logged on with the transport, so its token is not what the host refuses.
        way = replace(way, transports=frozenset())
        return HttpStatusError(host, status, way), Again.YES if status == _BAD_REQUEST else Again.NEVER
    return NonsenseError(host, words, f"{type(error).__name__}: {error}", way), Again.NEVER


def _not_logged_on(
    said: str, words: str, connection: Any, host: str, again: Again = Again.YES
) -> tuple[LogonFailed, Again]:
    transport = str(connection.protocol.transport.auth_method)
    said = f"{transport}: {said}"
    advice = advice_in(said, replace(way_of(connection), transports=frozenset({transport})))
    done = _MAYBE_DONE if again is Again.IF_REPEATABLE else ""
    message = f"Logging on again for {words} failed. {advice or _UNEXPLAINED} {done}".rstrip()
    failure = LogonFailed(
        host,
        f"{message} [{said}]",
        reason=advice.what if advice else said,
        wait=advice.wait if advice else Wait.SHORT,
        counted=advice is not None and advice.counted,
        maybe_done=again is Again.IF_REPEATABLE,
    )
    return failure, Again.NEVER if failure.counted else again


def _fault(document: str, words: str, host: str) -> WsmanFault | None:
    """Return the fault that the host answered with, or None if it answered with something else.

    Raises:
        OperationTimedOut: The fault says so.
    """
    detail = parse_fault(document)
    if detail is None:
        return None
    if detail.code == OPERATION_TIMEOUT:
        raise OperationTimedOut from None
    return WsmanFault(
        host,
        detail.code,
        detail.reason,
        subcode=detail.subcode,
        provider_code=detail.provider_code,
        action=words,
    )


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


def _broken(error: Exception, words: str, host: str, way: Failure) -> ConnectionLost:
    """Return the error for a broken connection, whose cause may be the controller's proxy."""
    found = _ERRNO.search(str(error))
    if isinstance(error, http.Timeout):
        reason = "no answer in time"
    else:
        reason = found[1].strip() if found else type(error).__name__
    broke = f"The connection broke during {words} ({reason})."
    remedy = "The host may be restarting: run the task again when it answers."
    if way.proxy:
        remedy = str(advice_for(replace(way, text=str(error))))
    return ConnectionLost(host, f"{broke} {remedy}", reason=broke)
