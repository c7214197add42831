# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scan reaches hosts by the variables that a task of the same play would have, by Ansible's precedence."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.plays import Run, core_programs, run_playbook

WINRM = {"http": True, "https": True, "basic": True}
FLEET = {"hosts": [{"name": name, "system": "win7-x64", "winrm": WINRM} for name in ("pc1", "pc2")]}
WRONG = "not the password"
CORES = [None, "2.16", "2.21"]


@pytest.fixture(scope="module")
def lab(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab(FLEET)


@pytest.fixture
def inventory(lab: Lab, tmp_path: Path) -> Path:
    """The hosts with a password that is wrong, and the right one under another name."""
    hosts = {
        name: {
            **lab.host_vars(name),
            "ansible_password": WRONG,
            "file": "vars",
            "right": lab.host_vars(name)["ansible_password"],
        }
        for name in ("pc1", "pc2")
    }
    variables = {
        "ansible_connection": "winrm",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_scheme": "http",
    }
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}), "utf-8")
    return path


RIGHT = {"ansible_password": "{{ right }}"}
PLAYS: dict[str, dict[str, Any]] = {
    "the play": {"vars": RIGHT},
    "a file of the play": {"vars_files": ["vars.yml"], "vars": {"ansible_password": WRONG}},
    "a file of the host": {"vars_files": ["{{ file }}.yml"], "vars": {"ansible_password": WRONG}},
    "the task": {"task": RIGHT, "vars": {"ansible_password": WRONG}},
    "set_fact": {"before": [{"set_fact": RIGHT}], "vars": {"ansible_password": WRONG}},
    "the inventory, after all": {"vars": {"unrelated": WRONG}},
}


def play(core: str | None, inventory: Path, folder: Path, where: str, *options: str) -> Run:
    """Ask all hosts by hotfix_info, one by one, and by fleet_info."""
    given = dict(PLAYS[where])
    (folder / "vars.yml").write_text(yaml.safe_dump(RIGHT), "utf-8")
    of_task = given.pop("task", {})
    tasks = [
        *given.pop("before", []),
        {
            "winfleet.hotfix.hotfix_info": {},
            "vars": of_task,
            "ignore_unreachable": True,
            "ignore_errors": True,
        },
        {
            "winfleet.hotfix.fleet_info": {"hosts": "{{ ansible_play_hosts }}"},
            "vars": of_task,
            "run_once": True,
        },
    ]
    return run_playbook(
        [{"hosts": "all", "gather_facts": False, "tasks": tasks, **given}],
        *(inventory, folder, *options),
        core=core,
    )


def reached(run: Run) -> tuple[dict[str, bool], dict[str, bool]]:
    """The hosts that each of the two could log on to."""
    (scanned,) = run.of("fleet_info")
    assert scanned.outcome == "ok", run.output
    return (
        {task.host: task.outcome == "ok" for task in run.of("hotfix_info")},
        {host: "hotfix_info" in answer for host, answer in scanned.result["hosts"].items()},
    )


@pytest.mark.parametrize("core", CORES, ids=lambda core: f"core-{core or 'pinned'}")
@pytest.mark.parametrize("where", PLAYS)
def test_a_variable_wins_where_it_wins_for_a_task_on_the_host(
    inventory: Path, tmp_path: Path, where: str, core: str | None
) -> None:
    one_by_one, scanned = reached(play(core, inventory, tmp_path, where))
    assert scanned == one_by_one == dict.fromkeys(("pc1", "pc2"), "after all" not in where)


def test_the_command_line_wins_over_all(lab: Lab, inventory: Path, tmp_path: Path) -> None:
    right = lab.host_vars("pc1")["ansible_password"]
    run = play(None, inventory, tmp_path, "the inventory, after all", "-e", f"ansible_password={right}")
    one_by_one, scanned = reached(run)
    assert scanned == one_by_one == {"pc1": True, "pc2": True}


@pytest.mark.parametrize("core", CORES, ids=lambda core: f"core-{core or 'pinned'}")
def test_a_password_that_ansible_asks_for_is_used_for_all_hosts(
    lab: Lab, inventory: Path, tmp_path: Path, core: str | None
) -> None:
    document = yaml.safe_load(inventory.read_text("utf-8"))
    for variables in document["all"]["hosts"].values():
        del variables["ansible_password"]
    inventory.write_text(yaml.safe_dump(document), "utf-8")
    password = tmp_path / "password"
    password.write_text(lab.host_vars("pc1")["ansible_password"], "utf-8")
    run = run_playbook("scan", inventory, tmp_path, "--connection-password-file", str(password), core=core)
    assert run.code == 0, run.output
    assert "2 are to do" in run.output


OVER_HTTPS = {
    "ansible_port": 5986,
    "ansible_winrm_scheme": "https",
    "ansible_winrm_server_cert_validation": "ignore",
}
WAYS: dict[str, dict[str, Any]] = {
    "ntlm over http": {},
    "ntlm over https": OVER_HTTPS,
    "basic over https": {**OVER_HTTPS, "ansible_winrm_transport": "basic"},
    "https whose certificate nobody trusts": {
        **OVER_HTTPS,
        "ansible_winrm_server_cert_validation": "validate",
    },
}


@pytest.mark.parametrize("core", CORES, ids=lambda core: f"core-{core or 'pinned'}")
def test_a_password_of_the_vault_opens_hosts_by_every_way(lab: Lab, tmp_path: Path, core: str | None) -> None:
    key = tmp_path / "key"
    key.write_text("of the vault", "utf-8")
    vault = core_programs(core) / "ansible-vault"
    own = lab.host_vars("pc1")
    encrypt = [str(vault), "encrypt_string", "--vault-password-file", str(key), own["ansible_password"]]
    encrypted = subprocess.run(encrypt, capture_output=True, text=True, check=True).stdout
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(f"ansible_password: {encrypted}", "utf-8")
    shared = {
        "ansible_connection": "winrm",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_scheme": "http",
    }
    known = {"ansible_host": own["ansible_host"], "ansible_user": own["ansible_user"], "ansible_port": 5985}
    hosts = {name.replace(" ", "-"): {**known, **way} for name, way in WAYS.items()}
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": shared}}), "utf-8")
    run = play(core, inventory, tmp_path, "the inventory, after all", "--vault-password-file", str(key))
    one_by_one, scanned = reached(run)
    assert scanned == one_by_one == {name: "nobody" not in name for name in hosts}
