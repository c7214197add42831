# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each host of a scan is logged on to by its own account only, by what the hosts themselves saw.

Every host takes every account, so that a mistaken one would get in and be counted.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.domain.conftest import refusals
from tests.integration.plays import read_report, run_playbook

ACCOUNTS = {"alpha": "Wort-1-der-Alpha!", "beta": "Wort-2-der-Beta!"}
HOSTS = [f"pc{number}" for number in range(8)]


def account_of(host: str) -> str:
    return list(ACCOUNTS)[HOSTS.index(host) % 2]


def fleet(domain: str | None) -> list[dict[str, Any]]:
    users = [
        {"name": name, "password": password, **({"domain": domain} if domain else {"builtin": True})}
        for name, password in ACCOUNTS.items()
    ]
    return [{"name": host, "system": "win7-x64", "users": users} for host in HOSTS]


def scan(lab: Lab, folder: Path, inventory: dict[str, Any], core: str | None, **environment: str) -> None:
    """Scan all hosts, and make sure that each host saw only its own account."""
    folder.mkdir(exist_ok=True)
    path = folder / "inventory.yml"
    path.write_text(yaml.safe_dump({"all": inventory}), "utf-8")
    lab.control.reset_counters()
    run = run_playbook("scan", path, folder, core=core, environment=environment)
    assert run.code == 0, run.output
    assert {row["status"] for row in read_report(folder, "scan").values()} == {"vulnerable"}
    seen = lab.control.counters()["hosts"]
    assert {host: set(seen[host]["logons"]) for host in HOSTS} == {host: {account_of(host)} for host in HOSTS}


@pytest.fixture(scope="module")
def workgroup(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab({"hosts": fleet(None)})


@pytest.mark.parametrize("core", [None, "2.16", "2.21"], ids=lambda core: f"core-{core or 'pinned'}")
def test_two_accounts_and_passwords_never_meet_by_ntlm(
    workgroup: Lab, tmp_path: Path, core: str | None
) -> None:
    hosts = {
        host: {
            "ansible_host": workgroup.host_vars(host)["ansible_host"],
            "ansible_user": account_of(host),
            "ansible_password": ACCOUNTS[account_of(host)],
        }
        for host in HOSTS
    }
    shared = {
        "ansible_connection": "winrm",
        "ansible_port": 5985,
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "ntlm",
    }
    scan(workgroup, tmp_path, {"hosts": hosts, "vars": shared}, core)
    assert not any(host["logons_refused"] for host in workgroup.control.counters()["hosts"].values())


def test_two_principals_and_passwords_never_meet_by_kerberos(
    start_domain: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = start_domain(fleet("corp.example"))
    hosts = {
        f"{host}.corp.example": {
            "ansible_user": f"{account_of(host)}@CORP.EXAMPLE",
            "ansible_password": ACCOUNTS[account_of(host)],
        }
        for host in HOSTS
    }
    shared = {
        "ansible_connection": "winrm",
        "ansible_port": 5985,
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "kerberos",
        "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"],
    }
    scan(lab, tmp_path, {"hosts": hosts, "vars": shared}, None, **lab.domain())
    assert refusals(lab) == 0
