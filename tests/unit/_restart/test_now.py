# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restart at once: done only when the host is up, servicing at rest and the package no longer pending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart._rollback import is_rolled_back
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.now import restart_now
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import (
    RestartOutcome,
    parse_request,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.schedule import (
    cancel_restart,
    schedule_restart,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.packages import (
    BROKEN_STATES,
    STATES,
    PackageState,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError, RemoteError

from tests.lab.windows import programs
from tests.unit._restart.hosts import (
    ABSENT,
    ANNOUNCEMENT,
    INSTALLED,
    NOW,
    PENDING,
    REMOVING,
    STAGED,
    SUPERSEDED,
    at_boot,
    changes,
    countdowns,
    installed_host,
    other_countdown,
    set_package,
    task,
    until,
    waiting_host,
)
from tests.unit.lab.machine import IDENTITY
from tests.unit.lab_session import LabSession


@pytest.fixture
def host() -> LabSession:
    return waiting_host()


def restart(
    host: LabSession, *, check_mode: bool = False, timeout: float = 1800, **arguments: Any
) -> RestartOutcome:
    request = parse_request(
        {"hotfix": "KB978918", "state": "now", "notice_minutes": 1, "message": "再起動", **arguments}
    )
    return restart_now(host, request, timeout=timeout, check_mode=check_mode)


def test_the_outcome_has_the_new_boot_time_and_leaves_no_task(host: LabSession) -> None:
    outcome = restart(host)
    assert outcome.changed is True
    assert outcome.boot_time > NOW
    assert outcome.rolled_back is False
    assert task(host) is None


def test_the_countdown_is_the_notice_and_shows_the_message(host: LabSession) -> None:
    restart(host)
    assert countdowns(host) == ["countdown of 60 s: 再起動"]


def test_without_notice_the_answer_to_the_start_still_gets_through(host: LabSession) -> None:
    restart(host, notice_minutes=0)
    assert countdowns(host) == ["countdown of 5 s: 再起動"]


def test_nothing_pending_means_no_restart() -> None:
    host = installed_host()
    assert restart(host).changed is False
    assert changes(host) == []


def test_check_mode_predicts_and_changes_nothing(host: LabSession) -> None:
    assert restart(host, check_mode=True).changed is True
    assert changes(host) == []


def test_it_is_not_over_while_servicing_works() -> None:
    host = waiting_host(settle_seconds=240)
    restart(host)
    assert host.clock.now() > 60 + 100 + 240
    assert any("servicing is at work" in line for line in host.progress_lines)


def test_it_is_not_over_while_the_package_is_pending(host: LabSession) -> None:
    at_boot(host, lambda: set_package(host, PENDING))
    host.clock.after(300, lambda: set_package(host, INSTALLED))
    restart(host)
    assert host.clock.now() > 300


def test_a_second_restart_by_servicing_is_waited_for() -> None:
    host = waiting_host(faults=["second_restart"], settle_seconds=20)
    outcome = restart(host)
    assert host.lab.power.boots == 2
    assert abs(outcome.boot_time - host.lab.boot_time).total_seconds() < 1


def test_two_equal_looks_are_needed(host: LabSession) -> None:
    def came_up() -> None:
        set_package(host, STAGED)
        host.before("[[packages]]", lambda: host.before("[[packages]]", lambda: set_package(host, INSTALLED)))

    at_boot(host, came_up)
    assert restart(host).rolled_back is False, "the first look saw it staged only"


def test_a_host_that_never_goes_down_fails_in_time(host: LabSession) -> None:
    host.clock.after(30, host.lab.power.abort)
    outcome = restart(host, timeout=300)
    assert (outcome.failed, outcome.changed) == (True, True)
    assert "did not complete within 300 seconds after the notice: it has not gone down" in outcome.message
    assert host.clock.now() < 400


def test_a_host_that_does_not_come_back_fails_in_time() -> None:
    result = restart(waiting_host(faults=["no_boot"]), timeout=300).to_result()
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"].startswith("host1: ")
    assert "it does not answer" in result["msg"]


def goes_down(host: LabSession) -> None:
    host.lab.power.going_down = True


def ends_with(code: int) -> Callable[[LabSession], None]:
    """Let shutdown.exe end with a code."""

    def patch(host: LabSession) -> None:
        def ended() -> None:
            found = task(host)
            assert found is not None
            host.lab.power.abort()
            found.last_result = code

        host.before("schtasks /query", ended)

    return patch


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (other_countdown, "somebody else's restart is counting down there; let it happen"),
        (goes_down, "already going down"),
        (ends_with(5), "access is denied to SYSTEM"),
        (ends_with(87), "ended with 87"),
    ],
    ids=["1190", "1115", "5", "87"],
)
def test_a_refused_restart_says_why_and_leaves_nothing_behind(
    host: LabSession, happens: Callable[[LabSession], None], reason: str
) -> None:
    host.before("schtasks /run", lambda: happens(host))
    with pytest.raises(RemoteError, match=reason):
        restart(host, drain_sessions=True)
    assert task(host) is None
    assert host.lab.sessions.logon_mode == "enable"
    assert "shutdown /a" not in changes(host)


def test_a_countdown_of_somebody_else_is_left_alone_before_anything_is_changed(host: LabSession) -> None:
    other_countdown(host)
    until(host, "2026-06-18T08:05")
    with pytest.raises(RemoteError, match=r"the countdown that .* seems to be running; let it happen"):
        restart(host, drain_sessions=True)
    assert changes(host) == []


def test_sessions_are_drained_before_the_countdown(host: LabSession) -> None:
    restart(host, drain_sessions=True)
    assert changes(host)[0] == "change logon /drainuntilrestart"


async def refuse(process: Any) -> int:
    """Stand for a program that a host without Remote Desktop Services has no use for."""
    process.err("Remote Desktop is not installed")
    return 1


def test_a_host_that_cannot_drain_is_not_restarted(host: LabSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(programs._PROGRAMS, "change", refuse)
    with pytest.raises(RemoteError, match=r"Remote Desktop is not installed.*Turn drain_sessions off"):
        restart(host, drain_sessions=True)
    assert task(host) is None


def test_our_own_countdown_gives_way(host: LabSession) -> None:
    scheduled = parse_request(
        {"hotfix": "KB978918", "at": "2026-06-18T08:30", "notice_minutes": 20, "message": "later"}
    )
    schedule_restart(host, scheduled, check_mode=False)
    until(host, "2026-06-18T08:15")
    assert restart(host).changed is True
    assert countdowns(host) == ["countdown of 1200 s: later", "countdown of 60 s: 再起動"]


def test_a_change_that_windows_rolls_back_fails_with_the_end_of_the_servicing_log() -> None:
    host = waiting_host(faults=["revert_on_boot"])
    lines = b"".join(b"line %d\r\n" % number for number in range(200))
    host.lab.disk.write("C:\\Windows\\Logs\\CBS\\CBS.log", lines)
    result = restart(host).to_result()
    assert (result["failed"], result["changed"], result["rolled_back_at_restart"]) == (True, True, True)
    log = result["cbs_log"].splitlines()
    assert "changes were rolled back" in log[-1]
    assert len(log) == 60


RESOLVED, BROKEN = 0x20, 0xFFFFFF90
ALL_STATES = STATES | BROKEN_STATES


@pytest.mark.parametrize(
    ("before", "after", "rolled_back"),
    [
        (PENDING, INSTALLED, False),
        (PENDING, SUPERSEDED, False),
        (PENDING, ABSENT, True),
        (PENDING, STAGED, True),
        (PENDING, RESOLVED, True),
        (PENDING, BROKEN, False),
        (PENDING, None, True),
        (REMOVING, ABSENT, False),
        (REMOVING, None, False),
        (REMOVING, INSTALLED, True),
        (INSTALLED, INSTALLED, False),
        (None, None, False),
    ],
)
def test_a_roll_back_is_told_by_the_states_before_and_after(
    before: int | None, after: int | None, rolled_back: bool
) -> None:
    def packages(code: int | None) -> list[PackageState]:
        return [] if code is None else [PackageState(IDENTITY, ALL_STATES[code], code)]

    assert is_rolled_back(packages(before), packages(after)) is rolled_back


def users(*, active: int = 0, disconnected: int = 0) -> list[dict[str, Any]]:
    """Return what a host's profile says of its sessions."""
    there = [
        {"user": f"user{number}", "id": number, "name": f"rdp-tcp#{number}"}
        for number in range(2, 2 + active)
    ]
    left = [
        {"user": f"left{number}", "id": number, "state": "disc"} for number in range(20, 20 + disconnected)
    ]
    return there + left


def test_the_sessions_of_users_are_in_the_outcome() -> None:
    outcome = restart(waiting_host(sessions=users(active=2, disconnected=1)), check_mode=True)
    assert outcome.to_result()["sessions"] == {"active": 2, "disconnected": 1}


def test_when_the_last_user_has_signed_out_the_host_restarts_without_notice() -> None:
    host = waiting_host(sessions=users(active=1, disconnected=1))
    host.clock.after(600, host.lab.sessions.users.clear)
    outcome = restart(host, wait_for_sessions_minutes=60, drain_sessions=True, notice_minutes=10)
    assert outcome.sessions is not None
    assert (outcome.sessions.total, outcome.changed, task(host)) == (0, True, None)
    assert 600 <= host.clock.now() < 900
    assert countdowns(host) == ["countdown of 5 s: 再起動"]


def test_users_are_told_when_the_wait_begins_and_the_drain_comes_before() -> None:
    host = waiting_host(sessions=users(active=1))
    announced: list[str] = []

    def note() -> None:
        found = task(host, ANNOUNCEMENT)
        assert found is not None
        announced.append(found.definition.commands[0][1])

    host.before("schtasks /run", note)
    restart(host, wait_for_sessions_minutes=1, drain_sessions=True)
    assert announced == ['* /time:60 "再起動"']
    assert host.lab.sessions.messages == [("user2", "再起動")]
    assert changes(host)[0] == "change logon /drainuntilrestart"


def test_after_the_limit_the_host_restarts_with_the_notice_and_says_who_was_on() -> None:
    host = waiting_host(sessions=users(disconnected=2))
    outcome = restart(host, wait_for_sessions_minutes=5)
    assert outcome.to_result()["sessions"] == {"active": 0, "disconnected": 2}
    assert countdowns(host) == ["countdown of 60 s: 再起動"]
    assert host.clock.now() > 300


def test_where_sessions_cannot_be_counted_the_whole_time_is_waited(
    host: LabSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(programs._PROGRAMS, "query", refuse)
    outcome = restart(host, wait_for_sessions_minutes=5)
    assert (outcome.sessions, outcome.changed) == (None, True)
    assert host.clock.now() > 300


def test_a_controller_that_is_stopped_during_the_wait_leaves_a_restart_that_can_be_called_off() -> None:
    host = waiting_host(sessions=users(active=1))

    def stopped() -> None:
        raise KeyboardInterrupt

    host.clock.after(30, stopped)
    with pytest.raises(KeyboardInterrupt):
        restart(host, wait_for_sessions_minutes=5, drain_sessions=True)
    cancelled = cancel_restart(
        LabSession(host.lab), parse_request({"hotfix": "KB978918", "state": "cancelled"}), check_mode=False
    )
    assert cancelled.changed is True
    assert host.lab.sessions.logon_mode == "enable"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"window": {"start": "20:00", "duration_minutes": 60}}, "opens at 2026-06-18T20:00"),
        ({"window": {"start": "07:00", "duration_minutes": 61}, "notice_minutes": 5}, "2026-06-19T07:00"),
        ({"blackout": ["2026-06-18"]}, "is a blackout date"),
    ],
)
def test_outside_of_its_window_nothing_is_done(
    host: LabSession, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        restart(host, **arguments)
    assert changes(host) == []
