# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hotfixes in one fleet: one that the collection ships, and one by a definition file of the user's."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import ROOT, Run, read_report, run_playbook
from tests.lab.packages.__main__ import main as build_packages

DEFINITION = ROOT / "tests" / "lab" / "fleets" / "hotfixes" / "KB1234567.yml"
HOSTS = [{"name": "rds", "system": "2008r2-x64"}, {"name": "pc", "system": "win7-x86", "files": "fixed"}]
OURS, SHIPPED = "KB1234567", "KB978918"


@dataclass(frozen=True)
class Story:
    """The runs by name, and the folder with their reports and the inventory."""

    folder: Path
    lab: Lab
    settings: dict[str, Any]
    runs: dict[str, Run]

    def run(self, name: str, playbook: str, *options: str, **variables: Any) -> Run:
        done = run_playbook(
            playbook, self.lab.inventory, self.folder, *options, variables={**self.settings, **variables}
        )
        self.runs[name] = done
        return done

    def statuses(self, report: str) -> dict[str, str]:
        return {host: row["status"] for host, row in read_report(self.folder, report).items()}

    def asked(self) -> set[str]:
        """The hosts that were sent a request since the counters were reset."""
        counters = self.lab.control.counters()["hosts"]
        return {host for host, each in counters.items() if each["requests"]}


