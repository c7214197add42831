# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts as users of session hosts meet them: waited for, stopped, missed, called off, planned anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.fleet.groups import (
    INSTALL_PENDING,
    local_now,
    make_packages,
    package_state,
    write_groups,
)
from tests.integration.plays import Run, read_report, run_playbook

SESSIONS = [{"user": "anna", "id": 2, "name": "rdp-tcp#0"}, {"user": "bert", "id": 3, "state": "disc"}]
FARM = ["turn-1", "turn-2"]
HOSTS = ["busy", "refused", "missed", "cancelled", *FARM]
MESSAGE = "Bitte abmelden: 再起動します"


@dataclass(frozen=True)
class Job:
    """What was seen, and what the runs reported."""

    lab: Lab
    waiting: dict[str, Any]
    remediate: dict[str, dict[str, Any]]
    before_cancelling: dict[str, Any]
    restarts: dict[str, Any]
    cancelled: dict[str, Any]
    again: dict[str, dict[str, Any]]


def run_while_users_sign_out(lab: Lab, start: Callable[[], Run]) -> dict[str, Any]:
    """Let the users of the host `busy` sign out once they were told; returns the host as it was before."""
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(start)
        while not lab.control.host("busy")["messages"]:
            assert not run.done(), "nobody was told"
            time.sleep(0.2)
        seen = lab.control.host("busy")
        for number in (2, 3):
            lab.control.run("busy", f"logoff {number}")
        run.result()
    return seen


