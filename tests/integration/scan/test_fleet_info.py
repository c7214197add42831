# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_info finds on every host what hotfix_info finds, and reaches it by the same variables."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.plays import Run, run_playbook
from tests.lab.windows.profile import FILE_STATES, systems
from tests.tools.core_pythons import CORES

# What differs between two looks at the same host.
_TIMES = {"local_time", "uptime_seconds", "boot_time", "last_boot_time"}
_ADDED = re.compile(r"^((Task|Action) failed: )+")


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key not in _TIMES}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def scan(inventory: Path, folder: Path, hosts: str, core: str | None = None, **options: Any) -> Run:
    """Run fleet_info over the hosts of a Jinja expression."""
    task = {"winfleet.hotfix.fleet_info": {"hosts": hosts, "exposure": True, **options}}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task]}
    return run_playbook([play], inventory, folder, core=core)


def answers(run: Run) -> dict[str, dict[str, Any]]:
    """What fleet_info returned for each host."""
    (task,) = run.of("fleet_info")
    assert task.outcome == "ok", run.output
    found: dict[str, dict[str, Any]] = task.result["hosts"]
    return found


def in_plays_words(outcome: str, result: dict[str, Any]) -> dict[str, Any]:
    """What a task of a play returned for a host, as fleet_info puts it."""
    if outcome in ("failed", "unreachable"):
        kept = {key: result[key] for key in ("fault",) if key in result}
        return {"msg": _ADDED.sub("", result["msg"]), outcome: True, **kept}
    return {key: result[key] for key in ("hotfix_info", "current_run", "changed")}


@pytest.fixture(scope="module")
def every_platform(start_lab: Callable[..., Lab]) -> Lab:
    """Every Windows that the lab knows, with every state of its files."""
    hosts = [
        {"name": f"{system}-{files}", "system": system, "files": files}
        for system in systems()
        for files in FILE_STATES
    ]
    return start_lab({"hosts": hosts})


def test_every_platform_in_every_state_has_the_result_of_hotfix_info(
    every_platform: Lab, tmp_path: Path
) -> None:
    assert_same_results(every_platform, tmp_path, None)


@pytest.mark.parametrize("core", [None, *CORES])
def test_every_host_has_the_result_of_hotfix_info(lab: Lab, tmp_path: Path, core: str | None) -> None:
    assert_same_results(lab, tmp_path, core)


def assert_same_results(lab: Lab, tmp_path: Path, core: str | None) -> None:
    task = {"winfleet.hotfix.hotfix_info": {"exposure": True}}
    play = {"hosts": "lab", "gather_facts": False, "ignore_unreachable": True, "tasks": [task]}
    one_by_one = run_playbook([play], lab.inventory, tmp_path / "play", core=core)
    together = answers(scan(lab.inventory, tmp_path / "scan", "{{ groups.lab }}", core))
    expected = {each.host: in_plays_words(each.outcome, each.result) for each in one_by_one.of("hotfix_info")}
    assert len(expected) > 10
    assert set(together) == set(expected)
    for host, answer in expected.items():
        assert without_times(together[host]) == without_times(answer), host


def test_a_report_has_the_formats_and_the_roles_that_were_asked_for(lab: Lab, tmp_path: Path) -> None:
    report = {"path": str(tmp_path / "fleet"), "formats": ["csv"]}
    (task,) = scan(
        lab.inventory, tmp_path, "{{ groups.lab }}", report=report, exposure_roles=["session_host"]
    ).of("fleet_info")
    assert task.outcome == "ok"
    assert [file.name for file in tmp_path.glob("fleet.*")] == ["fleet.csv"]
    rows = list(csv.DictReader((tmp_path / "fleet.csv").read_text("utf-8-sig").splitlines()))
    at_risk = {
        row["host"]
        for row in rows
        if row["at_risk"].lower() == "true" and row["applicable"].lower() == "true"
    }
    assert at_risk
    assert all("session_host" in row["exposure_roles"] for row in rows if row["host"] in at_risk)


