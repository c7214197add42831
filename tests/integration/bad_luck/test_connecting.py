# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that cannot be managed the way they are asked: the message names the way out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import ROOT, Lab
from tests.integration.plays import Task, run_playbook

STUBS = Path(__file__).parent / "stubs"
PLAY = [
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"winfleet.hotfix.hotfix_info": {}, "ignore_errors": True, "ignore_unreachable": True}],
    }
]


@dataclass(frozen=True)
class Case:
    """One way to ask.

    Attributes:
        variables: of the connection.
        says: patterns that the message must match, each.
        outcome: of the task.
        winrm: the host's WinRM service.
        fault: of its endpoint.
        asked: whether the host hears of it at all.
    """

    variables: Mapping[str, Any]
    says: tuple[str, ...]
    outcome: str = "unreachable"
    winrm: Mapping[str, Any] = field(default_factory=dict)
    fault: Mapping[str, Any] = field(default_factory=dict)
    asked: bool = True


def other_plugin(name: str) -> Case:
    says = (
        rf"'{name}'",
        r"ansible_connection: winrm",
        r"ansible_port: 5985",
        r"ansible_winrm_transport: ntlm",
    )
    return Case({"ansible_connection": name}, says, "failed", asked=False)


CASES = {
    "ssh": other_plugin("ssh"),
    "psrp": other_plugin("psrp"),
    "local": other_plugin("local"),
    "tls10": Case(
        {},
        (
            r"offer TLS 1\.0 only, which Python refuses",
            r"ansible_port: 5985, ansible_winrm_scheme: http, ansible_winrm_transport: ntlm",
            r"enable TLS 1\.2 in the host's Schannel registry",
            r"openssl\.cnf",
        ),
        winrm={"http": False, "https": True, "tls10_only": True},
    ),
    "credssp": Case(
        {"ansible_winrm_transport": "credssp"},
        (r"The host does not accept CredSSP", r"ansible_winrm_transport: ntlm"),
    ),
    "kerberos-400": Case(
        {"ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_mode": "manual"},
        (r"token is too large", r"KB2020943", r"ansible_winrm_transport: ntlm", r"account in fewer groups"),
        # The first request is answered by a challenge; what follows carries the token.
        fault={"kind": "http_400", "after": 1, "count": None},
    ),
    "no-kinit": Case(
        {"ansible_winrm_transport": "kerberos", "ansible_winrm_kinit_cmd": "/no/kinit"},
        (r"Install kinit", r"krb5-user", r"ansible_winrm_transport: ntlm"),
        asked=False,
    ),
    "ntlm-400": Case(
        {},
        (r"[Cc]ode 400", r"could not read the request", r"no_proxy"),
        fault={"kind": "http_400", "count": None},
    ),
    "basic": Case(
        {"ansible_winrm_transport": "basic"},
        (r"Stock hosts do not accept Basic authentication", r"ansible_winrm_transport: ntlm"),
    ),
    "nothing-listens": Case(
        {"ansible_port": 1}, (r"Nothing listens there", r"winrm quickconfig"), asked=False
    ),
    "no-such-name": Case({"ansible_host": "no-such-host.invalid"}, (r"check ansible_host",), asked=False),
    "read-timeout": Case(
        {"ansible_winrm_read_timeout_sec": 20},
        (r"The settings of time-outs on the controller",),
        asked=False,
    ),
    "not-encrypted": Case(
        {"ansible_winrm_message_encryption": "never"},
        (r"when messages are not encrypted", r"ansible_winrm_message_encryption at auto"),
    ),
    "remote-shells-off": Case(
        {},
        (r"The host's policy does not allow remote shells", r"Allow Remote Shell Access"),
        winrm={"remote_shells": False},
    ),
    "forbidden": Case(
        {}, (r"permissions of the WinRM service", r"HTTP|Code 403"), fault={"kind": "http_403", "count": None}
    ),
    "not-ready": Case({}, (r"WinRM service is not ready",), fault={"kind": "http_503", "count": None}),
    "shutting-down": Case(
        {}, (r"The host is shutting down",), fault={"kind": "shutting_down", "count": None}
    ),
    "locked": Case({}, (r"The account is locked out",), fault={"kind": "account_locked", "count": None}),
    "wrong-scheme": Case({"ansible_winrm_scheme": "https"}, (r"That port does not speak HTTPS", r"5986")),
}


