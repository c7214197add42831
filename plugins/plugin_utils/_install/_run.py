# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the script as a one-off SYSTEM task, wait for its result, and tidy up.

The task does not depend on the connection. It survives a dropped connection, a killed controller, and the
150 MB that WinRM allows a shell. It leaves its result in files, and a later call of the module picks it up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._hotfix.current_run import SCRIPT, Run, task_name
from .._hotfix.last_attempt import ATTEMPT, LastAttempt, last_attempt_command, read_attempt, staging_folder
from .._hotfix.product import PRODUCT
from .._windows.scheduled_tasks import delete_task_command, is_task_running, register_task, start_task
from .._windows.task_xml import ExecAction, TaskDefinition, render_task_xml
from .._wsman.errors import ConnectionLost, RemoteError
from .._wsman.fetch import fetch_bytes
from .._wsman.retries import Retries, look, on_new_reason
from .._wsman.send import send_bytes
from .._wsman.waiting import pauses
from ._lock import held_condition, release_command
from ._script import REMOVE
from ._stages import succeeded
from ._staging import DISM_LOG, LOG, RECORDS, cleanup_command

if TYPE_CHECKING:
    from .._wsman.session import Session

# To end DISM halfway is worse than to wait: the limit only keeps a task from staying for ever.
_EXECUTION_HOURS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
# Seconds that a host may be out of reach while its task works: its WinRM service may be busy or restarting.
_PATIENCE_OUT_OF_REACH = 300.0
# Windows does not list a task as running just after its start, nor between its last line and its end.
_IDLE_POLLS = 4
_LOG_BYTES = 4096
_LOG_LINES = 25

_STAGE_LINE = re.compile(r"^== (\w+)", re.MULTILINE)


def start_run(session: Session, run: Run, script: str, windows_directory: str) -> bool:
    """Send the script, which is ASCII, register its task in place of an older one, and start it.

    Return whether the task was started. The host does not start it once the run has lost the lock.

    Raises:
        RemoteError: The host refuses the script or the task.
    """
    folder = staging_folder(run.kb)
    send_bytes(session, script.encode("ascii"), f"{folder}\\{SCRIPT}")
    register_task(session, task_name(run.kb), render_task_xml(task_definition(run, windows_directory)))
    return start_task(session, task_name(run.kb), condition=held_condition(run.kb, run.run))


def task_definition(run: Run, windows_directory: str) -> TaskDefinition:
    """Return the task that runs the script and writes its output to the log."""
    folder = staging_folder(run.kb, windows_directory)
    return TaskDefinition(
        author=PRODUCT,
        description=f"{PRODUCT}: {run.action} {run.kb}",
        actions=(
            ExecAction(
                f"{windows_directory}\\System32\\cmd.exe",
                f'/d /c ""{folder}\\{SCRIPT}" >"{folder}\\{LOG}" 2>&1"',
            ),
        ),
        hours=_EXECUTION_HOURS,
        documentation=run.run,
    )


def wait_for_run(session: Session, run: Run, timeout: float) -> LastAttempt | None:
    """Wait for the record that the run leaves. Return None if its task ended without one.

    Raises:
        RemoteError: There is no record after `timeout` seconds. The task goes on.
        ConnectionLost: The host stayed out of reach.
    """
    stage = ""
    idle = 0
    for waited in pauses(session.clock, timeout, _FIRST_PAUSE, _LONGEST_PAUSE):
        record, _unread, log, running = _look(session, run)
        if record is not None and record.run == run.run:
            return record
        reached = (_STAGE_LINE.findall(log) or [stage])[-1]
        if reached != stage:
            stage = reached
            session.progress(f"{run.kb}: {run.action}: {stage} ({waited:.0f} of {timeout:.0f} s)")
        idle = 0 if running else idle + 1
        if idle >= _IDLE_POLLS:
            return None
    raise RemoteError(
        session.host,
        f"{run.kb} is not done after {max(timeout, 0):.0f} seconds ({run.action}, stage "
        f"`{stage or 'start'}`). The task goes on at the host. To pick up its result, run this again with a "
        "larger timeout.",
    )


