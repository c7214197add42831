# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signs of a pending restart, and of an answer that the host did not give."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.pending_restart import (
    PendingRestart,
    pending_command,
    read_pending,
)

from tests.unit.lab.machine import CBS
from tests.unit.lab_session import LabSession

UPDATE = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
SIGNS = {
    "RebootPending": f"{CBS}\\RebootPending",
    "RebootInProgress": f"{CBS}\\RebootInProgress",
    "RebootRequired": f"{UPDATE}\\RebootRequired",
}
REGISTRY = (*SIGNS, "PendingFileRenameOperations")


def pending(*signs: str, **profile: Any) -> PendingRestart:
    """Read a simulated host that shows these signs."""
    session = LabSession(**profile)
    for sign in signs:
        session.lab.registry.create(SIGNS[sign])
    return read_pending(session, session.run(pending_command()).stdout)


def test_a_host_without_signs_waits_for_nothing() -> None:
    assert pending() == PendingRestart(False)


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("faults", [[], ["reg_disabled"]], ids=["by reg.exe", "by StdRegProv"])
def test_each_sign_is_seen_by_either_way(sign: str, faults: list[str]) -> None:
    assert pending(sign, faults=faults) == PendingRestart(True, (sign,))


@pytest.mark.parametrize("faults", [[], ["reg_disabled"]], ids=["by reg.exe", "by StdRegProv"])
def test_file_renames_alone_are_reported_and_are_no_reason_to_restart(faults: list[str]) -> None:
    found = pending(pending_renames=["\\??\\C:\\old.dll"], faults=faults)
    assert found == PendingRestart(False, ("PendingFileRenameOperations",))


@pytest.mark.parametrize(
    "barred", [{"faults": ["reg_disabled"]}, {"blocked": ["reg"]}], ids=["policy", "blocked"]
)
def test_reg_exe_that_is_barred_is_not_a_host_that_waits_for_nothing(barred: dict[str, Any]) -> None:
    faults = [*barred.get("faults", []), "stdregprov_denied"]
    found = pending("RebootPending", **{**barred, "faults": faults})
    assert (found.pending_any, found.sources, set(found.unread)) == (None, (), set(REGISTRY))
    assert found.cause.startswith("reg.exe did not show HKLM\\SOFTWARE\\Microsoft")


def test_a_sign_that_is_seen_decides_although_others_are_not() -> None:
    session = LabSession(faults=["reg_disabled", "stdregprov_denied"])
    session.lab.disk.write("C:\\Windows\\winsxs\\pending.xml", b"<x/>")
    found = read_pending(session, session.run(pending_command()).stdout)
    assert (found.pending_any, found.sources) == (True, ("pending.xml",))


def test_a_lost_answer_leaves_to_wmi_what_wmi_can_see() -> None:
    session = LabSession()
    found = read_pending(session, "")
    assert (found.pending_any, found.unread) == (None, ("pending.xml",))


def test_a_host_whose_windows_update_never_ran_waits_for_nothing() -> None:
    session = LabSession()
    session.lab.registry.delete(UPDATE.rpartition("\\")[0])
    found = read_pending(session, session.run(pending_command()).stdout)
    assert found == PendingRestart(False)
