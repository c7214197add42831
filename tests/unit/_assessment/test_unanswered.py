# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An assessment of a host that does not answer a question: unknown with a reason, never a negative."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition

from tests.unit._restart.hosts import TASK, set_package, waiting_host
from tests.unit.lab.machine import CBS, task_xml
from tests.unit.lab_session import LabSession

DEFINITION = load_definition("KB978918")
FULL: dict[str, Any] = {
    "domain": "corp.example",
    "max_token_size": 48000,
    "rdp": {"enabled": True, "nla": True, "application_server": True},
}


def full_host(**profile: Any) -> LabSession:
    """A host with a positive answer to each question, so that any negative shows a lost one."""
    session = LabSession(**{**FULL, **profile})
    session.lab.registry.create(f"{CBS}\\RebootPending")
    session.lab.scheduler.register(TASK, task_xml(arguments="/c shutdown.exe /r"))
    set_package(session, 0x70)
    return session


def assessed(session: LabSession) -> dict[str, Any]:
    return assess(session, DEFINITION, exposure=True).to_result()


def positives(result: dict[str, Any]) -> dict[str, Any]:
    """The answers of `full_host`; the task has no time, so it shows only where it cannot be read."""
    exposure = result["exposure"]
    return {
        "pending": result["restart"]["pending_any"],
        "roles": exposure["roles"],
        "nla": exposure["nla_required"],
        "token": exposure["max_token_size"],
        "package": [package["state"] for package in result["servicing"]["packages"]][-1:],
    }


EXPECTED = {
    "pending": True,
    "roles": ["session_host", "rdp_server", "rdp_client"],
    "nla": True,
    "token": 48000,
    "package": ["Installed"],
}


@pytest.mark.parametrize("tool", ["reg", "schtasks", "wevtutil", "query", "change", "findstr"])
def test_a_tool_that_is_barred_turns_no_answer_into_a_negative(tool: str) -> None:
    result = assessed(full_host(blocked=[tool]))
    assert positives(result) == EXPECTED


def test_a_policy_against_registry_tools_leaves_the_answers_to_wmi_and_dism() -> None:
    result = assessed(full_host(faults=["reg_disabled"]))
    assert positives(result) == EXPECTED
    assert "reg.exe" not in " ".join(result["reasons"])


def test_where_wmi_is_denied_too_the_values_are_null_and_the_reasons_name_reg_exe() -> None:
    result = assessed(full_host(faults=["reg_disabled", "stdregprov_denied"]))
    assert positives(result) == {
        **EXPECTED,
        "pending": None,
        "roles": ["rdp_client"],
        "nla": None,
        "token": None,
    }
    assert result["exposure"]["at_risk"] is True
    reasons = " ".join(result["reasons"])
    assert "These signs of a restart are not known: RebootPending" in reasons
    assert "The exposure is not known completely: reg.exe did not show" in reasons


RUN_TASK = "\\winfleet.hotfix\\KB978918-install"
FOLDER = "C:\\Windows\\winfleet.hotfix\\KB978918"


def attempted(**profile: Any) -> LabSession:
    """A host with the record of an installation that failed."""
    session = LabSession(**profile)
    session.lab.disk.make_folder(FOLDER)
    session.lab.disk.write(f"{FOLDER}\\attempt.txt", b"run=a1\r\nstage=install\r\nexit_code=183\r\n")
    return session


def test_a_task_of_a_run_that_schtasks_does_not_show_may_be_at_work() -> None:
    session = LabSession(blocked=["schtasks"])
    session.lab.scheduler.register(RUN_TASK, task_xml())
    info = assess(session, DEFINITION)
    assert info.current_run and info.current_run.state == "unknown"
    assert (
        "Whether a run is at work for KB978918 on this host is not known" in info.to_result()["reasons"][-1]
    )


def test_a_task_that_no_file_shows_is_no_run_even_without_schtasks() -> None:
    assert assess(LabSession(blocked=["schtasks"]), DEFINITION).current_run is None


def test_a_script_that_cannot_be_read_is_a_run_with_a_reason() -> None:
    session = attempted(blocked=["findstr"])
    session.lab.disk.write(f"{FOLDER}\\install.cmd", b"set RUN=a1\r\n")
    info = assess(session, DEFINITION)
    assert info.current_run and info.current_run.state == "unfinished"
    assert info.current_run.cause in info.to_result()["reasons"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"run=a1\r\nexit_code=\r\n"])
def test_a_record_that_holds_no_result_is_a_reason_and_not_no_attempt(content: bytes) -> None:
    session = attempted()
    session.lab.disk.write(f"{FOLDER}\\attempt.txt", content)
    result = assessed(session)
    assert result["last_attempt"] is None
    assert "attempt.txt holds no result" in " ".join(result["reasons"])


def test_a_record_that_cannot_be_read_is_a_reason_too(monkeypatch: pytest.MonkeyPatch) -> None:
    session = attempted()
    run = session.run
    monkeypatch.setattr(
        session, "run", lambda line, **more: run(line.replace("(type ", "(findstr no-such-text "), **more)
    )
    result = assessed(session)
    assert result["last_attempt"] is None
    assert "attempt.txt could not be read" in " ".join(result["reasons"])


@pytest.mark.parametrize("folder", [None, FOLDER])
def test_a_host_without_a_record_has_no_attempt_and_no_reason(folder: str | None) -> None:
    session = LabSession()
    if folder:
        session.lab.disk.make_folder(folder)
    result = assessed(session)
    assert result["last_attempt"] is None and "not known" not in " ".join(result["reasons"])


def test_the_proofs_cost_no_command_on_a_host_that_answers() -> None:
    session = attempted()
    assert assessed(session)["last_attempt"]["exit_code"] == 183
    assert len(session.command_lines) == 1


def test_a_restart_task_that_cannot_be_read_is_a_reason_and_not_no_restart() -> None:
    session = waiting_host()
    session.lab.scheduler.register(TASK, task_xml())
    result = assessed(session)
    assert result["restart"]["scheduled_for"] is None
    [unread] = result["restart"]["unread"]
    assert TASK in unread and unread in result["reasons"]


def test_an_assessment_writes_no_file_on_the_host() -> None:
    session = full_host()
    before = {info.path: info.modified for info in session.lab.disk.walk("C:\\Windows")}
    assessed(session)
    assert {info.path: info.modified for info in session.lab.disk.walk("C:\\Windows")} == before
