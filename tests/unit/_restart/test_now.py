# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restart at once: done only when the host is up, servicing at rest and the package no longer pending."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart import _rollback
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
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.packages import STATES, PackageState
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError, RemoteError

from tests.unit._restart.restart_host import (
    ABSENT,
    INSTALLED,
    NOW,
    PACKAGE,
    PENDING,
    REMOVING,
    RestartHost,
    shutdown_event,
)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> RestartHost:
    return RestartHost(monkeypatch)


def restart(
    host: RestartHost, *, check_mode: bool = False, timeout: float = 1800, **arguments: Any
) -> RestartOutcome:
    request = parse_request(
        {"hotfix": "KB978918", "state": "now", "notice_minutes": 1, "message": "再起動", **arguments}
    )
    return restart_now(host, request, timeout=timeout, check_mode=check_mode)  # type: ignore[arg-type]


def test_the_outcome_has_the_new_boot_time_and_leaves_no_task(host: RestartHost) -> None:
    host.restarts(after=60, down_for=100, package=INSTALLED)
    outcome = restart(host)
    assert outcome.changed is True
    assert outcome.boot_time > NOW
    assert outcome.rolled_back is False
    assert host.task is None


def test_the_countdown_is_the_notice_and_the_message_is_in_the_task(host: RestartHost) -> None:
    host.restarts(after=60, down_for=100, package=INSTALLED)
    restart(host)
    [sent] = host.uploads
    assert '/t 60 /d p:2:17 /c "再起動"' in html.unescape(sent.decode("utf-16"))


def test_without_notice_the_answer_to_the_start_still_gets_through(host: RestartHost) -> None:
    host.restarts(after=5, down_for=100, package=INSTALLED)
    restart(host, notice_minutes=0)
    assert "/t 5 " in host.uploads[0].decode("utf-16")


def test_nothing_pending_means_no_restart(host: RestartHost) -> None:
    host.package = INSTALLED
    assert restart(host).changed is False
    assert host.changes == []


def test_check_mode_predicts_and_changes_nothing(host: RestartHost) -> None:
    assert restart(host, check_mode=True).changed is True
    assert host.changes == []


def test_it_is_not_over_while_servicing_works(host: RestartHost) -> None:
    host.restarts(after=60, down_for=100, package=INSTALLED)
    host.pending = "RebootInProgress"
    host.clock.after(400, lambda: setattr(host, "pending", ""))
    restart(host)
    assert host.clock.now() > 400
    assert any("servicing is at work" in line for line in host.progress_lines)


def test_it_is_not_over_while_the_package_is_pending(host: RestartHost) -> None:
    host.restarts(after=60, down_for=100, package=PENDING)
    host.clock.after(300, lambda: setattr(host, "package", INSTALLED))
    restart(host)
    assert host.clock.now() > 300


def test_a_second_restart_by_servicing_is_waited_for(host: RestartHost) -> None:
    host.restarts(after=60, down_for=100, package=PENDING)
    host.clock.after(170, lambda: setattr(host, "up", False))

    def up_again() -> None:
        host.up, host.package, host.boot = True, INSTALLED, NOW + timedelta(seconds=250)

    host.clock.after(250, up_again)
    assert restart(host).boot_time == NOW + timedelta(seconds=250)


def test_two_equal_looks_are_needed(host: RestartHost) -> None:
    host.restarts(after=60, down_for=100, package=ABSENT)
    host.clock.after(163, lambda: setattr(host, "package", INSTALLED))
    assert restart(host).rolled_back is False, "one look at 160 seconds saw it absent"


def test_a_host_that_never_goes_down_fails_in_time(host: RestartHost) -> None:
    host.on_run = lambda: setattr(host, "last_result", 0)
    outcome = restart(host, timeout=300)
    assert (outcome.failed, outcome.changed) == (True, True)
    assert "did not complete within 300 seconds after the notice: it has not gone down" in outcome.message
    assert host.clock.now() < 400


def test_a_host_that_does_not_come_back_fails_in_time(host: RestartHost) -> None:
    host.restarts(after=60, down_for=10_000, package=INSTALLED)
    result = restart(host, timeout=300).to_result()
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"].startswith("host1: ")
    assert "it does not answer" in result["msg"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1190, "somebody else's restart is counting down there, and is left alone"),
        (1115, "going down already"),
        (5, "access is denied to SYSTEM"),
        (87, "ended with 87"),
    ],
)
def test_a_refused_restart_says_why_and_leaves_nothing_behind(
    host: RestartHost, code: int, reason: str
) -> None:
    host.on_run = lambda: setattr(host, "last_result", code)
    with pytest.raises(RemoteError, match=reason):
        restart(host, drain_sessions=True)
    assert host.task is None
    assert host.changes[-1] == "change logon /enable"
    assert "shutdown /a" not in host.changes


def test_a_countdown_of_somebody_else_is_left_alone_before_anything_is_changed(host: RestartHost) -> None:
    host.event = shutdown_event(1074, NOW - timedelta(minutes=5), "CORP\\operator")
    with pytest.raises(RemoteError, match="somebody else's restart is counting down"):
        restart(host, drain_sessions=True)
    assert host.changes == []


def test_sessions_are_drained_before_the_countdown(host: RestartHost) -> None:
    host.restarts(after=60, down_for=100, package=INSTALLED)
    restart(host, drain_sessions=True)
    assert host.changes[0] == "change logon /drainuntilrestart"


def test_a_host_that_cannot_drain_is_not_restarted(host: RestartHost) -> None:
    host.commands["change logon /drainuntilrestart"] = (1, "", "Remote Desktop is not installed")
    with pytest.raises(RemoteError, match="Turn drain_sessions off"):
        restart(host, drain_sessions=True)
    assert host.task is None


