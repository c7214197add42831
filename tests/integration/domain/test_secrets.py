# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No password, ticket, key or message of a log-on appears anywhere, over any transport, at any verbosity."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.bad_luck.test_secrets import leaks
from tests.integration.conftest import Lab
from tests.integration.domain.conftest import PASSWORD, kinit
from tests.integration.plays import Run, run_playbook

WRONG = "Falsch/Wort+43%"
CREDSSP = {"ansible_winrm_transport": "credssp"}
WAYS: dict[str, dict[str, Any]] = {
    "kerberos": {},
    "kerberos-manual": {"ansible_winrm_kinit_mode": "manual", "ansible_password": ""},
    "kerberos-wrong": {"ansible_password": WRONG},
    "credssp": CREDSSP,
    "credssp-wrong": {**CREDSSP, "ansible_password": WRONG},
    "ntlm": {"ansible_winrm_transport": "ntlm"},
    "ntlm-wrong": {"ansible_winrm_transport": "ntlm", "ansible_password": WRONG},
    "certificate": {},
}
REFUSED = {"kerberos-wrong", "credssp-wrong", "ntlm-wrong"}
# How NTLM's messages and Kerberos' tokens begin in base64, and the header that carries both and CredSSP's.
MESSAGES = re.compile(rb"TlRMTVNTUA|YII[A-Z][A-Za-z0-9+/]{60}|(Negotiate|CredSSP|NTLM) [A-Za-z0-9+/=]{20}")
KEY = re.compile(rb"PRIVATE KEY-----\s+(\S{40})")


@pytest.fixture(scope="module")
def lab(start_domain: Callable[..., Lab]) -> Lab:
    hosts: list[dict[str, Any]] = [
        {"name": name, "winrm": {"credssp": name.startswith("credssp")}} for name in WAYS
    ]
    for host in hosts:  # an account of its own, for a run stops trying one that is refused
        if host["name"] in REFUSED:
            host["users"] = [{"name": host["name"], "domain": "corp.example", "password": PASSWORD}]
    hosts[-1] |= {
        "winrm": {"http": False, "https": True, "certificate": "issued", "certificates": True},
        "users": [{"name": "deploy", "password": PASSWORD, "builtin": True, "certificate": True}],
    }
    lab = start_domain(hosts)
    folder = lab.inventory.parent / "host_vars"
    folder.mkdir()
    for name, variables in WAYS.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(variables), "utf-8")
    kinit(lab)
    return lab


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def run(lab: Lab, folder: Path) -> Run:
    """The field check with its recordings, and a scheduled restart, at the highest verbosity, with a log."""
    common = {"ignore_errors": True, "ignore_unreachable": True}
    tasks = [
        {
            "winfleet.hotfix.field_check": {"path": f"{folder}/bundles/{{{{ inventory_hostname }}}}.json"},
            **common,
        },
        {"winfleet.hotfix.restart": {"at": "2036-02-01T03:00"}, "diff": True, **common},
    ]
    environment = {**lab.domain(), "ANSIBLE_LOG_PATH": str(folder / "ansible.log"), "ANSIBLE_DEBUG": "1"}
    play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
    return run_playbook([play], lab.inventory, folder, "-vvvvvv", environment=environment)


@pytest.fixture(scope="module")
def reports(lab: Lab, folder: Path) -> Path:
    """The folder of two assessments: their reports in every format, the copy that is kept, and their logs."""
    for turn in ("first", "second"):
        environment = {**lab.domain(), "ANSIBLE_LOG_PATH": str(folder / turn / "ansible.log")}
        settings = {"hotfix_report_dir": str(folder / "reports")}
        run_playbook(
            "assess", lab.inventory, folder / turn, "-vvvvvv", variables=settings, environment=environment
        )
    return folder / "reports"


def secrets_of(lab: Lab) -> list[bytes]:
    """The keys of hosts, the ticket cache and the certificate's key, each in pieces as they could leak."""
    files = [*(lab.directory / "domain" / "keytabs").iterdir(), lab.directory / "tickets"]
    pieces = [file.read_bytes()[-48:] for file in files]
    certificate = Path(lab.host_vars("certificate")["ansible_winrm_cert_pem"]).read_bytes()
    return [*(base64.b64encode(piece) for piece in pieces), *pieces, *KEY.findall(certificate)]


def found(data: bytes, lab: Lab) -> list[bytes]:
    """What of the secrets is in the data."""
    messages = [match[0] for match in MESSAGES.finditer(data)]
    return [
        *leaks(data, (PASSWORD, WRONG)),
        *messages,
        *(secret for secret in secrets_of(lab) if secret in data),
    ]


@pytest.mark.parametrize("way", WAYS)
def test_the_run_met_each_transport_and_each_refusal(run: Run, way: str) -> None:
    outcomes = {task.outcome for task in run.tasks if task.host == way}
    assert ("unreachable" in outcomes) is (way in REFUSED), outcomes
    assert ("ok" in outcomes) is (way not in REFUSED), outcomes


def test_no_output_shows_a_secret(run: Run, lab: Lab) -> None:
    assert len(run.output) > 100_000, "the run was not verbose"
    assert found(run.output.encode(), lab) == []


def test_no_log_result_or_bundle_holds_a_secret(run: Run, lab: Lab, folder: Path) -> None:
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {"ansible.log", "results.jsonl"} <= {file.name for file in files}
    assert len(list((folder / "bundles").rglob("*"))) >= len(WAYS) - len(REFUSED)
    assert {file.name: leaked for file in files if (leaked := found(file.read_bytes(), lab))} == {}


def test_no_report_and_no_copy_of_one_holds_a_secret(reports: Path, lab: Lab) -> None:
    assert {"assess.json", "assess.csv", "assess.html"} <= {file.name for file in reports.iterdir()}
    rows = {row["host"]: row for row in json.loads((reports / "assess.json").read_text("utf-8"))["hosts"]}
    assert {host for host, row in rows.items() if row["status"] == "unreachable"} == REFUSED
    copies = [gzip.decompress(file.read_bytes()) for file in (reports / "kept").rglob("*.json.gz")]
    assert len(copies) == 2 and all(b'"ntlm-wrong"' in copy for copy in copies)
    texts = [file.read_bytes() for file in reports.parent.rglob("*") if file.is_file()]
    assert [leaked for text in (*texts, *copies) if (leaked := found(text, lab))] == []


def test_the_scan_finds_what_it_looks_for(lab: Lab) -> None:
    ticket = (lab.directory / "tickets").read_bytes()
    assert found(ticket, lab) and found(b"Authorization: Negotiate " + b"YIIG" + b"Q" * 80, lab)
