# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates' playbooks as jobs of AWX, from a checkout named `project`, against the simulated fleet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from tests.integration.awx.definitions import definitions
from tests.integration.awx.job import ROOT, Job, check_out, dump_variables, run_job
from tests.integration.conftest import Lab
from tests.lab.directory_export import Population, write_ldif
from tests.lab.packages.__main__ import main as build_packages

DEPOT = "http://depot.corp.example/Windows6.1-KB978918-x86.msu"
FLEET: dict[str, Any] = {
    "defaults": {"domain": "corp.example", "winrm": {"http": True, "https": True}},
    "hosts": [
        {"name": "win7", "system": "win7-x64", "rdp": {"enabled": True}},
        {
            "name": "rds",
            "system": "2008r2-x64",
            "rdp": {"enabled": True, "nla": True, "application_server": True},
        },
        {"name": "fixed", "system": "2008r2-x64", "files": "fixed"},
        {"name": "spare", "system": "win7-x64"},
        {"name": "off", "system": "win7-x86", "powered": False},
    ],
}


class Awx:
    """A checkout of the project, the fleet's inventory, and jobs one after another."""

    def __init__(self, folder: Path, lab: Lab, packages: Path) -> None:
        self.folder, self.lab = folder, lab
        self.reports = folder / "reports"
        self.template = {
            "hotfix_hosts": "hotfix_fleet",
            "hotfix_report_dir": str(self.reports),
            "hotfix_package_dir": str(packages),
        }
        self.number = 100
        check_out(folder)

    def job(
        self,
        name: str,
        *options: str,
        hosts: list[str] | None = None,
        canary: list[str] | None = None,
        credential: Any = None,
        variables: dict[str, Any] | None = None,
        **answers: Any,
    ) -> Job:
        """Runs the playbook of this name over some hosts (a slice) or all."""
        self.number += 1
        names = hosts or [host["name"] for host in FLEET["hosts"]]
        inventory = {
            "all": {"hosts": [], "children": ["hotfix_fleet"]},
            "hotfix_fleet": {
                "hosts": names,
                "vars": {
                    "ansible_connection": "winrm",
                    "ansible_winrm_transport": "ntlm",
                    **(variables or {}),
                },
            },
            "hotfix_canary": {"hosts": canary or []},
            "_meta": {"hostvars": {host: self.lab.host_vars(host) for host in names}},
        }
        return run_job(
            self.folder, self.number, f"playbooks/{name}.yml", inventory,
            template=self.template, answers=answers, credential=credential, options=options,
        )  # fmt: skip

    def report(self, name: str) -> dict[str, Any]:
        """The report of the last job."""
        return json.loads((self.reports / f"{name}-{self.number}.json").read_text("utf-8"))

    def statuses(self, name: str) -> dict[str, str]:
        return {row["host"]: row["status"] for row in self.report(name)["hosts"]}


@pytest.fixture(scope="module")
def awx(tmp_path_factory: pytest.TempPathFactory, start_lab: Callable[..., Lab]) -> Awx:
    packages = tmp_path_factory.mktemp("packages")
    build_packages([str(packages)])
    office = {
        "name": "office",
        "system": "win7-x86",
        "downloads": {DEPOT: str(next(packages.glob("*-x86.msu")))},
    }
    lab = start_lab({**FLEET, "hosts": [*FLEET["hosts"], office]})
    return Awx(tmp_path_factory.mktemp("awx"), lab, packages)


def test_variables_are_written_as_awx_writes_them() -> None:
    text = dump_variables({"typed": "yes", "number": 1, "of_template": "no"}, {"of_template": "no"})
    assert text == "!unsafe 'typed': !unsafe 'yes'\n!unsafe 'number': 1\nof_template: 'no'\n"


@pytest.mark.parametrize("playbook", ["assess", "scan"])
def test_an_assessment_leaves_counts_and_failing_hosts_as_artifacts(awx: Awx, playbook: str) -> None:
    job = awx.job(playbook)
    assert job.status == "failed", job.output  # a host is off
    assert awx.statuses(playbook) == {
        "win7": "vulnerable",
        "rds": "vulnerable",
        "fixed": "compliant",
        "spare": "vulnerable",
        "off": "unreachable",
    }
    assert job.artifacts["hotfix_failing_hosts"] == ["off"]
    assert job.artifacts["hotfix_counts"]["vulnerable"] == 3
    assert job.artifacts["hotfix_verdicts"]["vulnerable"] == ["rds", "spare", "win7"]
    assert "To do: rds, spare, win7" in job.output
    assert "1 × Not reachable: Nothing listens there. (off)" in job.output
    assert len(json.dumps(job.artifacts)) < 1000


