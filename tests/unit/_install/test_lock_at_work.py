# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the lock at work on a simulated host."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._lock import (
    PATIENCE,
    holds,
    release_command,
    staging_lock,
    wait_for_lock,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import CommandResult

from tests.lab.windows.host import WindowsHost
from tests.unit._install.install_host import FakeClock
from tests.unit.fake_session import FakeSession
from tests.unit.lab.hosts import make_host
from tests.unit.lab.machine import command

KB = "KB978918"
LOCK = "C:\\Windows\\winfleet.hotfix-KB978918.lock"
FOLDER = "C:\\Windows\\winfleet.hotfix\\KB978918"
ONE, OTHER, THIRD = ("0" * 31 + digit for digit in "abc")


class LabSession(FakeSession):
    """A session whose commands a simulated host runs; time passes by sleeping only."""

    def __init__(self, lab: WindowsHost) -> None:
        super().__init__()
        self.lab = lab
        self.clock = FakeClock()

    def run(self, command_line: str, **options: Any) -> CommandResult:
        result = asyncio.run(command(self.lab, command_line, code_page=65001))
        assert not self.lab.unknown_requests, self.lab.unknown_requests
        return CommandResult(result.code, result.out, result.err)


@pytest.fixture
def session() -> LabSession:
    return LabSession(make_host())


def wait(session: LabSession) -> str:
    return wait_for_lock(session, KB, THIRD, 600.0, at_work=lambda: False)


def test_one_of_two_holds_the_lock_and_prepares_the_folder(session: LabSession) -> None:
    with staging_lock(session, KB, ONE, None) as held:
        assert held and holds(session, KB, ONE)
        assert session.lab.disk.is_folder(FOLDER) and not session.lab.disk.acl(FOLDER).inherited
        with staging_lock(session, KB, OTHER, None) as second:
            assert not second and not holds(session, KB, OTHER)
        assert holds(session, KB, ONE)
    assert not session.lab.disk.exists(LOCK)


def test_nobody_gives_back_the_lock_of_another(session: LabSession) -> None:
    with staging_lock(session, KB, ONE, None):
        session.run(release_command(KB, OTHER))
        assert holds(session, KB, ONE)


def test_an_attempt_that_ended_since_the_assessment_is_told(session: LabSession) -> None:
    session.lab.disk.make_folder(FOLDER)
    session.lab.disk.write(f"{FOLDER}\\attempt.txt", f"run={ONE}\r\nexit_code=0\r\n".encode())
    with staging_lock(session, KB, OTHER, None) as held:
        assert not held


@pytest.mark.parametrize("left", [f"{LOCK}\\{ONE}", LOCK])
def test_a_lock_that_was_left_behind_is_taken_away_after_a_bounded_time(
    session: LabSession, left: str
) -> None:
    session.lab.disk.make_folder(left)
    assert wait(session) == (ONE if left != LOCK else "")
    assert PATIENCE <= session.clock.now() < PATIENCE + 20
    assert not session.lab.disk.exists(LOCK)


def test_a_file_that_grows_shows_that_its_sender_is_there(session: LabSession) -> None:
    session.lab.disk.make_folder(f"{LOCK}\\{ONE}")
    session.lab.disk.make_folder(FOLDER)
    looks = 0

    def grows() -> bool:
        nonlocal looks
        looks += 1
        session.lab.disk.write(f"{FOLDER}\\package.msu.part", b"\n" * min(looks, 40))
        return False

    wait_for_lock(session, KB, THIRD, 3600.0, at_work=grows)
    assert looks > 40 and session.clock.now() >= 2 * PATIENCE


def test_of_two_who_take_a_lock_away_the_later_one_spares_the_new_lock(session: LabSession) -> None:
    session.lab.disk.make_folder(f"{LOCK}\\{ONE}")
    run, ending = session.run, [False]

    def overtaken(command_line: str, **options: Any) -> CommandResult:
        if "ren " in command_line and not ending[0]:
            # Another one was faster, and has made its own by now.
            ending[0] = True
            run(command_line.replace(THIRD, OTHER))
            session.lab.disk.make_folder(f"{LOCK}\\{OTHER}")
        return run(command_line, **options)

    session.run = overtaken  # type: ignore[method-assign]
    wait(session)
    assert ending == [True] and holds(session, KB, OTHER)
