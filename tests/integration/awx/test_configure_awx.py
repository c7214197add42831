# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook configure_awx with the real modules of awx.awx, against a stub of the API."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.awx import awx_collection
from tests.integration.awx.stub_api import TOKEN, StubAwx, list_playbooks, serve

ROOT = Path(__file__).resolve().parents[3]
NAME = "Fleet of the company"
SITE = {
    "hotfix_awx_name": NAME,
    "hotfix_awx_scm_url": "https://git.corp.example/hotfix.git",
    "hotfix_awx_machine_credential": "Windows admin",
    "hotfix_awx_slices": 4,
    "hotfix_awx_report_dir": "/reports",
}
"""What differs from site to site."""


@pytest.fixture(scope="module")
def collection() -> Path:
    try:
        return awx_collection.fetch()
    except awx_collection.UnavailableError as problem:
        pytest.skip(str(problem))


def configure(collection: Path, url: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": f"collections:{collection}",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
        "CONTROLLER_HOST": url,
        "CONTROLLER_OAUTH_TOKEN": TOKEN,
    }
    ansible_playbook = str(Path(sys.executable).parent / "ansible-playbook")
    command = [ansible_playbook, "playbooks/configure_awx.yml", "-e", json.dumps(SITE)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def configured(collection: Path) -> Iterator[tuple[StubAwx, str]]:
    """An AWX that the playbook has configured once, and its URL."""
    awx = StubAwx(ROOT)
    awx.answer("POST", "/credential_types/", [], {"name": "Machine", "kind": "cloud"})
    awx.answer("POST", "/credentials/", [], {"name": "Windows admin", "credential_type": 1})
    with serve(awx) as url:
        done = configure(collection, url)
        assert done.returncode == 0, done.stdout + done.stderr
        yield awx, url


def test_everything_is_there(configured: tuple[StubAwx, str]) -> None:
    awx, _url = configured
    names = {
        endpoint: [item.get("name") for item in items.values()] for endpoint, items in awx.objects.items()
    }
    assert names["organizations"] == names["projects"] == names["inventories"] == [NAME]
    assert names["execution_environments"] == [NAME]
    assert names["credential_types"] == ["Machine", "Hotfix package source", "Directory reader"]
    assert names["job_templates"] == [
        "Hotfix - assess",
        "Hotfix - remediate",
        "Hotfix - verify",
        "Hotfix - list restarts",
        "Hotfix - cancel restarts",
        "Hotfix - report",
        "Hotfix - field check",
        "Hotfix - token report",
    ]
    assert names["workflow_job_templates"] == ["Hotfix - fleet"]
    assert len(names["schedules"]) == 3


def test_remediate_is_a_check_unless_launched_as_a_run(configured: tuple[StubAwx, str]) -> None:
    awx, _url = configured
    template = awx.named("job_templates", "Hotfix - remediate")
    assert template["job_type"] == "check"
    assert template["ask_job_type_on_launch"] and template["ask_limit_on_launch"]
    assert template["diff_mode"] and template["ask_diff_mode_on_launch"]
    others = [item for item in awx.objects["job_templates"].values() if item is not template]
    assert all(item["job_type"] == "run" for item in others)


def test_the_workflow_goes_from_assessment_to_report(configured: tuple[StubAwx, str]) -> None:
    awx, _url = configured
    nodes = awx.objects["workflow_job_template_nodes"]
    edges = {
        (node["identifier"], link.removesuffix("_nodes"), nodes[target]["identifier"])
        for (endpoint, number, link), targets in awx.links.items()
        if endpoint == "workflow_job_template_nodes" and link.endswith("_nodes")
        for node in [nodes[number]]
        for target in targets
    }
    assert edges == {
        ("assess", "always", "approve"),
        ("approve", "success", "canary"),
        ("approve", "failure", "report"),
        ("canary", "success", "fleet"),
        ("canary", "failure", "report"),
        ("fleet", "always", "window"),
        ("window", "always", "verify"),
        ("verify", "always", "report"),
    }
    approvals = {item["name"] for item in awx.objects["workflow_approval_templates"].values()}
    assert approvals == {"Remediate these hosts?", "Is the restart window over?"}
    for name, limit in (("canary", "hotfix_canary"), ("fleet", "hotfix_fleet:!hotfix_canary")):
        node = awx.named("workflow_job_template_nodes", name)
        assert (node["job_type"], node["limit"]) == ("run", limit)


def test_hosts_are_reached_by_winrm_and_session_hosts_are_drained(configured: tuple[StubAwx, str]) -> None:
    awx, _url = configured
    fleet = json.loads(awx.named("groups", "hotfix_fleet")["variables"])
    assert fleet["ansible_connection"] == "winrm"
    children = awx.linked("groups", "hotfix_fleet", "children")
    assert children == {"hotfix_canary", "hotfix_clients", "hotfix_servers", "hotfix_session_hosts"}
    session_hosts = json.loads(awx.named("groups", "hotfix_session_hosts")["variables"])
    assert session_hosts["hotfix_drain_sessions"] is True


def test_a_second_run_changes_nothing(configured: tuple[StubAwx, str], collection: Path) -> None:
    awx, url = configured
    before = len(awx.requests)
    done = configure(collection, url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert awx.requests[before:] == []
    assert re.search(r"changed=0 ", done.stdout)


def test_what_differs_from_site_to_site_is_a_variable(configured: tuple[StubAwx, str]) -> None:
    awx, _url = configured
    assert awx.named("projects", NAME)["scm_url"] == "https://git.corp.example/hotfix.git"
    assess = awx.named("job_templates", "Hotfix - assess")
    assert (assess["job_slice_count"], json.loads(assess["extra_vars"])) == (
        4,
        {"hotfix_report_dir": "/reports"},
    )
    assert awx.named("workflow_job_template_nodes", "fleet")["job_slice_count"] == 4
    assert awx.linked("job_templates", "Hotfix - assess", "credentials") == {"Windows admin"}
    assert awx.linked("job_templates", "Hotfix - report", "credentials") == set()


def test_awx_lists_every_playbook_of_the_collection() -> None:
    listed = list_playbooks(ROOT)
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "playbooks").glob("*.yml")} <= set(listed)


def test_every_question_sets_a_variable_that_its_playbook_knows() -> None:
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_constructor("!unsafe", lambda _loader, node: node.value)
    data: dict[str, Any] = yaml.load((ROOT / "playbooks/vars/awx.yml").read_text("utf-8"), loader)
    role = (ROOT / "roles/hotfix/meta/argument_specs.yml").read_text("utf-8")
    for template in data["hotfix_awx_job_templates"]:
        known = (ROOT / template["playbook"]).read_text("utf-8")
        known += (ROOT / "playbooks/vars/run.yml").read_text("utf-8") if "vars/run.yml" in known else ""
        known += role if "winfleet.hotfix.hotfix" in known else ""
        for question in template["survey"]:
            if isinstance(question, str):
                question = data[question.strip("{} ")]
            assert re.search(rf"\b{question['variable']}\b", known), (template["name"], question["variable"])
