# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every form of task that the collection registers, held against the scheduler of the lab."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.current_run import Run
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._run import task_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart._task import (
    Notice,
    announcement_task,
    restart_task,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import (
    TaskDefinition,
    encode_task_xml,
    render_task_xml,
)

from tests.lab.windows import task_xml as rules

KB = "KB978918"
SYSTEM32 = "%SystemRoot%\\System32\\"
LOCAL = datetime(2026, 11, 21, 3)
SHUTDOWN = (f"{SYSTEM32}shutdown.exe", "/r /f /t 900 /d p:2:17", "")
WARNING = (f"{SYSTEM32}shutdown.exe", '/r /f /t 900 /d p:2:17 /c "R&D: <bye>"', "")
DRAIN = (f"{SYSTEM32}change.exe", "logon /drainuntilrestart", "")
MESSAGE = (f"{SYSTEM32}msg.exe", '* /time:900 "R&D: <bye>"', "")
FOLDER = f"C:\\Windows\\winfleet.hotfix\\{KB}"
SCRIPT = (
    "C:\\Windows\\System32\\cmd.exe",
    f'/d /c ""{FOLDER}\\install.cmd" >"{FOLDER}\\install.log" 2>&1"',
    "",
)

Command = tuple[str, str, str]


def restart(at: datetime | None, message: str, *, drain: bool) -> TaskDefinition:
    return restart_task(KB, Notice(timedelta(minutes=15), message, drain), at=at, request=f"{KB} restart")


def accepted(task: TaskDefinition) -> rules.Definition:
    return rules.parse(rules.decode(encode_task_xml(render_task_xml(task))))


@pytest.mark.parametrize(
    ("message", "drain", "commands"),
    [
        ("", False, (SHUTDOWN,)),
        ("R&D: <bye>", False, (WARNING,)),
        ("", True, (SHUTDOWN, DRAIN)),
        ("R&D: <bye>", True, (WARNING, DRAIN, MESSAGE)),
    ],
)
@pytest.mark.parametrize("at", [None, LOCAL, LOCAL.replace(tzinfo=timezone.utc)], ids=["now", "local", "utc"])
def test_a_restart_is_accepted_in_every_form(
    at: datetime | None, message: str, drain: bool, commands: tuple[Command, ...]
) -> None:
    found = accepted(restart(at, message, drain=drain))
    assert found.commands == commands
    if at is None:
        assert found.triggers == ()
        assert found.delete_after is None
    else:
        [trigger] = found.triggers
        assert trigger.kind == "TimeTrigger"
        assert (trigger.start, trigger.end) == (at - timedelta(minutes=15), at + timedelta(days=1))
        assert found.delete_after == timedelta(days=30)
    assert found.time_limit == timedelta(hours=1)


@pytest.mark.parametrize("action", ["install", "remove", "download"])
def test_a_script_is_accepted_whatever_it_does(action: str) -> None:
    found = accepted(task_definition(Run(KB, action, "run1"), "C:\\Windows"))
    assert (found.commands, found.triggers) == ((SCRIPT,), ())
    assert found.time_limit == timedelta(hours=8)


def test_an_announcement_is_accepted() -> None:
    found = accepted(announcement_task(KB, "R&D: <bye>", 900))
    assert (found.commands, found.triggers) == ((MESSAGE,), ())


@pytest.mark.parametrize(
    "task",
    [
        restart(None, "bye", drain=True),
        restart(LOCAL, "bye", drain=True),
        task_definition(Run(KB, "install", "run1"), "C:\\Windows"),
        announcement_task(KB, "bye", 60),
    ],
    ids=["restart now", "restart later", "script", "announcement"],
)
def test_every_task_runs_as_system_on_demand_and_on_batteries_and_makes_up_for_nothing(
    task: TaskDefinition,
) -> None:
    found = accepted(task)
    assert found.user_id == "S-1-5-18"
    assert (found.enabled, found.start_on_demand) == (True, True)
    assert (found.start_when_available, found.needs_mains) == (False, False)
    assert found.multiple_instances == "IgnoreNew"