@pytest.mark.parametrize("playbook", ["assess", "scan"])
def test_a_password_is_in_no_event_at_the_highest_verbosity(awx: Awx, playbook: str) -> None:
    job = awx.job(playbook, "-vvvvv", hosts=["fixed"])
    assert job.status == "successful", job.output
    password = awx.lab.host_vars("fixed")["ansible_password"]
    assert password not in job.output
    assert password not in json.dumps(job.events)


@pytest.mark.parametrize("playbook", ["assess", "scan"])
def test_slices_write_side_by_side_and_their_reports_are_merged(awx: Awx, playbook: str) -> None:
    for hosts in (["win7", "fixed"], ["rds", "off"]):
        awx.job(playbook, hosts=hosts)
    job = awx.job("merge_reports", hotfix_merge=f"{playbook}-*.json", hotfix_merge_days=30)
    assert job.status == "failed", job.output  # a host is off
    merged = json.loads((awx.reports / "fleet.json").read_text("utf-8"))
    assert {"win7", "rds", "fixed", "off"} <= {row["host"] for row in merged["hosts"]}
    assert job.artifacts["hotfix_counts"] == merged["counts"]
    assert (awx.reports / "fleet.html").is_file()


def test_a_job_is_red_if_a_part_of_its_workflow_failed(awx: Awx) -> None:
    awx.job("assess", hosts=["fixed"])
    job = awx.job("merge_reports", hotfix_merge=f"assess-{awx.number}.json")
    assert job.status == "successful", job.output
    job = awx.job("merge_reports", hotfix_merge=f"assess-{awx.number - 1}.json", hotfix_workflow_failed="yes")
    assert job.status == "failed"
    assert "A part of this workflow failed" in job.output
    assert job.artifacts["hotfix_verdicts"] == {"compliant": ["fixed"]}


def test_a_canary_that_a_limit_leaves_empty_is_red_and_changes_nothing(awx: Awx) -> None:
    answers = {"hotfix_part": "canary", "awx_workflow_job_id": 7}
    job = awx.job("remediate", "--limit", "rds", hosts=["spare", "rds"], canary=["spare"], **answers)
    assert job.status == "failed"
    assert "names no host of the inventory within the limit rds" in job.output.replace("\r\n", " ")
    assert not (awx.reports / f"remediate-{awx.number}.json").exists()


def soon(awx: Awx, **later: int) -> datetime:
    """A moment on the fleet's clock."""
    now = datetime.fromisoformat(awx.lab.control.state()["now"])
    return (now + timedelta(**later)).replace(microsecond=0)


def test_remediate_is_rehearsed_then_run_then_verified(awx: Awx) -> None:
    answers = {"hotfix_restart_at": soon(awx, hours=2).isoformat()}
    rehearsal = awx.job("remediate", "--check", "--diff", hosts=["rds", "fixed"], **answers)
    assert rehearsal.status == "successful", rehearsal.output
    assert awx.statuses("remediate-check") == {"rds": "vulnerable", "fixed": "compliant"}

    job = awx.job("remediate", hosts=["rds", "fixed"], **answers)
    assert job.status == "successful", job.output
    assert awx.statuses("remediate") == {"rds": "restart_pending", "fixed": "compliant"}

    awx.lab.control.advance(3 * 3600)
    awx.lab.control.wait_until_up("rds")
    job = awx.job("verify", hosts=["rds", "fixed"])
    assert job.status == "successful", job.output
    assert awx.statuses("verify") == {"rds": "compliant", "fixed": "compliant"}


def test_a_restart_is_cancelled(awx: Awx) -> None:
    # ansible-core 2.19 makes a date of this time, and numbers of the batch size and of the message.
    answers = {
        "hotfix_restart_at": f"{soon(awx, days=9).date()}T03:00",
        "hotfix_batches": "1",
        "hotfix_restart_message": "0123456",
        "hotfix_pre_restart_tasks": "",
    }
    job = awx.job("remediate", hosts=["win7"], **answers)
    assert job.status == "successful", job.output
    (row,) = awx.report("remediate")["hosts"]
    assert row["restart"]["scheduled_for"].startswith(answers["hotfix_restart_at"])

    job = awx.job("cancel_restarts", hosts=["win7"], hotfix_hosts="")
    assert job.status == "successful", job.output
    (row,) = awx.report("cancel")["hosts"]
    assert (row["status"], row["restart"]["scheduled_for"]) == ("restart_pending", None)


