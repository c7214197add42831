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

import re

from .._hotfix.current_run import SCRIPT
from .._hotfix.last_attempt import ATTEMPT, staging_folder

PACKAGE = "package.msu"
LOG = "install.log"
DISM_LOG = "dism.log"
_WORK_FILES = (SCRIPT, "hash.txt", "package.part", PACKAGE)
RECORDS = {"install": ATTEMPT, "download": "download.txt", "remove": "removal.txt"}

_ROOT = r"%SystemRoot%\winfleet.hotfix"
# SYSTEM and Administrators, by SID because Windows localises their names.
_ADMINISTRATORS = "*S-1-5-32-544"
# An access-allowed entry of SDDL ([MS-DTYP] 2.5.1.1): type, flags, rights, two GUIDs, trustee.
_ACE_ALLOWED = re.compile(r"\(A;[^;()]*;[^;()]*;[^;()]*;[^;()]*;([^;()]+)\)")
_CLOSED_TO = {"SY", "BA", "S-1-5-18", "S-1-5-32-544"}
_GRANTS = f'"*S-1-5-18:(OI)(CI)F" "{_ADMINISTRATORS}:(OI)(CI)F"'


def prepare_command(kb: str) -> str:
    """Return the command line that creates the folder and closes it to all but SYSTEM and Administrators.

    It takes over an existing folder with everything in it, because `/grant:r` leaves the rights of others and
    an owner can always grant himself rights. The exit code is 0 only if every step on the two folders
    succeeded. At the end the line prints who has rights to them, for `others_with_rights`.

    There may be a file in it that nobody can change. Without `/c`, icacls ends there; the exit code with `/c`
    is documented nowhere. So a second try goes on over such files. Then the folder is emptied, and the exit
    code is 1 if a file that a run uses is still there.
    """
    folder = staging_folder(kb)
    make = '(if not exist "{0}\\" mkdir "{0}")'
    # If a folder's rights deny a change of its owner, takeown changes it but icacls does not (so both are
    # documented). If takeown fails, the next step shows whether that matters.
    take = '(takeown /f "{0}" /a >nul 2>nul & {1})'
    owner, quiet = f'/setowner "{_ADMINISTRATORS}"', ">nul 2>nul"
    used = " & ".join(
        f'(if exist "{folder}\\{name}" exit /b 1)' for name in (SCRIPT, PACKAGE, LOG, "expanded")
    )
    empty = f'del /f /q "{folder}" {quiet} & (rd /s /q "{folder}\\expanded") {quiet} & {used}'
    own_all, reset_all = f'icacls "{_ROOT}" {owner} /t', f'icacls "{_ROOT}" /reset /t'
    steps = [
        make.format(_ROOT),
        take.format(_ROOT, f'icacls "{_ROOT}" /reset /q'),
        make.format(folder),
        take.format(folder, f'icacls "{folder}" {owner} /q'),
        f'icacls "{_ROOT}" {owner} /q',
        f"({own_all} /q {quiet} || ({own_all} /c /q {quiet} & cd .))",
        f"({reset_all} /q {quiet} || ({reset_all} /c /q {quiet} & {empty} & cd .))",
        *(f'icacls "{path}" /inheritance:r /grant:r {_GRANTS} /q' for path in (_ROOT, folder)),
        f'(cacls "{_ROOT}" /s & cacls "{folder}" /s & cd .)',
    ]
    return " && ".join(steps)


def others_with_rights(text: str) -> list[str]:
    """Return who else than SYSTEM and Administrators has rights to the folders, from what the line printed.

    `cacls /s` prints the rights in SDDL, which Windows does not localise. A host without this program prints
    none; the exit codes of icacls decide there.
    """
    trustees = _ACE_ALLOWED.findall(text)
    return sorted(set(trustees) - _CLOSED_TO)


def cleanup_command(kb: str, *, package: bool) -> str:
    """Return the part of a command line that deletes the files that a finished run no longer needs.

    The record and the logs stay, because they describe the attempt after the restart. `package` deletes the
    package too.
    """
    folder = staging_folder(kb)
    files = [name for name in _WORK_FILES if package or name != PACKAGE]
    names = " ".join(f'"{folder}\\{name}"' for name in files)
    return f'del /f /q {names} 2>nul & if exist "{folder}\\expanded" rd /s /q "{folder}\\expanded"'
