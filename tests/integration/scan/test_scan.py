# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook scan says what assess says, and fails the hosts that assess fails, from a few tasks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook
from tests.integration.scan.test_fleet_info import without_times

# Each run has its own time, and a probe its own moment.
_OF_THE_RUN = {"reported_at"}


def rows(folder: Path, name: str) -> dict[str, Any]:
    """The rows of a report, without what differs from run to run."""
    found: dict[str, Any] = without_times(read_report(folder, name))
    return {
        host: {key: value for key, value in row.items() if key not in _OF_THE_RUN}
        for host, row in found.items()
    }


def recap(run: Run) -> dict[str, bool]:
    """Whether each host of the recap failed."""
    lines = re.findall(r"^(\S.*?) +: ok=.*failed=(\d+)", run.output, re.MULTILINE)
    return {host: failed != "0" for host, failed in lines}


@dataclass(frozen=True)
class Both:
    """The same fleet, assessed and scanned."""

    assess: Run
    scan: Run
    folder: Path


@pytest.fixture(scope="module", params=[None, "2.16", "2.21"], ids=lambda core: f"core-{core or 'pinned'}")
def both(request: pytest.FixtureRequest, lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("both")
    runs = [run_playbook(name, lab.inventory, folder, core=request.param) for name in ("assess", "scan")]
    return Both(*runs, folder)


def test_the_report_has_the_rows_of_assess(both: Both) -> None:
    assessed, scanned = rows(both.folder, "assess"), rows(both.folder, "scan")
    assert len(assessed) > 10
    for host, row in assessed.items():
        assert scanned[host] == row, host


def test_the_exit_code_and_the_failed_hosts_are_those_of_assess(both: Both) -> None:
    assert both.scan.code == both.assess.code == 2
    failed = {host for host, failed in recap(both.assess).items() if failed}
    assert failed
    assert {host for host, failed in recap(both.scan).items() if failed} == failed


def test_a_host_that_failed_says_why_in_the_words_of_assess(both: Both) -> None:
    said = {task.host: task.result["msg"] for task in both.scan.of("refuse")}
    errors = {host: row["error"] for host, row in rows(both.folder, "assess").items() if row["error"]}
    assert said == errors


def test_no_task_runs_on_a_host_that_is_fine_but_the_first(both: Both) -> None:
    fine = {host for host, failed in recap(both.scan).items() if not failed}
    assert len(fine) == 1
    assert len({task.task for task in both.scan.tasks}) < 10


def test_awx_gets_the_same_numbers(both: Both) -> None:
    def stats(run: Run) -> Any:
        (task,) = run.of("ansible.builtin.set_stats")
        return task.result["ansible_stats"]["data"]

    assert stats(both.scan) == stats(both.assess)


def test_a_scan_in_which_the_hotfix_is_not_wanted_has_the_rows_of_assess(lab: Lab, tmp_path: Path) -> None:
    some = ("--limit", "win7-x64,fixed-2008r2")
    for name in ("assess", "scan"):
        run_playbook(name, lab.inventory, tmp_path, *some, variables={"hotfix_state": "absent"})
    scanned = rows(tmp_path, "scan")
    assert scanned == rows(tmp_path, "assess")
    assert scanned["win7-x64"]["work_group"] == "removed"


def test_a_limit_holds_for_the_scan(lab: Lab, tmp_path: Path) -> None:
    run = run_playbook("scan", lab.inventory, tmp_path, "--limit", "win7-x64,fixed-2008r2")
    assert run.code == 0, run.output
    assert set(read_report(tmp_path, "scan")) == {"win7-x64", "fixed-2008r2"}
    assert json.loads((tmp_path / "scan.json").read_text("utf-8"))["made_by"]["limit"]


@pytest.fixture
def odd_first(lab: Lab, tmp_path: Path) -> Path:
    """An inventory whose first host has no usable variables, and whose second one has a wrong setting."""
    good = lab.host_vars("win7-x64")
    hosts = {
        "a-undefined": {**good, "ansible_password": "{{ the_password }}"},
        "b-refused": {**good, "hotfix_state": "installed"},
        "c-nobodys": {name: value for name, value in good.items() if name != "ansible_password"},
        "d-good": good,
    }
    variables = {
        "ansible_connection": "winrm",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_scheme": "http",
    }
    inventory = tmp_path / "odd.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}), "utf-8")
    return inventory


@pytest.mark.parametrize("playbook", ["scan", "assess"])
def test_a_host_with_refused_settings_or_an_undefined_variable_does_not_stop_the_others(
    odd_first: Path, tmp_path: Path, playbook: str
) -> None:
    run = run_playbook(playbook, odd_first, tmp_path)
    found = read_report(tmp_path, playbook)
    assert {host: row["status"] for host, row in found.items()} == {
        "a-undefined": "error",
        "b-refused": "error",
        "c-nobodys": "unreachable",
        "d-good": "vulnerable",
    }
    assert "'the_password' is undefined" in found["a-undefined"]["error"]
    assert "hotfix_state must be one of" in found["b-refused"]["error"]
    assert found["c-nobodys"]["error"].startswith("The inventory has no user or no password for this host.")
    assert {host for host, failed in recap(run).items() if failed} >= {
        "a-undefined",
        "b-refused",
        "c-nobodys",
    }


def test_settings_that_are_refused_everywhere_do_not_take_the_place_of_the_last_report(
    lab: Lab, tmp_path: Path
) -> None:
    lab.control.reset_counters()
    run = run_playbook("scan", lab.inventory, tmp_path, variables={"hotfix_definition": "KB1"})
    assert run.code == 2
    assert not (tmp_path / "scan.json").exists()
    # A row that was left of this run would count as one of a run that looked.
    assert "the report of what it saw" not in run.output
    errors = {row["error"] for row in read_report(tmp_path, "scan-refused-KB1").values()}
    assert len(errors) == 1
    assert "KB1" in errors.pop()
    assert not sum(host["requests"] for host in lab.control.counters()["hosts"].values())


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"hotfix_report_dir": "{folder}/taken"}, "cannot be written"),
        ({"hotfix_scan_concurrency": 0}, "hotfix_scan_concurrency"),
        ({"hotfix_scan_host_timeout": -1}, "hotfix_scan_host_timeout"),
    ],
)
def test_a_wrong_setting_is_said_before_the_first_connection(
    lab: Lab, tmp_path: Path, variables: dict[str, Any], said: str
) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    given = {
        key: value.format(folder=tmp_path) if isinstance(value, str) else value
        for key, value in variables.items()
    }
    lab.control.reset_counters()
    run = run_playbook("scan", lab.inventory, tmp_path, variables=given)
    assert run.code == 2
    assert said in run.output
    assert not sum(host["requests"] for host in lab.control.counters()["hosts"].values())
