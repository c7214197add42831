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
from dataclasses import replace
from typing import TYPE_CHECKING

from .._wsman.errors import RemoteError
from .._wsman.send import send_bytes
from .._wsman.shell import MAX_COMMAND_LINE, US, UTF8
from .._wsman.wmi_values import as_code
from ._batches import in_batches
from .account_rights import remedy_for_refusal
from .task_xml import RegisteredTask, TaskXmlError, encode_task_xml, parse_task_xml

if TYPE_CHECKING:
    from .._wsman.session import CommandResult, Session

# Last Result of a running task and of one that never ran: SCHED_S_TASK_RUNNING, SCHED_S_TASK_HAS_NOT_RUN.
STILL_RUNNING = 0x41301
NEVER_RUN = 0x41303
# Other results of a task that is at work or about to be: SCHED_S_TASK_QUEUED (the Task Scheduler has asked
# it to run), and SCHED_E_ALREADY_RUNNING (a second start was refused because it is running).
_RUNNING_TOO = (0x41325, 0x8004131F)

_TASKS = "%SystemRoot%\\System32\\Tasks"
_TASK_FILE = re.compile(r"^.*?\\System32\\Tasks(\\.+?)\s*$", re.IGNORECASE)
# Characters of all queries in one command line, and of one query without its name.
_QUERIES, _QUERY = MAX_COMMAND_LINE - 100, 50
# Seconds for the queries of one command line.
_LISTING_TIMEOUT = 300
# Not an exit code of schtasks, which has 0 and 1.
_NOT_STARTED = 75
# Windows 7 shows this result for a task that never ran (recorded), as for one that ended with 1.
_NEVER_RUN_OR_FAILED = 1
# Printed by the commands below as proof that they could look for a task, and as proof that a list is whole.
_EXISTS, _MISSING, _DELETED = "task exists", "no such task", "task deleted"
LISTED = "all tasks listed"
# Characters in which the columns below are; csv fails on a field of more than 131,072.
_READ_OF_A_LINE = 10_000
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
        RemoteError: The task still exists, or the host does not show that it is gone.
    """
    result = session.run(f"{delete_task_command(name)} && echo {_DELETED} & {_look_for(name)}")
    printed = _lines(result.stdout)
    # Exit code 1 means "not found" or "refused"; a look at the task decides.
    if _EXISTS in printed or not printed & {_DELETED, _MISSING}:
        # The exit code of the line is that of the look; schtasks ends with 1 where it refuses.
        refusal = result if _DELETED in printed else replace(result, exit_code=1)
        raise _refused(session, f"The task {name} could not be deleted", refusal)
    return _DELETED in printed


def delete_task_command(name: str) -> str:
    """Return the cmd.exe fragment that deletes a task."""
    return f'schtasks /delete /tn "{name}" /f'


def read_task_command(name: str) -> str:
    """Return the cmd.exe fragment that prints a task's XML for `read_task`, or that there is no such task."""
    # `type` comes first because it converts UTF-16 with a byte order mark to the shell's code page;
    # `schtasks /query /xml` does so in some versions only.
    return _look_for(name, f'& type "{_TASKS}{name}"')


def _look_for(name: str, then: str = "") -> str:
    """Return a command that prints whether a task exists, and does something more with its file.

    The Task Scheduler keeps each definition in a file below System32\\Tasks. A missing file counts if the
    folder can be seen and schtasks does not know the task either.
    """
    return (
        f'(if exist "{_TASKS}{name}" (echo {_EXISTS}{then}) else (schtasks /query /tn "{name}" /xml && '
        f'echo {_EXISTS} || (if exist "{_TASKS}\\" echo {_MISSING}))) 2>nul'
    )


def read_task(session: Session, name: str, text: str | None = None) -> RegisteredTask | None:
    """Return a task; None if there is no such task.

    Args:
        text: What `read_task_command` printed, if it ran already.

    Raises:
        TaskUnreadableError: The task exists and its definition cannot be read, or nothing shows whether it
            exists.
    """
    if text is None:
        text = session.run(read_task_command(name)).stdout
    printed = _lines(text)
    if _MISSING in printed:
        return None
    try:
        return parse_task_xml(text)
    except TaskXmlError:
        # Nobody has verified what `type` makes of UTF-16 under code page 65001.
        answer = session.run(_under_either_code_page(f'schtasks /query /tn "{name}" /xml'))
    try:
        return parse_task_xml(answer.stdout)
    except TaskXmlError:
        raise TaskUnreadableError(
            session.host, name, _EXISTS in printed, f"schtasks: {answer.said}"
        ) from None


class TaskUnreadableError(RemoteError):
    """A task that exists, or may exist, and whose definition the host does not show."""

    def __init__(self, host: str, name: str, exists: bool, said: str) -> None:
        self.name = name
        state = (
            "exists, but its definition cannot be read" if exists else "may exist: it cannot be looked for"
        )
        super().__init__(
            host,
            f"The task {name} {state} ({said}). Look at it in the Task Scheduler of the host, and "
            "delete it there if it is damaged.",
        )


