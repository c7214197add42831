# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module hotfix against simulated hosts: from every source, both ways, and when the controller dies."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.bad_luck.controllers import wait_until
from tests.integration.conftest import ROOT, Lab
from tests.integration.plays import Run, core_programs, run_playbook
from tests.lab.packages.builder import PackageSpec, build_msu

IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
TASK = "\\winfleet.hotfix\\KB978918-install"
STAGING = "C:\\Windows\\winfleet.hotfix\\KB978918"
URL = "http://updates.example/a%20b/package.msu?x=1&y=(2)"
SHARE = "\\\\files\\patches"
DATA = build_msu(PackageSpec("x64"))
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = "Windows6.1-KB978918-x64.msu"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("packages") / NAME
    file.write_bytes(DATA)
    return file


@pytest.fixture(scope="module")
def fleet(start_lab: Callable[..., Lab], package: Path) -> Lab:
    defaults = {"downloads": {URL: str(package)}, "shares": {SHARE: str(package.parent)}}
    slow = {"system": "win7-x64", "faults": ["dism_slow"]}
    hosts: list[dict[str, Any]] = [
        {"name": "plain", "system": "2008r2-x64", "language": "de-DE"},
        {"name": "kept", "system": "2008r2-core"},
        {"name": "share", "system": "win7-x64"},
        {"name": "url", "system": "2008r2-x64"},
        {"name": "fixed", "system": "2008r2-x64", "files": "fixed"},
        {"name": "permanent", "system": "win7-x64", "files": "fixed", "faults": ["cannot_remove"]},
        {"name": "killed", **slow},
        {"name": "forgotten", **slow},
        {"name": "cut", **slow},
    ]
    return start_lab({"defaults": defaults, "hosts": hosts})


@pytest.fixture(autouse=True)
def nothing_unknown(fleet: Lab) -> Iterator[None]:
    """Whatever the module asks, the simulated host knows: else it would not be tested here."""
    yield
    hosts = fleet.control.counters()["hosts"]
    assert not {name: host["refused"] for name, host in hosts.items() if host["refused"]}


def play(host: str, **arguments: Any) -> list[dict[str, Any]]:
    tasks = [{"name": "Change", "winfleet.hotfix.hotfix": arguments}]
    return [{"hosts": host, "gather_facts": False, "tasks": tasks}]


def run(fleet: Lab, folder: Path, host: str, *options: str, **arguments: Any) -> dict[str, Any]:
    """Run the module once; its result, with the task's outcome."""
    done: Run = run_playbook(play(host, **arguments), fleet.inventory, folder / "run", *options)
    (task,) = done.of("hotfix", host)
    return {**task.result, "outcome": task.outcome, "output": done.output}


def files(fleet: Lab, host: str) -> set[str]:
    listed = fleet.control.run(host, f'dir /b "{STAGING}"')["stdout"]
    return set(listed.split())


def at_work(fleet: Lab, host: str) -> Callable[[], bool]:
    return lambda: bool(fleet.control.host(host)["servicing_busy"])


def kill_while_dism_works(fleet: Lab, folder: Path, host: str, package: Path) -> None:
    """Start a run and kill its controller, all its processes, once DISM is at work."""
    folder.mkdir(exist_ok=True)
    playbook = folder / "killed.yml"
    playbook.write_text(yaml.safe_dump(play(host, package=str(package))))
    process = subprocess.Popen(
        [core_programs() / "ansible-playbook", "-i", fleet.inventory, playbook],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(at_work(fleet, host), "DISM")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_check_mode_predicts_what_the_run_does_and_a_second_run_changes_nothing(
    fleet: Lab, package: Path, tmp_path: Path
) -> None:
    before = fleet.control.snapshot("plain")
    predicted = run(fleet, tmp_path, "plain", "--check", "--diff", package=str(package))
    assert fleet.control.snapshot("plain") == before
    real = run(fleet, tmp_path, "plain", "--diff", package=str(package))
    for key in ("changed", "restart_required", "diff"):
        assert predicted[key] == real[key], key
    assert (predicted["status"], real["status"]) == ("vulnerable", "restart_pending")
    assert real["servicing"]["exit_name"] == "restart_required"
    assert files(fleet, "plain") == {"attempt.txt", "dism.log", "install.log"}
    assert TASK not in fleet.control.host("plain")["tasks"]
    again = run(fleet, tmp_path, "plain", package=str(package))
    assert (again["changed"], again["restart_required"]) == (False, True)
    assert again["servicing"]["exit_code"] == 3010


def test_the_staging_folder_is_closed_and_keeps_its_files_where_asked(
    fleet: Lab, package: Path, tmp_path: Path
) -> None:
    assert run(fleet, tmp_path, "kept", package=str(package), keep_files=True)["changed"]
    assert {"package.msu", "install.cmd"} <= files(fleet, "kept")
    for folder in (STAGING, STAGING.rpartition("\\")[0]):
        printed = fleet.control.run("kept", f'icacls "{folder}"')["stdout"]
        granted = [line for line in printed.splitlines() if "(F)" in line]
        assert len(granted) == 2 and "Users" not in printed and "Everyone" not in printed, printed
    assert not run(fleet, tmp_path, "kept", package=str(package))["changed"]
    assert files(fleet, "kept") == {"attempt.txt", "dism.log", "install.log"}


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("share", {"package": f"{SHARE}\\{NAME}", "package_location": "host"}),
        ("url", {"package": URL, "package_location": "url"}),
    ],
)
def test_a_host_gets_the_package_itself_before_it_is_installed(
    fleet: Lab, tmp_path: Path, host: str, source: dict[str, str]
) -> None:
    arguments = {**source, "sha256": f"sha256:{SHA256}"}
    stored = run(fleet, tmp_path, host, state="downloaded", **arguments)
    assert (stored["changed"], stored["status"], stored["restart_required"]) == (True, "vulnerable", False)
    assert fleet.control.read_file(host, f"{STAGING}\\package.msu") == DATA
    assert not run(fleet, tmp_path, host, state="downloaded", **arguments)["changed"]
    # What lies there is used: the source is gone.
    gone = {**arguments, "package": arguments["package"].replace("msu", "gone")}
    assert run(fleet, tmp_path, host, **gone)["status"] == "restart_pending"
    assert fleet.control.read_file(host, f"{STAGING}\\package.msu") is None