def test_many_threads_make_their_first_connection_at_the_same_time(tmp_path: Path) -> None:
    # Ansible's plugin loader may not be used by several threads before its first use has ended.
    hosts = {f"off-{number}": {"ansible_host": "127.0.0.1", "ansible_port": 9} for number in range(100)}
    account = {"ansible_connection": "winrm", "ansible_user": "a", "ansible_password": "b"}
    inventory = tmp_path / "inventory.yml"
    transport = {"ansible_winrm_transport": "ntlm", "ansible_winrm_scheme": "http"}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": {**account, **transport}}}), "utf-8")
    found = answers(scan(inventory, tmp_path, "{{ groups.all }}"))
    assert {host: answer.get("unreachable") for host, answer in found.items()} == dict.fromkeys(hosts, True)


@pytest.fixture(scope="module")
def odd(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """A fleet whose variables are templates, secrets, or wrong."""
    folder = tmp_path_factory.mktemp("odd")
    good = lab.host_vars("win7-x64")
    hosts = {
        "templated": {**good, "ansible_host": "{{ hostvars['win7-x64'].ansible_host }}"},
        "undefined": {**good, "ansible_password": "{{ the_password }}"},
        "nobodys": {"ansible_host": good["ansible_host"], "ansible_user": "Administrator"},
        "linux": {**good, "ansible_connection": "ssh"},
        "misspelt": {**good, "ansible_connection": "winrn"},
        "stranger": {**good, "ansible_password": "wrong"},
        "good": good,
    }
    inventory = {"all": {"children": {"odd": {"hosts": hosts}, "lab": {"hosts": {"win7-x64": good}}}}}
    inventory["all"]["vars"] = {
        "ansible_connection": "winrm",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_scheme": "http",
    }
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory), "utf-8")
    run = scan(folder / "inventory.yml", folder, "{{ groups.odd + ['nowhere'] }}")
    (folder / "run.json").write_text(json.dumps(run.output), "utf-8")
    return {**answers(run), "": {"msg": run.output}}


@pytest.mark.parametrize("host", ["templated", "good"])
def test_a_bad_host_does_not_stop_the_others(odd: dict[str, dict[str, Any]], host: str) -> None:
    assert odd[host]["hotfix_info"]["status"] == "vulnerable"


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("undefined", "'the_password' is undefined"),
        ("linux", "needs the winrm connection, and this host uses 'ssh'"),
        ("misspelt", "winrn"),
        ("nowhere", "The inventory has no host of this name."),
    ],
)
def test_a_host_that_cannot_be_tried_is_named_before_the_first_connection_with_its_reason(
    odd: dict[str, dict[str, Any]], host: str, said: str
) -> None:
    assert odd[host]["failed"]
    assert said in odd[host]["msg"]
    assert f"{host} cannot be assessed" in odd[""]["msg"]


def test_a_host_without_credentials_is_named_at_once_and_has_the_words_of_a_play(
    odd: dict[str, dict[str, Any]],
) -> None:
    assert "nobodys cannot be assessed. It has no credentials: set ansible_password" in odd[""]["msg"]
    assert odd["nobodys"]["unreachable"]
    assert "requires a password" in odd["nobodys"]["msg"]


def test_hosts_that_need_a_person_and_the_whole_are_shown(odd: dict[str, dict[str, Any]]) -> None:
    assert "stranger: " in odd[""]["msg"]
    assert re.search(r"8 of 8 hosts \(.*2 vulnerable.*4 error", odd[""]["msg"])


def test_a_wrong_password_makes_its_own_host_unreachable(odd: dict[str, dict[str, Any]]) -> None:
    assert odd["stranger"]["unreachable"]
    assert "wrong" not in odd["stranger"]["msg"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"concurrency": 0}, "concurrency is 0: it must be at least 1"),
        ({"host_timeout": 0}, "host_timeout is 0: it must be at least 1"),
        ({"hotfix": "KB1"}, "the catalogue has KB978918"),
        (
            {"states": {"h": "removed"}},
            "states has removed for h: it must be one of present, downloaded, absent",
        ),
        ({"report": {"path": "/proc/nowhere/fleet"}}, "The report cannot be written"),
    ],
)
def test_a_wrong_argument_is_refused_before_the_first_connection(
    lab: Lab, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    lab.control.reset_counters()
    (task,) = scan(lab.inventory, tmp_path, "{{ groups.lab }}", **options).of("fleet_info")
    assert task.outcome == "failed"
    assert said in task.result["msg"]
    assert not sum(host["requests"] for host in lab.control.counters()["hosts"].values())