def ended_without_result(session: Session, run: Run) -> RemoteError:
    """Return the error for a run whose task ended, and whose record is missing or cannot be read."""
    _record, unread, log, _running = _look(session, run)
    stages = _STAGE_LINE.findall(log)
    stage = f"at the stage `{stages[-1]}`" if stages else "at a stage that its log does not show,"
    cause = unread or "The host may have restarted, or somebody ended the task."
    return RemoteError(
        session.host,
        f"The task {task_name(run.kb)} ended {stage} without a result. {cause} Look at the log in "
        f"{staging_folder(run.kb)} on the host, then run this again.",
    )


def read_record(session: Session, kb: str, action: str) -> LastAttempt | None:
    """Return the record of the last run with this action, whatever its end; None if there is none.

    Raises:
        RemoteError: The host does not show whether there is one.
    """
    name = RECORDS[action]
    record, unread = read_attempt(kb, session.run(last_attempt_command(kb, name)).stdout, name)
    if unread:
        raise RemoteError(
            session.host,
            f"{unread} Look at the file and at the log beside it on the host, then run this again.",
        )
    return record


def read_log_tail(session: Session, kb: str, windows_directory: str, *, failed: bool) -> str:
    """Return the last lines of the script's log, followed by those of DISM's log if DISM failed."""
    folder = staging_folder(kb, windows_directory)
    names = (LOG, DISM_LOG) if failed else (LOG,)
    tails = (fetch_bytes(session, f"{folder}\\{name}", last_bytes=_LOG_BYTES) for name in names)
    lines = [line for tail in tails for line in _lines(tail or b"")[-_LOG_LINES:]]
    return "\n".join(lines)


def end_run(
    session: Session, run: Run, *, keep_files: bool, package: bool, record: LastAttempt | None = None
) -> None:
    """Delete the task and the files of a finished run, and release its lock.

    The task and the files stay if another run has begun since. `package` deletes the package with the files.
    A removal that succeeded by its `record` has undone the last installation, whose record goes too.
    """
    script = f"{staging_folder(run.kb)}\\{SCRIPT}"
    ours = f'findstr /b /c:"set RUN={run.run}" "{script}" >nul 2>nul'
    steps = [f"{delete_task_command(task_name(run.kb))} >nul 2>nul"]
    if run.action == REMOVE and record is not None and succeeded(record):
        steps.append(f'del /f /q "{staging_folder(run.kb)}\\{ATTEMPT}" 2>nul')
    # Last, because it ends in an `if`, whose body includes all that follows.
    if not keep_files:
        steps.append(cleanup_command(run.kb, package=package))
    session.run(f"{ours} && ({' & '.join(steps)}) & {release_command(run.kb, run.run)}")


def _look(session: Session, run: Run) -> tuple[LastAttempt | None, str, str, bool]:
    """Return the record, why it is not known, the stages, and whether the task is at work.

    Wait for a host out of reach.
    """
    name = RECORDS[run.action]
    stages = f'findstr /b /c:"== " "{staging_folder(run.kb)}\\{LOG}" 2>nul'
    line = f"{last_attempt_command(run.kb, name)} & {stages}"

    def ask() -> tuple[LastAttempt | None, str, str, bool]:
        # This comes before the files: the record of a task that ends in between is there by then.
        # Where the host does not show it, the record decides.
        running = is_task_running(session, task_name(run.kb)) is not False
        text = session.run(line).stdout
        return *read_attempt(run.kb, text, name), text.replace("\r", ""), running

    def show(reason: str) -> None:
        session.progress(
            f"{run.kb}: the connection is lost, the task goes on; trying to connect again: {reason}"
        )

    retries = Retries(session.clock, _PATIENCE_OUT_OF_REACH, _FIRST_PAUSE, _LONGEST_PAUSE)
    try:
        return look(session, ask, retries, on_new_reason(show))
    except RemoteError as error:
        raise ConnectionLost(
            session.host,
            f"The host went out of reach while {run.kb} was at work there: {error.message} "
            "The task goes on without the connection. To pick up its result, run this again.",
        ) from error


def _lines(data: bytes) -> list[str]:
    # Programs redraw a progress bar after a carriage return: keep only its last state, as a console shows it.
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return [line.rpartition("\r")[2].rstrip() for line in text.split("\n") if line.strip()]