def test_our_own_countdown_gives_way(host: RestartHost) -> None:
    scheduled = parse_request(
        {"hotfix": "KB978918", "at": "2026-06-18T08:30", "notice_minutes": 20, "message": "later"}
    )
    schedule_restart(host, scheduled, check_mode=False)  # type: ignore[arg-type]
    host.start, host.last_result = NOW + timedelta(minutes=15), 0
    host.restarts(after=60, down_for=100, package=INSTALLED)
    assert restart(host).changed is True
    assert "shutdown /a" in host.changes


def test_a_change_that_windows_rolls_back_fails_with_the_end_of_the_servicing_log(
    host: RestartHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.restarts(after=60, down_for=100, package=ABSENT)
    asked = []
    log = b"".join(b"line %d\r\n" % number for number in range(200)) + b"Rolling back KTM\r\n"
    monkeypatch.setattr(
        _rollback, "fetch_bytes", lambda _session, path, *, last_bytes: asked.append(path) or log
    )
    result = restart(host).to_result()
    assert (result["failed"], result["changed"], result["rolled_back_at_restart"]) == (True, True, True)
    assert asked == ["C:\\Windows\\Logs\\CBS\\CBS.log"]
    assert result["cbs_log"].endswith("line 199\nRolling back KTM")
    assert len(result["cbs_log"].splitlines()) == 60


@pytest.mark.parametrize(
    ("before", "after", "rolled_back"),
    [
        (PENDING, INSTALLED, False),
        (PENDING, 0x50, False),
        (PENDING, ABSENT, True),
        (PENDING, 0x40, True),
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
        return [] if code is None else [PackageState(PACKAGE, STATES[code], code)]

    assert is_rolled_back(packages(before), packages(after)) is rolled_back


def users(*, active: int = 0, disconnected: int = 0) -> str:
    rows = [" services                                    0  Disc"]
    rows += [f" rdp-tcp#{number:<10}user{number:<18}{number:>5}  Active" for number in range(active)]
    rows += [f"{'':19}left{number:<18}{number:>5}  Disc" for number in range(disconnected)]
    return "\r\n".join(rows) + "\r\n"


def test_the_sessions_of_users_are_in_the_outcome(host: RestartHost) -> None:
    host.sessions = users(active=2, disconnected=1)
    outcome = restart(host, check_mode=True)
    assert outcome.to_result()["sessions"] == {"active": 2, "disconnected": 1}


def test_when_the_last_user_has_signed_out_the_host_restarts_without_notice(host: RestartHost) -> None:
    host.sessions = users(active=1, disconnected=1)
    host.clock.after(600, lambda: setattr(host, "sessions", users()))
    host.restarts(after=5, down_for=100, package=INSTALLED)
    outcome = restart(host, wait_for_sessions_minutes=60, drain_sessions=True, notice_minutes=10)
    assert outcome.sessions is not None
    assert (outcome.sessions.total, outcome.changed, host.task) == (0, True, None)
    assert 600 <= host.clock.seconds < 900
    assert "/t 5 " in host.uploads[-1].decode("utf-16")


def test_users_are_told_when_the_wait_begins_and_the_drain_comes_before(host: RestartHost) -> None:
    host.sessions = users(active=1)
    host.restarts(after=60, down_for=100, package=INSTALLED)
    restart(host, wait_for_sessions_minutes=1, drain_sessions=True)
    assert "* /time:60 " in host.uploads[1].decode("utf-16")
    assert host.changes[0] == "change logon /drainuntilrestart"


def test_after_the_limit_the_host_restarts_with_the_notice_and_says_who_was_on(host: RestartHost) -> None:
    host.sessions = users(disconnected=2)
    host.restarts(after=60, down_for=100, package=INSTALLED)
    outcome = restart(host, wait_for_sessions_minutes=5)
    assert outcome.to_result()["sessions"] == {"active": 0, "disconnected": 2}
    assert "/t 60 " in host.uploads[0].decode("utf-16")
    assert host.clock.seconds > 300


def test_where_sessions_cannot_be_counted_the_whole_time_is_waited(host: RestartHost) -> None:
    host.restarts(after=60, down_for=100, package=INSTALLED)
    outcome = restart(host, wait_for_sessions_minutes=5)
    assert (outcome.sessions, outcome.changed) == (None, True)
    assert host.clock.seconds > 300


def test_a_controller_that_is_stopped_during_the_wait_leaves_a_restart_that_can_be_called_off(
    host: RestartHost,
) -> None:
    host.sessions = users(active=1)

    def stopped() -> None:
        raise KeyboardInterrupt

    host.clock.after(30, stopped)
    with pytest.raises(KeyboardInterrupt):
        restart(host, wait_for_sessions_minutes=5, drain_sessions=True)
    cancelled = cancel_restart(
        host, parse_request({"hotfix": "KB978918", "state": "cancelled"}), check_mode=False
    )  # type: ignore[arg-type]
    assert cancelled.changed is True
    assert host.changes[-1] == "change logon /enable"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"window": {"start": "20:00", "duration_minutes": 60}}, "opens at 2026-06-18T20:00"),
        ({"window": {"start": "07:00", "duration_minutes": 61}, "notice_minutes": 5}, "2026-06-19T07:00"),
        ({"blackout": ["2026-06-18"]}, "is a blackout date"),
    ],
)
def test_outside_of_its_window_nothing_is_done(
    host: RestartHost, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        restart(host, **arguments)
    assert host.changes == []
