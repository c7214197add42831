# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords appear nowhere: not at the highest verbosity, not on the host, not when everything fails."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from tests.integration.bad_luck.conftest import Packages
from tests.integration.conftest import Lab
from tests.integration.plays import Run, run_playbook

PASSWORD = "Geheim/Wort+42%"
WRONG = "Falsch/Wort+43%"
SECRETS = (PASSWORD, WRONG)
URL = "http://reader:Quell-Wort-44@updates.example/package.msu"
URL_PASSWORD = "Quell-Wort-44"
STUBS = Path(__file__).parent / "stubs" / "kerberos"

# name → variables of the connection, winrm of the profile, fault of the endpoint
HOSTS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "good": ({}, {}, {}),
    "basic": ({"ansible_winrm_transport": "basic"}, {"basic": True, "allow_unencrypted": True}, {}),
    "cut": ({}, {}, {"kind": "cut_answer", "after": 8, "count": None}),
    "denied": ({}, {}, {"kind": "access_denied", "count": None}),
    "http-400": ({}, {}, {"kind": "http_400", "count": None}),
    "wrong-password": ({"ansible_password": WRONG}, {}, {}),
    "wrong-basic": (
        {"ansible_password": WRONG, "ansible_winrm_transport": "basic"},
        {"basic": True, "allow_unencrypted": True},
        {},
    ),
    "tls10": ({}, {"http": False, "https": True, "tls10_only": True}, {}),
    "credssp": ({"ansible_winrm_transport": "credssp"}, {}, {}),
    "kinit-missing": (
        {"ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_cmd": "/no/kinit"},
        {},
        {},
    ),
    "kinit-fails": ({"ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_cmd": "/bin/cat"}, {}, {}),
    "psrp": ({"ansible_connection": "psrp"}, {}, {}),
    "ssh": ({"ansible_connection": "ssh"}, {}, {}),
    "wrong-arguments": ({}, {}, {}),
}


@pytest.fixture(scope="module")
def lab(start_lab: Callable[..., Lab]) -> Lab:
    hosts = [
        {
            "name": name,
            "system": "2008r2-x64",
            "winrm": winrm,
            "users": [{"name": "Administrator", "password": PASSWORD, "builtin": True}],
        }
        for name, (_variables, winrm, _fault) in HOSTS.items()
    ]
    lab = start_lab({"hosts": hosts}, "--verbose")
    folder = lab.inventory.parent / "host_vars"
    folder.mkdir()
    for name, (variables, _winrm, fault) in HOSTS.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(variables, allow_unicode=True), "utf-8")
        if fault:
            lab.control.inject(name, **fault)
    return lab


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def run(lab: Lab, packages: Packages, folder: Path) -> Run:
    """Everything, at the highest verbosity; the log file and the results file of the run included."""
    common = {"ignore_errors": True, "ignore_unreachable": True}
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {"winfleet.hotfix.hotfix_info": {"exposure": True}, **common},
            {"winfleet.hotfix.preflight_info": {}, **common},
            {"winfleet.hotfix.hotfix": {"package": str(packages.good())}, "diff": True, **common},
            {"winfleet.hotfix.restart": {"at": "2036-02-01T03:00"}, "diff": True, **common},
            {"winfleet.hotfix.restart": {"state": "cancelled"}, **common},
            {
                "winfleet.hotfix.hotfix": {"package": URL, "package_location": "url", "sha256": "a" * 64},
                "when": "inventory_hostname == 'wrong-arguments'",
                **common,
            },
            {
                "winfleet.hotfix.restart": {"at": "soon", "timeout": "{{ inventory_hostname }}"},
                "when": "inventory_hostname == 'wrong-arguments'",
                **common,
            },
        ],
    }
    return run_playbook(
        [play],
        lab.inventory,
        folder,
        "-vvvvvv",
        environment={
            "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
            "ANSIBLE_DEBUG": "1",
            "PYTHONPATH": str(STUBS),
        },
    )


def forms(secret: str) -> Iterator[bytes]:
    """The forms in which a secret could leak."""
    for encoding in ("utf-8", "utf-16-le"):
        raw = secret.encode(encoding)
        yield raw
        yield base64.b64encode(raw)
    yield base64.b64encode(f"Administrator:{secret}".encode())
    yield quote(secret).encode()
    yield repr(secret.encode()).encode()


def leaks(data: bytes, secrets: tuple[str, ...] = SECRETS) -> list[bytes]:
    lowered = data.lower()
    return [form for secret in secrets for form in forms(secret) if form.lower() in lowered]


def test_the_run_met_success_and_every_failure(run: Run) -> None:
    outcomes = {task.host: task.outcome for task in reversed(run.tasks)}
    for host in ("good", "basic"):
        done = [
            (task.action, task.result) for task in run.tasks if task.host == host and task.outcome == "failed"
        ]
        assert done == []
    assert {outcomes[name] for name in ("psrp", "ssh")} == {"failed"}
    unreachable = {"denied", "http-400", "wrong-password", "wrong-basic", "tls10", "credssp", "kinit-missing"}
    assert {name for name in unreachable if outcomes[name] != "unreachable"} == set()
    assert len(run.output) > 100_000, "the run was not verbose"


def test_no_output_and_no_log_of_the_controller_holds_a_password(run: Run) -> None:
    assert leaks(run.output.encode(), (*SECRETS, URL_PASSWORD)) == []


def test_no_file_of_the_run_holds_a_password(run: Run, folder: Path) -> None:
    # The play names the URL, as its author would have.
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "play.yml"]
    assert {file.name for file in files} >= {"ansible.log", "results.jsonl"}
    assert {
        file.name: found for file in files if (found := leaks(file.read_bytes(), (*SECRETS, URL_PASSWORD)))
    } == {}


def test_nothing_on_the_hosts_holds_a_password(lab: Lab, run: Run) -> None:
    disks = lab.directory / "hosts"
    changed = [file for file in disks.rglob("*") if file.is_file() and "winsxs" not in file.parts]
    assert len(changed) > 100
    assert {str(file): found for file in changed if (found := leaks(file.read_bytes()))} == {}
    for name in HOSTS:
        shot = lab.control.snapshot(name)
        assert leaks(repr((shot["tasks"], shot["registry"])).encode()) == []


def test_no_log_of_the_simulated_fleet_holds_a_password(lab: Lab, run: Run) -> None:
    logs = [lab.directory / "lab.log", lab.directory / "output.log"]
    assert (lab.directory / "lab.log").stat().st_size > 0
    assert {log.name: found for log in logs if (found := leaks(log.read_bytes()))} == {}


def test_a_url_with_a_password_is_refused_without_being_repeated(run: Run) -> None:
    task = run.of("hotfix", "wrong-arguments")[-1]
    assert task.outcome == "failed"
    assert "holds a user name" in task.result["msg"]
    assert URL_PASSWORD not in str(task.result)
