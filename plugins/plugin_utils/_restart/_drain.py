# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse new logons on a session host before its restart, and allow them again.

The exit code of `change logon` is documented nowhere, so the registry shows whether it worked. Microsoft's
documentation of drain mode names the values of TSServerDrainMode; a host that was never drained has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._wsman.errors import ConnectionLost, RemoteError
from .._wsman.registry import read_dword

if TYPE_CHECKING:
    from .._wsman.session import CommandResult, Session

DRAIN_COMMAND = "change logon /drainuntilrestart"
UNDRAIN_COMMAND = "change logon /enable"

_TERMINAL_SERVER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"
_OPEN, _UNTIL_RESTART, _DRAINED = 0, 1, 2


def no_effect(session: Session) -> str:
    """Return why a drain has no effect on a host, in a sentence; empty where it has, or may have, one.

    Only session hosts have TSAppCompat 1 (application server mode). Clients admit one user at a time anyway.
    """
    try:
        mode = read_dword(session, _TERMINAL_SERVER, "TSAppCompat") or 0
    except ConnectionLost:
        raise
    except RemoteError:
        return ""
    if mode == 1:
        return ""
    return (
        "drain_sessions has no effect: the host does not have the role service Remote Desktop Session Host."
    )


def drain(session: Session) -> bool:
    """Refuse new logons until the restart; return whether this changed the host.

    A host that an administrator drained for good stays as it is.

    Raises:
        RemoteError: The host still allows new logons, or does not show that it refuses them.
    """
    if _mode(session) in (_UNTIL_RESTART, _DRAINED):
        return False
    result = session.run(DRAIN_COMMAND)
    mode = _mode(session)
    if mode not in (_UNTIL_RESTART, _DRAINED):
        raise RemoteError(
            session.host,
            f"The host was not restarted because '{DRAIN_COMMAND}' {_failed(result, mode)}. Turn "
            "drain_sessions off for hosts without Remote Desktop Services.",
        )
    return True


def allow_logons(session: Session) -> None:
    """Let users log on again.

    Raises:
        RemoteError: The host still refuses new logons, or does not show that it allows them.
    """
    result = session.run(UNDRAIN_COMMAND)
    mode = _mode(session)
    if mode != _OPEN:
        raise RemoteError(
            session.host,
            f"The host may still refuse new logons because '{UNDRAIN_COMMAND}' {_failed(result, mode)}. "
            "Run it on the host.",
        )


def _mode(session: Session) -> int | None:
    """Return TSServerDrainMode; None if the host does not show it."""
    try:
        return read_dword(session, _TERMINAL_SERVER, "TSServerDrainMode") or _OPEN
    except ConnectionLost:
        raise
    except RemoteError:
        return None


def _failed(result: CommandResult, mode: int | None) -> str:
    proof = "could not be read" if mode is None else f"is {mode}"
    return f"did not work: {result.said}, TSServerDrainMode {proof}"
