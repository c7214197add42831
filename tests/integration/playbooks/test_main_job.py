# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on the demo fleet: rehearse, remediate, let the window come, verify, and change nothing more.

Each ansible-core runs it from beginning to end; the tests of this file look at what it left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import Run, Task, core_programs, read_report, run_playbook

# The pinned one, the oldest and the newest.
CORES = [None, "2.16", "2.21"]
SETTINGS: dict[str, Any] = {
    "hotfix_restart_window": {"days": [], "start": "02:00", "duration_minutes": 120},
    "hotfix_restart_stagger_minutes": 30,
    "hotfix_drain_sessions": True,
}
# What each host of the demo fleet has before, and after its restart.
STATUSES = {
    "win7-x86-client": ("vulnerable", "compliant"),
    "win7-x64": ("vulnerable", "compliant"),
    "rds-2008r2": ("vulnerable", "compliant"),
    "core-2008r2": ("vulnerable", "compliant"),
    "ia64-2008r2": ("vulnerable", "compliant"),
    "german-2008r2": ("vulnerable", "compliant"),
    "fixed-2008r2": ("compliant", "compliant"),
    "partly-fixed-win7": ("inconsistent", "compliant"),
    "gdr-2008r2": ("vulnerable", "compliant"),
    "sp1-2008r2": ("compliant", "compliant"),
    "server-2012": ("not_applicable", "not_applicable"),
    "denied-win7": ("unreachable", "unreachable"),
    "rollback-2008r2": ("vulnerable", "vulnerable"),
    "off-win7": ("unreachable", "unreachable"),
}
REMEDIATED = {
    host for host, (before, _unused) in STATUSES.items() if before in ("vulnerable", "inconsistent")
}
INSTALL = "Install or remove the package"
OUT_OF_REACH = {"denied-win7", "off-win7"}


@dataclasses.dataclass(frozen=True)
class MainJob:
    """The runs of the main job, in their order, and the reports they left."""

    assess: Run
    rehearsal: Run
    remediate: Run
    verify: Run
    again: Run
    reports: dict[str, dict[str, dict[str, Any]]]
    untouched: dict[str, dict[str, Any]]
    rehearsed: dict[str, dict[str, Any]]
    refused: dict[str, list[str]]


@pytest.fixture(scope="module", params=CORES, ids=lambda core: f"core-{core or 'pinned'}")
def job(
    request: pytest.FixtureRequest,
    start_lab: Callable[..., Lab],
    tmp_path_factory: pytest.TempPathFactory,
    package_folder: Path,
) -> MainJob:
    core: str | None = request.param
    core_programs(core)
    folder = tmp_path_factory.mktemp("job")
    lab = start_lab("demo.yml")
    settings = {**SETTINGS, "hotfix_package_dir": str(package_folder)}

    def run(playbook: str, step: str, *options: str) -> Run:
        return run_playbook(playbook, lab.inventory, folder / step, *options, variables=settings, core=core)

    assess = run("assess", "assess")
    untouched = {host: state_of(lab, host) for host in STATUSES}
    rehearsal = run("remediate", "rehearsal", "--check", "--diff")
    rehearsed = {host: state_of(lab, host) for host in STATUSES}
    remediate = run("remediate", "remediate", "--diff")
    lab.control.advance(30 * 3600)
    verify = run("verify", "verify")
    again = run("remediate", "again")
    reports = {
        step: read_report(folder / step, playbook)
        for step, playbook in {
            "assess": "assess",
            "rehearsal": "remediate-check",
            "remediate": "remediate",
            "verify": "verify",
        }.items()
    }
    counters = lab.control.counters()["hosts"]
    refused = {host: counted["refused"] for host, counted in counters.items()}
    return MainJob(assess, rehearsal, remediate, verify, again, reports, untouched, rehearsed, refused)


def state_of(lab: Lab, host: str) -> dict[str, Any]:
    """What a change would leave on a host: packages, tasks, sessions, space taken on its disk."""
    state = lab.control.host(host)
    return {key: state[key] for key in ("packages", "tasks", "logon_mode", "boots", "free_bytes")}