@pytest.fixture(scope="module")
def job(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Job:
    rdp = {"enabled": True, "nla": True, "application_server": True}
    defaults = {"domain": "corp.example", "system": "2008r2-x64", "language": "de-DE", "rdp": rdp}
    lab = start_lab(
        {"defaults": {**defaults, "sessions": SESSIONS}, "hosts": [{"name": name} for name in HOSTS]}
    )
    folder = tmp_path_factory.mktemp("session-hosts")
    refusing = folder / "refusing.yml"
    refusing.write_text(
        "- name: Take the host out of the pool\n  ansible.builtin.fail:\n    msg: The pool is too small.\n",
        "utf-8",
    )

    def at(**ahead: int) -> str:
        return (local_now(lab, "missed") + timedelta(**ahead)).isoformat(timespec="seconds")

    settings = {
        "hotfix_package_dir": str(make_packages(folder / "packages")),
        "hotfix_max_fail_percent": 99,
    }

    def run(
        playbook: str, step: str, *options: str, host_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        farm = {"hotfix_restart_farm": "farm", "hotfix_restart_max_parallel_percent": 50}
        groups = write_groups(folder / f"{step}.yml", {"farm": FARM}, {"farm": farm}, host_vars)
        inventory: Path = lab.inventory
        run_playbook(playbook, inventory, folder / step, *groups, *options, variables=settings)
        name = {"list_restarts": "restarts", "cancel_restarts": "cancel"}.get(playbook, playbook)
        return read_report(folder / step, name)

    now = {"hotfix_restart": "now", "hotfix_drain_sessions": True, "hotfix_restart_message": MESSAGE}
    planned = {"hotfix_drain_sessions": True, "hotfix_restart_notice_minutes": 10}
    first: dict[str, Any] = {}
    waiting = run_while_users_sign_out(
        lab,
        lambda: first.update(
            run(
                "remediate",
                "first",
                host_vars={
                    "busy": {**now, "hotfix_wait_for_sessions_minutes": "30"},
                    "refused": {**now, "hotfix_pre_restart_tasks": str(refusing)},
                    **{name: {**now, "hotfix_restart_notice_minutes": 0} for name in FARM},
                    "missed": {**planned, "hotfix_restart_at": at(hours=2)},
                    "cancelled": {**planned, "hotfix_restart_at": at(hours=3)},
                },
            )
        ),
    )
    # Somebody on the host calls the restart off in its notice; one that was off would complete it at boot.
    lab.control.advance(3600 + 52 * 60)
    lab.control.run("missed", "shutdown /a")
    lab.control.advance(3600)
    before_cancelling = lab.control.host("cancelled")
    restarts = run("list_restarts", "list", "--limit", "missed,cancelled")
    run("cancel_restarts", "cancel", "--limit", "cancelled")
    cancelled = lab.control.host("cancelled")
    later = {"hotfix_restart_at": at(hours=5), "hotfix_restart_notice_minutes": 10}
    again = run(
        "remediate",
        "again",
        "--limit",
        "missed,cancelled",
        host_vars={"missed": later, "cancelled": later},
    )
    return Job(lab, waiting, first, before_cancelling, restarts, cancelled, again)


def test_users_are_told_and_new_logons_refused_while_the_run_waits(job: Job) -> None:
    assert job.waiting["logon_mode"] == "drainuntilrestart"
    assert [user for user, text in job.waiting["messages"] if text == MESSAGE] == ["anna", "bert"]
    assert job.waiting["countdown"] is None


def test_the_host_restarts_when_the_last_user_has_signed_out(job: Job) -> None:
    row = job.remediate["busy"]
    assert (row["status"], row["actions"]["restarted"]) == ("compliant", True)
    assert row["actions"]["sessions"] == {"active": 0, "disconnected": 0}
    after = job.lab.control.host("busy")
    assert (after["boots"], after["logon_mode"], after["tasks"]) == (1, "enable", {})


def test_the_hosts_of_a_farm_restart_at_once_one_after_the_other(job: Job) -> None:
    spans = []
    for host in FARM:
        assert job.remediate[host]["status"] == "compliant"
        history = job.lab.control.host(host)["history"]
        begun = next(entry["at"] for entry in history if entry["what"].startswith("countdown of"))
        up = next(entry["at"] for entry in history if entry["what"] == "up")
        spans.append((begun, up))
    (_unused, first_up), (second_begun, _unused) = sorted(spans)
    assert first_up < second_begun


def test_a_task_that_fails_before_the_restart_stops_it(job: Job) -> None:
    row = job.remediate["refused"]
    assert "The pool is too small." in row["error"]
    assert job.lab.control.host("refused")["boots"] == 0
    assert package_state(job.lab, "refused") == INSTALL_PENDING


def test_the_sessions_on_a_host_are_counted_when_its_restart_is_planned(job: Job) -> None:
    assert job.remediate["missed"]["actions"]["sessions"] == {"active": 1, "disconnected": 1}


def test_scheduled_and_missed_restarts_are_listed(job: Job) -> None:
    missed, ahead = job.restarts["missed"], job.restarts["cancelled"]
    assert missed["restart"]["missed_at"] == job.remediate["missed"]["actions"]["restart_scheduled_for"]
    assert missed["restart"]["scheduled_for"] is None
    assert "was missed" in missed["reasons"][0]
    assert ahead["restart"]["scheduled_for"] == job.remediate["cancelled"]["actions"]["restart_scheduled_for"]


def test_a_missed_restart_is_planned_anew(job: Job) -> None:
    actions = job.again["missed"]["actions"]
    assert (actions["step"], actions["restart_missed"]) == ("restart", True)
    assert actions["restart_scheduled_for"] is not None
    assert job.lab.control.host("missed")["logon_mode"] == "enable"


def test_calling_a_restart_off_during_its_notice_lets_users_on_again(job: Job) -> None:
    assert job.before_cancelling["countdown"] is not None
    assert job.before_cancelling["logon_mode"] == "drainuntilrestart"
    assert (job.cancelled["countdown"], job.cancelled["logon_mode"], job.cancelled["tasks"]) == (
        None,
        "enable",
        {},
    )


def test_a_restart_that_was_called_off_can_be_planned_for_another_time(job: Job) -> None:
    actions = job.again["cancelled"]["actions"]
    assert actions["restart_scheduled_for"] == job.again["missed"]["actions"]["restart_scheduled_for"]
