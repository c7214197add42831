# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator sees of a run, and what AWX takes from its recap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook

HOSTS = ["canary", "pc1", "pc2", "pc3"]


@pytest.fixture(scope="module")
def fleet(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab({"hosts": [{"name": name, "system": "2008r2-core"} for name in HOSTS]})


@pytest.fixture
def canary_off(fleet: Lab) -> Iterator[Lab]:
    fleet.control.power("canary", on=False)
    yield fleet
    fleet.control.power("canary", on=True)
    fleet.control.wait_until_up("canary")


def remediate(lab: Lab, folder: Path, package_folder: Path, *options: str, **variables: Any) -> Run:
    window = {"start": "02:00", "duration_minutes": 60}
    given = {"hotfix_package_dir": str(package_folder), "hotfix_restart_window": window, **variables}
    return run_playbook("remediate", lab.inventory, folder, *options, variables=given)


def failed_in_recap(run: Run) -> set[str]:
    return set(re.findall(r"^(\S+) +: .*failed=[1-9]", run.output, re.MULTILINE))


def test_a_report_that_cannot_be_written_is_said_once_before_the_first_host_is_touched(
    fleet: Lab, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    fleet.control.reset_counters()
    run = run_playbook(
        "assess", fleet.inventory, tmp_path, variables={"hotfix_report_dir": str(tmp_path / "taken")}
    )
    assert run.code != 0
    assert [task.host for task in run.tasks if task.outcome == "failed"] == ["canary"]
    assert "cannot be written" in run.output
    assert {each["requests"] for each in fleet.control.counters()["hosts"].values()} == {0}


def test_a_stopped_batch_says_its_limit_once_and_leaves_every_host_failed(
    canary_off: Lab, package_folder: Path, tmp_path: Path
) -> None:
    run = remediate(
        *(canary_off, tmp_path, package_folder),
        hotfix_batches=[1, "100%"],
        hotfix_max_fail_percent=20,
    )
    assert run.code == 2
    assert run.output.count("1 of 1 failed, limit 20 %. Not reached: pc1, pc2, pc3") == 1
    assert failed_in_recap(run) == set(HOSTS)
    said = [task.result["msg"] for task in run.tasks if task.outcome in ("failed", "unreachable")]
    assert sum("winrm quickconfig" in text for text in said) == 1
    assert said.count("Not reached.") == 3


def test_a_batch_that_failed_as_a_whole_within_the_limit_lets_the_next_one_begin(
    canary_off: Lab, package_folder: Path, tmp_path: Path
) -> None:
    run = remediate(
        *(canary_off, tmp_path, package_folder, "--check"),
        hotfix_batches=[1, "100%"],
        hotfix_max_fail_percent=100,
    )
    assert run.code == 2
    assert "canary" in failed_in_recap(run)
    rows = read_report(tmp_path, "remediate-check")
    assert {host: row["status"] for host, row in rows.items()} == {
        "canary": "unreachable",
        **dict.fromkeys(HOSTS[1:], "vulnerable"),
    }


def test_verify_before_the_window_is_green_unless_the_restart_has_to_be_done(
    fleet: Lab, package_folder: Path, tmp_path: Path
) -> None:
    rehearsal = remediate(fleet, tmp_path, package_folder, "--check", "--limit", "pc1")
    assert re.search(r"1 would install \(restart at [0-9 :-]+ host time\)", rehearsal.output)
    done = remediate(fleet, tmp_path, package_folder, "--limit", "pc1")
    assert re.search(r"1 installed \(restart planned at [0-9 :-]+ host time\)", done.output)
    verify = run_playbook("verify", fleet.inventory, tmp_path, "--limit", "pc1")
    assert verify.code == 0, verify.output
    assert "run verify after it: pc1" in verify.output
    needed = {"hotfix_require_restart": "yes"}
    required = run_playbook("verify", fleet.inventory, tmp_path, "--limit", "pc1", variables=needed)
    assert required.code == 2
    assert re.search(r"It restarts at \S+; run verify after that", required.output)
