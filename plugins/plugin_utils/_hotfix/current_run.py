# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the run that is on the host: at work, or left behind by a controller that was killed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._windows.scheduled_tasks import STILL_RUNNING, listing_command, parse_listing
from .last_attempt import staging_folder
from .product import TASK_FOLDER

if TYPE_CHECKING:
    from .._wsman.session import Session

# The script of a run. Its head names the run and its action.
SCRIPT = "install.cmd"

AT_WORK = "at_work"
ENDED = "ended"
UNFINISHED = "unfinished"

_HEAD_LINE = re.compile(r"^set (RUN|ACTION)=(\w+)\s*$", re.MULTILINE)
# findstr puts the name of the file before each line if it searches several.
_RECORD_LINE = re.compile(r"(?:^|:)run=(\w+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of the script: its hotfix, its action (`install`, `download` or `remove`) and its name.

    The name is empty if the host does not show it.
    """

    kb: str
    action: str
    run: str


@dataclass(frozen=True)
class CurrentRun:
    """The run whose task or script is on the host.

    `state` is `at_work` while its task is running, and `ended` once it has left its record. `unfinished` is
    neither: its controller has sent the script only, or the host went down.
    """

    run: Run
    state: str

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
        f"({listing_command(task_name(kb))}) & "
        f'(findstr /b /c:"set " "{folder}\\{SCRIPT}" & findstr /b /c:"run=" "{folder}\\*.txt") 2>nul'
    )


def parse_current_run(kb: str, text: str) -> CurrentRun | None:
    """Return the run that is on the host; None if there is none."""
    text = text.replace("\r", "")
    running = parse_listing(text).get(task_name(kb)) == STILL_RUNNING
    head: dict[str, str] = dict(_HEAD_LINE.findall(text))
    if "RUN" not in head:
        return CurrentRun(Run(kb, "install", ""), AT_WORK) if running else None
    run = Run(kb, head.get("ACTION", "install"), head["RUN"])
    ended = run.run in _RECORD_LINE.findall(text)
    return CurrentRun(run, AT_WORK if running else ENDED if ended else UNFINISHED)


def find_run(session: Session, kb: str) -> Run | None:
    """Return the run that is at work now, whoever started it."""
    found = None
    # A run may end after the first look, and its controller delete the script: look a second time.
    for _unused in range(2):
        found = parse_current_run(kb, session.run(current_run_command(kb)).stdout)
        if found is None or not found.at_work:
            return None
        if found.run.run:
            break
    return found.run if found else None
