# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrong password for a whole fleet is refused three times and no more: what its hosts and the KDC saw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.domain.conftest import PASSWORD, refusals
from tests.integration.plays import run_playbook

HOSTS = [f"srv-{number}" for number in range(1, 13)]
MOST = 3
"""Refusals in a row; the CIS benchmarks let a domain lock an account after five."""
PLAYS: dict[str, dict[str, Any]] = {
    "play": {"hosts": "all", "tasks": [{"winfleet.hotfix.os_info": {}}]},
    "fleet_info": {
        "hosts": "localhost",
        "tasks": [{"winfleet.hotfix.fleet_info": {"hosts": "{{ groups.lab }}"}, "register": "fleet"}],
    },
}


@pytest.fixture(scope="module")
def lab(start_domain: Callable[..., Lab]) -> Lab:
    return start_domain([{"name": name, "winrm": {"credssp": True}} for name in HOSTS])


def messages(lab: Lab, folder: Path, play: str, **variables: Any) -> dict[str, str]:
    """What became of each host."""
    plays = [{"gather_facts": False, **PLAYS[play]}]
    run = run_playbook(plays, lab.inventory, folder, variables=variables, environment=lab.domain())
    if play == "play":
        return {task.host: task.result.get("msg", "ok") for task in run.of("os_info")}
    (task,) = run.of("fleet_info")
    return {host: answer.get("msg", "ok") for host, answer in task.result["hosts"].items()}


@pytest.mark.parametrize("play", PLAYS)
@pytest.mark.parametrize("transport", ["ntlm", "kerberos", "credssp"])
def test_a_wrong_password_for_all_hosts_does_not_lock_the_account(
    lab: Lab, tmp_path: Path, transport: str, play: str
) -> None:
    before = refusals(lab)
    wrong = {"ansible_password": "Falsch", "ansible_winrm_transport": transport}
    said = messages(lab, tmp_path, play, **wrong)
    assert 0 < refusals(lab) - before <= MOST
    assert set(said) == set(HOSTS) and "ok" not in said.values()
    spared = [text for text in said.values() if "was not tried again" in text]
    assert len(spared) >= len(HOSTS) - MOST
    assert all("srv-" in text and "refused patching@CORP.EXAMPLE" in text for text in spared)


@pytest.mark.parametrize("play", PLAYS)
def test_the_hosts_with_another_password_do_not_stop_the_others(lab: Lab, tmp_path: Path, play: str) -> None:
    wrong = f"{{{{ 'Falsch' if inventory_hostname in ['srv-3', 'srv-9'] else '{PASSWORD}' }}}}"
    said = messages(
        lab,
        tmp_path,
        play,
        ansible_winrm_transport="ntlm",
        ansible_password=wrong,
        ansible_user="CORP\\patching",
    )
    assert {host for host, text in said.items() if text != "ok"} == {"srv-3", "srv-9"}
