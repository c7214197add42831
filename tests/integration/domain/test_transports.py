# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job by every way to log on, a host each: assess, install, both restarts, verify, field check."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.domain.conftest import PASSWORD, USER, kinit
from tests.integration.plays import Run, Task, read_report, run_playbook
from tests.lab.packages.builder import PackageSpec, build_msu

KERBEROS = {"ansible_winrm_transport": "kerberos"}
CREDSSP = {"ansible_winrm_transport": "credssp"}
NTLM = {"ansible_winrm_transport": "ntlm"}

# The variables of each way beyond those of `write_inventory`; the scheme is https where the name says so.
WAYS: dict[str, dict[str, Any]] = {
    "kerberos": KERBEROS,
    "kerberos-delegation": {**KERBEROS, "ansible_winrm_kerberos_delegation": True},
    "kerberos-manual-https": {**KERBEROS, "ansible_winrm_kinit_mode": "manual", "ansible_password": ""},
    "credssp": CREDSSP,
    "credssp-ntlm-https": {**CREDSSP, "ansible_user": "CORP\\patching"},
    "ntlm": NTLM,
    "ntlm-https": NTLM,
    "certificate-https": {},
}
INFO = [{"winfleet.hotfix.hotfix_info": {}}]
RESTART = [
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {"winfleet.hotfix.restart": {"state": "now", "notice_minutes": 0, "only_if_pending": "never"}}
        ],
    }
]


@dataclass(frozen=True)
class Desk:
    """The lab, and how playbooks are run against it."""

    lab: Lab
    inventory: Path
    folder: Path

    def run(self, playbook: str | list[dict[str, Any]], step: str, core: str | None = None) -> Run:
        """Run a playbook on all hosts, with the settings of the whole job."""
        settings = {
            "hotfix_package_dir": str(self.folder / "packages"),
            "hotfix_restart_window": {"days": [], "start": "02:00", "duration_minutes": 120},
        }
        place = self.folder / step
        return run_playbook(
            playbook,
            self.inventory,
            place,
            variables=settings,
            environment=self.lab.domain(),
            core=core,
        )

    def rows(self, playbook: str) -> dict[str, dict[str, Any]]:
        """The rows of the report that the run of a playbook left, by way."""
        report = read_report(self.folder / playbook, playbook)
        return {name.partition(".")[0]: row for name, row in report.items()}


def host(way: str) -> dict[str, Any]:
    """The profile of the host for one way."""
    secure = way.endswith("https")
    winrm = {
        "http": not secure,
        "https": secure,
        "certificate": "issued",
        "credssp": way.startswith("credssp"),
    }
    if way != "certificate-https":
        return {"name": way, "winrm": winrm}
    local = {"name": "deploy", "password": "Any-Passw0rd", "builtin": True, "certificate": True}
    return {"name": way, "winrm": {**winrm, "certificates": True}, "users": [local]}


def write_inventory(lab: Lab, folder: Path) -> Path:
    """An inventory as an operator writes it: full names, no address."""
    hosts: dict[str, Any] = {}
    for way, variables in WAYS.items():
        of_lab = lab.host_vars(way)
        kept = ("ansible_port", "ansible_winrm_scheme", "ansible_winrm_ca_trust_path")
        by_certificate = ("ansible_winrm_transport", "ansible_winrm_cert_pem", "ansible_winrm_cert_key_pem")
        names = kept + (by_certificate if way.startswith("certificate") else ())
        hosts[f"{way}.corp.example"] = {
            **{name: of_lab[name] for name in names if name in of_lab},
            **variables,
        }
    shared = {
        "ansible_connection": "winrm",
        "ansible_user": USER,
        "ansible_password": PASSWORD,
        "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"],
    }
    path = folder / "inventory.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": shared}}), "utf-8")
    return path


def write_package(folder: Path) -> None:
    """A package of more than 2 MiB: the signature behind the cabinet may have any length."""
    folder.mkdir()
    spec = PackageSpec("x64")
    (folder / f"{spec.stem}.msu").write_bytes(build_msu(spec) + os.urandom(2 * 1024 * 1024))


def result(run: Run, module: str, way: str) -> Task:
    """What a module said last of the host for a way."""
    return run.of(module, f"{way}.corp.example")[-1]


# One fixture for each run: the runs are one story, and its tests look at each run before the next.


@pytest.fixture(scope="module")
def desk(start_domain: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    lab = start_domain([host(way) for way in WAYS])
    folder = tmp_path_factory.mktemp("transports")
    write_package(folder / "packages")
    kinit(lab)
    return Desk(lab, write_inventory(lab, folder), folder)


@pytest.fixture(scope="module")
def assessed(desk: Desk) -> dict[str, dict[str, Any]]:
    desk.run("assess", "assess")
    return desk.rows("assess")


@pytest.fixture(scope="module")
def remediated(desk: Desk) -> Run:
    return desk.run("remediate", "remediate")


@pytest.fixture(scope="module")
def verified(desk: Desk, remediated: Run) -> dict[str, dict[str, Any]]:
    desk.lab.control.advance(30 * 3600)
    desk.run("verify", "verify")
    return desk.rows("verify")


@pytest.fixture(scope="module")
def restarted(desk: Desk, verified: object) -> Run:
    return desk.run(RESTART, "restart")


@pytest.fixture(scope="module")
def field_checked(desk: Desk, restarted: Run) -> Run:
    return desk.run("field_check", "field_check")


each_way = pytest.mark.parametrize("way", WAYS)


@each_way
def test_the_assessment_finds_the_host_vulnerable(assessed: dict[str, dict[str, Any]], way: str) -> None:
    assert assessed[way]["status"] == "vulnerable", assessed[way]


@each_way
def test_a_package_of_more_than_2_mib_is_installed_and_the_restart_scheduled(
    desk: Desk, remediated: Run, way: str
) -> None:
    installed = result(remediated, "hotfix", way)
    assert (installed.outcome, installed.changed) == ("ok", True), installed.result
    assert desk.lab.control.counters()["hosts"][way]["bytes_in"] > 2 * 1024 * 1024
    assert result(remediated, "restart", way).result["scheduled_for"]


@each_way
def test_the_host_restarted_in_its_window_and_is_compliant(
    verified: dict[str, dict[str, Any]], way: str
) -> None:
    assert verified[way]["status"] == "compliant", verified[way]


@each_way
def test_a_restart_at_once_is_waited_for_and_logged_on_to_anew(desk: Desk, restarted: Run, way: str) -> None:
    task = result(restarted, "restart", way)
    assert (task.outcome, task.changed) == ("ok", True), task.result
    assert desk.lab.control.host(way)["boots"] == 2


@each_way
def test_the_field_check_finds_nothing_wrong_but_tls(field_checked: Run, way: str) -> None:
    findings = result(field_checked, "field_check", way).result["findings"]
    wrong = {each["id"] for each in findings if each["verdict"] == "wrong"}
    assert wrong <= {"tls"}, findings


@each_way
def test_the_lab_knew_whatever_it_was_asked(desk: Desk, field_checked: Run, way: str) -> None:
    assert desk.lab.control.host(way)["unknown_requests"] == []


@pytest.mark.parametrize("core", ["2.16", "2.21"])
def test_the_oldest_and_the_newest_ansible_core_log_on_by_every_transport(desk: Desk, core: str) -> None:
    run = desk.run([{"hosts": "all", "gather_facts": False, "tasks": INFO}], f"core-{core}", core)
    assert {each.host.partition(".")[0]: each.outcome for each in run.of("hotfix_info")} == dict.fromkeys(
        WAYS, "ok"
    )
