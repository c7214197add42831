# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled restarts: one task, the same request changes nothing, and calling off undoes everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart import _rollback
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import (
    RestartOutcome,
    RestartRequest,
    parse_request,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.schedule import (
    cancel_restart,
    schedule_restart,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import format_boundary
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError, RemoteError

from tests.unit._restart.restart_host import ABSENT, INSTALLED, NOW, TASK, RestartHost, shutdown_event
from tests.unit.test_argument_specs import PLUGINS, text_constants

WINDOW = {"days": ["saturday"], "start": "22:00", "duration_minutes": 240}


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> RestartHost:
    return RestartHost(monkeypatch)


def request(**arguments: Any) -> RestartRequest:
    defaults = {"hotfix": "KB978918", "state": "scheduled", "notice_minutes": 10, "message": "Bye & 再起動"}
    if "window" not in arguments:
        defaults["at"] = "2026-06-20T03:00"
    return parse_request({**defaults, **arguments})


def schedule(host: RestartHost, *, check_mode: bool = False, **arguments: Any) -> RestartOutcome:
    return schedule_restart(host, request(**arguments), check_mode=check_mode)  # type: ignore[arg-type]


def cancel(host: RestartHost, *, check_mode: bool = False) -> RestartOutcome:
    return cancel_restart(host, request(), check_mode=check_mode)  # type: ignore[arg-type]


def test_a_restart_is_scheduled_by_a_task_that_starts_a_notice_earlier(host: RestartHost) -> None:
    result = schedule(host).to_result()
    assert result == {
        "changed": True,
        "scheduled_for": "2026-06-20T03:00:00",
        "task_name": TASK,
        "boot_time": "2026-06-13T08:00:00+02:00",
        "missed": False,
        "msg": "The restart is scheduled for 2026-06-20T03:00:00.",
        "sessions": None,
        "other_restarts": [],
        "rolled_back_at_restart": False,
    }
    assert host.definition.start is not None
    assert format_boundary(host.definition.start) == "2026-06-20T02:50:00"


def test_a_window_gives_the_next_opening_in_the_hosts_time(host: RestartHost) -> None:
    assert schedule(host, window=WINDOW).to_result()["scheduled_for"] == "2026-06-20T22:10:00"


@pytest.mark.parametrize("arguments", [{}, {"window": WINDOW, "stagger_minutes": 60}], ids=["at", "window"])
def test_the_same_request_twice_is_one_task_and_changes_nothing(
    host: RestartHost, arguments: dict[str, Any]
) -> None:
    first = schedule(host, **arguments)
    changes = list(host.changes)
    second = schedule(host, **arguments)
    assert second.changed is False
    assert second.scheduled_for == first.scheduled_for
    assert host.changes == changes


@pytest.mark.parametrize(
    "other",
    [
        {"at": "2026-06-21T03:00"},
        {"message": "Bye"},
        {"notice_minutes": 20},
        {"drain_sessions": True},
        {"window": WINDOW},
        {"stagger_minutes": 30},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_request_replaces_the_task(host: RestartHost, other: dict[str, Any]) -> None:
    schedule(host)
    assert schedule(host, **other).changed is True
    assert host.definition.documentation == request(**other).text


def test_check_mode_predicts_the_same_name_and_time_and_changes_nothing(host: RestartHost) -> None:
    predicted = schedule(host, check_mode=True, window=WINDOW, stagger_minutes=120)
    assert host.changes == []
    assert schedule(host, window=WINDOW, stagger_minutes=120) == predicted


def test_diff_mode_shows_the_task_before_and_after(host: RestartHost) -> None:
    schedule(host)
    diff = schedule(host, at="2026-06-21T03:00").to_diff()
    assert diff["before"]["scheduled_for"] == "2026-06-20T03:00:00"
    assert diff["after"]["scheduled_for"] == "2026-06-21T03:00:00"
    assert cancel(host).to_diff()["after"] == {}


def test_nothing_pending_means_no_restart(host: RestartHost) -> None:
    host.package = INSTALLED
    outcome = schedule(host)
    assert (outcome.changed, outcome.scheduled_for, host.task) == (False, None, None)


def test_a_restart_that_is_no_longer_needed_is_called_off(host: RestartHost) -> None:
    schedule(host)
    host.package = INSTALLED
    assert schedule(host).changed is True
    assert host.task is None


@pytest.mark.parametrize(
    ("only_if_pending", "pending", "needed"),
    [
        ("hotfix", "RebootPending", False),
        ("any", "RebootPending", True),
        ("any", "PendingFileRenameOperations", False),
        ("never", "", True),
    ],
)
def test_what_has_to_be_pending_can_be_chosen(
    host: RestartHost, only_if_pending: str, pending: str, needed: bool
) -> None:
    host.package, host.pending = INSTALLED, pending
    assert schedule(host, only_if_pending=only_if_pending).changed is needed


def test_a_missed_window_is_reported_and_planned_anew(host: RestartHost) -> None:
    schedule(host, window=WINDOW)
    host.start = NOW + timedelta(days=4)
    again = schedule(host, window=WINDOW)
    assert (again.missed, again.changed) == (True, True)
    assert again.to_result()["scheduled_for"] == "2026-06-27T22:10:00"
    assert schedule(host, window=WINDOW).missed is False, "it is reported once"


def test_planning_a_missed_restart_anew_lets_users_on_until_then(host: RestartHost) -> None:
    schedule(host, window=WINDOW, drain_sessions=True)
    host.start = NOW + timedelta(days=4)
    schedule(host, window=WINDOW, drain_sessions=True)
    assert "change logon /enable" in host.changes


def test_other_blackout_dates_are_another_request(host: RestartHost) -> None:
    planned = schedule(host, window=WINDOW)
    assert planned.scheduled_for is not None
    blackout = [planned.scheduled_for.date()]
    again = schedule(host, window=WINDOW, blackout=blackout)
    assert again.scheduled_for == planned.scheduled_for + timedelta(days=7)
    assert schedule(host, window=WINDOW, blackout=blackout).changed is False


def test_a_missed_time_cannot_be_planned_anew_and_says_so(host: RestartHost) -> None:
    schedule(host)
    host.start = NOW + timedelta(days=4)
    with pytest.raises(InputError, match=r"in the past.*the restart of 2026-06-20T03:00:00 was missed"):
        schedule(host)


def test_a_restart_that_took_place_is_not_missed(host: RestartHost) -> None:
    schedule(host)
    host.start = NOW + timedelta(days=4)
    host.boot, host.last_result = NOW + timedelta(days=2), 0
    assert schedule(host, window=WINDOW).missed is False


def test_the_same_request_during_the_notice_changes_nothing(host: RestartHost) -> None:
    schedule(host)
    host.start, host.last_result = NOW.replace(day=20, hour=2, minute=55), 0
    outcome = schedule(host)
    assert (outcome.changed, outcome.missed) == (False, False)
    assert outcome.to_result()["scheduled_for"] == "2026-06-20T03:00:00"


def test_a_new_time_during_the_notice_ends_the_countdown_first(host: RestartHost) -> None:
    schedule(host)
    host.start, host.last_result = NOW.replace(day=20, hour=2, minute=55), 0
    assert schedule(host, at="2026-06-21T03:00").changed is True
    assert "shutdown /a" in host.changes
    assert host.definition.start is not None


def test_restarts_of_others_are_reported_and_left_alone(host: RestartHost) -> None:
    host.listing = '"PC1","\\IT\\Monthly","x","x","x","x","0","IT","shutdown.exe -r","N/A"\r\n'
    host.commands['(type "%SystemRoot%\\System32\\Tasks\\IT\\Monthly"'] = (
        "<Task><Actions><Exec><Command>shutdown.exe</Command><Arguments>-r</Arguments></Exec></Actions></Task>"
    )
    outcome = schedule(host)
    assert outcome.to_result()["other_restarts"] == [
        {"description": "the task \\IT\\Monthly", "task_name": "\\IT\\Monthly", "scheduled_for": None}
    ]
    assert not [line for line in host.changes if "Monthly" in line]


def test_a_countdown_of_somebody_else_is_reported_and_left_alone(host: RestartHost) -> None:
    host.event = shutdown_event(1074, NOW - timedelta(minutes=5), "CORP\\operator")
    [other] = schedule(host).to_result()["other_restarts"]
    assert other["description"] == "the countdown that CORP\\operator began at 2026-06-18T05:55:00+00:00"
    cancel(host)
    assert "shutdown /a" not in host.changes


def test_a_countdown_of_somebody_else_in_place_of_ours_is_not_ended(host: RestartHost) -> None:
    schedule(host, drain_sessions=True)
    host.start, host.last_result = NOW.replace(day=20, hour=2, minute=55), 0
    host.event = shutdown_event(1074, NOW.replace(day=20, hour=2, minute=30), "CORP\\operator")
    outcome = cancel(host)
    assert outcome.missed is True
    assert "shutdown /a" not in host.changes
    assert host.changes[-1] == "change logon /enable", "the drain was ours"


def test_our_own_countdown_is_known_by_its_time_and_ended(host: RestartHost) -> None:
    schedule(host)
    host.start, host.last_result = NOW.replace(day=20, hour=2, minute=55), 0
    host.event = shutdown_event(
        1074, NOW.replace(day=20, hour=2, minute=50, second=3), "NT-AUTORITÄT\\SYSTEM"
    )
    outcome = cancel(host)
    assert outcome.to_result()["other_restarts"] == []
    assert host.changes[-1] == "shutdown /a"


def test_cancelling_deletes_the_task_once(host: RestartHost) -> None:
    schedule(host)
    assert cancel(host).changed is True
    assert host.task is None
    assert cancel(host).changed is False
    assert "shutdown /a" not in host.changes, "a countdown of somebody else must not be ended"


def test_cancelling_in_check_mode_changes_nothing(host: RestartHost) -> None:
    schedule(host)
    assert cancel(host, check_mode=True).changed is True
    assert host.task is not None


def test_cancelling_during_the_notice_ends_the_countdown_and_lifts_the_drain(host: RestartHost) -> None:
    schedule(host, drain_sessions=True)
    host.start, host.last_result = NOW.replace(day=20, hour=2, minute=55), 0
    cancel(host)
    assert host.changes[-3:] == [f'schtasks /delete /tn "{TASK}" /f', "shutdown /a", "change logon /enable"]


def test_cancelling_without_drain_leaves_the_logon_mode_alone(host: RestartHost) -> None:
    schedule(host)
    host.start, host.last_result = NOW.replace(day=20, hour=2, minute=55), 0
    cancel(host)
    assert host.changes[-1] == "shutdown /a"


def test_a_countdown_that_somebody_ended_already_is_no_error(host: RestartHost) -> None:
    schedule(host)
    host.start, host.last_result = NOW.replace(day=20, hour=2, minute=55), 0
    host.commands["shutdown /a"] = (
        1116,
        "",
        "Unable to abort the system shutdown because no shutdown was in progress.(1116)\r\n",
    )
    assert cancel(host).changed is True


def test_a_host_that_goes_down_already_cannot_be_stopped(host: RestartHost) -> None:
    schedule(host)
    host.start, host.last_result = NOW.replace(day=20, hour=2, minute=55), 0
    host.commands["shutdown /a"] = (1, "", "Das System wird heruntergefahren.(1115)\r\n")
    with pytest.raises(RemoteError, match="could not be called off"):
        cancel(host)


def test_a_drain_left_by_a_missed_restart_is_lifted(host: RestartHost) -> None:
    schedule(host, drain_sessions=True)
    host.start, host.last_result = NOW + timedelta(days=4), 0
    cancel(host)
    assert host.changes[-1] == "change logon /enable"
    assert "shutdown /a" not in host.changes


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"hotfix": "978918"}, "hotfix is '978918': write a KB number"),
        ({"hotfix": "KB978918\n"}, "write a KB number"),
        ({"at": None, "state": "scheduled"}, r"state is scheduled, which needs a time \(at\) or a window"),
        ({"at": "", "state": "scheduled"}, r"state is scheduled, which needs a time \(at\) or a window"),
        ({"notice_minutes": -1}, "notice_minutes is -1"),
        ({"notice_minutes": 1441}, "notice_minutes is 1441"),
        ({"stagger_minutes": -5}, "stagger_minutes is -5"),
        ({"window": {**WINDOW, "duration_minutes": 5}}, "a notice of 10 minutes does not fit into 5 minutes"),
        ({"message": "x" * 600}, "message has 600 characters"),
    ],
)
def test_arguments_that_cannot_be_are_refused_before_the_host_is_asked(
    arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        request(**arguments)


def test_times_do_not_matter_to_call_a_restart_off() -> None:
    asked = request(state="cancelled", at="tonight", window={"start": "25:00"}, blackout=["never"])
    assert (asked.at, asked.window, asked.blackout.ranges) == (None, None, ())


def test_a_time_does_not_matter_to_a_restart_at_once() -> None:
    assert request(state="now", at="tonight").at is None


ATTEMPT = "started=2026-06-17T20:00:00+02:00\nstage=install\nexit_code=3010\n"


def test_a_change_that_windows_undid_in_the_window_is_told_with_the_end_of_the_servicing_log(
    host: RestartHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.package, host.attempt = ABSENT, ATTEMPT
    monkeypatch.setattr(_rollback, "fetch_bytes", lambda _session, _path, *, last_bytes: b"Rolling back KTM")
    result = schedule(host).to_result()
    assert (result["failed"], result["changed"], result["rolled_back_at_restart"]) == (True, False, True)
    assert result["cbs_log"] == "Rolling back KTM"


def test_a_change_that_took_is_not_called_undone(host: RestartHost) -> None:
    host.package, host.attempt = INSTALLED, ATTEMPT
    assert schedule(host).rolled_back is False


def test_the_result_is_what_the_module_documents(host: RestartHost) -> None:
    page = yaml.safe_load(text_constants(PLUGINS / "modules" / "restart.py")["RETURN"])
    common = {"changed", "failed", "msg"}
    assert set(schedule(host).to_result()) - common == set(page) - {"cbs_log"}
    rolled_back = replace(schedule(host), rolled_back=True, servicing_log="Rolling back")
    assert set(rolled_back.to_result()) - common == set(page)
