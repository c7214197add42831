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

from tests.integration.awx import awx_collection
from tests.integration.awx.definitions import definitions
from tests.integration.awx.launch import Node
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


def configure(collection: Path, url: str, **site: Any) -> subprocess.CompletedProcess[str]:
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
    command = [ansible_playbook, "playbooks/configure_awx.yml", "-e", json.dumps(SITE | site)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def configured(collection: Path) -> Iterator[tuple[StubAwx, str]]:
    """An AWX that the playbook has configured once, and its URL."""
    awx = StubAwx(ROOT)
    machine = awx.answer("POST", "/credential_types/", [], {"name": "Machine", "kind": "cloud"})[1]["id"]
    awx.answer("POST", "/credentials/", [], {"name": "Windows admin", "credential_type": machine})
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


def test_the_workflow_is_as_it_is_described(configured: tuple[StubAwx, str]) -> None:
    awx, _url = configured
    nodes = awx.objects["workflow_job_template_nodes"]
    links: dict[str, dict[str, list[str]]] = {node["identifier"]: {} for node in nodes.values()}
    for (endpoint, number, link), targets in awx.links.items():
        if endpoint == "workflow_job_template_nodes" and targets:
            links[nodes[number]["identifier"]][link] = [nodes[each]["identifier"] for each in targets]
    workflow = definitions()["hotfix_awx_workflow"]
    for given in workflow["nodes"]:
        node = awx.named("workflow_job_template_nodes", given["identifier"])
        assert Node.of(
            links[given["identifier"]] | {"all_parents_must_converge": node["all_parents_must_converge"]}
        ) == Node.of(given)
        assert node["extra_data"] == given.get("extra_data", {})
        assert node["limit"] is None
    made = awx.named("workflow_job_templates", "Hotfix - fleet")
    assert (made["description"], made["ask_limit_on_launch"]) == (workflow["description"], True)
    assert made["ask_variables_on_launch"] is False
    assert awx.surveys[made["id"]]["spec"] == workflow["survey"]


def test_hosts_are_reached_as_the_readme_has_it_and_session_hosts_are_drained(
    configured: tuple[StubAwx, str],
) -> None:
    awx, _url = configured
    fleet = json.loads(awx.named("groups", "hotfix_fleet")["variables"])
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(fleet) == 4
    assert [name for name, value in fleet.items() if f"{name}: {value}\n" not in readme] == []
    children = awx.linked("groups", "hotfix_fleet", "children")
    assert children == {"hotfix_canary", "hotfix_clients", "hotfix_servers", "hotfix_session_hosts"}
    session_hosts = json.loads(awx.named("groups", "hotfix_session_hosts")["variables"])
    assert session_hosts["hotfix_drain_sessions"] is True


def test_what_differs_from_site_to_site_is_a_variable(configured: tuple[StubAwx, str]) -> None:
    awx, _url = configured
    assert awx.named("projects", NAME)["scm_url"] == "https://git.corp.example/hotfix.git"
    assess = awx.named("job_templates", "Hotfix - assess")
    assert (assess["job_slice_count"], assess["forks"], json.loads(assess["extra_vars"])) == (
        4,
        20,
        {"hotfix_hosts": "hotfix_fleet", "hotfix_report_dir": "/reports"},
    )
    assert awx.named("workflow_job_template_nodes", "fleet")["job_slice_count"] == 4
    assert awx.linked("job_templates", "Hotfix - assess", "credentials") == {"Windows admin"}
    assert awx.linked("job_templates", "Hotfix - report", "credentials") == set()


def changed_by_people(awx: StubAwx) -> None:
    """An administrator's changes: one to each kind of object that the playbook makes."""
    window = {"days": ["sat"], "start": "02:00", "duration_minutes": 120}
    port = {"ansible_port": 15985, "hotfix_restart_window": window}
    awx.named("groups", "hotfix_fleet")["variables"] = json.dumps(port)
    awx.named("projects", NAME)["scm_branch"] = "tested"
    awx.named("execution_environments", NAME)["image"] = "registry.corp.example/ee"
    awx.named("organizations", NAME)["description"] = "Ours"
    awx.named("inventories", NAME)["variables"] = json.dumps({"ansible_user": "patching"})
    awx.named("credential_types", "Directory reader")["description"] = "Ours"
    remediate = awx.named("job_templates", "Hotfix - remediate")
    remediate |= {"extra_vars": json.dumps({"hotfix_package_dir": "/packages"}), "forks": 7}
    awx.surveys[remediate["id"]] = {"name": "", "description": "", "spec": []}
    awx.named("schedules", "Hotfix - assess every Monday")["enabled"] = False
    workflow = awx.named("workflow_job_templates", "Hotfix - fleet")
    workflow |= {"description": "Ours"}
    awx.surveys[workflow["id"]] = {"name": "", "description": "", "spec": []}
    awx.named("workflow_job_template_nodes", "window")["identifier"] = "our window"
    verify = awx.named("workflow_job_template_nodes", "verify")["id"]
    awx.links["workflow_job_template_nodes", verify, "failure_nodes"].clear()
    second = awx.answer("POST", "/credentials/", [], {"name": "Other admin", "credential_type": 1})[1]["id"]
    awx.links["job_templates", awx.named("job_templates", "Hotfix - verify")["id"], "credentials"] = [second]


def test_a_second_run_changes_nothing_although_people_changed_much(
    configured: tuple[StubAwx, str], collection: Path
) -> None:
    awx, url = configured
    changed_by_people(awx)
    before = len(awx.requests)
    done = configure(collection, url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert awx.requests[before:] == []
    assert re.search(r"changed=0 ", done.stdout)
    assert "kept as they are" in done.stdout


def test_a_later_run_adds_what_is_missing_and_sets_back_what_is_named(
    configured: tuple[StubAwx, str], collection: Path
) -> None:
    awx, url = configured
    source = awx.named("credential_types", "Hotfix package source")["id"]
    awx.answer("POST", "/credentials/", [], {"name": "Packages", "credential_type": source})
    missing = awx.named("schedules", "Hotfix - report every Monday")["id"]
    del awx.objects["schedules"][missing]
    before = len(awx.requests)
    done = configure(
        collection, url, hotfix_awx_package_credential="Packages", hotfix_awx_overwrite=["Hotfix - remediate"]
    )
    assert done.returncode == 0, done.stdout + done.stderr
    remediate = awx.named("job_templates", "Hotfix - remediate")
    assert remediate["forks"] == 20
    assert awx.surveys[remediate["id"]]["spec"]
    assert awx.linked("job_templates", "Hotfix - remediate", "credentials") == {"Windows admin", "Packages"}
    assert awx.named("schedules", "Hotfix - report every Monday")["id"] != missing
    touched = {path for _method, path, _body in awx.requests[before:]}
    own = f"/job_templates/{remediate['id']}/"
    assert touched == {own, f"{own}survey_spec/", f"{own}credentials/", "/schedules/"}


def test_awx_lists_the_playbooks_of_the_collection_and_nothing_else() -> None:
    playbooks = {str(path.relative_to(ROOT)) for path in (ROOT / "playbooks").glob("*.yml")}
    assert set(list_playbooks(ROOT)) == playbooks


def test_another_collection_in_a_checkout_is_none_of_the_projects_files() -> None:
    found = subprocess.run(
        ["git", "check-ignore", "collections/ansible_collections/awx/awx/MANIFEST.json"],
        cwd=ROOT,
        check=False,
    )
    assert found.returncode == 0


def test_every_question_sets_a_variable_that_its_playbook_knows() -> None:
    role = (ROOT / "roles/hotfix/meta/argument_specs.yml").read_text("utf-8")
    for template in definitions()["hotfix_awx_job_templates"]:
        known = (ROOT / template["playbook"]).read_text("utf-8")
        known += (ROOT / "playbooks/vars/run.yml").read_text("utf-8") if "vars/run.yml" in known else ""
        known += role if "winfleet.hotfix.hotfix" in known or "hotfix__read.settings" in known else ""
        for question in template["survey"]:
            assert re.search(rf"\b{question['variable']}\b", known), (template["name"], question["variable"])
