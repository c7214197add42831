# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator gets wrong is refused before anything changes, once, in words that name the setting."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook

FLEETS = Path(__file__).parents[2] / "lab" / "fleets"
WINDOW = {"days": ["sat"], "start": "02:00", "duration_minutes": 120}


@pytest.fixture(scope="module")
def one_host(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab({"hosts": [{"name": "rds", "system": "2008r2-x64"}]})


def remediate(lab: Lab, folder: Path, package_folder: Path, *options: str, **variables: Any) -> Run:
    settings = {"hotfix_package_dir": str(package_folder), "hotfix_restart_window": WINDOW, **variables}
    return run_playbook("remediate", lab.inventory, folder, *options, variables=settings)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"hotfix_blackuot": ["2026-12-24"]}, "did you mean hotfix_blackout?"),
        ({"hotfix_restart": "tomorrow"}, "hotfix_restart must be one of"),
        ({"hotfix_restart_at": "2036-02-31T03:00"}, "hotfix_restart_at is '2036-02-31T03:00'"),
    ],
)
def test_a_wrong_setting_is_named_and_changes_nothing(
    one_host: Lab, package_folder: Path, tmp_path: Path, wrong: dict[str, Any], named: str
) -> None:
    run = remediate(one_host, tmp_path, package_folder, **wrong)
    assert run.code == 2
    assert run.changed_hosts() == set()
    # Not in the place of the report on the last run that looked at hosts.
    assert not (tmp_path / "remediate.json").exists()
    error = read_report(tmp_path, "remediate-refused")["rds"]["error"]
    assert named in error
    assert "Finalization" not in error


def test_a_missing_package_folder_is_named_and_changes_nothing(one_host: Lab, tmp_path: Path) -> None:
    run = remediate(one_host, tmp_path, Path("/no/such"))
    assert run.code == 2
    assert run.changed_hosts() == set()
    error = read_report(tmp_path, "remediate")["rds"]["error"]
    assert "The package folder /no/such does not exist" in error


def test_a_wrong_value_does_not_print_the_specification_of_all_variables(
    one_host: Lab, package_folder: Path, tmp_path: Path
) -> None:
    run = remediate(one_host, tmp_path, package_folder, hotfix_restart="tomorrow")
    assert "argument_spec_data" not in run.output


def test_a_wrong_value_does_not_print_the_definition(
    one_host: Lab, package_folder: Path, tmp_path: Path
) -> None:
    definition = FLEETS / "hotfixes" / "KB1234567.yml"
    run = remediate(
        *(one_host, tmp_path, package_folder),
        hotfix_restart="tomorrow",
        hotfix_definition=str(definition),
    )
    assert "hotfix_restart must be one of" in run.output
    assert "credssp.dll" not in run.output


def test_a_definition_for_another_windows_is_refused_before_a_host_is_contacted(
    one_host: Lab, tmp_path: Path
) -> None:
    text = (FLEETS / "hotfixes" / "KB1234567.yml").read_text("utf-8")
    definition = tmp_path / "KB1234567.yml"
    definition.write_text(text.replace("Windows Server 2008 R2", "Windows Server 2012 R2"), "utf-8")
    run = run_playbook(
        "assess", one_host.inventory, tmp_path, variables={"hotfix_definition": str(definition)}
    )
    assert run.code == 2
    assert f"{definition}: definition.products[" in run.output
    assert "names is 'Windows Server 2012 R2': this collection is for Windows 7 and" in run.output
    assert [task.result.get("refused") for task in run.of("hotfix_info")] == [True]


def test_the_role_of_one_hotfix_refuses_another(one_host: Lab, tmp_path: Path) -> None:
    play = [{"hosts": "all", "gather_facts": False, "roles": ["winfleet.hotfix.kb978918"]}]
    run = run_playbook(play, one_host.inventory, tmp_path, variables={"hotfix_definition": "KB4012212"})
    assert run.code == 2
    assert "the role kb978918 installs only KB978918" in run.output
    assert one_host.control.host("rds")["tasks"] == {}


@pytest.mark.parametrize(
    "playbook", ["assess", "scan", "remediate", "verify", "cancel_restarts", "list_restarts"]
)
def test_hosts_that_nobody_knows_are_no_green_run(one_host: Lab, tmp_path: Path, playbook: str) -> None:
    run = run_playbook(playbook, one_host.inventory, tmp_path, variables={"hotfix_hosts": "sesion_hosts"})
    assert run.code != 0
    assert "hotfix_hosts: sesion_hosts names no host of the inventory" in run.output


@pytest.mark.parametrize(
    "playbook", ["assess", "scan", "remediate", "verify", "cancel_restarts", "list_restarts", "field_check"]
)
def test_a_run_without_hosts_in_its_inventory_is_no_green_run(tmp_path: Path, playbook: str) -> None:
    (tmp_path / "nobody.ini").write_text("", "utf-8")
    run = run_playbook(playbook, tmp_path / "nobody.ini", tmp_path)
    assert run.code != 0
    assert "The inventory has no hosts" in run.output


