# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tickets of accounts in many groups, from a real Active Directory, against the limits of http.sys."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.directory.samba_domain import PASSWORD, REALM, SambaDomain, missing
from tests.integration.plays import Task, run_playbook
from tests.lab.domain.kdc import missing as no_kerberos

HOST = f"srv.{REALM.lower()}"
DELEGATION = {"ansible_winrm_kerberos_delegation": True}
ACCEPTED: dict[str, dict[str, Any]] = {
    "1300-groups": {"groups": 1300},
    "550-groups-and-delegation": {"groups": 550, **DELEGATION},
    "1400-groups-by-ntlm": {"groups": 1400, "ansible_winrm_transport": "ntlm"},
}
REFUSED: dict[str, dict[str, Any]] = {
    "1400-groups": {"groups": 1400},
    "600-groups-and-delegation": {"groups": 600, **DELEGATION},
}
CASES = {**ACCEPTED, **REFUSED}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SambaDomain]:
    if lacking := missing() or no_kerberos():
        pytest.skip(f"a domain controller {lacking}")
    address = f"127.{20 + secrets.randbelow(20)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
    domain = SambaDomain(tmp_path_factory.mktemp("directory"), address)
    domain.provision()
    domain.populate("tokens", HOST, *sorted({str(case["groups"]) for case in CASES.values()}))
    (domain.folder / "keytabs").mkdir()
    domain.export_keytab(f"HTTP/{HOST}", domain.folder / "keytabs" / HOST)
    domain.start()
    yield domain
    domain.stop()


@pytest.fixture(scope="module")
def lab(directory: SambaDomain, start_lab: Callable[..., Lab]) -> Lab:
    """A host that the directory knows."""
    domain = REALM.lower()
    counts = {case["groups"] for case in CASES.values()}
    users = [{"name": f"groups-{count}", "domain": domain, "password": PASSWORD} for count in counts]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KRB5_CONFIG", str(directory.krb5_conf))
        fleet = {"hosts": [{"name": "srv", "domain": domain, "users": users}]}
        return start_lab(fleet, "--keytabs", str(directory.folder / "keytabs"), "--verbose")


@pytest.fixture(scope="module")
def outcomes(directory: SambaDomain, lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    """What each account met."""
    shared = {
        **lab.host_vars("srv"),
        "ansible_connection": "winrm",
        "ansible_password": PASSWORD,
        "ansible_winrm_transport": "kerberos",
        "ansible_winrm_kerberos_hostname_override": HOST,
        "ansible_winrm_kinit_env_vars": ["KRB5_CONFIG"],
    }
    hosts = {
        name: {**shared, "ansible_user": f"groups-{case['groups']}@{REALM}", **case}
        for name, case in CASES.items()
    }
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}), "utf-8")
    play = {"hosts": "all", "gather_facts": False, "tasks": [{"winfleet.hotfix.os_info": {}}]}
    environment = {"KRB5_CONFIG": str(directory.krb5_conf)}
    run = run_playbook([play], folder / "inventory.yml", folder, environment=environment)
    return {task.host: task for task in run.of("os_info")}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_token_below_the_hosts_limit_logs_on(outcomes: dict[str, Task], case: str) -> None:
    assert outcomes[case].outcome == "ok", outcomes[case].result


@pytest.mark.parametrize("case", REFUSED)
def test_a_token_above_the_hosts_limit_is_called_so(outcomes: dict[str, Task], case: str) -> None:
    assert outcomes[case].outcome == "unreachable"
    message = outcomes[case].result["msg"]
    assert "the account's token is too large for the host's http.sys" in message
    assert "kerberos_delegation off" in message and "KB2020943" in message