@pytest.fixture(scope="module")
def story(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Story:
    lab = start_lab({"defaults": {"domain": "corp.example"}, "hosts": HOSTS})
    folder = tmp_path_factory.mktemp("two")
    build_packages([str(folder / "packages"), OURS])
    beside = lab.inventory.parent / "hotfixes"
    beside.mkdir()
    shutil.copy(DEFINITION, beside)
    settings = {
        "hotfix_package_dir": str(folder / "packages"),
        "hotfix_restart_window": {"start": "02:00", "duration_minutes": 120},
    }
    found = Story(folder, lab, settings, {})
    found.run("assess", "assess")
    found.run("assess ours", "assess", hotfix_definition=OURS)
    found.run("remediate", "remediate")
    lab.control.advance(30 * 3600)
    found.run("verify", "verify")
    found.run("remediate ours", "remediate", hotfix_definition=str(DEFINITION))
    found.run("list", "list_restarts", hotfix_definition=OURS)
    lab.control.advance(30 * 3600)
    found.run("verify ours", "verify", hotfix_definition=OURS)
    found.run("verify again", "verify")
    found.run("merge", "merge_reports")
    found.run("merge ours", "merge_reports", hotfix_definition=OURS, hotfix_merge="verify-*.json")
    return found


def test_every_run_ends_green(story: Story) -> None:
    assert {name: run.output[-3000:] for name, run in story.runs.items() if run.code != 0} == {}


def test_each_hotfix_is_found_where_it_is_missing(story: Story) -> None:
    assert story.statuses("assess") == {"rds": "vulnerable", "pc": "compliant"}
    assert story.statuses(f"assess-{OURS}") == {"rds": "vulnerable", "pc": "vulnerable"}


def test_each_is_remediated_on_its_own(story: Story) -> None:
    steps = {host: row["actions"]["step"] for host, row in read_report(story.folder, "remediate").items()}
    assert steps == {"rds": "install", "pc": "none"}
    ours = read_report(story.folder, f"remediate-{OURS}")
    assert {row["actions"]["step"] for row in ours.values()} == {"install"}
    assert all(row["actions"]["restart_scheduled_for"] for row in ours.values())
    assert set(story.statuses(f"verify-{OURS}").values()) == {"compliant"}
    assert set(story.statuses("verify").values()) == {"compliant"}


def test_reports_of_different_hotfixes_lie_side_by_side(story: Story) -> None:
    for name in ("assess", "remediate", "verify"):
        for hotfix, suffix in ((SHIPPED, ""), (OURS, f"-{OURS}")):
            report = json.loads((story.folder / f"{name}{suffix}.json").read_text("utf-8"))
            assert report["hotfix"] == hotfix
            page = (story.folder / f"{name}{suffix}.html").read_text("utf-8")
            assert f"<title>{hotfix} across the fleet" in page
    assert OURS in story.runs["list"].output
    assert "rds" in story.statuses(f"restarts-{OURS}")


def test_reports_of_different_hotfixes_are_merged_apart(story: Story) -> None:
    for hotfix, name in ((SHIPPED, "fleet"), (OURS, f"fleet-{OURS}")):
        merged = json.loads((story.folder / f"{name}.json").read_text("utf-8"))
        assert merged["hotfix"] == hotfix
        assert {row["host"] for row in merged["hosts"]} == {"rds", "pc"}
        assert {row["hotfix"] for row in merged["hosts"] if "hotfix" in row} <= {hotfix}


def test_users_are_told_which_hotfix_the_restart_completes(story: Story) -> None:
    tasks = [task for task in story.runs["remediate ours"].of("restart", "rds") if task.outcome == "ok"]
    assert tasks
    assert all(OURS in task.result["task_name"] for task in tasks)


@pytest.mark.parametrize("playbook", ["assess", "remediate", "verify", "cancel_restarts", "list_restarts"])
def test_a_definition_that_nobody_has_is_refused_before_a_host_is_contacted(
    story: Story, tmp_path: Path, playbook: str
) -> None:
    variables = {**story.settings, "hotfix_definition": "KB7654321"}
    story.lab.control.reset_counters()
    run = run_playbook(playbook, story.lab.inventory, tmp_path, variables=variables)
    assert run.code == 2
    said = {task.host: task.result["msg"] for task in run.tasks if task.outcome == "failed"}
    assert set(said) == {"rds", "pc"}
    assert all(text.startswith("hotfix_definition: nobody defines KB7654321.") for text in said.values())
    assert story.asked() == set()
    name = {"cancel_restarts": "cancel", "list_restarts": "restarts"}.get(playbook, playbook)
    assert (tmp_path / f"{name}-refused-KB7654321.json").exists()
    assert not (tmp_path / f"{name}.json").exists()


def test_hosts_with_different_hotfixes_are_not_in_one_run(story: Story, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed.yml"
    mixed.write_text(f"all:\n  hosts:\n    pc:\n      hotfix_definition: {OURS}\n", "utf-8")
    story.lab.control.reset_counters()
    run = run_playbook(
        "assess", story.lab.inventory, tmp_path, "-i", str(mixed), variables=dict(story.settings)
    )
    assert run.code == 2
    assert "a run is for one hotfix" in run.output
    assert len(story.asked()) == 1


def test_all_that_is_wrong_is_listed_before_a_host_is_contacted(story: Story, tmp_path: Path) -> None:
    wrong = {
        "hotfix_timeout": "soon",
        "hotfix_blackuot": [],
        "kb978918_state": "absent",
        "hotfix_verify": "so",
    }
    variables = {**story.settings, **wrong, "hotfix_restart_window": None}
    run = run_playbook("remediate", story.lab.inventory, tmp_path, variables=variables)
    assert run.code == 2
    error = read_report(tmp_path, "remediate-refused")["rds"]["error"]
    for said in (
        "hotfix_timeout must be a whole number",
        "did you mean hotfix_blackout?",
        "rename it to hotfix_state",
        "hotfix_verify must be true or false",
        "the restart needs a time",
    ):
        assert said in error
    assert {task.action for task in run.tasks if "hotfix_info" in task.action} == set()


def test_wrong_batches_stop_the_run_before_a_host_is_contacted(story: Story, tmp_path: Path) -> None:
    variables = {**story.settings, "hotfix_batches": "few"}
    story.lab.control.reset_counters()
    run = run_playbook("remediate", story.lab.inventory, tmp_path, variables=variables)
    assert run.code not in (0, 2)
    assert "hotfix_batches must be a number of hosts" in run.output
    assert story.asked() == set()


def test_a_name_of_the_operator_s_own_only_warns(story: Story, tmp_path: Path) -> None:
    variables = {**story.settings, "hotfix_ticket_number": 4711}
    run = run_playbook("assess", story.lab.inventory, tmp_path, variables=variables)
    assert run.code == 0
    assert "hotfix_ticket_number is not a variable of winfleet.hotfix" in run.output.replace("\n", " ")
