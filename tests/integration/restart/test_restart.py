# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module restart against simulated hosts: in its window, called off, missed, at once, rolled back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.integration.conftest import ROOT, Lab
from tests.lab.packages.builder import PackageSpec, build_msu

MESSAGE = 'R&D: 50 % "off" ^now^ %PATH% $(Arg0) 再起動します | <b>'
PACKAGE = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
INSTALL_PENDING, INSTALLED = 0x60, 0x70
SESSION_HOST = {"enabled": True, "nla": True, "application_server": True}
FLEET: dict[str, Any] = {
    "defaults": {"domain": "corp.example", "time_zone": "Europe/Berlin", "language": "de-DE"},
    "hosts": [
        {
            "name": "window",
            "system": "2008r2-x64",
            "rdp": SESSION_HOST,
            "sessions": [{"user": "anna", "id": 2, "name": "rdp-tcp#0"}],
        },
        {"name": "cancelled", "system": "2008r2-x64", "rdp": SESSION_HOST},
        {"name": "missed", "system": "win7-x64"},
        {"name": "others", "system": "2008r2-x64"},
        {"name": "local", "system": "win7-x64"},
        {"name": "moment", "system": "win7-x64"},
        {"name": "twice", "system": "2008r2-x64", "faults": ["second_restart"]},
        {"name": "reverted", "system": "2008r2-x64", "faults": ["revert_on_boot"]},
    ],
}


