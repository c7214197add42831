# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two controllers that install on the same hosts at the same moment: one does it, both tell of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.bad_luck.conftest import Packages
from tests.integration.bad_luck.controllers import in_background, kill_controller, wait_until
from tests.integration.bad_luck.traces import STAGING
from tests.integration.conftest import Lab
from tests.integration.plays import Run, Task, run_playbook

HOSTS = ("both-1", "both-2", "both-3")
KILLED = "killed"
LOCK = f"{STAGING}-KB978918.lock".lower()
MISLEADING = ("did not arrive whole", "antivirus", "without a result", "cannot be created or closed")


@dataclass(frozen=True)
class Story:
    """Two runs at once on some hosts and a third one after them; and one that followed a killed one."""

    lab: Lab
    pair: tuple[Run, Run]
    third: Run
    after_killed: Run
    lock_was_left: bool


@pytest.fixture(scope="module")
def story(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    # Long enough for the slower of the two to meet the other at work, however late it starts.
    host = {"system": "2008r2-x64", "dism_seconds": 20}
    lab = start_lab({"hosts": [{"name": name, **host} for name in (*HOSTS, KILLED)]})
    folder: Path = tmp_path_factory.mktemp("two-controllers")

    def install(name: str, *hosts: str) -> Callable[[], Run]:
        task = {"winfleet.hotfix.hotfix": {"package": str(packages.good())}}
        play = {"hosts": list(hosts), "gather_facts": False, "tasks": [task]}
        return lambda: run_playbook([play], lab.inventory, folder / name)

    lab.control.inject(KILLED, "slow", action="Send", seconds=10, after=1)
    with in_background(install("killed", KILLED)):
        # As package.msu.part or .b64, by what it holds.
        wait_until(lambda: "package.msu." in files(lab, KILLED), "the package is being sent")
        kill_controller(folder / "killed")
    lock_was_left = LOCK in files(lab, KILLED)
    lab.control.clear_faults(KILLED)
    with (
        in_background(install("after-killed", KILLED)) as after_killed,
        in_background(install("one", *HOSTS)) as one,
        in_background(install("other", *HOSTS)) as other,
    ):
        pair = (one.result(), other.result())
        third = install("third", *HOSTS)()
    return Story(lab, pair, third, after_killed.result(), lock_was_left)


def files(lab: Lab, host: str) -> str:
    """The paths below the Windows folder that are ours, in lower case, one a line."""
    paths = (path.lower() for path in lab.control.snapshot(host)["files"])
    return "\n".join(path for path in paths if path.startswith(STAGING.lower()))


def dism_runs(lab: Lab, host: str) -> int:
    """How often servicing was asked to install something, by its own log."""
    log = lab.control.read_file(host, "C:\\Windows\\Logs\\CBS\\CBS.log") or b""
    return log.count(b"Exec: Processing started.")


def tasks(run: Run) -> dict[str, Task]:
    return {task.host: task for task in run.of("hotfix")}


@pytest.mark.parametrize("host", [*HOSTS, KILLED])
def test_dism_runs_once(story: Story, host: str) -> None:
    assert dism_runs(story.lab, host) == 1


@pytest.mark.parametrize("host", HOSTS)
def test_both_report_the_same_result(story: Story, host: str) -> None:
    one, other = (tasks(run)[host] for run in story.pair)
    assert one.outcome == other.outcome == "ok", (one.result, other.result)
    assert one.changed and other.changed
    for task in (one, other):
        assert (task.result["status"], task.result["restart_required"]) == ("restart_pending", True)
        assert task.result["servicing"]["exit_name"] == "restart_required"


def test_nothing_misleading_is_said(story: Story) -> None:
    said = "".join(run.output for run in story.pair)
    assert not [words for words in MISLEADING if words in said], said
    assert "KB978918: another controller is preparing this host; waiting" in said or "still at work" in said


def test_a_third_run_changes_nothing(story: Story) -> None:
    assert story.third.code == 0 and not story.third.changed_hosts(), story.third.output


def test_a_controller_killed_while_it_prepares_delays_the_next_one_for_a_while_only(story: Story) -> None:
    assert story.lock_was_left
    task = tasks(story.after_killed)[KILLED]
    assert (task.outcome, task.changed, task.result["restart_required"]) == ("ok", True, True), task.result
    assert "the other controller has not moved for 120 s; taking over" in story.after_killed.output


@pytest.mark.parametrize("host", [*HOSTS, KILLED])
def test_no_lock_is_left(story: Story, host: str) -> None:
    assert LOCK not in files(story.lab, host)
