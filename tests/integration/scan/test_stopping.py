# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scan that is stopped ends within seconds, leaves no process, and loses nothing of what it saw."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.bad_luck.controllers import wait_until
from tests.integration.conftest import Lab
from tests.integration.plays import ROOT, core_programs, read_report, run_playbook

CORES = pytest.mark.parametrize("core", [None, "2.16", "2.21"], ids=lambda core: f"core-{core or 'pinned'}")
QUICK, SLOW = ["quick1", "quick2", "quick3"], ["slow1", "slow2"]
FLEET = {"hosts": [{"name": name, "system": "win7-x64"} for name in (*QUICK, *SLOW)]}
LEFT = "scan-incomplete.jsonl"


@pytest.fixture(scope="module")
def lab(start_lab: Callable[..., Lab]) -> Lab:
    lab = start_lab(FLEET)
    for host in SLOW:
        lab.control.inject(host, "slow", seconds=3600, count=None)
    return lab


@dataclass(frozen=True)
class Controller:
    """ansible-playbook at work, with a mark in the environment of all its processes."""

    process: subprocess.Popen[bytes]
    mark: str

    def processes(self) -> set[int]:
        """The processes of the run that there are."""
        found = set()
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (place / "environ").read_bytes():
                    found.add(int(place.name))
            except OSError:
                continue  # ended meanwhile, or another user's
        return found


@pytest.fixture
def scan(lab: Lab, tmp_path: Path) -> Iterator[Callable[..., Controller]]:
    """Start a scan, and wait until it has seen all hosts that answer."""
    running: list[Controller] = []

    def start(core: str | None = None) -> Controller:
        mark = f"mark-{secrets.token_hex(8)}"
        programs = core_programs(core)
        command = [str(programs / "ansible-playbook"), "-i", str(lab.inventory), "playbooks/scan.yml"]
        with (tmp_path / "output.log").open("wb") as output:
            process = subprocess.Popen(
                [*command, "-e", f"hotfix_report_dir={tmp_path}"],
                cwd=ROOT,
                env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "SCAN_MARK": mark},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # as a shell does in the foreground: Ctrl-C goes to the whole group
            )
        running.append(Controller(process, mark))
        left = tmp_path / LEFT
        wait_until(
            lambda: left.exists() and left.read_bytes().count(b"\n") == 1 + len(QUICK),
            "it has seen the hosts that answer",
        )
        return running[-1]

    yield start
    for controller in running:
        for process in controller.processes():
            os.kill(process, signal.SIGKILL)
        controller.process.wait(timeout=20)


@CORES
def test_what_cannot_be_as_asked_is_told_while_the_scan_is_at_work(
    lab: Lab, tmp_path: Path, core: str | None
) -> None:
    good = lab.host_vars(SLOW[0])
    hosts = {
        "undefined": {**good, "ansible_password": "{{ the_password }}"},
        "nobodys": {"ansible_host": good["ansible_host"], "ansible_user": "Administrator"},
        SLOW[0]: good,
    }
    variables = {"ansible_connection": "winrm", "ansible_winrm_transport": "ntlm"}
    inventory, shown = tmp_path / "inventory.yml", tmp_path / "shown"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}), "utf-8")
    command = f"ulimit -n 100; exec {core_programs(core)}/ansible-playbook -i {inventory} playbooks/scan.yml"
    with shown.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", f"{command} -e hotfix_report_dir={tmp_path} -e hotfix_scan_concurrency=640"],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    said = (
        "undefined cannot be assessed",
        "nobodys cannot be assessed",
        "concurrency is lowered from 640 to",
    )
    try:
        wait_until(lambda: all(each in shown.read_text("utf-8") for each in said), "it has said so")
        assert process.poll() is None
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "scan-incomplete.json").read_text("utf-8"))
    return found


def statuses(folder: Path, name: str) -> dict[str, str]:
    return {host: row["status"] for host, row in read_report(folder, name).items()}


SEEN = {**dict.fromkeys(QUICK, "vulnerable"), **dict.fromkeys(SLOW, "not_attempted")}


def interrupt(controller: Controller) -> None:
    os.killpg(controller.process.pid, signal.SIGINT)


def terminate(controller: Controller) -> None:
    controller.process.terminate()


def kill_ansible_alone(controller: Controller) -> None:
    controller.process.kill()


@CORES
@pytest.mark.parametrize("stop", [interrupt, terminate, kill_ansible_alone])
def test_a_stopped_scan_leaves_no_process_and_the_report_of_what_it_saw(
    scan: Callable[..., Controller],
    tmp_path: Path,
    core: str | None,
    stop: Callable[[Controller], None],
) -> None:
    (tmp_path / "scan.json").write_text("the last complete report", "utf-8")
    controller = scan(core)
    stop(controller)
    wait_until(
        lambda: controller.process.poll() is not None and not controller.processes(), "it has ended", 30
    )
    assert controller.process.returncode != 0
    assert statuses(tmp_path, "scan-incomplete") == SEEN
    assert report(tmp_path)["incomplete"]
    assert "This report is incomplete" in (tmp_path / "scan-incomplete.html").read_text("utf-8")
    assert (tmp_path / "scan.json").read_text("utf-8") == "the last complete report"
    assert not (tmp_path / LEFT).exists()
    assert not (tmp_path / "kept").exists()


@CORES
def test_after_a_kill_of_everything_what_was_seen_can_be_merged_as_an_incomplete_report(
    scan: Callable[..., Controller], tmp_path: Path, core: str | None
) -> None:
    controller = scan(core)
    for process in controller.processes():
        os.kill(process, signal.SIGKILL)
    wait_until(lambda: not controller.processes(), "it has ended", 30)
    inventory = tmp_path / "nobody.ini"
    inventory.write_text("", "utf-8")
    merge = run_playbook("merge_reports", inventory, tmp_path, core=core)
    assert merge.code == 2
    assert f"the run was killed before its report, or is still at work ({LEFT})" in merge.output
    assert statuses(tmp_path, "fleet") == SEEN


def test_a_later_complete_scan_takes_the_place_of_the_incomplete_one(
    scan: Callable[..., Controller], lab: Lab, tmp_path: Path
) -> None:
    controller = scan()
    terminate(controller)
    wait_until(lambda: not controller.processes(), "it has ended", 30)
    assert (tmp_path / "scan-incomplete.json").exists()
    again = run_playbook("scan", lab.inventory, tmp_path, "--limit", ",".join(QUICK))
    assert again.code == 0, again.output
    assert statuses(tmp_path, "scan") == dict.fromkeys(QUICK, "vulnerable")
    assert not list(tmp_path.glob("scan-incomplete*"))
