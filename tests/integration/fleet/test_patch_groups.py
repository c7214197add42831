# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run over patch groups: each with windows, blackout dates and permissions of its own; hosts override."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.fleet.groups import local_now, make_packages, package_state, write_groups
from tests.integration.plays import Run, read_report, run_playbook

FARM = [f"rds-{number}" for number in range(1, 6)]
SESSION_HOST = {"enabled": True, "nla": True, "application_server": True}
HOSTS: list[dict[str, Any]] = [
    *({"name": name, "rdp": SESSION_HOST, "boot_seconds": 600} for name in FARM),
    {"name": "office-1", "time_zone": "Asia/Tokyo"},
    {"name": "office-2", "time_zone": "Asia/Tokyo"},
    {"name": "at-once"},
    {"name": "out-of-hours"},
    {"name": "dc", "domain_controller": True},
    {"name": "dc-allowed", "domain_controller": True},
    {"name": "node", "cluster_node": True},
    {"name": "pin", "bitlocker": [4]},
    {"name": "other-team"},
]
NOTICE, DOWN = timedelta(minutes=10), timedelta(minutes=15)


@dataclass(frozen=True)
class Job:
    """The run, what it reported, and the clock of the farm when it began."""

    lab: Lab
    run: Run
    rows: dict[str, dict[str, Any]]
    began: datetime

    def restart_of(self, host: str) -> datetime:
        return datetime.fromisoformat(self.rows[host]["actions"]["restart_scheduled_for"])


