# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that break, controllers that are killed and hosts that go down in the middle of it: DISM runs
once, and the next run picks up whatever there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.bad_luck.conftest import Packages
from tests.integration.bad_luck.controllers import in_background, kill_controller, wait_until
from tests.integration.bad_luck.traces import LOGS, STAGING, difference
from tests.integration.conftest import Lab
from tests.integration.plays import Run, Task, run_playbook
from tests.lab.control.client import ControlClient

PACKAGE = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
INSTALL_PENDING, INSTALLED = 0x60, 0x70
DISM_MINUTES = 11  # the lab's slow DISM takes ten
SLOW = ("dism_slow",)
HOSTS = {
    "killed": SLOW,
    "killed-and-over": SLOW,
    "killed-in-upload": (),
    "cut": SLOW,
    "cut-answer": SLOW,
    "cut-in-upload": (),
    "power-cut": SLOW,
}
FLEET = {
    "hosts": [
        {"name": name, "system": "2008r2-x64", "faults": list(faults)} for name, faults in HOSTS.items()
    ]
}


@dataclass(frozen=True)
class Story:
    """The runs that were cut off, those that were at work meanwhile, and those that followed."""

    lab: Lab
    killed: Run
    while_dism_works: Task
    broken: dict[str, Task]
    upload_left: dict[str, Any]
    output: str
    following: dict[str, Task]


