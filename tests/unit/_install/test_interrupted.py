# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An installation that is interrupted goes on: the host's task works without the connection."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    ConnectionLost,
    RemoteError,
)

from tests.lab.endpoint.injection import Injection
from tests.unit._install.controllers import (
    LOOK,
    TASK,
    killed,
    left,
    present,
    starts,
)
from tests.unit.lab_session import LabSession

CHECK = {"check_mode": True}


def test_the_task_of_an_earlier_run_is_waited_for_and_never_started_twice() -> None:
    first = LabSession(dism_seconds=60)
    killed(first, present(), LOOK)
    second = LabSession(first.lab)
    outcome = ensure_hotfix(second, present())
    assert (outcome.changed, outcome.status, starts(second)) == (True, "restart_pending", 0)
    assert not any("package.msu.part" in line for line in second.command_lines)
    assert "an earlier run is still at work" in second.progress_lines[0]


def test_check_mode_predicts_while_an_earlier_run_is_at_work() -> None:
    first = LabSession(dism_seconds=60)
    killed(first, present(), LOOK)
    outcome = ensure_hotfix(LabSession(first.lab), present(**CHECK))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "vulnerable", True)


def test_a_run_that_nobody_tidied_up_behind_is_picked_up() -> None:
    first = LabSession()
    killed(first, present(), "set RUN=")
    second = LabSession(first.lab)
    assert "install.cmd" in left(second)
    outcome = ensure_hotfix(second, present())
    assert (outcome.changed, outcome.servicing.exit_code, starts(second)) == (False, 3010, 0)
    assert left(second) == {"attempt.txt", "install.log", "dism.log"}


def test_a_connection_lost_while_dism_works_loses_nothing() -> None:
    session = LabSession()
    session.before(LOOK, lambda: session.injections.add(Injection("cut_before", count=3)))
    outcome = ensure_hotfix(session, present())
    assert (outcome.changed, outcome.servicing.exit_code, starts(session)) == (True, 3010, 1)
    assert any("connection is lost" in line for line in session.progress_lines)


def test_a_host_that_stays_away_ends_in_an_error_that_says_how_to_go_on() -> None:
    session = LabSession()
    session.before(LOOK, session.lab.power.switch_off)
    with pytest.raises(ConnectionLost, match=r"out of reach.*pick up its result, run this again"):
        ensure_hotfix(session, present())
    assert session.clock.now() < 600


def test_an_account_that_can_no_longer_log_on_ends_the_wait_with_the_reason_and_is_not_locked() -> None:
    session = LabSession()

    def lost() -> None:
        session.injections.add(Injection("cut_before"))
        session.logons.refusal = "ntlm: the specified credentials were rejected by the server"

    session.before(LOOK, lost)
    with pytest.raises(ConnectionLost, match=r"did not accept the credentials.*The task goes on"):
        ensure_hotfix(session, present())
    assert session.logons.refused == 4
    assert any("did not accept the credentials" in line for line in session.progress_lines)


def test_a_task_that_takes_too_long_goes_on() -> None:
    session = LabSession(dism_seconds=600)
    with pytest.raises(RemoteError, match=r"not done after 60 seconds.*goes on.*run this again"):
        ensure_hotfix(session, present(timeout=60.0))
    task = session.lab.scheduler.find(TASK)
    assert task is not None and task.running


def test_a_task_that_ends_without_a_result_is_an_error() -> None:
    session = LabSession(dism_seconds=600)

    def end() -> None:
        task = session.lab.scheduler.find(TASK)
        assert task is not None and session.lab.scheduler.end(task)

    session.before(LOOK, lambda: session.clock.after(5, end))
    with pytest.raises(RemoteError, match=r"ended at the stage `install` without a result"):
        ensure_hotfix(session, present())