@pytest.mark.parametrize(
    ("playbook", "name"),
    [
        ("remediate", "hotfix_host"),
        ("cancel_restarts", "hotfix_host"),
        ("remediate", "hotfix_limit"),
        ("field_check", "hotfix_target"),
    ],
)
def test_a_misspelt_choice_of_hosts_reaches_no_host(
    one_host: Lab, tmp_path: Path, playbook: str, name: str
) -> None:
    one_host.control.reset_counters()
    run = run_playbook(
        playbook, one_host.inventory, tmp_path, variables={name: "rds", "hotfix_restart": "now"}
    )
    assert run.code == 2
    assert f"{name} is not a variable of this collection: did you mean hotfix_hosts?" in run.output
    assert one_host.control.counters()["hosts"]["rds"]["requests"] == 0


@pytest.mark.parametrize(
    ("playbook", "variable", "value"),
    [
        ("remediate", "hotfix_batches", [1, "100%"]),
        ("remediate", "hotfix_hosts", "nobody"),
        ("cancel_restarts", "hotfix_hosts", "nobody"),
    ],
)
def test_what_chooses_hosts_and_batches_is_refused_in_the_inventory(
    one_host: Lab, tmp_path: Path, playbook: str, variable: str, value: Any
) -> None:
    more = tmp_path / "more.yml"
    more.write_text(yaml.safe_dump({"all": {"vars": {variable: value}}}), "utf-8")
    one_host.control.reset_counters()
    run = run_playbook(playbook, one_host.inventory, tmp_path, "-i", str(more))
    assert run.code == 2
    assert f"Give {variable} by -e instead" in run.output
    assert one_host.control.counters()["hosts"]["rds"]["requests"] == 0


def test_batches_of_a_playbook_that_imports_ours_are_taken(
    one_host: Lab, package_folder: Path, tmp_path: Path
) -> None:
    variables = {"hotfix_batches": [1, "100%"], "hotfix_hosts": "rds", "hotfix_restart": "none"}
    play = [{"import_playbook": "winfleet.hotfix.remediate", "vars": variables}]
    folder = {"hotfix_package_dir": str(package_folder)}
    run = run_playbook(play, one_host.inventory, tmp_path, "--check", variables=folder)
    assert run.code == 0, run.output


def test_a_list_of_hosts_is_taken_and_an_empty_one_is_not_the_whole_fleet(
    one_host: Lab, tmp_path: Path
) -> None:
    run = run_playbook("assess", one_host.inventory, tmp_path, variables={"hotfix_hosts": ["all", "!other"]})
    assert run.code == 0, run.output
    run = run_playbook("assess", one_host.inventory, tmp_path, variables={"hotfix_hosts": []})
    assert run.code != 0
    assert "nothing names no host of the inventory" in run.output


def test_a_slice_that_has_none_of_the_hosts_is_no_failure(one_host: Lab, tmp_path: Path) -> None:
    variables = {"hotfix_hosts": "hotfix_canary", "awx_workflow_job_id": 7}
    run = run_playbook("assess", one_host.inventory, tmp_path, variables=variables)
    assert run.code == 0, run.output


def test_a_rehearsal_leaves_the_report_on_what_was_done(
    one_host: Lab, package_folder: Path, tmp_path: Path
) -> None:
    remediate(one_host, tmp_path, package_folder, hotfix_state="downloaded")
    remediate(one_host, tmp_path, package_folder, "--check")
    assert read_report(tmp_path, "remediate")["rds"]["actions"]["downloaded"] is True
    assert read_report(tmp_path, "remediate-check")["rds"]["actions"]["predicted"] is True


def test_a_rehearsed_cancellation_leaves_the_report_on_what_was_cancelled(
    one_host: Lab, tmp_path: Path
) -> None:
    run_playbook("cancel_restarts", one_host.inventory, tmp_path)
    done = (tmp_path / "cancel.json").read_bytes()
    run_playbook("cancel_restarts", one_host.inventory, tmp_path, "--check")
    assert (tmp_path / "cancel.json").read_bytes() == done
    assert json.loads((tmp_path / "cancel-check.json").read_text("utf-8"))["rehearsal"] is True


@pytest.mark.parametrize("tag", ["hotfix_assess", "hotfix_preflight", "hotfix_restart", "misspelt"])
def test_a_tag_that_installs_nothing_leaves_a_report_and_no_change(
    one_host: Lab, package_folder: Path, tmp_path: Path, tag: str
) -> None:
    run = remediate(one_host, tmp_path, package_folder, "--tags", tag)
    assert run.code == 0
    assert run.changed_hosts() == set()
    assert read_report(tmp_path, "remediate")["rds"]["status"] == "vulnerable"
    assert run.of("preflight_info", "rds")


def test_why_a_host_is_silent_is_said_once_where_it_happens_and_in_the_summary(
    one_host: Lab, package_folder: Path, tmp_path: Path
) -> None:
    one_host.control.power("rds", on=False)
    try:
        run = remediate(one_host, tmp_path, package_folder)
    finally:
        one_host.control.power("rds", on=True)
    assert run.code == 2
    said = [task.result.get("msg", "") for task in run.tasks if task.outcome in ("failed", "unreachable")]
    assert ["winrm quickconfig" in text for text in said] == [True]
    assert "1 × Not reachable: Nothing listens there. (rds)" in run.output
    assert "winrm quickconfig" in read_report(tmp_path, "remediate")["rds"]["error"]
