# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scan of a fleet in which many hosts are sick: each has its own row, and costs the others nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.connecting import servers
from tests.integration.plays import Run, core_programs, run_playbook
from tests.integration.scan.test_fleet_info import answers

SECONDS = 15
"""After which a host is given up; a healthy one needs one, or a few on a machine with other work."""

HEALTHY = [f"healthy-{number}" for number in range(12)]
#: Three in ten hosts are silent: some take the connection, some do not even do that.
DEAF = [f"deaf-{number}" for number in range(5)]
MUTE = [f"mute-{number}" for number in range(4)]
NONSENSE = {
    "binary": lambda client: client.sendall(bytes(range(256))),
    "page": servers.http(200),
    "soap-without-sense": servers.http(200, b"<s:Envelope xmlns:s='x'/>"),
    "closes": servers.close,
    "resets": servers.reset,
}
HANGING, FULL, BUSY = "hanging", "full", "busy"
"""Hosts of the lab: one stops in the middle, one has its quota used up, one only for a moment."""

USER = {"name": "patching", "domain": "corp.example", "password": "Domain/Wort+42%"}
ACCOUNTS = {
    "of the hosts": {},
    "of a domain": {"ansible_user": "CORP\\patching", "ansible_password": USER["password"]},
}
"""One of a domain is tried on few hosts at the same time before the first has accepted it."""


@dataclass(frozen=True)
class Fleet:
    """The lab's healthy and odd hosts, and a file that lists them with the sick ones, which come first."""

    lab: Lab
    inventory: Path
    hosts: list[str]

    def requests(self, action: str) -> dict[str, int]:
        """How many requests of a kind each host of the lab saw."""
        counted = self.lab.control.counters()["hosts"]
        return {name: host["actions"].get(action, 0) for name, host in counted.items()}


def scan(fleet: Fleet, folder: Path, *, core: Path | None = None, **options: Any) -> Run:
    """Scan the fleet in the order of its file."""
    task = {"winfleet.hotfix.fleet_info": {"hosts": fleet.hosts, **options}}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task]}
    return run_playbook([play], fleet.inventory, folder, core=core)


@pytest.fixture(scope="module", params=ACCOUNTS)
def fleet(
    start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Fleet:
    named = [*HEALTHY, HANGING, FULL, BUSY]
    hosts_of_lab = [{"name": name, "system": "win7-x64"} for name in named]
    account = ACCOUNTS[request.param]
    defaults = {"domain": "corp.example", "users": [USER]} if account else {}
    lab = start_lab({"defaults": defaults, "hosts": hosts_of_lab})
    ports = {name: servers.deaf_port() for name in DEAF}
    ports |= {name: servers.serve(servers.silent) for name in MUTE}
    ports |= {name: servers.serve(answer) for name, answer in NONSENSE.items()}
    own = lab.host_vars(HEALTHY[0])
    sick = {name: {**own, "ansible_host": "127.0.0.1", "ansible_port": port} for name, port in ports.items()}
    # The deaf and the mute first, so that every thread of the scan meets one before any healthy host.
    hosts = {**sick, **{name: lab.host_vars(name) for name in (HANGING, FULL, BUSY, *HEALTHY)}}
    for host in hosts.values():
        host.update(account)
    variables = {"ansible_connection": "winrm", "ansible_winrm_transport": "ntlm"}
    inventory = tmp_path_factory.mktemp("sick") / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}), "utf-8")
    return Fleet(lab, inventory, list(hosts))


@dataclass(frozen=True)
class Scanned:
    """A scan of the whole fleet by four threads: what it returned, and what the hosts of the lab saw."""

    answers: dict[str, dict[str, Any]]
    queries: dict[str, int]
    output: str


@pytest.fixture(scope="module")
def scanned(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    control = fleet.lab.control
    control.inject(HANGING, "slow", action="Enumerate", count=None, seconds=3600)
    control.inject(FULL, "operations_quota", count=None)
    control.inject(BUSY, "shells_quota", count=2)
    control.reset_counters()
    run = scan(fleet, tmp_path_factory.mktemp("scanned"), concurrency=4, host_timeout=SECONDS)
    queries = fleet.requests("Enumerate")
    for name in (HANGING, FULL, BUSY):
        control.clear_faults(name)
    return Scanned(answers(run), queries, run.output)


def test_every_host_has_an_answer(fleet: Fleet, scanned: Scanned) -> None:
    assert set(scanned.answers) == set(fleet.hosts)


@pytest.mark.parametrize("host", HEALTHY)
def test_a_healthy_host_is_assessed_although_every_thread_met_sick_ones_before(
    scanned: Scanned, host: str
) -> None:
    assert scanned.answers[host]["hotfix_info"]["status"] == "vulnerable"


@pytest.mark.parametrize("host", [*DEAF, *MUTE])
def test_a_silent_host_is_unreachable_after_its_own_time(scanned: Scanned, host: str) -> None:
    assert scanned.answers[host]["unreachable"]
    assert f"within {SECONDS} seconds (host_timeout)" in scanned.answers[host]["msg"]


@pytest.mark.parametrize("host", NONSENSE)
def test_a_host_that_answers_nonsense_says_so_in_its_row(scanned: Scanned, host: str) -> None:
    answer = scanned.answers[host]
    assert answer.get("unreachable") or answer.get("failed")
    assert answer["msg"]
    assert "Traceback" not in answer["msg"]
    assert "host_timeout" not in answer["msg"]


def test_a_host_that_stops_in_the_middle_is_given_up(scanned: Scanned) -> None:
    assert scanned.answers[HANGING]["unreachable"]
    assert scanned.queries[HANGING] == 1


def test_a_quota_that_stays_used_up_costs_only_its_host(scanned: Scanned) -> None:
    assert scanned.answers[FULL]["unreachable"]
    assert scanned.queries[FULL] == 0


def test_a_quota_that_is_free_soon_is_waited_for(scanned: Scanned) -> None:
    assert scanned.answers[BUSY]["hotfix_info"]["status"] == "vulnerable"


def test_no_host_brings_a_traceback_to_the_terminal(scanned: Scanned) -> None:
    assert "Traceback" not in scanned.output


def test_a_controller_with_few_open_files_says_so_and_goes_on_with_fewer_hosts(
    fleet: Fleet, tmp_path: Path
) -> None:
    limited = tmp_path / "bin"
    limited.mkdir()
    program = limited / "ansible-playbook"
    program.write_text(f'#!/bin/sh\nulimit -n 100\nexec "{core_programs()}/ansible-playbook" "$@"\n', "utf-8")
    program.chmod(0o755)
    healthy = Fleet(fleet.lab, fleet.inventory, HEALTHY)
    run = scan(healthy, tmp_path, core=limited, concurrency=640)
    assert "concurrency is lowered from 640 to" in run.output
    assert "may open 100 files" in run.output.replace("\n", " ")
    found = answers(run)
    assert [found[host]["hotfix_info"]["status"] for host in HEALTHY] == ["vulnerable"] * len(HEALTHY)
