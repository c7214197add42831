# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If several controllers work on a host at once, one of them prepares it and the others report its result."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install import _delivery
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._lock import (
    PATIENCE,
    holds,
    release_command,
    staging_lock,
    wait_for_lock,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import CommandResult

from tests.unit._install.controllers import (
    FOLDER,
    KB,
    LOCK,
    OTHER,
    OURS,
    THIRD,
    OtherController,
    other_controller,
    present,
    put,
    request,
    starts,
)
from tests.unit.lab_session import LabSession

PART = f"{FOLDER}\\package.msu.part"


def holders(session: LabSession) -> list[str]:
    """The runs whose names are in the lock."""
    disk = session.lab.disk
    return [entry.name for entry in disk.listing(LOCK)] if disk.exists(LOCK) else []


def abandoned(session: LabSession, holder: str = OTHER) -> LabSession:
    """A host whose lock a controller left behind."""
    session.lab.disk.make_folder(f"{LOCK}\\{holder}")
    return session


def grows(session: LabSession, seconds: int) -> None:
    """Let the file that another controller sends grow for some time."""
    for moment in range(0, seconds, 5):
        session.clock.after(moment, lambda moment=moment: put(session, PART, b"\n" * moment))  # type: ignore[misc]


def take_over(session: LabSession) -> Callable[[], None]:
    """Another controller takes this one for dead, and its run is at work."""

    def happens() -> None:
        session.lab.disk.remove_folder(LOCK, recursive=True)
        OtherController(LabSession(abandoned(session).lab)).start()

    return happens


def test_the_lock_is_taken_with_the_folder_in_one_command_and_given_back() -> None:
    session = LabSession()
    ensure_hotfix(session, present())
    (taking,) = (line for line in session.command_lines if "mkdir" in line)
    assert taking.index("KB978918.lock") < taking.index("icacls")
    assert len(taking) < 4000 and not session.lab.disk.exists(LOCK)


def test_who_finds_the_lock_taken_prepares_nothing_and_reports_the_run_that_is_at_work() -> None:
    session = LabSession(dism_seconds=60)
    with other_controller(session) as other:
        session.clock.after(20, other.start)
        outcome = ensure_hotfix(session, present())
    assert (outcome.changed, outcome.status, outcome.servicing.exit_code) == (True, "restart_pending", 3010)
    assert starts(session) == 0 and not any(".msu.part" in line for line in session.command_lines)
    said = r"KB978918: another controller is preparing this host; waiting \(\d+ of \d+ s\)"
    assert any(re.fullmatch(said, line) for line in session.progress_lines)


def test_a_run_that_ended_between_two_looks_is_reported_as_a_change() -> None:
    session = LabSession()
    with other_controller(session) as other:
        session.clock.after(0.5, other.finish)
        session.clock.after(0.5, other.release)
        outcome = ensure_hotfix(session, present())
    assert (outcome.changed, outcome.status, outcome.servicing.exit_code) == (True, "restart_pending", 3010)
    assert outcome.before != outcome.after and starts(session) == 0


def test_a_run_that_failed_between_two_looks_is_reported_and_not_made_again() -> None:
    session = LabSession(faults=["another_install_running"])
    with other_controller(session) as other:
        session.clock.after(2, other.finish)
        session.clock.after(2, other.release)
        outcome = ensure_hotfix(session, present())
    assert outcome.failure and outcome.servicing.exit_code == 183 and not outcome.changed
    assert starts(session) == 0


def test_one_that_gave_up_is_followed_by_the_one_that_waited() -> None:
    session = LabSession()
    with other_controller(session) as other:
        session.clock.after(20, other.release)
        assert ensure_hotfix(session, present()).changed
    assert starts(session) == 1


def test_an_attempt_that_ended_since_the_assessment_is_not_made_again() -> None:
    session = LabSession()

    def happens() -> None:
        with other_controller(session) as other:
            other.finish()

    session.before("mkdir", happens)
    outcome = ensure_hotfix(session, present())
    assert (outcome.changed, outcome.status, starts(session)) == (True, "restart_pending", 0)


def test_a_lock_whose_holder_does_not_move_is_taken_over_after_a_bounded_time() -> None:
    session = abandoned(LabSession())
    put(session, PART, b"half")
    outcome = ensure_hotfix(session, present())
    assert outcome.changed and starts(session) == 1
    assert PATIENCE <= session.clock.now() < PATIENCE + 60
    assert any("has not moved for 120 s; taking over" in line for line in session.progress_lines)


def test_a_holder_that_moves_is_waited_for() -> None:
    session = abandoned(LabSession())
    grows(session, 700)
    with pytest.raises(RemoteError, match=r"Another controller is still preparing KB978918.*changed nothing"):
        ensure_hotfix(session, present())
    assert session.clock.now() >= present().timeout
    assert holders(session) == [OTHER] and starts(session) == 0


def test_who_was_taken_for_dead_starts_nothing() -> None:
    session = LabSession(dism_seconds=60)
    session.before("package.msu.part", take_over(session))
    outcome = ensure_hotfix(session, present())
    assert (outcome.changed, outcome.servicing.exit_code, starts(session)) == (True, 3010, 0)


def test_the_host_itself_refuses_to_start_what_has_lost_the_lock() -> None:
    session = LabSession(dism_seconds=60)
    session.before("schtasks /run", take_over(session))
    outcome = ensure_hotfix(session, present())
    assert outcome.changed and outcome.servicing.exit_code == 3010
    assert starts(session) == 1  # the one that the host refused


def test_a_failure_gives_the_lock_back(monkeypatch: pytest.MonkeyPatch) -> None:
    session = LabSession()

    def send_file(*_unused: object) -> None:
        raise RemoteError(session.host, "The file cannot be written.")

    monkeypatch.setattr(_delivery, "send_file", send_file)
    with pytest.raises(RemoteError, match="cannot be written"):
        ensure_hotfix(session, present())
    assert not session.lab.disk.exists(LOCK)


def test_a_removal_waits_for_the_lock_too() -> None:
    session = abandoned(LabSession(files="fixed"))
    outcome = ensure_hotfix(session, request(state="absent"))
    assert outcome.changed and starts(session) == 1 and session.clock.now() >= PATIENCE


def wait(session: LabSession) -> str:
    return wait_for_lock(session, KB, THIRD, 3600.0)


def test_one_of_two_holds_the_lock_and_prepares_the_folder() -> None:
    session = LabSession()
    with staging_lock(session, KB, OURS) as taken:
        assert taken.held and holds(session, KB, OURS)
        assert session.lab.disk.is_folder(FOLDER) and not session.lab.disk.acl(FOLDER).inherited
        with staging_lock(session, KB, OTHER) as second:
            assert not second.held and not holds(session, KB, OTHER)
        assert holds(session, KB, OURS)
    assert not session.lab.disk.exists(LOCK)


def test_two_names_in_the_lock_make_nobody_its_holder() -> None:
    session = abandoned(abandoned(LabSession()), OURS)
    with staging_lock(session, KB, OURS) as taken:
        assert not taken.held
    assert holders(session) == [OTHER]


def test_a_lock_given_back_in_the_moment_of_the_refusal_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = LabSession()
    run, refusals = session.run, [CommandResult(1, "", "already exists")]
    monkeypatch.setattr(session, "run", lambda line: refusals.pop() if refusals else run(line))
    with staging_lock(session, KB, OURS) as taken:
        assert taken.held


def test_nobody_gives_back_the_lock_of_another() -> None:
    session = LabSession()
    with staging_lock(session, KB, OURS):
        session.run(release_command(KB, OTHER))
        assert holds(session, KB, OURS)


def test_who_takes_the_lock_sees_the_last_attempt() -> None:
    session = LabSession()
    put(session, f"{FOLDER}\\attempt.txt", f"run={OURS}\r\nexit_code=0\r\n".encode())
    with staging_lock(session, KB, OTHER) as taken:
        assert (taken.held, taken.last_run) == (True, OURS)


@pytest.mark.parametrize("left", [f"{LOCK}\\{OURS}", LOCK])
def test_a_lock_that_was_left_behind_is_taken_away_after_a_bounded_time(left: str) -> None:
    session = LabSession()
    session.lab.disk.make_folder(left)
    assert wait(session) == (OURS if left != LOCK else "")
    assert PATIENCE <= session.clock.now() < PATIENCE + 20
    assert not session.lab.disk.exists(LOCK)


def test_a_file_that_grows_shows_that_its_sender_is_there() -> None:
    session = abandoned(LabSession())
    grows(session, 300)
    assert wait(session) == OTHER
    assert 300 + PATIENCE - 20 <= session.clock.now() < 300 + PATIENCE + 20


def test_of_two_who_take_a_lock_away_the_later_one_spares_the_new_lock() -> None:
    session = abandoned(LabSession())

    def overtaken() -> None:
        # Another one was faster, and has made its own by now.
        session.lab.disk.remove_folder(LOCK, recursive=True)
        abandoned(session, OURS)

    session.before("ren ", overtaken)
    wait(session)
    assert holders(session) == [OURS]
