# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of the tests are called as the real one is, and a simulated host answers as a host does."""

from __future__ import annotations

import inspect

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import ConnectionLost, WsmanFault
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.registry import read_dword
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.send import send_bytes
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import Session

from tests.unit.fake_session import FakeSession
from tests.unit.lab_session import LabSession

TERMINAL_SERVER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"


def methods(kind: type) -> dict[str, list[tuple[str, object, object]]]:
    """The public methods of a class: name to the names, kinds and defaults of their parameters."""
    return {
        name: [(each.name, each.kind, each.default) for each in inspect.signature(method).parameters.values()]
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_the_fake_session_has_no_method_and_no_parameter_of_its_own() -> None:
    fake, real = methods(FakeSession), methods(Session)
    assert fake == {name: real.get(name) for name in fake}


def test_the_lab_session_has_every_method_of_the_real_one() -> None:
    lab = methods(LabSession)
    assert {name: lab[name] for name in methods(Session)} == methods(Session)


def test_a_simulated_host_answers_queries_methods_and_commands() -> None:
    session = LabSession(computer_name="RDS01")
    assert session.query("SELECT Name FROM Win32_ComputerSystem") == [{"Name": "RDS01"}]
    assert read_dword(session, TERMINAL_SERVER, "fDenyTSConnections") == 1
    assert session.run("ver >nul & echo %COMPUTERNAME%& exit /b 3").exit_code == 3
    assert session.command_lines == ["ver >nul & echo %COMPUTERNAME%& exit /b 3"]


def test_a_simulated_host_takes_input() -> None:
    session = LabSession()
    send_bytes(session, b"\x00one\nline\n" * 4000, "C:\\Windows\\Temp\\x.bin")
    assert session.lab.disk.read("C:\\Windows\\Temp\\x.bin") == b"\x00one\nline\n" * 4000


def test_what_a_simulated_host_refuses_is_a_fault() -> None:
    session = LabSession()
    session.lab.inject("access_denied")
    with pytest.raises(WsmanFault, match="Access is denied"):
        session.run("dir C:\\x")


def test_a_restart_breaks_the_session_until_the_host_is_back() -> None:
    session = LabSession()
    session.run("shutdown /r /t 10")
    session.clock.sleep(11)
    with pytest.raises(ConnectionLost, match="Connection refused"):
        session.run("hostname")
    with pytest.raises(ConnectionLost, match="does not answer"):
        session.reconnect()
    session.clock.sleep(60)
    session.reconnect()
    assert session.run("hostname").exit_code == 0 and session.lab.power.boots == 1


def test_time_passes_by_sleeping_and_what_is_planned_happens_on_the_way() -> None:
    session = LabSession(now="2026-06-18T08:00:00+02:00")
    moments: list[float] = []
    session.clock.after(5, lambda: moments.append(session.clock.now()))
    session.before("hostname", lambda: moments.append(-1.0))
    session.clock.sleep(12)
    session.run("hostname")
    session.run("hostname")
    assert (moments, session.clock.now(), session.clock.slept) == ([5.0, -1.0], 12.0, [12])
