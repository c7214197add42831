# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The staging folder on the host: its files, and the commands that prepare and clean it.

The folder is below %SystemRoot%, where only administrators can create anything. In %ProgramData% and
%SystemRoot%\\Temp every user can create folders: an attacker could create this one first, remain its owner,
and replace the script that a task then runs as SYSTEM.

The folder is also closed to everybody else before anything is put there, because its package may come from a
share that not everybody can read.
"""

from __future__ import annotations

from .._hotfix.last_attempt import ATTEMPT, staging_folder

PACKAGE = "package.msu"
SCRIPT = "install.cmd"
LOG = "install.log"
DISM_LOG = "dism.log"
RECORDS = {"install": ATTEMPT, "download": "download.txt", "remove": "removal.txt"}

_ROOT = r"%SystemRoot%\winfleet.hotfix"
# SYSTEM and Administrators, by SID because Windows localises their names.
_ADMINISTRATORS = "*S-1-5-32-544"
_GRANTS = f'"*S-1-5-18:(OI)(CI)F" "{_ADMINISTRATORS}:(OI)(CI)F"'


def prepare_command(kb: str) -> str:
    """Return the command line that creates the folder and closes it to all but SYSTEM and Administrators.

    It takes over an existing folder with everything in it, because `/grant:r` leaves the rights of others and
    an owner can always grant himself rights. The exit code is 0 only if every step succeeded.
    """
    folder = staging_folder(kb)
    make = '(if not exist "{0}\\" mkdir "{0}")'
    # If a folder's rights deny a change of its owner, takeown changes it but icacls does not (so both are
    # documented). If takeown fails, the next step shows whether that matters.
    take = '(takeown /f "{0}" /a >nul 2>nul & {1})'
    steps = [
        make.format(_ROOT),
        take.format(_ROOT, f'icacls "{_ROOT}" /reset /q'),
        make.format(folder),
        take.format(folder, f'icacls "{_ROOT}" /setowner "{_ADMINISTRATORS}" /t /q'),
        f'icacls "{_ROOT}" /reset /t /q',
        *(f'icacls "{path}" /inheritance:r /grant:r {_GRANTS} /q' for path in (_ROOT, folder)),
    ]
    return " && ".join(steps)


def cleanup_command(kb: str, *, package: bool) -> str:
    """Return the part of a command line that deletes the files that a finished run no longer needs.

    The record and the logs stay, because they describe the attempt after the restart. `package` deletes the
    package too.
    """
    folder = staging_folder(kb)
    files = [SCRIPT, "hash.txt", "package.part", *([PACKAGE] if package else [])]
    names = " ".join(f'"{folder}\\{name}"' for name in files)
    return f'del /f /q {names} 2>nul & if exist "{folder}\\expanded" rd /s /q "{folder}\\expanded"'
