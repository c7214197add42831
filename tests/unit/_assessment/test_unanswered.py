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
