# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Register, start, read and delete tasks on a host by schtasks.exe.

Windows localises the output of schtasks, so only exit codes, XML and numbers in fixed columns are read. A
task goes by its full name, such as `\\Contoso\\nightly`.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from .._wsman.errors import RemoteError
from .._wsman.send import send_bytes
from .._wsman.shell import US, UTF8
from .._wsman.wmi_values import as_code
from .account_rights import remedy_for_refusal
from .task_xml import encode_task_xml

if TYPE_CHECKING:
    from .._wsman.session import CommandResult, Session

# Last Result of a running task and of one that never ran: SCHED_S_TASK_RUNNING, SCHED_S_TASK_HAS_NOT_RUN.
STILL_RUNNING = 0x41301
NEVER_RUN = 0x41303

# Not an exit code of schtasks, which has 0 and 1.
_NOT_STARTED = 75
# Windows 7 shows this result for a task that never ran (recorded), as for one that ended with 1.
_NEVER_RUN_OR_FAILED = 1
# Columns of the listing, whose order is the same in every language.
_NAME_COLUMN = 1
_LAST_RUN_COLUMN = 5
_LAST_RESULT_COLUMN = 6


def register_task(session: Session, name: str, xml: str) -> None:
    """Register a task that `render_task_xml` wrote; it replaces a task with the same name.

    Raises:
        RemoteError: The host refused the file or the task.
    """
    # Only administrators can write to the Windows folder. Anyone who could replace the file before its
    # registration could run code as SYSTEM.
    file = f"%SystemRoot%\\{name.strip(chr(92)).replace(chr(92), '-')}.xml"
    send_bytes(session, encode_task_xml(xml), file)
    remove = f'del /f /q "{file}"'
    result = session.run(
        # An input that is empty ends any question of schtasks, which would wait for an answer for ever.
        f'schtasks /create /tn "{name}" /xml "{file}" /f <nul & '
        f"if errorlevel 1 ({remove} & exit /b 1) else {remove}"
    )
    if result.exit_code != 0:
        raise _refused(session, f"The task {name} could not be registered", result)


def start_task(session: Session, name: str, *, condition: str = "") -> bool:
    """Start a registered task now.

    The condition is an `if …` of cmd.exe, checked by the host in the same command. Return False if it did not
    hold; nothing was started.

    Raises:
        RemoteError: The task does not exist or cannot start.
    """
    line = f'schtasks /run /tn "{name}"'
    result = session.run(f"{condition} ({line}) else exit /b {_NOT_STARTED}" if condition else line)
    if condition and result.exit_code == _NOT_STARTED:
        return False
    if result.exit_code != 0:
        raise _refused(session, f"The task {name} could not be started", result)
    return True


def delete_task(session: Session, name: str) -> bool:
    """Delete a task, and return whether it existed.

    Raises:
        RemoteError: The task still exists.
    """
    result = session.run(delete_task_command(name))
    # Exit code 1 means "not found" or "refused"; a look at the task decides.
    if result.exit_code != 0 and read_task(session, name) is not None:
        raise _refused(session, f"The task {name} could not be deleted", result)
    return result.exit_code == 0


def delete_task_command(name: str) -> str:
    """Return the cmd.exe fragment that deletes a task."""
    return f'schtasks /delete /tn "{name}" /f'


def read_task_command(name: str) -> str:
    """Return the cmd.exe fragment that prints a task's XML, or nothing if there is no such task.

    `type` comes first because it converts UTF-16 with a byte order mark to the shell's code page;
    `schtasks /query /xml` does so in some versions only, but works where the file is not readable.
    """
    return f'(type "%SystemRoot%\\System32\\Tasks{name}" || schtasks /query /tn "{name}" /xml) 2>nul'


def read_task(session: Session, name: str) -> str | None:
    """Return the XML of a task, for `parse_task_xml`; None if there is no such task."""
    text = session.run(read_task_command(name)).stdout
    return text if "<Task" in text.replace("\x00", "") else None


def listing_command(name: str | None = None) -> str:
    """Return a cmd.exe line that lists one task or all tasks for `parse_listing`.

    Under the code page of some languages, schtasks of Windows 7 only prints that it cannot load its column
    resource; under 437 it lists the tasks (seen with 936: bnosac/taskscheduleR#54; nobody has tried 65001).
    The line therefore tries 437 next, then restores the code page, which all commands of the shell share.
    """
    which = f' /tn "{name}"' if name else ""
    listing = f"schtasks /query /v /fo csv /nh{which} 2>nul"
    return f"{listing} || (chcp {US} >nul & {listing} & chcp {UTF8} >nul)"


def last_result(session: Session, name: str) -> int | None:
    """Return how a task ended: its exit code, STILL_RUNNING, NEVER_RUN, or None if unknown."""
    return parse_listing(session.run(listing_command(name)).stdout).get(name)


def parse_listing(text: str) -> dict[str, int | None]:
    """Return the last result of each task that `listing_command` printed: unsigned, None if not a number.

    schtasks does not escape quotes in a field. The columns read here come before any that could hold quotes.
    """
    results: dict[str, int | None] = {}
    for row in csv.reader(text.splitlines()):
        if len(row) > _LAST_RESULT_COLUMN:
            results.setdefault(row[_NAME_COLUMN], _result(row[_LAST_RESULT_COLUMN], row[_LAST_RUN_COLUMN]))
    return results


def _result(text: str, last_run: str) -> int | None:
    result = as_code(text)
    # A time has digits in every language, "N/A" has none.
    never_ran = result == _NEVER_RUN_OR_FAILED and not re.search(r"\d", last_run)
    return NEVER_RUN if never_ran else result


def is_task_running(session: Session, name: str) -> bool:
    """Return whether a task is running."""
    return last_result(session, name) == STILL_RUNNING


def _refused(session: Session, what: str, result: CommandResult) -> RemoteError:
    remedy = remedy_for_refusal(session, result.exit_code, "Check that the service Schedule runs.")
    return RemoteError(session.host, f"{what}: {result.said}. {remedy}")
