# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""assess and verify with hotfix_probe_rdp look at hosts from outside too, and rows say what that adds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import read_report, run_playbook

SESSION_HOST = {"enabled": True, "nla": True, "application_server": True}
FLEET = {
    "hosts": [
        {"name": "rdsh1", "domain": "corp.example", "rdp": SESSION_HOST},
        {"name": "moved", "rdp": {"enabled": True, "port": 3390}},
        {"name": "stopped", "rdp": SESSION_HOST, "faults": ["no_remote_desktop"]},
        {"name": "nowinrm", "rdp": SESSION_HOST, "winrm": {"http": False}},
        {"name": "off", "rdp": SESSION_HOST, "powered": False},
    ]
}
PROBE = {"hotfix_probe_rdp": True}


@pytest.fixture(scope="module")
def fleet(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab(FLEET)


@pytest.fixture(scope="module")
def probed(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The rows of one assessment that probes; in check mode, which a probe works in too."""
    return rows(fleet, tmp_path_factory.mktemp("probed"), "assess", "--check", **PROBE)


def rows(
    lab: Lab, folder: Path, playbook: str = "assess", *options: str, **variables: Any
) -> dict[str, dict[str, Any]]:
    run_playbook(playbook, lab.inventory, folder, *options, variables=variables)
    return read_report(folder, playbook)


def test_without_the_setting_no_host_is_probed(fleet: Lab, tmp_path: Path) -> None:
    found = rows(fleet, tmp_path)
    assert {row["rdp"] for row in found.values()} == {None}
    assert fleet.control.counters()["hosts"]["rdsh1"]["rdp_connections"] == 0


def test_a_host_that_is_as_wmi_says_has_what_its_port_says_and_no_remark(
    probed: dict[str, dict[str, Any]],
) -> None:
    row = probed["rdsh1"]
    assert row["rdp"]["nla"] == "required"
    assert row["rdp"]["tls"]["version"] == "TLSv1"
    assert row["rdp"]["system"]["build"] == row["os"]["build"] == 7600
    assert row["rdp"]["credssp_version"] == 2
    assert row["remarks"] == []
    assert row["status"] == "vulnerable"


def test_silent_hosts_have_a_second_line(probed: dict[str, dict[str, Any]]) -> None:
    silent = probed["nowinrm"]
    assert silent["status"] == "unreachable"
    assert silent["reasons"][0].startswith("Nothing listens there.")
    assert silent["remarks"] == ["RDP open, NLA required, build 7600: switch WinRM on here first."]
    (remark,) = probed["off"]["remarks"]
    assert remark.startswith("RDP closed: port 3389 refuses connections")
    assert probed["off"]["rdp"]["listening"] is False


def test_a_host_whose_name_nobody_knows_is_not_called_silent(fleet: Lab, tmp_path: Path) -> None:
    address = {"hotfix_hosts": "off", "ansible_host": "no-such-host.invalid"}
    row = rows(fleet, tmp_path, **address, **PROBE)["off"]
    (remark,) = row["remarks"]
    assert remark.startswith("Remote Desktop was not probed: Connection to no-such-host.invalid, port 3389: ")
    assert (row["status"], row["rdp"]) == ("unreachable", None)


def test_the_port_of_the_registry_is_probed(probed: dict[str, dict[str, Any]]) -> None:
    row = probed["moved"]
    assert (row["rdp"]["port"], row["rdp"]["nla"], row["remarks"]) == (3390, "offered", [])


def test_a_contradiction_is_a_remark_and_no_verdict(probed: dict[str, dict[str, Any]]) -> None:
    row = probed["stopped"]
    (remark,) = row["remarks"]
    assert remark == "The registry says that Remote Desktop is on, and its port 3389 refuses connections."
    assert (row["status"], row["error"]) == ("vulnerable", None)


def test_a_session_host_whose_remote_desktop_is_gone_after_its_restart_has_a_remark(
    start_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = start_lab({"hosts": [{"name": "rdsh1", "files": "fixed", "rdp": SESSION_HOST}]})
    assert rows(lab, tmp_path, **PROBE)["rdsh1"]["remarks"] == []
    lab.control.inject("rdsh1", "no_remote_desktop")
    lab.control.run("rdsh1", "shutdown /r /t 0")
    lab.control.advance(60)
    lab.control.wait_until_up("rdsh1")
    run = run_playbook("verify", lab.inventory, tmp_path, variables=PROBE)
    row = read_report(tmp_path, "verify")["rdsh1"]
    lost, contradiction = row["remarks"]
    assert "no longer does; the host restarted in between, at " in lost
    assert contradiction.startswith("The registry says that Remote Desktop is on")
    assert (row["status"], run.code) == ("compliant", 0)


def without_clock(row: dict[str, Any]) -> Any:
    """What a row says of Remote Desktop, without the time at which the port was asked."""
    rdp = row["rdp"]
    system = {**rdp["system"], "time": None} if rdp["system"] else None
    return {**rdp, "system": system}, row["remarks"], row["status"]


def test_a_scan_probes_as_an_assessment_does(
    fleet: Lab, probed: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    scanned = rows(fleet, tmp_path, "scan", **PROBE)
    assert set(scanned) == set(probed)
    for host, row in probed.items():
        assert without_clock(scanned[host]) == without_clock(row), host
