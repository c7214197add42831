# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook configure_awx with the real modules of awx.awx, against a stub of the API."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.awx import awx_collection
from tests.integration.awx.definitions import definitions
from tests.integration.awx.launch import Node
from tests.integration.awx.stub_api import TOKEN, StubAwx, list_playbooks, serve
from tests.unit.docs.pages import commands

ROOT = Path(__file__).resolve().parents[3]
NAME = "Windows hotfixes"
CREDENTIALS = {
    "windows-admin": "Machine",
    "hotfix-packages": "Hotfix package source",
    "directory-reader": "Directory reader",
}
"""The credentials that the guide has people create, with their types."""


UNFINISHED = "Not finished. Run configure_awx.yml again."


def guide() -> list[list[str]]:
    """The options of the commands that the guide has people run: for the first time, and with credentials."""
    lines = [line for snippet, line in commands() if snippet.page.name == "awx.md"]
    return [
        shlex.split(line)[2:] for line in lines if line.startswith("ansible-playbook playbooks/configure")
    ]


@pytest.fixture(scope="module")
def collection() -> Path:
    try:
        return awx_collection.fetch()
    except awx_collection.UnavailableError as problem:
        pytest.skip(str(problem))


def configure(collection: Path, url: str, options: list[str]) -> str:
    """Run the playbook, for a fleet that is dealt out over four slices; return its output."""
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
    command = [ansible_playbook, "playbooks/configure_awx.yml", *options, "-e", "hotfix_awx_slices=4"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def set_up(collection: Path) -> Iterator[tuple[StubAwx, str, list[str], str]]:
    """An AWX that was set up by the guide, word for word, its URL, and what the second command did and said.

    The first command was cut off before the last link of the workflow.
    """
    awx = StubAwx(ROOT)
    awx.answer("POST", "/credential_types/", [], {"name": "Machine", "kind": "cloud"})
    first, with_credentials = guide()
    with serve(awx) as url:
        configure(collection, url, first)
        awx.named("workflow_job_templates", "Hotfix - fleet")["description"] = UNFINISHED
        awx.links["workflow_job_template_nodes", awx.id_of_node("verify"), "failure_nodes"].clear()
        for name, kind in CREDENTIALS.items():
            new = {"name": name, "credential_type": awx.named("credential_types", kind)["id"]}
            awx.answer("POST", "/credentials/", [], new)
        before = len(awx.requests)
        output = configure(collection, url, with_credentials)
        yield awx, url, [path for _method, path, _body in awx.requests[before:]], output


@pytest.fixture(scope="module")
def configured(set_up: tuple[StubAwx, str, list[str], str]) -> tuple[StubAwx, str]:
    """An AWX that was set up by the guide, and its URL."""
    return set_up[:2]


def test_the_second_command_of_the_guide_attaches_credentials_and_finishes_the_workflow(
    set_up: tuple[StubAwx, str, list[str], str],
) -> None:
    awx, _url, changed, output = set_up
    workflow = awx.named("workflow_job_templates", "Hotfix - fleet")
    last = f"/workflow_job_template_nodes/{awx.id_of_node('verify')}/failure_nodes/"
    others = {path for path in changed if not path.endswith("/credentials/")}
    assert others == {last, f"/workflow_job_templates/{workflow['id']}/"}
    assert "kept as they are" in output


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
        "Hotfix - scan",
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
    assert (assess["job_slice_count"], assess["forks"]) == (4, 20)
    variables = {"hotfix_hosts": "hotfix_fleet", "hotfix_report_dir": "/var/lib/hotfix-reports"}
    assert json.loads(assess["extra_vars"]) == variables
    assert awx.named("workflow_job_template_nodes", "fleet")["job_slice_count"] == 4


@pytest.mark.parametrize(
    ("template", "credentials"),
    [
        ("assess", {"windows-admin"}),
        ("scan", {"windows-admin"}),
        ("remediate", {"windows-admin", "hotfix-packages"}),
        ("verify", {"windows-admin"}),
        ("report", set()),
        ("token report", {"directory-reader"}),
    ],
)
def test_credentials_are_attached_by_name(
    configured: tuple[StubAwx, str], template: str, credentials: set[str]
) -> None:
    assert configured[0].linked("job_templates", f"Hotfix - {template}", "credentials") == credentials


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
    verify = awx.id_of_node("verify")
    awx.links["workflow_job_template_nodes", verify, "failure_nodes"].clear()
    second = awx.answer("POST", "/credentials/", [], {"name": "Other admin", "credential_type": 1})[1]["id"]
    awx.links["job_templates", awx.named("job_templates", "Hotfix - verify")["id"], "credentials"] = [second]


def test_a_later_run_keeps_the_changes_of_people_but_adds_what_is_missing_and_sets_back_what_is_named(
    configured: tuple[StubAwx, str], collection: Path
) -> None:
    awx, url = configured
    changed_by_people(awx)
    awx.links["job_templates", awx.named("job_templates", "Hotfix - assess")["id"], "credentials"].clear()
    missing = awx.named("schedules", "Hotfix - report every Monday")["id"]
    del awx.objects["schedules"][missing]
    before = len(awx.requests)
    configure(collection, url, [*guide()[1], "-e", '{"hotfix_awx_overwrite": ["Hotfix - remediate"]}'])
    remediate = awx.named("job_templates", "Hotfix - remediate")
    assert remediate["forks"] == 20
    assert awx.surveys[remediate["id"]]["spec"]
    assert awx.linked("job_templates", "Hotfix - assess", "credentials") == {"windows-admin"}
    assert awx.linked("job_templates", "Hotfix - verify", "credentials") == {"Other admin"}
    assert awx.named("schedules", "Hotfix - report every Monday")["id"] != missing
    touched = {path for _method, path, _body in awx.requests[before:]}
    own = f"/job_templates/{remediate['id']}/"
    assess = f"/job_templates/{awx.named('job_templates', 'Hotfix - assess')['id']}/"
    assert touched == {own, f"{own}survey_spec/", f"{assess}credentials/", "/schedules/"}


def test_a_rehearsal_of_setting_back_names_what_differs_and_changes_nothing(
    configured: tuple[StubAwx, str], collection: Path
) -> None:
    awx, url = configured
    awx.named("schedules", "Hotfix - fleet every first Tuesday")["enabled"] = True
    awx.named("projects", NAME)["scm_branch"] = "other"
    before = len(awx.requests)
    output = configure(collection, url, [*guide()[0], "--check", "-e", "hotfix_awx_overwrite=all"])
    assert awx.requests[before:] == []
    assert "changed: [localhost] => (item=Hotfix - fleet every first Tuesday)" in output
    assert "changed: [localhost] => (item=window)" in output
    assert "ok: [localhost] => (item=Hotfix - assess)" in output
    assert re.search(r"TASK \[Project\] \**\nchanged", output)


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


def with_tasks(playbook: Path) -> str:
    """Return the text of a playbook and of the files of tasks that it imports."""
    text = playbook.read_text("utf-8")
    imported = re.findall(r"import_tasks: (tasks/\S+)", text)
    # `hotfix__verify` stands for tasks/verify.yml, and for those of a scan.
    for name in re.findall(r'import_tasks: "tasks/{{ hotfix__(\w+) }}"', text):
        imported += [f"tasks/{name}.yml", "tasks/scan.yml"]
    return "".join([text, *((playbook.parent / name).read_text("utf-8") for name in imported)])


def test_every_question_sets_a_variable_that_its_playbook_knows() -> None:
    role = (ROOT / "roles/hotfix/meta/argument_specs.yml").read_text("utf-8")
    for template in definitions()["hotfix_awx_job_templates"]:
        known = with_tasks(ROOT / template["playbook"])
        if "vars/run.yml" in known:  # these read the settings, which are those of the role
            known += (ROOT / "playbooks/vars/run.yml").read_text("utf-8") + role
        elif "winfleet.hotfix.settings:" in known:
            known += role
        for question in template["survey"]:
            assert re.search(rf"\b{question['variable']}\b", known), (template["name"], question["variable"])
