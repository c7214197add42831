# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether anything on the host waits for a restart."""

from __future__ import annotations

from dataclasses import dataclass

_SERVICING_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"
_UPDATE_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
_SESSION_MANAGER_KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
REBOOT_IN_PROGRESS = "RebootInProgress"
_FILE_RENAMES = "PendingFileRenameOperations"


# What tells that a restart is pending, and the test for it in cmd.exe.
_SOURCES: tuple[tuple[str, str], ...] = (
    ("RebootPending", f'reg query "{_SERVICING_KEY}\\RebootPending"'),
    # Servicing is at work after a boot and has not come to rest.
    (REBOOT_IN_PROGRESS, f'reg query "{_SERVICING_KEY}\\RebootInProgress"'),
    ("RebootRequired", f'reg query "{_UPDATE_KEY}\\RebootRequired"'),
    (_FILE_RENAMES, f'reg query "{_SESSION_MANAGER_KEY}" /v {_FILE_RENAMES}'),
    ("pending.xml", 'dir /b "%SystemRoot%\\winsxs\\pending.xml"'),
)
# Antivirus and printer drivers leave file renames behind on many hosts for good: reported, never decisive.
_NOT_DECISIVE = frozenset({_FILE_RENAMES})


@dataclass(frozen=True)
class PendingRestart:
    """Whether anything on the host waits for a restart.

    Attributes:
        pending_any: Servicing or Windows Update waits for one.
        sources: What says so: `RebootPending`, `RebootInProgress`, `RebootRequired`,
            `PendingFileRenameOperations` (which alone is no reason), `pending.xml`.
    """

    pending_any: bool
    sources: tuple[str, ...] = ()


def pending_command() -> str:
    """Return a part of a cmd.exe line that prints the name of each source of a pending restart.

    It can be joined with others by `&`, and it tells nothing by its exit code. What is pending for one
    package, servicing tells: `_servicing.packages_command`.
    """
    return " & ".join(f"({test} >nul 2>nul && echo {name})" for name, test in _SOURCES)


def parse_pending(text: str) -> PendingRestart:
    """Read what `pending_command` printed."""
    printed = {line.strip() for line in text.splitlines()}
    sources = tuple(name for name, _unused in _SOURCES if name in printed)
    return PendingRestart(bool(set(sources) - _NOT_DECISIVE), sources)
