# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloaded days ahead, installed without sending again, and rolled back with the same care."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.fleet.groups import INSTALL_PENDING, INSTALLED, make_packages, package_state
from tests.integration.plays import Run, read_report, report_name, run_playbook

HOST = "host"
# Another host on which the removal is refused by servicing, one that never had the package, one beyond it.
HOSTS = [
    {"name": HOST},
    {"name": "kept", "files": "fixed", "faults": ["cannot_remove"]},
    {"name": "without"},
    {"name": "newer", "system": "2008r2-x64-sp1", "files": "sp1"},
]


@dataclass(frozen=True)
class Step:
    """A run, its row of the report, what the host received, and the state of the package after it."""

    run: Run
    rows: dict[str, dict[str, Any]]
    received: int
    package: int | None

    @property
    def row(self) -> dict[str, Any]:
        return self.rows[HOST]


@pytest.fixture(scope="module")
def steps(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Step]:
    lab = start_lab({"defaults": {"domain": "corp.example", "system": "2008r2-x64"}, "hosts": HOSTS})
    folder = tmp_path_factory.mktemp("there-and-back")
    settings = {
        "hotfix_package_dir": str(make_packages(folder / "packages")),
        "hotfix_restart_window": {"start": "02:00", "duration_minutes": 120},
        "hotfix_max_fail_percent": 99,
    }
    done: dict[str, Step] = {}

    def step(name: str, playbook: str, *options: str, **variables: Any) -> None:
        lab.control.reset_counters()
        run = run_playbook(
            playbook, lab.inventory, folder / name, *options, variables={**settings, **variables}
        )
        received = lab.control.counters()["hosts"][HOST]["bytes_in"]
        rows = read_report(folder / name, report_name(playbook, options))
        done[name] = Step(run, rows, received, package_state(lab, HOST))

    only = ("--limit", HOST)
    step("download", "remediate", *only, hotfix_state="downloaded")
    step("download again", "remediate", *only, hotfix_state="downloaded")
    step("install", "remediate", *only)
    lab.control.advance(30 * 3600)
    absent = {"hotfix_state": "absent"}
    step("rehearse removal", "remediate", "--check", "--diff", **absent)
    step("remove", "remediate", "--diff", **absent)
    lab.control.advance(30 * 3600)
    step("verify removal", "verify", **absent)
    step("remove again", "remediate", *only, **absent)
    return done


def test_a_download_ahead_changes_nothing_but_the_staging_folder(steps: dict[str, Step]) -> None:
    row = steps["download"].row
    assert (row["status"], row["actions"]["downloaded"], row["error"]) == ("vulnerable", True, None)
    assert steps["download"].package is None
    assert steps["download again"].run.changed_hosts() == set()


def test_the_installation_does_not_send_the_package_again(steps: dict[str, Step]) -> None:
    assert steps["install"].row["actions"]["installed"] is True
    assert steps["install"].package == INSTALL_PENDING
    assert steps["install"].row["actions"]["downloaded"] is False
    assert steps["install"].received < steps["download"].received


def test_a_rehearsal_of_the_removal_predicts_it_and_changes_nothing(steps: dict[str, Step]) -> None:
    rehearsal, removal = steps["rehearse removal"], steps["remove"]
    assert rehearsal.package == INSTALLED
    assert rehearsal.row["actions"] == {**removal.row["actions"], "predicted": True, "exit_name": None}
    predicted = {(each.host, each.task) for each in rehearsal.run.tasks if each.changed}
    done = {(each.host, each.task) for each in removal.run.tasks if each.changed}
    assert done - predicted == set()
    assert {host for host, _unused in predicted - done} == {"kept"}


def test_the_removal_waits_for_its_restart_in_the_window(steps: dict[str, Step]) -> None:
    row = steps["remove"].row
    assert (row["status"], row["actions"]["removed"]) == ("restart_pending", True)
    assert "T02:" in row["actions"]["restart_scheduled_for"]


def test_after_the_window_the_original_versions_are_there(steps: dict[str, Step]) -> None:
    row = steps["verify removal"].row
    assert (row["status"], row["error"]) == ("vulnerable", None)
    deciding = [each for each in row["files"] if each["deciding"]]
    assert {each["version"].split(" ")[0] for each in deciding} == {"6.1.7600.16385"}


def test_the_reports_of_a_removal_call_hosts_without_the_hotfix_removed(steps: dict[str, Step]) -> None:
    groups = {name: steps[name].row["work_group"] for name in ("install", "remove", "verify removal")}
    assert groups == {"install": "restart_planned", "remove": "restart_planned", "verify removal": "removed"}
    verified = {host: row["work_group"] for host, row in steps["verify removal"].rows.items()}
    assert (verified["without"], verified["newer"], verified["kept"]) == ("removed", "removed", "failed")
    assert "need nothing" in steps["verify removal"].run.output


def test_a_second_removal_changes_nothing(steps: dict[str, Step]) -> None:
    again = steps["remove again"]
    assert (again.run.code, again.run.changed_hosts(), again.row["actions"]["step"]) == (0, set(), "none")


def test_a_package_that_cannot_be_removed_fails_in_both_runs(steps: dict[str, Step]) -> None:
    row = steps["remove"].rows["kept"]
    assert (row["actions"]["removed"], row["actions"]["exit_name"]) == (False, "cannot_be_removed")
    assert "The package cannot be removed" in row["error"]
    assert steps["verify removal"].rows["kept"]["error"] is not None


def test_where_there_is_nothing_to_remove_hosts_are_left_alone(steps: dict[str, Step]) -> None:
    for host in ("without", "newer"):
        assert steps["remove"].rows[host]["actions"]["step"] == "none"
        assert steps["verify removal"].rows[host]["error"] is None