@pytest.fixture(scope="module")
def job(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Job:
    lab = start_lab({"defaults": {"domain": "corp.example", "system": "2008r2-x64"}, "hosts": HOSTS})
    folder = tmp_path_factory.mktemp("groups")
    now = local_now(lab, "at-once")
    before, after = folder / "before.yml", folder / "after.yml"
    for path in (before, after):
        path.write_text(
            f"- name: Leave a trace\n  ansible.builtin.copy:\n    content: '{path.stem}'\n"
            f"    dest: {folder}/{{{{ inventory_hostname }}}}-{path.stem}\n    mode: '0600'\n"
            "  delegate_to: localhost\n  vars:\n    ansible_connection: local\n",
            "utf-8",
        )
    options = write_groups(
        folder / "groups.yml",
        {"farm": FARM, "offices": ["office-1", "office-2"], "others": ["other-team"]},
        {
            "farm": {
                "hotfix_restart_window": {"days": [], "start": "01:00", "duration_minutes": 180},
                "hotfix_blackout": [f"{now + timedelta(days=1):%Y-%m-%d}"],
                "hotfix_restart_farm": "farm",
                "hotfix_restart_max_parallel_percent": "40",
                "hotfix_drain_sessions": True,
            },
            "offices": {"hotfix_restart_window": {"start": "22:30", "duration_minutes": 60}},
        },
        {
            "office-2": {"hotfix_restart_window": None, "hotfix_restart_at": "2036-01-05T04:00"},
            "dc-allowed": {"hotfix_allow_dc": True},
            "at-once": {
                "hotfix_restart": "now",
                "hotfix_restart_notice_minutes": 0,
                "hotfix_change_window": {
                    "start": f"{now - timedelta(hours=1):%H:%M}",
                    "duration_minutes": 300,
                },
                "hotfix_pre_restart_tasks": str(before),
                "hotfix_post_restart_tasks": str(after),
            },
            "out-of-hours": {
                "hotfix_change_window": {
                    "start": f"{now + timedelta(hours=6):%H:%M}",
                    "duration_minutes": 300,
                }
            },
        },
    )
    settings = {
        "hotfix_package_dir": str(make_packages(folder / "packages")),
        "hotfix_hosts": "all:!others",
        "hotfix_max_fail_percent": 50,
    }
    # For hosts without a window of their own: a variable of the inventory, so that groups can override it.
    everyone = folder / "everyone.yml"
    everyone.write_text(
        "all:\n  vars:\n    hotfix_restart_window: {start: '02:00', duration_minutes: 120}\n", "utf-8"
    )
    run = run_playbook("remediate", lab.inventory, folder, "-i", str(everyone), *options, variables=settings)
    return Job(lab, run, read_report(folder, "remediate"), now)


def test_hosts_outside_of_the_patch_group_are_not_in_the_run(job: Job) -> None:
    assert set(job.rows) == {host["name"] for host in HOSTS} - {"other-team"}
    assert package_state(job.lab, "other-team") is None


def test_each_group_has_its_window_in_the_time_of_its_hosts(job: Job) -> None:
    assert "T22:40" <= job.rows["office-1"]["actions"]["restart_scheduled_for"][10:16] <= "T23:30"


def test_a_variable_of_a_host_wins_over_that_of_its_group(job: Job) -> None:
    assert job.restart_of("office-2") == datetime(2036, 1, 5, 4)


def test_the_window_is_not_used_on_a_blackout_date(job: Job) -> None:
    for host in FARM:
        assert job.restart_of(host).date() != (job.began + timedelta(days=1)).date()


def test_never_more_than_the_share_of_the_farm_is_down(job: Job) -> None:
    times = sorted(job.restart_of(host) for host in FARM)
    spans = [(at - NOTICE, at + DOWN) for at in times]
    for begin, _unused in spans:
        assert sum(start <= begin < end for start, end in spans) <= 2
    assert [later - sooner for sooner, later in pairwise(sorted(set(times)))] == [NOTICE + DOWN] * 2


def test_outside_of_its_change_window_a_host_is_left_alone_and_says_so(job: Job) -> None:
    row = job.rows["out-of-hours"]
    assert (row["status"], row["error"], row["actions"]["step"]) == ("vulnerable", None, "none")
    assert "the window opens at" in row["actions"]["left_alone"]
    assert row["reasons"][0].startswith("Left alone in this run: ")
    assert package_state(job.lab, "out-of-hours") is None


def test_inside_of_its_change_window_a_host_is_changed_and_restarted_in_one_go(job: Job) -> None:
    row = job.rows["at-once"]
    assert (row["status"], row["actions"]["restarted"]) == ("compliant", True)


def test_the_tasks_before_and_after_a_restart_were_run(job: Job) -> None:
    traces = {each.task for each in job.run.of("ansible.builtin.copy", "at-once")}
    assert traces == {"Leave a trace"}
    assert len(job.run.of("ansible.builtin.copy")) == 2


@pytest.mark.parametrize(
    ("host", "variable"),
    [("dc", "domain controller"), ("node", "cluster"), ("pin", "BitLocker")],
)
def test_hosts_that_need_a_decision_are_refused_unless_allowed(job: Job, host: str, variable: str) -> None:
    cause, _rest = job.rows[host]["error"].split(". ", 1)
    assert variable.lower() in cause.lower()
    assert "was not ready, and nothing was changed" in job.rows[host]["error"]
    assert package_state(job.lab, host) is None


def test_a_domain_controller_that_is_allowed_is_remediated(job: Job) -> None:
    assert job.rows["dc-allowed"]["status"] == "restart_pending"


def test_the_farm_restarts_in_turns_when_the_window_comes(job: Job) -> None:
    last = max(job.restart_of(host) for host in FARM).replace(tzinfo=job.began.tzinfo)
    job.lab.control.advance_to((last + timedelta(hours=1)).isoformat())
    down: list[tuple[datetime, int]] = []
    for host in FARM:
        history = [
            (datetime.fromisoformat(entry["at"]), entry["what"])
            for entry in job.lab.control.host(host)["history"]
        ]
        begun = next(at for at, what in history if what.startswith("countdown of"))
        up = next(at for at, what in history if what == "up")
        down += [(begun, 1), (up, -1)]
    at_once = 0
    for _unused, step in sorted(down):
        at_once += step
        assert at_once <= 2
    assert at_once == 0