@pytest.fixture(scope="module")
def story(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    """All of it at once, for most of the time is spent waiting."""
    lab, folder = start_lab(FLEET), tmp_path_factory.mktemp("cut-off")
    control = lab.control

    def install(name: str, *hosts: str) -> Callable[[], Run]:
        task = {"winfleet.hotfix.hotfix": {"package": str(packages.good())}}
        play = {"hosts": list(hosts), "gather_facts": False, "tasks": [task]}
        return lambda: run_playbook([play], lab.inventory, folder / name)

    before = control.snapshot("cut-in-upload")
    control.inject("killed-in-upload", "slow", action="Send", seconds=10, after=1)
    control.inject("cut-in-upload", "cut_before", action="Send", after=1, count=50)
    with in_background(install("broken", "cut", "cut-answer", "cut-in-upload", "power-cut")) as broken:
        with in_background(install("killed", "killed", "killed-and-over", "killed-in-upload")) as killed:
            wait_for_dism(control, "killed", "killed-and-over")
            sends = partial(sent, control, "killed-in-upload")
            wait_until(lambda: sends() > 1, "the package is being sent")
            kill_controller(folder / "killed")
        wait_for_dism(control, "cut", "cut-answer", "power-cut")
        control.inject("cut", "cut_before", count=2)
        control.inject("cut-answer", "cut_answer", count=2)
        control.power("power-cut", on=False)
        control.power("power-cut", on=True)
        control.reset_counters()
        with in_background(install("looks-on", "killed")) as looks_on:
            wait_until(
                lambda: control.counters()["hosts"]["killed"]["requests"] > 12, "the next run looks on"
            )
            wait_until(
                lambda: not any(control.host(name)["faults"]["endpoint"] for name in ("cut", "cut-answer")),
                "the connections are cut",
            )
            assert control.host("killed")["servicing_busy"]
            control.advance(DISM_MINUTES * 60)
    upload_left = difference(before, control.snapshot("cut-in-upload"), STAGING)
    for name in ("killed-in-upload", "cut-in-upload", "power-cut"):
        control.clear_faults(name)
    following = install("following", "killed-and-over", "killed-in-upload", "cut-in-upload", "power-cut")()
    return Story(
        lab,
        killed.result(),
        only(looks_on.result(), "killed"),
        {task.host: task for task in broken.result().of("hotfix")},
        upload_left,
        broken.result().output + looks_on.result().output,
        {task.host: task for task in following.of("hotfix")},
    )


def dism_runs(lab: Lab, host: str) -> int:
    """How often servicing was asked to install something, by its own log."""
    log = lab.control.read_file(host, "C:\\Windows\\Logs\\CBS\\CBS.log") or b""
    return log.count(b"Exec: Processing started.")


def sent(control: ControlClient, host: str) -> int:
    """How many parts of a file were sent to a host."""
    actions: dict[str, int] = control.counters()["hosts"][host]["actions"]
    return actions.get("Send", 0)


def wait_for_dism(control: ControlClient, *hosts: str) -> None:
    wait_until(lambda: all(control.host(name)["servicing_busy"] for name in hosts), f"DISM works on {hosts}")


def only(run: Run, host: str) -> Task:
    (task,) = run.of("hotfix", host)
    return task


def installed(task: Task) -> bool:
    return (task.outcome, task.changed, task.result.get("restart_required")) == ("ok", True, True)


def test_a_killed_controller_leaves_dism_at_work_and_the_next_run_waits_for_it(story: Story) -> None:
    assert story.killed.code < 0
    assert installed(story.while_dism_works), story.while_dism_works.result
    assert "an earlier run is still at work" in story.output


def test_a_killed_controllers_result_is_reported_by_the_next_run(story: Story) -> None:
    task = story.following["killed-and-over"]
    assert (task.outcome, task.changed, task.result["restart_required"]) == ("ok", False, True), task.result
    assert task.result["servicing"]["exit_name"] == "restart_required"


def test_a_controller_killed_while_it_sends_is_followed_by_one_that_installs(story: Story) -> None:
    assert installed(story.following["killed-in-upload"]), story.following["killed-in-upload"].result


@pytest.mark.parametrize("host", ["cut", "cut-answer"])
def test_a_connection_lost_while_dism_works_is_made_again(story: Story, host: str) -> None:
    assert installed(story.broken[host]), story.broken[host].result
    assert f"{host}: KB978918: the connection is lost, the task goes on" in story.output


def test_a_connection_lost_while_the_package_is_sent_changes_nothing(story: Story) -> None:
    task = story.broken["cut-in-upload"]
    assert task.outcome in ("failed", "unreachable")
    assert "cut-in-upload" in task.result["msg"] and "again" in task.result["msg"]
    assert story.upload_left == {}
    assert installed(story.following["cut-in-upload"]), story.following["cut-in-upload"].result


def test_a_host_that_goes_down_while_dism_works_is_told_of_and_installed_by_the_next_run(
    story: Story,
) -> None:
    task = story.broken["power-cut"]
    assert task.outcome == "failed"
    assert "without a result" in task.result["msg"] and "run this again" in task.result["msg"]
    assert installed(story.following["power-cut"]), story.following["power-cut"].result


@pytest.mark.parametrize("host", [name for name in HOSTS if name != "power-cut"])
def test_dism_runs_once_whatever_happens(story: Story, host: str) -> None:
    assert dism_runs(story.lab, host) == 1


@pytest.mark.parametrize("host", HOSTS)
def test_in_the_end_the_hosts_are_installed_and_tidied_up(story: Story, host: str) -> None:
    state = story.lab.control.host(host)
    assert (state["packages"][PACKAGE], state["tasks"]) == (INSTALL_PENDING, {})
    files = story.lab.control.snapshot(host)["files"]
    left = {path.rpartition("\\")[2] for path in files if path.startswith(f"{STAGING}\\KB978918\\")}
    assert left == {"attempt.txt", "install.log", "dism.log"}


def test_a_change_rolled_back_at_the_boot_is_named_and_can_be_made_again(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path: Path
) -> None:
    lab = start_lab({"hosts": [{"name": "reverted", "system": "2008r2-x64", "faults": ["revert_on_boot"]}]})
    tasks = [{"winfleet.hotfix.hotfix": {"package": str(packages.good())}}]
    install = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
    before = lab.control.snapshot("reverted")
    assert installed(only(run_playbook(install, lab.inventory, tmp_path / "first"), "reverted"))
    restart(lab, "reverted")
    # What was staged stays in the component store, as it does on Windows.
    left = difference(before, lab.control.snapshot("reverted"), STAGING, LOGS, "C:\\Windows\\winsxs")
    assert left.keys() <= {"boots", "rights"}

    # The playbook that proves the fleet after the window.
    run = run_playbook("verify", lab.inventory, tmp_path / "verify")
    info = run.of("hotfix_info")[0].result["hotfix_info"]
    assert run.code == 2
    assert (info["status"], info["last_attempt"]["outcome"]) == ("vulnerable", "rolled_back")
    assert "rolled back" in info["reasons"][0]
    # The module restart tells why.
    tasks = [{"winfleet.hotfix.restart": {"at": "2036-02-01T03:00"}}]
    asked = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
    (told,) = run_playbook(asked, lab.inventory, tmp_path / "asked").of("restart")
    assert (told.outcome, told.result["rolled_back_at_restart"]) == ("failed", True)
    assert "rolled the change of KB978918 back" in told.result["msg"]
    assert "0x800f0922" in told.result["cbs_log"]

    lab.control.clear_faults("reverted")
    assert installed(only(run_playbook(install, lab.inventory, tmp_path / "again"), "reverted"))
    restart(lab, "reverted")
    assert lab.control.host("reverted")["packages"][PACKAGE] == INSTALLED


def restart(lab: Lab, host: str) -> None:
    """Restart a host and let servicing come to rest."""
    boots = lab.control.host(host)["boots"]
    assert lab.control.run(host, "shutdown /r /t 0")["exit_code"] == 0
    lab.control.advance(60)
    assert lab.control.host(host)["boots"] == boots + 1
