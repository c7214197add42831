# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled restarts: one task, the same request changes nothing, and calling off undoes everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import (
    RestartOutcome,
    RestartRequest,
    parse_request,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.schedule import (
    cancel_restart,
    schedule_restart,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import parse_task_xml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError, RemoteError

from tests.unit._restart.hosts import (
    OPERATOR,
    TASK,
    called_off,
    changes,
    installed_host,
    other_countdown,
    restarted,
    task,
    trigger,
    until,
    waiting_host,
)
from tests.unit.lab.machine import CBS, task_xml
from tests.unit.lab_session import LabSession
from tests.unit.test_argument_specs import PLUGINS, text_constants

WINDOW = {"days": ["saturday"], "start": "22:00", "duration_minutes": 240}


@pytest.fixture
def host() -> LabSession:
    return waiting_host()


def request(**arguments: Any) -> RestartRequest:
    defaults = {"hotfix": "KB978918", "state": "scheduled", "notice_minutes": 10, "message": "Bye & 再起動"}
    if "window" not in arguments:
        defaults["at"] = "2026-06-20T03:00"
    return parse_request({**defaults, **arguments})


def schedule(host: LabSession, *, check_mode: bool = False, **arguments: Any) -> RestartOutcome:
    return schedule_restart(host, request(**arguments), check_mode=check_mode)


def cancel(host: LabSession, *, check_mode: bool = False) -> RestartOutcome:
    return cancel_restart(host, request(), check_mode=check_mode)


def test_a_restart_is_scheduled_by_a_task_that_starts_a_notice_earlier(host: LabSession) -> None:
    result = schedule(host).to_result()
    assert result == {
        "changed": True,
        "scheduled_for": "2026-06-20T03:00:00",
        "task_name": TASK,
        "boot_time": "2026-06-13T08:00:00+02:00",
        "missed": False,
        "msg": "The restart is scheduled for 2026-06-20T03:00:00.",
        "sessions": {"active": 0, "disconnected": 0},
        "other_restarts": [],
        "notes": [],
        "rolled_back_at_restart": False,
    }
    assert trigger(host).start == datetime(2026, 6, 20, 2, 50)


def test_a_window_gives_the_next_opening_in_the_hosts_time(host: LabSession) -> None:
    assert schedule(host, window=WINDOW).to_result()["scheduled_for"] == "2026-06-20T22:10:00"


@pytest.mark.parametrize("arguments", [{}, {"window": WINDOW, "stagger_minutes": 60}], ids=["at", "window"])
def test_the_same_request_twice_is_one_task_and_changes_nothing(
    host: LabSession, arguments: dict[str, Any]
) -> None:
    first = schedule(host, **arguments)
    made = changes(host)
    second = schedule(host, **arguments)
    assert second.changed is False
    assert second.scheduled_for == first.scheduled_for
    assert changes(host) == made


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
def test_another_request_replaces_the_task(host: LabSession, other: dict[str, Any]) -> None:
    schedule(host)
    assert schedule(host, **other).changed is True
    found = task(host)
    assert found is not None and parse_task_xml(found.xml).documentation == request(**other).text


def test_check_mode_predicts_the_same_name_and_time_and_changes_nothing(host: LabSession) -> None:
    predicted = schedule(host, check_mode=True, window=WINDOW, stagger_minutes=120)
    assert changes(host) == []
    assert schedule(host, window=WINDOW, stagger_minutes=120) == predicted


def test_diff_mode_shows_the_task_before_and_after(host: LabSession) -> None:
    schedule(host)
    diff = schedule(host, at="2026-06-21T03:00").to_diff()
    assert diff["before"]["scheduled_for"] == "2026-06-20T03:00:00"
    assert diff["after"]["scheduled_for"] == "2026-06-21T03:00:00"
    assert cancel(host).to_diff()["after"] == {}


def test_nothing_pending_means_no_restart() -> None:
    host = installed_host()
    outcome = schedule(host)
    assert (outcome.changed, outcome.scheduled_for, task(host)) == (False, None, None)


def test_a_restart_that_is_no_longer_needed_is_called_off(host: LabSession) -> None:
    schedule(host)
    assert schedule(restarted(host)).changed is True
    assert task(host) is None


@pytest.mark.parametrize(
    ("only_if_pending", "pending", "needed"),
    [
        ("hotfix", "RebootPending", False),
        ("any", "RebootPending", True),
        ("any", "PendingFileRenameOperations", False),
        ("never", "", True),
    ],
)
def test_what_has_to_be_pending_can_be_chosen(only_if_pending: str, pending: str, needed: bool) -> None:
    renames = ("\\??\\C:\\old.dll",) if pending == "PendingFileRenameOperations" else ()
    host = installed_host(pending_renames=renames)
    if pending == "RebootPending":
        host.lab.registry.create(f"{CBS}\\RebootPending")
    assert schedule(host, only_if_pending=only_if_pending).changed is needed


def test_a_missed_window_is_reported_and_planned_anew(host: LabSession) -> None:
    schedule(host, window=WINDOW)
    called_off(host, "2026-06-20T22:05")
    until(host, "2026-06-22T08:00")
    again = schedule(host, window=WINDOW)
    assert (again.missed, again.changed) == (True, True)
    assert again.to_result()["scheduled_for"] == "2026-06-27T22:10:00"
    assert schedule(host, window=WINDOW).missed is False, "it is reported once"


def test_planning_a_missed_restart_anew_lets_users_on_until_then(host: LabSession) -> None:
    schedule(host, window=WINDOW, drain_sessions=True)
    called_off(host, "2026-06-20T22:05")
    until(host, "2026-06-22T08:00")
    assert host.lab.sessions.logon_mode == "drainuntilrestart"
    schedule(host, window=WINDOW, drain_sessions=True)
    assert host.lab.sessions.logon_mode == "enable"


def test_other_blackout_dates_are_another_request(host: LabSession) -> None:
    planned = schedule(host, window=WINDOW)
    assert planned.scheduled_for is not None
    blackout = [planned.scheduled_for.date()]
    again = schedule(host, window=WINDOW, blackout=blackout)
    assert again.scheduled_for == planned.scheduled_for + timedelta(days=7)
    assert schedule(host, window=WINDOW, blackout=blackout).changed is False


def test_a_missed_time_cannot_be_planned_anew_and_says_so(host: LabSession) -> None:
    schedule(host)
    called_off(host, "2026-06-20T02:55")
    until(host, "2026-06-22T08:00")
    with pytest.raises(InputError, match=r"in the past.*the restart of 2026-06-20T03:00:00 was missed"):
        schedule(host)


def test_a_restart_that_took_place_is_not_missed(host: LabSession) -> None:
    schedule(host)
    until(host, "2026-06-22T08:00")
    assert host.lab.power.boots == 1
    assert schedule(LabSession(host.lab), window=WINDOW, only_if_pending="never").missed is False


def test_the_same_request_during_the_notice_changes_nothing(host: LabSession) -> None:
    schedule(host)
    until(host, "2026-06-20T02:55")
    outcome = schedule(host)
    assert (outcome.changed, outcome.missed) == (False, False)
    assert outcome.to_result()["scheduled_for"] == "2026-06-20T03:00:00"


def test_a_new_time_during_the_notice_ends_the_countdown_first(host: LabSession) -> None:
    schedule(host)
    until(host, "2026-06-20T02:55")
    assert host.lab.power.countdown is not None
    assert schedule(host, at="2026-06-21T03:00").changed is True
    assert host.lab.power.countdown is None
    assert trigger(host).start == datetime(2026, 6, 21, 2, 50)


def test_restarts_of_others_are_reported_and_left_alone(host: LabSession) -> None:
    host.lab.scheduler.register("\\IT\\Monthly", task_xml(arguments="/c shutdown.exe -r"))
    outcome = schedule(host)
    assert outcome.to_result()["other_restarts"] == [
        {"description": "the task \\IT\\Monthly", "task_name": "\\IT\\Monthly", "scheduled_for": None}
    ]
    assert not [line for line in changes(host) if "Monthly" in line]


def test_a_countdown_of_somebody_else_is_reported_and_left_alone(host: LabSession) -> None:
    other_countdown(host)
    until(host, "2026-06-18T08:05")
    [other] = schedule(host).to_result()["other_restarts"]
    assert other["description"] == f"the countdown that {OPERATOR} began at 2026-06-18T06:00:00+00:00"
    cancel(host)
    assert host.lab.power.countdown is not None


def test_a_countdown_of_somebody_else_in_place_of_ours_is_not_ended(host: LabSession) -> None:
    schedule(host, drain_sessions=True)
    until(host, "2026-06-20T02:30")
    other_countdown(host)
    until(host, "2026-06-20T02:55")
    outcome = cancel(host)
    assert outcome.missed is True
    assert host.lab.power.countdown is not None
    assert host.lab.sessions.logon_mode == "enable", "the drain was ours"


def test_our_own_countdown_is_known_by_its_time_and_ended() -> None:
    host = waiting_host(language="de-DE")
    schedule(host)
    until(host, "2026-06-20T02:55")
    outcome = cancel(host)
    assert outcome.to_result()["other_restarts"] == []
    assert changes(host)[-1] == "shutdown /a"
    assert host.lab.power.countdown is None


def test_cancelling_deletes_the_task_once(host: LabSession) -> None:
    schedule(host)
    assert cancel(host).changed is True
    assert task(host) is None
    assert cancel(host).changed is False
    assert "shutdown /a" not in changes(host), "a countdown of somebody else must not be ended"


def test_cancelling_in_check_mode_changes_nothing(host: LabSession) -> None:
    schedule(host)
    assert cancel(host, check_mode=True).changed is True
    assert task(host) is not None


def test_cancelling_during_the_notice_ends_the_countdown_and_lifts_the_drain(host: LabSession) -> None:
    schedule(host, drain_sessions=True)
    until(host, "2026-06-20T02:55")
    assert host.lab.sessions.logon_mode == "drainuntilrestart"
    cancel(host)
    delete, *after = changes(host)[-3:]
    assert delete.startswith(f'schtasks /delete /tn "{TASK}" /f')
    assert after == ["shutdown /a", "change logon /enable"]
    assert (host.lab.power.countdown, host.lab.sessions.logon_mode) == (None, "enable")


def test_cancelling_without_drain_leaves_the_logon_mode_alone(host: LabSession) -> None:
    schedule(host)
    until(host, "2026-06-20T02:55")
    cancel(host)
    assert changes(host)[-1] == "shutdown /a"


def test_a_countdown_that_somebody_ended_already_is_no_error(host: LabSession) -> None:
    schedule(host)
    called_off(host, "2026-06-20T02:55")
    assert cancel(host).changed is True
    assert changes(host)[-1] == "shutdown /a"


def test_a_host_that_goes_down_already_cannot_be_stopped() -> None:
    host = waiting_host(shutdown_seconds=300, language="de-DE")
    schedule(host)
    until(host, "2026-06-20T03:01")
    with pytest.raises(RemoteError, match="could not be called off"):
        cancel(host)


def test_a_drain_left_by_a_missed_restart_is_lifted(host: LabSession) -> None:
    schedule(host, drain_sessions=True)
    called_off(host, "2026-06-20T02:55")
    until(host, "2026-06-22T08:00")
    cancel(host)
    assert host.lab.sessions.logon_mode == "enable"
    assert "shutdown /a" not in changes(host)


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


def write_attempt(host: LabSession) -> None:
    """Leave the record of an installation that waits for a restart."""
    folder = "C:\\Windows\\winfleet.hotfix\\KB978918"
    host.lab.disk.make_folder(folder)
    record = b"started=2026-06-17T20:00:00+02:00\nstage=install\nexit_code=3010\n"
    host.lab.disk.write(f"{folder}\\attempt.txt", record)


def test_a_change_that_windows_undid_in_the_window_is_told_with_the_end_of_the_servicing_log() -> None:
    host = waiting_host(faults=["revert_on_boot"])
    write_attempt(host)
    result = schedule(restarted(host)).to_result()
    assert (result["failed"], result["changed"], result["rolled_back_at_restart"]) == (True, False, True)
    assert "changes were rolled back" in result["cbs_log"]


def test_a_change_that_took_is_not_called_undone() -> None:
    host = installed_host()
    write_attempt(host)
    assert schedule(host).rolled_back is False


def test_the_result_is_what_the_module_documents(host: LabSession) -> None:
    page = yaml.safe_load(text_constants(PLUGINS / "modules" / "restart.py")["RETURN"])
    common = {"changed", "failed", "msg"}
    assert set(schedule(host).to_result()) - common == set(page) - {"cbs_log"}
    rolled_back = replace(schedule(host), rolled_back=True, servicing_log="Rolling back")
    assert set(rolled_back.to_result()) - common == set(page)
