# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the run that is on the host: at work, or left behind by a controller that was killed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._windows.scheduled_tasks import parse_task_state, task_state_command
from .._wsman.errors import RemoteError
from .last_attempt import staging_folder
from .product import TASK_FOLDER

if TYPE_CHECKING:
    from .._wsman.session import Session

# The script of a run. Its head names the run and its action.
SCRIPT = "install.cmd"

AT_WORK = "at_work"
ENDED = "ended"
UNFINISHED = "unfinished"
UNKNOWN = "unknown"

# Printed where the script is on the host: findstr may be barred, and then shows nothing of it.
_SCRIPT_THERE = "[script]"

_HEAD_LINE = re.compile(r"^set (RUN|ACTION)=(\w+)\s*$", re.MULTILINE)
# findstr puts the name of the file before each line if it searches several.
_RECORD_LINE = re.compile(r"(?:^|:)run=(\w+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of the script: its hotfix, its action (`install`, `download` or `remove`) and its name.

    The name is empty if the host does not show it; so is the action if the host does not show that.
    """

    kb: str
    action: str
    run: str


@dataclass(frozen=True)
class CurrentRun:
    """The run whose task or script is on the host.

    `state` is `at_work` while its task is running, and `ended` once it has left its record. `unfinished` is
    neither: its controller has sent the script only, or the host went down. `unknown`: the host does not show
    whether the task is running. `cause` says in a sentence what the host does not show.
    """

    run: Run
    state: str
    cause: str = ""

    @property
    def at_work(self) -> bool:
        """Whether its task is running."""
        return self.state == AT_WORK


def task_name(kb: str) -> str:
    """Return the name of the task. All actions share it, so that no two of them run at once."""
    return f"{TASK_FOLDER}{kb}-install"


def current_run_command(kb: str) -> str:
    """Return a part of a cmd.exe line that prints what `parse_current_run` reads.

    The task comes first: whatever a run that ends in between has changed is there by the next command.
    """
    folder = staging_folder(kb)
    return (
        f"{task_state_command(task_name(kb))} & "
        f'(findstr /b /c:"set " "{folder}\\{SCRIPT}" & findstr /b /c:"run=" "{folder}\\*.txt") 2>nul & '
        f'(if exist "{folder}\\{SCRIPT}" echo {_SCRIPT_THERE})'
    )


def parse_current_run(kb: str, text: str) -> CurrentRun | None:
    """Return the run that is on the host; None if the host shows that there is none."""
    text = text.replace("\r", "")
    running = parse_task_state(task_name(kb), text)
    if running is None:
        cause = (
            f"Whether a run is at work for {kb} on this host is not known: schtasks does not show its task."
        )
        return CurrentRun(Run(kb, "", ""), UNKNOWN, cause)
    head: dict[str, str] = dict(_HEAD_LINE.findall(text))
    if "RUN" not in head:
        if not running and _SCRIPT_THERE in text:
            cause = f"The script of a run of {kb} is on this host and cannot be read."
            return CurrentRun(Run(kb, "", ""), UNFINISHED, cause)
        return CurrentRun(Run(kb, "install", ""), AT_WORK) if running else None
    run = Run(kb, head.get("ACTION", "install"), head["RUN"])
    ended = run.run in _RECORD_LINE.findall(text)
    return CurrentRun(run, AT_WORK if running else ENDED if ended else UNFINISHED)


def read_current_run(session: Session, kb: str) -> CurrentRun | None:
    """Return the run that is on the host now; None if the host shows that there is none."""
    return parse_current_run(kb, session.run(current_run_command(kb)).stdout)


def look_again(session: Session, kb: str) -> CurrentRun | None:
    """Return the run that is on the host now, where an assessment did not show it.

    Raises:
        RemoteError: The host does not show it now either.
    """
    found = read_current_run(session, kb)
    if found is not None and found.state == UNKNOWN:
        raise RemoteError(
            session.host,
            f"{found.cause} Nothing was changed, because an installation must not start beside another one. "
            f'Run `schtasks /query /v /tn "{task_name(kb)}"` on the host to see its error, then run this '
            "again.",
        )
    return found


def find_run(session: Session, kb: str) -> Run | None:
    """Return the run that is at work now, whoever started it; None if the host shows none at work."""
    found = None
    # A run may end after the first look, and its controller delete the script: look a second time.
    for _unused in range(2):
        found = read_current_run(session, kb)
        if found is None or not found.at_work:
            return None
        if found.run.run:
            break
    return found.run if found else None
