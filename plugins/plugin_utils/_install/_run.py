# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: runs a script as a one-off SYSTEM task, and finds it again.

The task does not know of the connection: it survives a dropped one, a controller that was killed, and the
150 MB that WinRM allows a shell. What it leaves are files, so a later run picks up where this one stopped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._hotfix.last_attempt import LastAttempt, parse_last_attempt, staging_folder
from .._hotfix.product import PRODUCT, TASK_FOLDER
from .._windows.scheduled_tasks import (
    delete_task_command,
    is_task_running,
    register_task,
    start_task,
)
from .._windows.task_xml import ExecAction, TaskDefinition, render_task_xml
from .._wsman.errors import ConnectionLost, RemoteError
from .._wsman.fetch import fetch_bytes
from .._wsman.send import send_bytes
from .._wsman.waiting import pauses
from ._lock import held_condition, release_command
from ._staging import DISM_LOG, LOG, RECORDS, SCRIPT, cleanup_command

if TYPE_CHECKING:
    from .._wsman.session import Session

# Ending DISM halfway is worse than waiting: the limit is only there so that no task stays for ever.
_EXECUTION_HOURS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
# How long a host may be out of reach while its task works, in seconds: a busy or restarting WinRM service.
_PATIENCE_OUT_OF_REACH = 300.0
# A task is not at work for a moment after its start, nor between its last line and its end.
_IDLE_POLLS = 4
_LOG_BYTES = 4096
_LOG_LINES = 25