@pytest.fixture(scope="module")
def fleet(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab(FLEET)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = PackageSpec("x64")
    file = tmp_path_factory.mktemp("packages") / f"{spec.stem}.msu"
    file.write_bytes(build_msu(spec))
    return file


@pytest.fixture(autouse=True)
def nothing_unknown(fleet: Lab, request: pytest.FixtureRequest) -> Any:
    """Whatever the module asks, the simulated host knows: else it would not be tested here."""
    yield
    assert not {
        name: host["refused"] for name, host in fleet.control.counters()["hosts"].items() if host["refused"]
    }


def run_module(lab: Lab, module: str, host: str, *options: str, **arguments: Any) -> dict[str, Any]:
    """Run a module ad hoc; its result."""
    command = [str(Path(sys.executable).with_name("ansible")), "-i", str(lab.inventory), host, "-o"]
    command += ["-m", f"winfleet.hotfix.{module}", "-a", json.dumps(arguments), *options]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    answers = [line.partition(" => ")[2] for line in done.stdout.splitlines() if f"{host} | " in line]
    assert answers, f"{done.stdout}\n{done.stderr}"
    result: dict[str, Any] = json.loads(answers[-1])
    return result


def restart(lab: Lab, host: str, *options: str, **arguments: Any) -> dict[str, Any]:
    return run_module(lab, "restart", host, *options, **arguments)


def install(lab: Lab, host: str, package: Path) -> None:
    result = run_module(lab, "hotfix", host, package=str(package))
    assert result.get("restart_required") is True, result
    assert lab.control.host(host)["packages"][PACKAGE] == INSTALL_PENDING


def local_now(lab: Lab, host: str) -> datetime:
    return datetime.fromisoformat(lab.control.host(host)["local_time"])


def at_in(lab: Lab, host: str, **ahead: int) -> str:
    """A time ahead, with the host's offset."""
    return (local_now(lab, host) + timedelta(**ahead)).isoformat(timespec="seconds")


def test_a_host_restarts_itself_in_its_window(fleet: Lab, package: Path) -> None:
    install(fleet, "window", package)
    tomorrow = local_now(fleet, "window") + timedelta(days=1)
    request = {
        "window": {"days": [f"{tomorrow:%A}"], "start": "22:00", "duration_minutes": 120},
        "stagger_minutes": 60,
        "notice_minutes": 15,
        "message": MESSAGE,
        "drain_sessions": True,
    }
    predicted = restart(fleet, "window", "--check", **request)
    assert fleet.control.host("window")["tasks"].keys().isdisjoint({predicted["task_name"]})
    planned = restart(fleet, "window", **request)
    assert planned == predicted
    assert planned["changed"] is True
    assert restart(fleet, "window", **request)["changed"] is False

    at = datetime.fromisoformat(planned["scheduled_for"]).replace(tzinfo=tomorrow.tzinfo)
    opening = tomorrow.replace(hour=22, minute=0, second=0, microsecond=0)
    assert opening + timedelta(minutes=15) <= at <= opening + timedelta(minutes=75)

    fleet.control.advance_to((at - timedelta(minutes=16)).isoformat())
    assert fleet.control.host("window")["countdown"] is None
    fleet.control.advance_to((at - timedelta(minutes=14)).isoformat())
    during = fleet.control.host("window")
    assert during["countdown"]["comment"] == MESSAGE
    assert datetime.fromisoformat(during["countdown"]["at"]) - at < timedelta(seconds=5)
    assert during["logon_mode"] == "drainuntilrestart"
    assert MESSAGE in str(during["messages"])
    assert restart(fleet, "window", **request)["changed"] is False

    fleet.control.advance_to((at + timedelta(minutes=15)).isoformat())
    after = fleet.control.host("window")
    assert (after["boots"], after["logon_mode"], after["packages"][PACKAGE]) == (1, "enable", INSTALLED)
    again = restart(fleet, "window", **request)
    assert (again["changed"], again["missed"], again["scheduled_for"]) == (False, False, None)


def test_calling_off_during_the_notice_undoes_everything(fleet: Lab) -> None:
    at = at_in(fleet, "cancelled", minutes=30)
    restart(
        fleet,
        "cancelled",
        at=at,
        notice_minutes=20,
        drain_sessions=True,
        only_if_pending="never",
        message=MESSAGE,
    )
    fleet.control.advance(15 * 60)
    assert fleet.control.host("cancelled")["countdown"] is not None
    assert restart(fleet, "cancelled", state="cancelled")["changed"] is True
    after = fleet.control.host("cancelled")
    assert (after["countdown"], after["logon_mode"], after["tasks"]) == (None, "enable", {})
    assert restart(fleet, "cancelled", state="cancelled")["changed"] is False


def test_a_window_missed_because_the_host_was_off_is_planned_anew(fleet: Lab) -> None:
    everyday = {
        "window": {
            "start": f"{local_now(fleet, 'missed') + timedelta(hours=2):%H:%M}",
            "duration_minutes": 30,
        },
        "only_if_pending": "never",
    }
    first = restart(fleet, "missed", **everyday)
    fleet.control.power("missed", on=False)
    fleet.control.advance(4 * 3600)
    fleet.control.power("missed", on=True)
    fleet.control.wait_until_up("missed")
    again = restart(fleet, "missed", **everyday)
    assert (again["missed"], again["changed"]) == (True, True)
    assert datetime.fromisoformat(again["scheduled_for"]) - datetime.fromisoformat(
        first["scheduled_for"]
    ) == timedelta(days=1)


def test_restarts_of_others_are_reported_and_left_alone(fleet: Lab) -> None:
    task = (
        '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><Triggers>'
        "<TimeTrigger><StartBoundary>2036-01-01T04:00:00</StartBoundary></TimeTrigger></Triggers><Actions>"
        "<Exec><Command>shutdown.exe</Command><Arguments>-r -t 60</Arguments></Exec></Actions></Task>"
    )
    fleet.control.write_file("others", "C:\\Windows\\Temp\\t.xml", b"\xff\xfe" + task.encode("utf-16-le"))
    fleet.control.run("others", 'schtasks /create /tn "\\IT\\Monthly" /xml "C:\\Windows\\Temp\\t.xml" /f')
    fleet.control.run("others", 'shutdown /r /t 7200 /c "Wartung"')
    result = restart(fleet, "others", at=at_in(fleet, "others", hours=5), only_if_pending="never")
    assert result["other_restarts"][0] == {
        "description": "the task \\IT\\Monthly",
        "task_name": "\\IT\\Monthly",
        "scheduled_for": "2036-01-01T04:01:00",
    }
    assert "the countdown that" in result["other_restarts"][1]["description"]
    refused = restart(fleet, "others", state="now", only_if_pending="never")
    assert "seems to be running; let it happen, or end it on the host" in refused["msg"]
    restart(fleet, "others", state="cancelled")
    after = fleet.control.host("others")
    assert after["countdown"]["comment"] == "Wartung"
    assert list(after["tasks"]) == ["\\IT\\Monthly"]


def test_a_restart_at_once_waits_for_the_second_restart_of_servicing(fleet: Lab, package: Path) -> None:
    install(fleet, "twice", package)
    result = restart(fleet, "twice", state="now", notice_minutes=0, message=MESSAGE, timeout=120)
    assert (result["changed"], result["rolled_back_at_restart"]) == (True, False)
    after = fleet.control.host("twice")
    assert (after["boots"], after["packages"][PACKAGE], after["tasks"]) == (2, INSTALLED, {})
    boot = datetime.fromisoformat(after["boot_time"])
    assert abs(datetime.fromisoformat(result["boot_time"]) - boot) < timedelta(seconds=1)


def test_a_change_that_is_rolled_back_at_boot_fails_with_the_servicing_log(fleet: Lab, package: Path) -> None:
    install(fleet, "reverted", package)
    result = restart(fleet, "reverted", state="now", notice_minutes=0, timeout=120)
    assert result["rolled_back_at_restart"] is True, result
    assert "rolled the change of KB978918 back" in result["msg"]
    assert result["cbs_log"].strip()


def test_times_hold_across_the_next_change_of_daylight_saving(fleet: Lab) -> None:
    """Six o'clock of the wall clock stays six, and a moment given with an offset stays that moment."""
    now = local_now(fleet, "local")
    at = now.astimezone(ZoneInfo("Europe/Berlin")).replace(hour=6, minute=0, second=0, microsecond=0)
    while at.utcoffset() == now.utcoffset():
        at += timedelta(days=1)
    restart(fleet, "local", at=f"{at:%Y-%m-%dT%H:%M}", only_if_pending="never")
    restart(fleet, "moment", at=at.astimezone(now.tzinfo).isoformat(), only_if_pending="never")
    fleet.control.advance_to((at + timedelta(minutes=30)).isoformat())
    for name in ("local", "moment"):
        boot = datetime.fromisoformat(fleet.control.host(name)["boot_time"])
        assert timedelta(0) < boot - at < timedelta(minutes=2), name