def host_tasks(run: Run) -> dict[tuple[str, str], Task]:
    """What the modules that change a host said, by host and task."""
    actions = ("winfleet.hotfix.hotfix", "winfleet.hotfix.restart")
    return {(each.host, each.task): each for each in run.tasks if each.action in actions}


def test_the_assessment_finds_what_each_host_has(job: MainJob) -> None:
    assert {host: row["status"] for host, row in job.reports["assess"].items()} == {
        host: before for host, (before, _unused) in STATUSES.items()
    }


def test_the_assessment_changes_nothing(job: MainJob) -> None:
    assert job.assess.changed_hosts() == set()


def test_the_rehearsal_names_the_same_tasks_as_the_run_that_follows(job: MainJob) -> None:
    predicted = {key for key, task in host_tasks(job.rehearsal).items() if task.changed}
    done = {key for key, task in host_tasks(job.remediate).items() if task.changed}
    assert predicted == done
    assert {host for host, _unused in done} == REMEDIATED


def test_the_rehearsal_names_the_same_restart_as_the_run_that_follows(job: MainJob) -> None:
    def restarts(run: Run) -> dict[str, tuple[str, str]]:
        return {
            each.host: (each.result["task_name"], each.result["scheduled_for"])
            for each in run.of("restart")
            if each.changed
        }

    assert restarts(job.rehearsal) == restarts(job.remediate)


def test_the_rehearsal_shows_the_same_differences_as_the_run_that_follows(job: MainJob) -> None:
    def differences(run: Run) -> dict[tuple[str, str], Any]:
        return {key: task.result["diff"] for key, task in host_tasks(run).items() if task.changed}

    predicted = differences(job.rehearsal)
    assert predicted == differences(job.remediate)
    installs = [diff["after"] for (_host, task), diff in predicted.items() if task == INSTALL]
    assert len(installs) == len(REMEDIATED)
    assert all({"package", "sha256", "folder", "task"} <= set(after) for after in installs)


def test_the_rehearsal_changes_no_host(job: MainJob) -> None:
    assert job.untouched == job.rehearsed


def test_remediation_leaves_hosts_waiting_for_their_restart(job: MainJob) -> None:
    pending = {host for host, row in job.reports["remediate"].items() if row["status"] == "restart_pending"}
    assert pending == REMEDIATED


def test_every_restart_is_scheduled_inside_the_window(job: MainJob) -> None:
    planned = {
        host: row["actions"]["restart_scheduled_for"]
        for host, row in job.reports["remediate"].items()
        if host in REMEDIATED
    }
    assert all("T02:10" <= when[10:16] <= "T04:00" for when in planned.values()), planned


def test_verification_proves_every_host_that_took(job: MainJob) -> None:
    assert {host: row["status"] for host, row in job.reports["verify"].items()} == {
        host: after for host, (_unused, after) in STATUSES.items()
    }


def test_verification_is_red_for_the_hosts_that_did_not(job: MainJob) -> None:
    assert job.verify.code == 2
    failing = {host for host, row in job.reports["verify"].items() if row["error"]}
    assert failing == OUT_OF_REACH | {"rollback-2008r2"}


def test_a_rolled_back_host_says_so(job: MainJob) -> None:
    row = job.reports["verify"]["rollback-2008r2"]
    assert row["last_attempt"]["outcome"] == "rolled_back"
    assert "rolled back" in row["error"]


def test_the_second_run_changes_nothing_on_finished_hosts(job: MainJob) -> None:
    assert job.again.changed_hosts() <= {"rollback-2008r2"}


def test_every_host_is_proven_by_its_files(job: MainJob) -> None:
    for host, row in job.reports["verify"].items():
        if row["status"] == "compliant":
            deciding = [each for each in row["files"] if each["deciding"]]
            assert {each["state"] for each in deciding} <= {"fixed", "newer", "absent"}, host


def test_nothing_was_asked_that_the_simulated_hosts_do_not_know(job: MainJob) -> None:
    assert {host: lines for host, lines in job.refused.items() if lines} == {}