def inject(kind: str, values: dict[str, str]) -> dict[str, Any]:
    """The extra variables of a credential, by the injectors of its type. A blank field has no value."""
    found = next(each for each in definitions()["hotfix_awx_credential_types"] if each["name"] == kind)
    text = json.dumps(found["injectors"]["extra_vars"])
    return json.loads(Environment(autoescape=False).from_string(text).render(values))


def test_the_package_credential_lets_the_host_download_its_package(awx: Awx) -> None:
    package = next(Path(awx.template["hotfix_package_dir"]).glob("*-x86.msu"))
    values = {"x86_url": DEPOT, "x86_sha256": "sha256:" + hashlib.sha256(package.read_bytes()).hexdigest()}
    credential = inject("Hotfix package source", values)

    job = awx.job("remediate", hosts=["office"], credential=credential, hotfix_restart="none")

    assert job.status == "successful", job.output
    assert awx.statuses("remediate") == {"office": "restart_pending"}


def test_blank_fields_of_the_package_credential_leave_the_folder_to_be_searched(awx: Awx) -> None:
    credential = inject("Hotfix package source", {"x86_url": DEPOT, "x86_sha256": "0" * 64})
    job = awx.job("remediate", "--check", hosts=["spare"], credential=credential, hotfix_restart="none")
    assert job.status == "successful", job.output
    credential = inject("Hotfix package source", {"x64_sha256": "0" * 63})
    job = awx.job("remediate", "--check", hosts=["spare"], credential=credential, hotfix_restart="none")
    assert job.status == "failed"
    assert "hotfix_packages: x64.sha256 must be the 64 hexadecimal digits" in job.output


def test_the_inventory_decides_what_no_answer_was_given_to(awx: Awx) -> None:
    job = awx.job("remediate", "--check", hosts=["spare"], variables={"hotfix_restart": "none"})
    assert job.status == "successful", job.output
    (row,) = awx.report("remediate-check")["hosts"]
    assert (row["actions"]["restart_required"], row["actions"]["restart_scheduled_for"]) == (True, None)


def test_a_time_of_the_survey_wins_over_the_window_of_the_inventory(awx: Awx) -> None:
    window = {"days": ["sunday"], "start": "02:00", "duration_minutes": 60}
    at = soon(awx, hours=3)
    variables = {"hotfix_restart_window": window}
    answers = {"hotfix_restart_at": at.isoformat()}
    job = awx.job("remediate", "--check", hosts=["spare"], variables=variables, **answers)
    assert job.status == "successful", job.output
    (row,) = awx.report("remediate-check")["hosts"]
    assert datetime.fromisoformat(row["actions"]["restart_scheduled_for"]) == at


def test_the_token_report_of_one_job_goes_into_the_fleet_report_of_another(awx: Awx) -> None:
    export = awx.folder / "directory.ldif"
    write_ldif(export, Population(200, 2000).items())
    job = awx.job("token_report", hotfix_token_source=str(export))
    assert job.status == "successful", job.output
    counts = job.artifacts["hotfix_token_counts"]
    assert counts["users"] == 200

    awx.job("assess", hosts=["fixed"])
    tokens = str(awx.reports / "tokens.json")
    job = awx.job("merge_reports", hotfix_merge="assess-*.json", hotfix_token_report=tokens)
    merged = json.loads((awx.reports / "fleet.json").read_text("utf-8"))["token_report"]
    assert merged["limit"] == 16384, job.output
    assert (merged["near"], merged["over"]) == (counts["near"], counts["over"])


@pytest.mark.parametrize("nothing", ["", None], ids=["empty", "none"])
def test_a_variable_without_a_value_is_one_that_was_not_set(awx: Awx, nothing: str | None) -> None:
    options = yaml.safe_load((ROOT / "roles/hotfix/meta/argument_specs.yml").read_text("utf-8"))
    unset = dict.fromkeys(options["argument_specs"]["main"]["options"], nothing)
    del unset["hotfix_package_dir"]
    window = {"days": ["sunday"], "start": "02:00", "duration_minutes": 60}
    reports = []
    for answers in ({}, {**unset, "hotfix_batches": nothing, "hotfix_max_fail_percent": nothing}):
        answers["hotfix_restart_window"] = window
        job = awx.job("remediate", "--check", hosts=["spare"], **answers)
        assert job.status == "successful", job.output
        (row,) = awx.report("remediate-check")["hosts"]
        del row["reported_at"], row["os"]["local_time"]
        reports.append(row)
    assert reports[0] == reports[1]
    assert reports[0]["actions"]["restart_scheduled_for"]
