# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at a host again during a wait, as long as waiting can help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from .errors import LogonFailed, RemoteError, reason_of
from .failures import Wait
from .waiting import Clock, pauses

if TYPE_CHECKING:
    from .session import Session

T = TypeVar("T")

_FIRST_LOGON, _LONGEST_LOGON, _LOGON_PATIENCE = 30.0, 120.0, 210.0
"""Seconds: tries to log on after 30, 90 and 210, which with the first are four.

A host that starts refuses valid accounts until its Netlogon service and its clock are ready, and the CIS
benchmarks let a domain lock an account after five wrong passwords.
"""


class Retries:
    """The tries that are left after a look at a host failed; they begin with the first failure.

    Args:
        patience: Seconds for which a host may be out of reach, with pauses from `first` to `longest` seconds.
    """

    def __init__(self, clock: Clock, patience: float, first: float, longest: float) -> None:
        self._clock = clock
        self._patience = patience
        self._silent = pauses(clock, patience, first, longest)
        self._refused: Iterator[float] | None = None

    def again(self, error: RemoteError) -> bool:
        """Pause after a failure, and return whether to look again; False if waiting will not help."""
        if not isinstance(error, LogonFailed):
            return next(self._silent, None) is not None
        if error.wait is Wait.NEVER:
            return False
        if self._refused is None:
            patience = min(_LOGON_PATIENCE, self._patience)
            self._refused = pauses(self._clock, patience, _FIRST_LOGON, _LONGEST_LOGON)
        return next(self._refused, None) is not None


def on_new_reason(show: Callable[[str], None]) -> Callable[[RemoteError], None]:
    """Return a listener for :func:`look` that shows each reason that differs from the last one."""
    last = ""

    def failed(error: RemoteError) -> None:
        nonlocal last
        if reason_of(error) != last:
            last = reason_of(error)
            show(last)

    return failed


def look(
    session: Session, question: Callable[[], T], retries: Retries, failed: Callable[[RemoteError], None]
) -> T:
    """Ask a host, and after a failure connect and ask again while `retries` has a try left.

    Args:
        question: Asks; the host may answer it twice.
        failed: Hears of each failure, before the pause.

    Raises:
        RemoteError: The last failure.
    """
    lost = False
    while True:
        try:
            if lost:
                session.reconnect()
            return question()
        except RemoteError as error:
            lost = True
            failed(error)
            if not retries.again(error):
                raise
