# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the staging folder on the host, and the record that an attempt leaves there.

The folder is below %SystemRoot%, not %ProgramData% or %SystemRoot%\\Temp: there every user may create
folders, so an attacker could make this one first, stay its owner, and swap what a task then runs as SYSTEM.
Below %SystemRoot% only administrators create anything. It is closed to everybody else all the same, before
anything lies in it, for what it holds may come from a share that not everybody reads.
"""

from __future__ import annotations

from .._hotfix.last_attempt import ATTEMPT, staging_folder

PACKAGE = "package.msu"
SCRIPT = "install.cmd"
LOG = "install.log"
DISM_LOG = "dism.log"
RECORDS = {"install": ATTEMPT, "download": "download.txt", "remove": "removal.txt"}

_ROOT = r"%SystemRoot%\winfleet.hotfix"
# SYSTEM and Administrators, by SID: their names are localised.
_ADMINISTRATORS = "*S-1-5-32-544"
_GRANTS = f'"*S-1-5-18:(OI)(CI)F" "{_ADMINISTRATORS}:(OI)(CI)F"'


def prepare_command(kb: str) -> str:
    """Return the command line that makes the folder and closes it to all but SYSTEM and Administrators.

    An existing folder is taken over with what lies in it, for `/grant:r` leaves the rights of others and an
    owner may always give himself rights. The exit code is not 0 where any step failed.
    """
    folder = staging_folder(kb)
    make = '(if not exist "{0}\\" mkdir "{0}")'
    # icacls does not force an owner upon a folder whose rights deny it; takeown does (documentation of both).
    # Where it cannot, the step behind it tells whether that matters.
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
    """Return a part of a command line that removes what a finished run needs no longer.

    The record and the logs stay: they tell of the attempt after the restart.

    Args:
        kb: the hotfix.
        package: whether the package goes too.
    """
    folder = staging_folder(kb)
    files = [SCRIPT, "hash.txt", "package.part", *([PACKAGE] if package else [])]
    names = " ".join(f'"{folder}\\{name}"' for name in files)
    return f'del /f /q {names} 2>nul & if exist "{folder}\\expanded" rd /s /q "{folder}\\expanded"'