def test_an_installed_package_is_removed_once(fleet: Lab, tmp_path: Path) -> None:
    predicted = run(fleet, tmp_path, "fixed", "--check", "--diff", state="absent")
    removed = run(fleet, tmp_path, "fixed", "--diff", state="absent")
    assert predicted["diff"] == removed["diff"]
    assert (removed["changed"], removed["restart_required"]) == (True, True)
    assert removed["servicing"]["identity"] == IDENTITY
    again = run(fleet, tmp_path, "fixed", state="absent")
    assert (again["changed"], again["restart_required"]) == (False, True)


def test_a_package_that_cannot_be_removed_says_why(fleet: Lab, tmp_path: Path) -> None:
    result = run(fleet, tmp_path, "permanent", state="absent")
    assert result["outcome"] == "failed" and result["servicing"]["exit_name"] == "cannot_be_removed"
    assert "cannot be removed" in result["msg"]


def asks_nothing_for_a_while(fleet: Lab, host: str) -> Callable[[], bool]:
    """Whether a run has asked the host much, and then nothing for longer than between two questions."""
    counted: list[tuple[float, int]] = []

    def asks_nothing() -> bool:
        requests = fleet.control.counters()["hosts"][host]["requests"]
        counted.append((time.monotonic(), requests))
        since = next(moment for moment, number in counted if number == requests)
        return requests > 20 and time.monotonic() - since > 3

    return asks_nothing


def test_what_a_killed_controller_began_is_waited_for_and_not_begun_again(
    fleet: Lab, package: Path, tmp_path: Path
) -> None:
    kill_while_dism_works(fleet, tmp_path / "first", "killed", package)
    begun = fleet.control.host("killed")["tasks"][TASK]["last_run"]
    fleet.control.reset_counters()
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(run, fleet, tmp_path, "killed", package=str(package))
        output = tmp_path / "run" / "output.log"
        wait_until(asks_nothing_for_a_while(fleet, "killed"), "the second run waits")
        assert not second.done() and not output.exists()
        assert fleet.control.host("killed")["tasks"][TASK]["last_run"] == begun
        fleet.control.advance(700)
        result = second.result(120)
    assert "waiting for its result" in result["output"]
    assert (result["changed"], result["servicing"]["exit_code"]) == (True, 3010)
    assert files(fleet, "killed") == {"attempt.txt", "dism.log", "install.log"}


def test_a_result_that_nobody_fetched_is_picked_up(fleet: Lab, package: Path, tmp_path: Path) -> None:
    kill_while_dism_works(fleet, tmp_path / "first", "forgotten", package)
    fleet.control.advance(700)
    result = run(fleet, tmp_path, "forgotten", package=str(package))
    assert (result["changed"], result["restart_required"]) == (False, True)
    assert result["servicing"]["exit_code"] == 3010
    assert files(fleet, "forgotten") == {"attempt.txt", "dism.log", "install.log"}
    assert TASK not in fleet.control.host("forgotten")["tasks"]


def test_a_connection_that_breaks_while_dism_works_is_made_again(
    fleet: Lab, package: Path, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(run, fleet, tmp_path, "cut", package=str(package))
        wait_until(at_work(fleet, "cut"), "DISM")
        fleet.control.inject("cut", "cut_before", count=2)
        fleet.control.inject("cut", "cut_answer", count=1)
        time.sleep(8)
        fleet.control.advance(700)
        result = first.result(180)
    assert (result["changed"], result["servicing"]["exit_code"]) == (True, 3010)
    assert "the connection is lost, the task goes on" in result["output"]
