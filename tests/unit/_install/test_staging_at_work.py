# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A staging folder with files that nobody can close is used without them, or not at all."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._staging import others_with_rights
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.unit._install.controllers import FOLDER, GOOD, LOCK, present, put, starts
from tests.unit.lab_session import LabSession

ROOT = FOLDER.rpartition("\\")[0]


def stubborn(path: str, data: bytes = b"mine") -> LabSession:
    """Return a host with a file whose rights nobody can change."""
    session = LabSession()
    put(session, path, data)
    session.lab.disk.fixed_rights.add(path.lower())
    return session


@pytest.mark.parametrize("path", [f"{ROOT}\\KB2534111\\dism.log", f"{FOLDER}\\notes.txt"])
def test_a_file_that_nobody_can_close_does_not_stop_an_installation(path: str) -> None:
    session = stubborn(path)
    assert ensure_hotfix(session, present()).changed
    assert session.lab.disk.acl(FOLDER).only("S-1-5-18", "S-1-5-32-544")


def test_a_package_that_nobody_can_close_is_not_used_though_its_hash_is_right() -> None:
    session = stubborn(f"{FOLDER}\\package.msu", GOOD)
    assert ensure_hotfix(session, present()).changed
    assert any("package.msu.part" in line for line in session.command_lines)


@pytest.mark.parametrize("name", ["package.msu", "install.cmd", "install.log"])
def test_a_file_of_a_run_that_can_be_neither_closed_nor_deleted_stops_everything(name: str) -> None:
    session = stubborn(f"{FOLDER}\\{name}")
    session.lab.disk.readonly_below.add(f"{FOLDER}\\{name}".lower())
    with pytest.raises(RemoteError, match="cannot be created or closed to others"):
        ensure_hotfix(session, present())
    assert starts(session) == 0 and not session.lab.disk.exists(LOCK)


def test_rights_that_others_keep_stop_everything_though_icacls_ends_with_0() -> None:
    session = LabSession(faults=["inheritance_stays"])
    with pytest.raises(RemoteError, match=r"these accounts still have rights there: BU\."):
        ensure_hotfix(session, present())
    assert starts(session) == 0


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ('C:\\x "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"', []),
        ('C:\\x "D:PAI(A;OICI;FA;;;S-1-5-18)(D;;WP;;;WD)"', []),
        ('C:\\x "D:AI(A;OICIID;0x1200a9;;;BU)(A;;FA;;;S-1-5-21-1-2-3-1001)"', ["BU", "S-1-5-21-1-2-3-1001"]),
        ("'cacls' is not recognized as an internal or external command", []),
    ],
)
def test_the_rights_are_read_from_sddl(text: str, others: list[str]) -> None:
    assert others_with_rights(text) == others
