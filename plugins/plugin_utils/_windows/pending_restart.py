# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read whether anything on a host waits for a restart."""

from __future__ import annotations

from dataclasses import dataclass

_SERVICING_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"
_UPDATE_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
_SESSION_MANAGER_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
REBOOT_IN_PROGRESS = "RebootInProgress"
_FILE_RENAMES = "PendingFileRenameOperations"

# Each sign of a pending restart, with the test for it in cmd.exe.
_SOURCES: tuple[tuple[str, str], ...] = (
    ("RebootPending", f'reg query "{_SERVICING_KEY}\\RebootPending"'),
    # Servicing still works after a boot.
    (REBOOT_IN_PROGRESS, f'reg query "{_SERVICING_KEY}\\RebootInProgress"'),
    ("RebootRequired", f'reg query "{_UPDATE_KEY}\\RebootRequired"'),
    (_FILE_RENAMES, f'reg query "{_SESSION_MANAGER_KEY}" /v {_FILE_RENAMES}'),
    ("pending.xml", 'dir /b "%SystemRoot%\\winsxs\\pending.xml"'),
)
# Antivirus and printer drivers leave file renames on many hosts forever: reported, never decisive.
_NOT_DECISIVE = frozenset({_FILE_RENAMES})


@dataclass(frozen=True)
class PendingRestart:
    """Whether servicing or Windows Update waits for a restart (`pending_any`), and its signs (`sources`).

    A sign is one of `RebootPending`, `RebootInProgress`, `RebootRequired`, `PendingFileRenameOperations` (not
    decisive on its own) and `pending.xml`.
    """

    pending_any: bool
    sources: tuple[str, ...] = ()


def pending_command() -> str:
    """Return a part of a cmd.exe line that prints the name of each sign of a pending restart.

    `&` can join it with others; its exit code means nothing. `packages_command` reads whether a given package
    is pending.
    """
    return " & ".join(f"({test} >nul 2>nul && echo {name})" for name, test in _SOURCES)


def parse_pending(text: str) -> PendingRestart:
    """Read what `pending_command` printed."""
    printed = {line.strip() for line in text.splitlines()}
    sources = tuple(name for name, _unused in _SOURCES if name in printed)
    return PendingRestart(bool(set(sources) - _NOT_DECISIVE), sources)
