# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts on a host that does not answer a question: a note or an error, never "there is none"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart import situation
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.now import restart_now
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import (
    RestartOutcome,
    parse_request,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.schedule import (
    cancel_restart,
    schedule_restart,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.situation import look
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.user_sessions import UserSessions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError, RemoteError

from tests.lab.windows.power import ShutdownEvent
from tests.unit._restart.hosts import (
    OPERATOR,
    PENDING,
    TASK,
    changes,
    countdowns,
    installed_host,
    other_countdown,
    task,
    until,
    waiting_host,
)
from tests.unit.lab.machine import task_xml, time_trigger
from tests.unit.lab_session import LabSession

KB = "KB978918"
WEEKLY = "\\Ops\\weekly"
TASK_FILE = f"C:\\Windows\\System32\\Tasks{TASK}"
EXPLORER = "C:\\Windows\\Explorer.EXE"


def request(**arguments: Any) -> Any:
    return parse_request({"hotfix": KB, "notice_minutes": 1, "message": "bye", **arguments})


def schedule(host: LabSession, **arguments: Any) -> RestartOutcome:
    return schedule_restart(host, request(at="2026-06-20T03:00", **arguments), check_mode=False)


def restart(
    host: LabSession, *, check_mode: bool = False, timeout: float = 900, **arguments: Any
) -> RestartOutcome:
    return restart_now(host, request(state="now", **arguments), timeout=timeout, check_mode=check_mode)


def cancel(host: LabSession) -> RestartOutcome:
    return cancel_restart(host, request(state="cancelled"), check_mode=False)


def busy_host(**profile: Any) -> LabSession:
    """A host with a positive answer to each question, so that any negative shows a lost one."""
    host = waiting_host(sessions=[{"user": "anna", "id": 2, "name": "rdp-tcp#0"}], **profile)
    trigger = time_trigger("2026-06-21T05:00:00")
    host.lab.scheduler.register(WEEKLY, task_xml(trigger, arguments="/c shutdown.exe /r /t 60"))
    host.lab.scheduler.register("\\Ops\\harmless", task_xml())
    other_countdown(host)
    return host


# What the answers of `busy_host` turn into where a tool is barred.
LOST: dict[str, dict[str, Any]] = {
    "reg": {},
    "findstr": {},
    "change": {},
    "schtasks": {"others": [], "notes": "Restarts that others scheduled are not known"},
    "wevtutil": {"countdown": None, "notes": "Whether a countdown to a restart is running is not known"},
    "query": {"sessions": None, "notes": "query session"},
}


@pytest.mark.parametrize("tool", LOST)
def test_a_tool_that_is_barred_turns_no_answer_into_a_negative(tool: str) -> None:
    found = look(busy_host(blocked=[tool]), KB)
    seen = {
        "package": [package.code for package in found.packages][-1:],
        "pending": found.pending.pending_any,
        "others": [other.task_name for other in found.others],
        "countdown": found.countdown and found.countdown.user,
        "sessions": found.sessions,
        "notes": " ".join(found.notes),
    }
    expected = {
        "package": [PENDING],
        "pending": True,
        "others": [WEEKLY],
        "countdown": OPERATOR,
        "sessions": UserSessions(1, 0),
        "notes": "",
        **LOST[tool],
    }
    notes = expected.pop("notes")
    assert notes in seen["notes"] and bool(notes) == bool(seen.pop("notes"))
    assert seen == expected


def test_the_restarts_of_others_are_found_although_the_list_of_tasks_breaks_off() -> None:
    host = busy_host(faults=["schtasks_list_broken"])
    host.lab.disk.write("C:\\Windows\\System32\\Tasks\\Ops\\broken", b"\xff\xfe<\x00")
    result = schedule(host).to_result()
    assert WEEKLY in [other["task_name"] for other in result["other_restarts"]]
    assert result["notes"] == [
        "schtasks cannot read the task \\Ops\\broken, so nothing shows whether it restarts the host."
    ]


def test_a_task_of_others_that_cannot_be_read_is_a_note() -> None:
    host = busy_host()
    xml = task_xml(arguments="/c shutdown.exe /r").replace("</Task>", "")
    host.lab.scheduler.find(WEEKLY).xml = xml  # type: ignore[union-attr]
    host.lab.disk.write(f"C:\\Windows\\System32\\Tasks{WEEKLY}", xml.encode())
    [note] = look(host, KB).notes
    assert note.startswith("A task that names shutdown.exe may restart the host.") and WEEKLY in note


def test_with_any_pending_a_host_that_shows_no_sign_is_not_left_alone_silently() -> None:
    host = installed_host(faults=["reg_disabled", "stdregprov_denied"])
    with pytest.raises(InputError, match=r"whether anything waits for a restart could not be read. reg.exe"):
        schedule(host, only_if_pending="any")


# -- our restart task


def damage(host: LabSession) -> None:
    """Damage our restart task, for schtasks too."""
    found = task(host)
    assert found is not None
    found.xml = found.xml.replace("</Task>", "")
    host.lab.disk.write(TASK_FILE, b"\xff\xfe" + found.xml.encode("utf-16-le"))


def test_a_restart_task_that_type_garbles_is_read_by_schtasks() -> None:
    host = waiting_host()
    planned = schedule(host)
    host.lab.disk.write(TASK_FILE, b"\xff\xfe<\x00T\x00")
    assert schedule(host).to_result() == {
        **planned.to_result(),
        "changed": False,
        "msg": "The restart is already scheduled for 2026-06-20T03:00:00.",
    }


@pytest.mark.parametrize("ask", [schedule, restart])
def test_no_restart_is_planned_over_a_task_that_cannot_be_read(ask: Any) -> None:
    host = waiting_host()
    schedule(host)
    damage(host)
    before = changes(host)
    with pytest.raises(
        RemoteError, match=r"exists, but its definition cannot be read.*cancel_restarts.*deletes it"
    ):
        ask(host)
    assert changes(host) == before


def test_cancelling_deletes_a_task_that_cannot_be_read_by_its_name() -> None:
    host = waiting_host()
    schedule(host)
    damage(host)
    outcome = cancel(host)
    assert (outcome.changed, task(host)) == (True, None)
    assert outcome.message.startswith("The restart task could not be read. It is deleted")
    assert cancel(host).message == "No restart was scheduled."


def test_cancelling_fails_where_the_task_stays() -> None:
    host = waiting_host()
    schedule(host)
    damage(host)
    barred = LabSession(host.lab)
    object.__setattr__(host.lab.profile, "blocked", ("schtasks",))
    with pytest.raises(RemoteError, match="could not be deleted"):
        cancel(barred)


# -- countdowns of others


def phantom(host: LabSession, age: timedelta, *ends: int, process: str = EXPLORER) -> None:
    """Leave the event of a restart that never came, and what followed it."""
    begun = host.lab.clock.now() - age
    later = [ShutdownEvent(number, begun + timedelta(seconds=40), "CORP\\anna") for number in ends]
    host.lab.power.events = [ShutdownEvent(1074, begun, "CORP\\anna", process=process), *later]


@pytest.mark.parametrize(
    ("age", "ends"),
    [
        (timedelta(days=3), [1073]),
        (timedelta(minutes=2), [1073]),
        (timedelta(hours=1), [1075]),
        (timedelta(days=3), []),
        (timedelta(days=6), []),
    ],
    ids=["failed", "just failed", "called off", "older than its delay", "before the last start"],
)
def test_a_restart_that_never_came_does_not_stop_ours(age: timedelta, ends: list[int]) -> None:
    host = waiting_host()
    phantom(host, age, *ends)
    outcome = restart(host)
    assert (outcome.changed, outcome.failed, outcome.notes, host.lab.power.boots) == (True, False, (), 1)


def test_a_start_in_between_ends_even_a_countdown_of_shutdown_exe() -> None:
    host = waiting_host(uptime_days=0.1)
    phantom(host, timedelta(hours=5), process="C:\\Windows\\system32\\shutdown.exe")
    assert look(host, KB).countdown is None


def test_a_countdown_that_only_shutdown_exe_could_make_so_long_is_a_note() -> None:
    host = waiting_host()
    phantom(host, timedelta(days=3), process="C:\\Windows\\system32\\shutdown.exe")
    outcome = restart(host)
    assert outcome.changed is True
    [note] = outcome.notes
    assert note.startswith("the countdown that CORP\\anna began") and "may still be running" in note


def test_a_countdown_is_reported_in_a_rehearsal_too() -> None:
    host = waiting_host()
    other_countdown(host)
    with pytest.raises(RemoteError, match="seems to be running"):
        restart(host, check_mode=True, only_if_pending="never")


@pytest.mark.parametrize("begin", [other_countdown, lambda host: phantom(host, timedelta(minutes=2))])
def test_the_named_way_out_works_whether_a_countdown_runs_or_not(begin: Any) -> None:
    host = waiting_host()
    begin(host)
    with pytest.raises(RemoteError) as refused:
        restart(host)
    first, second = str(refused.value).split("'")[1::2]
    answer = host.run(first)
    if "(1116)" in answer.stderr:
        host.run(second)
    host.clock.sleep(1)
    assert host.lab.power.countdown is None
    assert restart(host).changed is True


# -- the proof of a restart


def test_a_clock_that_is_set_is_not_a_restart() -> None:
    host = waiting_host()
    host.before("schtasks /run", lambda: host.clock.after(30, host.lab.power.abort))

    def clock_is_set() -> None:
        host.lab.boot_time += timedelta(hours=2)

    host.clock.after(40, clock_is_set)
    outcome = restart(host)
    assert outcome.failed is True
    assert "its boot time has moved, and nothing else shows a restart" in outcome.message


def test_lost_contact_proves_a_restart_where_the_log_cannot_be_read() -> None:
    outcome = restart(waiting_host(blocked=["wevtutil"]))
    assert (outcome.changed, outcome.failed) == (True, False)


def test_servicing_that_does_not_show_whether_it_works_is_not_at_rest() -> None:
    host = waiting_host(faults=["reg_disabled"])
    host.lab.on_power_change(lambda up: host.lab.inject("stdregprov_denied") if up else None)
    outcome = restart(host, timeout=300)
    assert outcome.failed is True
    assert "does not show whether servicing is at work" in outcome.message


# -- the drain


def drain_mode(host: LabSession) -> int | None:
    key = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"
    return host.lab.registry.dword(key, "TSServerDrainMode")


def test_a_drain_is_proven_by_the_registry_and_not_by_the_exit_code() -> None:
    host = waiting_host(blocked=["change"])
    with pytest.raises(
        RemoteError, match=r"'change logon /drainuntilrestart' did not work: .*TSServerDrainMode is 0"
    ):
        restart(host, drain_sessions=True)
    assert (task(host), countdowns(host)) == (None, [])


def test_a_host_that_an_administrator_drained_for_good_stays_drained() -> None:
    host = waiting_host()
    host.lab.sessions.set_logon_mode("drain")
    host.before("schtasks /run", lambda: other_countdown(host))
    with pytest.raises(RemoteError, match="counting down"):
        restart(host, drain_sessions=True)
    assert drain_mode(host) == 2


@pytest.mark.parametrize("ask", [restart, schedule])
def test_a_drain_of_a_client_is_said_to_have_no_effect(ask: Any) -> None:
    host = waiting_host(system="win7-x64", rdp={"enabled": True})
    outcome = ask(host, drain_sessions=True)
    assert outcome.changed is True
    assert outcome.notes == (
        "drain_sessions has no effect: the host does not have the role service Remote Desktop Session Host.",
    )


def test_a_restart_of_a_client_with_a_drain_can_be_called_off_in_its_notice() -> None:
    host = waiting_host(system="win7-x64", rdp={})
    schedule(host, drain_sessions=True)
    until(host, "2026-06-20T02:59:30")
    assert cancel(host).changed is True
    assert (host.lab.power.countdown, task(host)) == (None, None)


def test_a_lost_start_of_windows_does_not_hide_a_countdown(monkeypatch: pytest.MonkeyPatch) -> None:
    host = waiting_host()
    other_countdown(host)
    monkeypatch.setattr(situation, "newest_event_command", lambda _query: "ver")
    seen = look(host, "KB978918")
    assert seen.countdown is not None and seen.start is None
    assert ["start" in note for note in seen.notes] == [True]
