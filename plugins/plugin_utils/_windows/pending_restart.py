# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read whether anything on a host waits for a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._wsman.errors import ConnectionLost, RemoteError
from .._wsman.registry import read_value_names
from .registry_keys import keys_command, read_keys

if TYPE_CHECKING:
    from .._wsman.session import Session

_SERVICING_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"
_UPDATE_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
_SESSION_MANAGER_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
REBOOT_IN_PROGRESS = "RebootInProgress"
# Antivirus and printer drivers leave file renames on many hosts forever: reported, never decisive.
_FILE_RENAMES = "PendingFileRenameOperations"
_PENDING_XML = "pending.xml"

# The signs that are subkeys. RebootInProgress means that servicing still works after a boot.
_SUBKEYS = {
    "RebootPending": _SERVICING_KEY,
    REBOOT_IN_PROGRESS: _SERVICING_KEY,
    "RebootRequired": _UPDATE_KEY,
}
_KEYS = (_SERVICING_KEY, _UPDATE_KEY)
# Printed in place of a sign that is missing, where the host could look for it.
_NO_RENAMES, _NO_PENDING_XML = "no renames", "no pending.xml"


@dataclass(frozen=True)
class PendingRestart:
    """Whether servicing or Windows Update waits for a restart, and by which signs.

    Attributes:
        pending_any: None if no sign was found and one that decides could not be read.
        sources: The signs that were found: `RebootPending`, `RebootInProgress`, `RebootRequired`,
            `PendingFileRenameOperations` (not decisive on its own) and `pending.xml`.
        unread: The signs that the host did not show.
        cause: Why it did not; empty if it showed all.
    """

    pending_any: bool | None
    sources: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    cause: str = ""


def pending_command() -> str:
    """Return a part of a cmd.exe line that prints the signs of a pending restart for `read_pending`.

    `&` can join it with others; its exit code means nothing. `packages_command` reads whether a given package
    is pending.
    """
    # The data of the renames may have any length, so it is not printed.
    renames = (
        f'(reg query "{_SESSION_MANAGER_KEY}" /v {_FILE_RENAMES} >nul && echo {_FILE_RENAMES} || '
        f'reg query "{_SESSION_MANAGER_KEY}" >nul && echo {_NO_RENAMES}) 2>nul'
    )
    folder = "%SystemRoot%\\winsxs\\"
    xml = (
        f'(if exist "{folder}{_PENDING_XML}" (echo {_PENDING_XML}) else '
        f'if exist "{folder}" (echo {_NO_PENDING_XML}))'
    )
    return f"{renames} & {xml} & {keys_command(_KEYS)}"


def read_pending(session: Session, text: str) -> PendingRestart:
    """Read what `pending_command` printed, and ask StdRegProv for the signs that it did not show.

    Raises:
        ConnectionLost: The host is gone.
    """
    printed = {line.strip() for line in text.splitlines()}
    keys, cause = read_keys(session, text, dict.fromkeys(_KEYS, ()))
    found: dict[str, bool | None] = {
        sign: sign.lower() in keys[key].subkeys if key in keys else None for sign, key in _SUBKEYS.items()
    }
    found[_FILE_RENAMES] = _either(printed, _FILE_RENAMES, _NO_RENAMES)
    if found[_FILE_RENAMES] is None:
        found[_FILE_RENAMES], refusal = _renames_by_wmi(session)
        cause = cause or refusal
    found[_PENDING_XML] = _either(printed, _PENDING_XML, _NO_PENDING_XML)
    if found[_PENDING_XML] is None:
        cause = cause or "cmd.exe did not look for %SystemRoot%\\winsxs\\pending.xml"
    decisive = [present for sign, present in found.items() if sign != _FILE_RENAMES]
    return PendingRestart(
        pending_any=True if True in decisive else None if None in decisive else False,
        sources=tuple(sign for sign, present in found.items() if present),
        unread=tuple(sign for sign, present in found.items() if present is None),
        cause=cause,
    )


def _either(printed: set[str], yes: str, no: str) -> bool | None:
    return True if yes in printed else False if no in printed else None


def _renames_by_wmi(session: Session) -> tuple[bool | None, str]:
    try:
        names = read_value_names(session, _SESSION_MANAGER_KEY)
    except ConnectionLost:
        raise
    except RemoteError as error:
        return None, f"reg.exe did not show {_SESSION_MANAGER_KEY}, and StdRegProv answers: {error.message}"
    return _FILE_RENAMES.lower() in (name.lower() for name in names), ""
