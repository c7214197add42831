# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the run that is on the host: at work, or left behind by a controller that was killed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._hotfix.last_attempt import staging_folder
from .._hotfix.product import TASK_FOLDER
from .._windows.scheduled_tasks import is_task_running
from ._staging import SCRIPT

if TYPE_CHECKING:
    from .._wsman.session import Session

_HEAD_LINE = re.compile(r"^set (RUN|ACTION)=(\w+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of the script: its hotfix, its action (`install`, `download` or `remove`) and its name.

    The name is empty if the host does not show it.
    """

    kb: str
    action: str
    run: str


def task_name(kb: str) -> str:
    """Return the name of the task. All actions share it, so that no two of them run at once."""
    return f"{TASK_FOLDER}{kb}-install"


def find_run(session: Session, kb: str) -> Run | None:
    """Return the run that is at work now, whoever started it."""
    # A run may end after the first look, and its controller delete the script: look a second time.
    for _unused in range(2):
        if not is_task_running(session, task_name(kb)):
            return None
        if run := find_leftovers(session, kb):
            return run
    return Run(kb, "install", "")


def find_leftovers(session: Session, kb: str) -> Run | None:
    """Return the run whose script is still on the host: it is at work, or its controller was killed."""
    text = session.run(f'type "{staging_folder(kb)}\\{SCRIPT}" 2>nul').stdout.replace("\r", "")
    fields: dict[str, str] = dict(_HEAD_LINE.findall(text))
    return Run(kb, fields.get("ACTION", "install"), fields["RUN"]) if "RUN" in fields else None