_HEAD_LINE = re.compile(r"^set (RUN|ACTION)=(\w+)\s*$", re.MULTILINE)
_STAGE_LINE = re.compile(r"^== (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """A script at work on the host: the KB, what it does, and the name of the run."""

    kb: str
    action: str
    run: str


class NoResultError(RemoteError):
    """The task ended, or did not end in time, without a result."""


def task_name(kb: str) -> str:
    """Return the name of the task; one for all actions, so that two never run for a hotfix."""
    return f"{TASK_FOLDER}{kb}-install"


def start_run(session: Session, run: Run, script: str, windows_directory: str) -> bool:
    """Put the script on the host, register its task in place of an old one, and start it.

    Args:
        session: the host.
        run: what the script says of itself.
        script: the batch script, ASCII.
        windows_directory: such as `C:\\Windows`.

    Returns:
        False where it was not started, for the run does not hold the lock of the host any more.

    Raises:
        RemoteError: the script or the task is refused.
    """
    folder = staging_folder(run.kb)
    send_bytes(session, script.encode("ascii"), f"{folder}\\{SCRIPT}")
    register_task(session, task_name(run.kb), render_task_xml(task_definition(run, windows_directory)))
    return start_task(session, task_name(run.kb), condition=held_condition(run.kb, run.run))


def task_definition(run: Run, windows_directory: str) -> TaskDefinition:
    """Return the task that runs the script and sends what it prints to the log."""
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


def find_run(session: Session, kb: str) -> Run | None:
    """Return the script that is at work on the host now, whoever started it; None where none is."""
    # Once more where it ended in between and its script was removed.
    for _unused in range(2):
        if not is_task_running(session, task_name(kb)):
            return None
        if run := find_leftovers(session, kb):
            return run
    return Run(kb, "install", "")


def find_leftovers(session: Session, kb: str) -> Run | None:
    """Return the run that has not been tidied up: its controller was killed, or it is at work."""
    text = session.run(f'type "{staging_folder(kb)}\\{SCRIPT}" 2>nul').stdout.replace("\r", "")
    fields: dict[str, str] = dict(_HEAD_LINE.findall(text))
    return Run(kb, fields.get("ACTION", "install"), fields["RUN"]) if "RUN" in fields else None


def wait_for_run(session: Session, run: Run, timeout: float) -> LastAttempt:
    """Wait until the script has left its result.

    Args:
        session: the host.
        run: what to wait for.
        timeout: seconds; the task goes on after them.

    Returns:
        The record of the run.

    Raises:
        NoResultError: nothing came in time, or the task ended without a result.
        ConnectionLost: the host stayed out of reach.
    """
    stage = ""
    idle = 0
    for waited in pauses(session.clock, timeout, _FIRST_PAUSE, _LONGEST_PAUSE):
        record, log, running = _look(session, run)
        if record is not None and record.run == run.run:
            return record
        reached = (_STAGE_LINE.findall(log) or [stage])[-1]
        if reached != stage:
            stage = reached
            session.progress(f"{run.kb}: {run.action}: {stage} ({waited:.0f} s)")
        idle = 0 if running else idle + 1
        if idle >= _IDLE_POLLS:
            raise NoResultError(
                session.host,
                f"The task {task_name(run.kb)} ended at the stage `{stage or 'start'}` without a result: the "
                "host restarted, or somebody ended the task. Look at the log in "
                f"{staging_folder(run.kb)} on the host, then run this again.",
            )
    raise NoResultError(
        session.host,
        f"{run.kb} is not done after {timeout:.0f} seconds (stage `{stage or 'start'}`). The task goes on at "
        "the host; run this again, with a larger timeout, to pick its result up.",
    )


def read_log_tail(session: Session, kb: str, windows_directory: str, *, failed: bool) -> str:
    """Return the last lines of the script's log; of a failure those of DISM's log too."""
    folder = staging_folder(kb, windows_directory)
    names = (LOG, DISM_LOG) if failed else (LOG,)
    tails = (fetch_bytes(session, f"{folder}\\{name}", last_bytes=_LOG_BYTES) for name in names)
    lines = [line for tail in tails for line in _lines(tail or b"")[-_LOG_LINES:]]
    return "\n".join(lines)


def end_run(session: Session, run: Run, *, keep_files: bool, package: bool) -> None:
    """Delete the task and files of a finished run, and its lock; nothing where another has begun since.

    Args:
        session: the host.
        run: the run.
        keep_files: leave the files.
        package: whether the package goes with them.
    """
    script = f"{staging_folder(run.kb)}\\{SCRIPT}"
    ours = f'findstr /b /c:"set RUN={run.run}" "{script}" >nul 2>nul'
    steps = [f"{delete_task_command(task_name(run.kb))} >nul 2>nul"]
    if not keep_files:
        steps.append(cleanup_command(run.kb, package=package))
    session.run(f"{ours} && ({' & '.join(steps)}) & {release_command(run.kb, run.run)}")


def _look(session: Session, run: Run) -> tuple[LastAttempt | None, str, bool]:
    """Return record, stages, and whether the task is at work; a host out of reach is waited for."""
    folder = staging_folder(run.kb)
    line = f'type "{folder}\\{RECORDS[run.action]}" 2>nul & findstr /b /c:"== " "{folder}\\{LOG}" 2>nul'
    waits = pauses(session.clock, _PATIENCE_OUT_OF_REACH, _FIRST_PAUSE, _LONGEST_PAUSE)
    lost = False
    while True:
        try:
            if lost:
                session.reconnect()
            # Asked before the files: a task that ends in between has its record there by then.
            running = is_task_running(session, task_name(run.kb))
            text = session.run(line).stdout
            return parse_last_attempt(text), text.replace("\r", ""), running
        except RemoteError as error:
            if next(waits, None) is None:
                raise ConnectionLost(
                    session.host,
                    f"The host went out of reach while {run.kb} was at work there: {error.message} "
                    "The task goes on without the connection; run this again to pick its result up.",
                ) from error
            if not lost:
                session.progress(
                    f"{run.kb}: the connection is lost, the task goes on; trying to connect again"
                )
            lost = True


def _lines(data: bytes) -> list[str]:
    # Programs redraw their progress bars by carriage returns: what stood last is what a reader would see.
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    return [line.rpartition("\r")[2].rstrip() for line in text.split("\n") if line.strip()]