def _under_either_code_page(command: str) -> str:
    """Return a command that runs again under code page 437 if it fails, and restores the code page.

    Under the code page of some languages, schtasks of Windows 7 only prints that it cannot load its column
    resource; under 437 it lists the tasks (seen with 936: bnosac/taskscheduleR#54; nobody has tried 65001).
    All commands of a shell share the code page.
    """
    return f"{command} || (chcp {US} >nul & ({command}) & chcp {UTF8} >nul)"


def listing_command(name: str | None = None) -> str:
    """Return a cmd.exe line that lists one task or all tasks for `parse_listing`.

    A whole list ends with a line of its own, for `is_whole_listing`.
    """
    which = f' /tn "{name}"' if name else ""
    return _under_either_code_page(f"schtasks /query /v /fo csv /nh{which} 2>nul && echo {LISTED}")


def is_whole_listing(text: str) -> bool:
    """Return whether schtasks came to the end of its list: it stops at a task that it cannot read."""
    return LISTED in _lines(text)


def list_each_task(session: Session) -> tuple[str, list[str]]:
    """Return the list of all tasks, read one by one, and the names of those that schtasks cannot read.

    Raises:
        RemoteError: The host does not show the names of its tasks, or schtasks reads none of them.
    """
    answer = session.run(f'dir /s /b /a-d "{_TASKS}"')
    names = [found[1] for found in map(_TASK_FILE.match, answer.stdout.splitlines()) if found]
    text = ""
    for before in ("", f"chcp {US} >nul & "):
        after = f" & chcp {UTF8} >nul" if before else ""
        for part in in_batches(names, lambda name: len(name) + _QUERY, characters=_QUERIES):
            queries = " & ".join(f'schtasks /query /v /fo csv /nh /tn "{name}"' for name in part)
            text += session.run(f"{before}{queries}{after}", timeout=_LISTING_TIMEOUT).stdout
        if listed := {name.lower() for name in parse_listing(text)}:
            return text, [name for name in names if name.lower() not in listed]
    raise RemoteError(
        session.host,
        "schtasks /query does not list the host's scheduled tasks. Run it on the host to see its error.",
    )


def last_result(session: Session, name: str) -> int | None:
    """Return how a task ended: its exit code, STILL_RUNNING, NEVER_RUN, or None if unknown."""
    return parse_listing(session.run(listing_command(name)).stdout).get(name)


def parse_listing(text: str) -> dict[str, int | None]:
    """Return the last result of each task that `listing_command` printed: unsigned, None if not a number.

    schtasks does not escape quotes in a field. The columns read here come before any that could hold quotes.
    Each line is read by itself, so that an odd quote in a later column does not hide the next task.
    """
    results: dict[str, int | None] = {}
    for line in text.splitlines():
        row = next(csv.reader([line[:_READ_OF_A_LINE]]), [])
        if len(row) > _LAST_RESULT_COLUMN and row[_NAME_COLUMN].startswith("\\"):
            results.setdefault(row[_NAME_COLUMN], _result(row[_LAST_RESULT_COLUMN], row[_LAST_RUN_COLUMN]))
    return results


def _result(text: str, last_run: str) -> int | None:
    result = as_code(text)
    # A time has digits in every language, "N/A" has none.
    never_ran = result == _NEVER_RUN_OR_FAILED and not re.search(r"\d", last_run)
    return NEVER_RUN if never_ran else STILL_RUNNING if result in _RUNNING_TOO else result


def is_task_running(session: Session, name: str) -> bool | None:
    """Return whether a task is running; None if the host does not show it."""
    return parse_task_state(name, session.run(task_state_command(name)).stdout)


def task_state_command(name: str) -> str:
    """Return a part of a cmd.exe line that prints whether a task is running, for `parse_task_state`.

    A task that schtasks does not list is missing only if the folder of all tasks shows no file of it.
    """
    missing = f'if exist "{_TASKS}{name}" (echo {_EXISTS}) else if exist "{_TASKS}\\" echo {_MISSING}'
    return f"{listing_command(name)} & ({missing})"


def parse_task_state(name: str, text: str) -> bool | None:
    """Return whether a task is running, from what `task_state_command` printed; None if that is not shown."""
    results = parse_listing(text)
    if name in results:
        return None if results[name] is None else results[name] == STILL_RUNNING
    return False if _MISSING in _lines(text) else None


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines()}


def _refused(session: Session, what: str, result: CommandResult) -> RemoteError:
    remedy = remedy_for_refusal(session, result.exit_code, "Check that the service Schedule runs.")
    return RemoteError(session.host, f"{what}: {result.said}. {remedy}")