@pytest.fixture(scope="module")
def lab(start_lab: Callable[..., Lab]) -> Lab:
    hosts = [
        {"name": name, "system": "2008r2-x64", "winrm": dict(case.winrm)} for name, case in CASES.items()
    ]
    lab = start_lab({"hosts": hosts})
    folder = lab.inventory.parent / "host_vars"
    folder.mkdir()
    for name, case in CASES.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(dict(case.variables)), "utf-8")
        if case.fault:
            lab.control.inject(name, **case.fault)
    return lab


@pytest.fixture(scope="module")
def answers(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    folder = tmp_path_factory.mktemp("connecting")
    run = run_playbook(PLAY, lab.inventory, folder, environment={"PYTHONPATH": str(STUBS / "kerberos")})
    assert "Traceback" not in run.output
    return {task.host: task for task in run.of("hotfix_info")}


@pytest.mark.parametrize("name", CASES)
def test_the_message_names_the_way_out(answers: dict[str, Task], name: str) -> None:
    case, task = CASES[name], answers[name]
    assert task.outcome == case.outcome, task.result
    message = task.result["msg"]
    assert not [pattern for pattern in case.says if not re.search(pattern, message)], message


def test_http_400_without_kerberos_is_not_blamed_on_the_token(answers: dict[str, Task]) -> None:
    assert "token" not in answers["ntlm-400"].result["msg"]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.asked])
def test_hosts_that_cannot_be_managed_so_hear_nothing(lab: Lab, answers: dict[str, Task], name: str) -> None:
    assert lab.control.counters()["hosts"][name]["requests"] == 0


@pytest.fixture(scope="module")
def behind_proxy(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    """Hosts of a controller whose environment names a proxy that does not answer."""
    names = ["through", "around", "excepted"]
    lab = start_lab({"hosts": [{"name": name, "system": "2008r2-x64"} for name in names]})
    (lab.inventory.parent / "host_vars").mkdir()
    (lab.inventory.parent / "host_vars" / "around.yml").write_text("ansible_winrm_proxy: null\n", "utf-8")
    environment = {
        "http_proxy": "http://127.0.0.1:1",
        "no_proxy": str(lab.host_vars("excepted")["ansible_host"]),
    }
    run = run_playbook(PLAY, lab.inventory, tmp_path_factory.mktemp("proxy"), environment=environment)
    return {task.host: task for task in run.of("hotfix_info")}


def test_a_proxy_that_does_not_answer_is_named_and_nobody_is_sent_to_the_host(
    behind_proxy: dict[str, Task],
) -> None:
    task = behind_proxy["through"]
    advice = task.result["msg"].partition(" [")[0]
    assert task.outcome == "unreachable"
    assert "proxy http://127.0.0.1:1 (set by the environment variable http_proxy)" in advice
    assert not re.search(r"quickconfig|[Cc]heck ansible_host", advice)


@pytest.mark.parametrize("name", ["around", "excepted"])
def test_both_ways_around_a_proxy_work(behind_proxy: dict[str, Task], name: str) -> None:
    assert behind_proxy[name].outcome == "ok"


def test_an_old_pywinrm_is_refused_with_what_to_install(lab: Lab, tmp_path: Path) -> None:
    run = run_playbook(
        PLAY,
        lab.inventory,
        tmp_path,
        "--limit",
        "nothing-listens",
        environment={"PYTHONPATH": str(STUBS / "old_pywinrm")},
    )
    (task,) = run.of("hotfix_info")
    assert task.outcome == "failed"
    assert "needs pywinrm 0.5.0 or newer, not 0.4.3" in task.result["msg"]
    assert "pip install 'pywinrm>=0.5.0'" in task.result["msg"]


def test_without_pywinrm_the_message_says_what_to_install(lab: Lab, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("winrm", "pywinrm")):
            (packages / entry.name).symlink_to(entry)
    play = tmp_path / "play.yml"
    play.write_text(yaml.safe_dump(PLAY), "utf-8")
    # -S: without the site-packages of this environment, only with those that were picked.
    command = [sys.executable, "-S", "-m", "ansible", "playbook", "-i", str(lab.inventory), str(play)]
    done = subprocess.run(
        [*command, "--limit", "nothing-listens"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(packages), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "needs pywinrm on the controller" in done.stdout, done.stdout + done.stderr
    assert "pip install 'pywinrm>=0.5.0'" in done.stdout
