# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions that tell an operator what went wrong on a host."""

from __future__ import annotations

from dataclasses import replace

from .failures import Failure, Wait, advice_for
from .fault_codes import DENIED_CODES, NO_SUCH_CLASS, NO_SUCH_RESOURCE


class InputError(ValueError):
    """An option has a value that cannot work.

    ``str()`` names the option, its value and what is valid: ``timeout is 0: it must be at least 1 second``.
    """


class RemoteError(Exception):
    """Something failed on a host, or on the way to it.

    ``str()`` gives the host's inventory name, what happened and what to do next, in full sentences.
    """

    def __init__(self, host: str, message: str) -> None:
        super().__init__(host, message)
        self.host = host
        self.message = message

    def __str__(self) -> str:
        return f"{self.host}: {self.message}"


class WsmanFault(RemoteError):  # noqa: N818 - the name the protocol gives it
    """The host answered with a WS-Management fault.

    Args:
        code: The WSManFault code, unsigned 32-bit; 0 if the fault has none.
        reason: The host's own text, in its language.
        subcode: SOAP subcode without its prefix, such as ``QuotaLimit``.
        provider_code: The code of WMI or the shell behind WS-Management, unsigned 32-bit.
        action: The request in words: ``the query 'SELECT …'``.
    """

    def __init__(
        self,
        host: str,
        code: int,
        reason: str,
        *,
        subcode: str | None = None,
        provider_code: int | None = None,
        action: str = "",
    ) -> None:
        self.code = code
        self.reason = reason
        self.subcode = subcode
        self.provider_code = provider_code
        self.action = action
        super().__init__(host, self._sentence())

    @property
    def denied(self) -> bool:
        """Whether the host refused for lack of rights."""
        return bool({self.code, self.provider_code} & DENIED_CODES)

    @property
    def no_such_class(self) -> bool:
        """Whether a query failed because the host has no such WMI namespace or class.

        A method answers the same for an instance that is gone, so ask this of queries only.
        """
        decisive = self.code if self.provider_code is None else self.provider_code
        if self.subcode == NO_SUCH_RESOURCE:
            return decisive not in DENIED_CODES
        return decisive in NO_SUCH_CLASS

    def _sentence(self) -> str:
        # Where the table has both, the provider's code says more than WS-Management's.
        codes = (self.provider_code, self.code)
        advice = advice_for(Failure(text=self.reason, codes=codes, fault=True))
        what = advice.what if advice else "The host refused the request."
        asked = f" The request was {self.action}." if self.action else ""
        remedy = f" {advice.remedy}" if advice else ""
        shown = f"fault {self.code} (0x{self.code:08X})" if self.code else "fault without a code"
        if self.provider_code is not None and self.provider_code != self.code:
            shown += f", provider code 0x{self.provider_code:08X}"
        return f"{what}{asked}{remedy} [{shown}: {self.reason}]"


class HttpStatusError(RemoteError):
    """HTTP answered with an error and without a WS-Management fault: the host, or a proxy on the way.

    `way` says how the controller reaches the host.
    """

    def __init__(self, host: str, status: int, way: Failure | None = None) -> None:
        self.status = status
        advice = advice_for(replace(way or Failure(), status=status))
        super().__init__(host, f"{advice} [HTTP {status}]")


class NonsenseError(RemoteError):
    """The answer to a request, named in `words`, is not one of WinRM; `cause` says what is wrong with it."""

    def __init__(self, host: str, words: str, cause: str, way: Failure) -> None:
        advice = advice_for(way) if way.proxy else None
        remedy = advice or "Check that ansible_port is the WinRM port, and any proxy on the way."
        super().__init__(host, f"The answer to {words} made no sense. {remedy} [{cause}]")


class ConnectionLost(RemoteError):  # noqa: N818 - the state of things, like the names beside it
    """An established connection broke: a restart, the network, a stopped service.

    Args:
        reason: The cause in one sentence, for the progress of a wait; the whole message without one.
    """

    def __init__(self, host: str, message: str, *, reason: str = "") -> None:
        super().__init__(host, message)
        self.reason = reason or message


class LogonFailed(ConnectionLost):
    """The host answers, or would, and the account could not log on anew.

    Args:
        wait: How long a wait for the host goes on.
        counted: Whether a password was refused, which counts for the lockout of the account.
        maybe_done: Whether the host may have carried out the request, so that it was not sent again.
    """

    def __init__(
        self,
        host: str,
        message: str,
        *,
        reason: str = "",
        wait: Wait = Wait.SHORT,
        counted: bool = False,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(host, message, reason=reason)
        self.wait = wait
        self.counted = counted
        self.maybe_done = maybe_done


def reason_of(error: RemoteError) -> str:
    """Return why a host did not answer a look at it, in one sentence where the error has one."""
    return (error.reason if isinstance(error, ConnectionLost) else error.message).rstrip(".")


class CommandTimeout(RemoteError):  # noqa: N818 - a published name
    """A command or a method did not end in time; the message says what it may have done."""


class TransferError(RemoteError):
    """A file could not be read or written, or arrived damaged."""


class RegistryError(RemoteError):
    """The host did not let a registry key or value be read, which may exist.

    Args:
        code: The Win32 code that StdRegProv returned, unsigned 32-bit.
        key: The key, as ``HKLM\\SOFTWARE\\…``.
    """

    def __init__(self, host: str, code: int, key: str) -> None:
        self.code = code
        self.key = key
        cause = advice_for(Failure(codes=(code,), fault=True)) or "StdRegProv refused."
        super().__init__(host, f"The registry key {key} could not be read. {cause} [ReturnValue {code}]")
