# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose countdown is running, by the System log: what ends one, how old one can be, and silence."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.clock import HostClock
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.countdown import (
    COUNTDOWN_COMMAND,
    Countdown,
    parse_countdown,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.lab.windows.power import ShutdownEvent
from tests.unit.lab_session import LabSession

BEGUN = datetime(2026, 11, 20, 7, 30, tzinfo=timezone.utc)
LOCAL = timezone(timedelta(hours=1))
CLOCK = HostClock(
    now=datetime(2026, 11, 20, 8, 35, tzinfo=LOCAL), boot=datetime(2026, 11, 1, 8, tzinfo=LOCAL)
)
SHUTDOWN = "C:\\Windows\\system32\\shutdown.exe"
EXPLORER = "C:\\Windows\\Explorer.EXE"
END = "end of the events\r\n"


def shutdown_event(number: int, moment: datetime, user: str, process: str = SHUTDOWN) -> str:
    """An event of User32 as wevtutil prints it, and the proof that it printed all."""
    time = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='USER32'/><EventID Qualifiers='32768'>{number}</EventID>"
        f"<TimeCreated SystemTime='{time}'/></System><EventData>"
        f"<Data>{process} (PC1)</Data><Data>PC1</Data><Data>Geplant</Data>"
        f"<Data>0x80020011</Data><Data>Neustart</Data><Data>???</Data><Data>{user}</Data></EventData></Event>"
        f"\r\n{END}"
    )


def test_the_newest_event_tells_who_began_and_when() -> None:
    assert parse_countdown("pc", shutdown_event(1074, BEGUN, "CORP\\op")) == Countdown(BEGUN, "CORP\\op")


def test_an_answer_read_byte_by_byte_is_understood() -> None:
    event = shutdown_event(1074, BEGUN, "CORP\\op").removesuffix(END).encode("utf-16-le").decode("latin-1")
    assert parse_countdown("pc", f"{event}\r\n{END}") == Countdown(BEGUN, "CORP\\op")


@pytest.mark.parametrize("number", [1073, 1075, 6005], ids=["failed", "called off", "started since"])
def test_what_ends_a_shutdown_ends_the_countdown(number: int) -> None:
    assert parse_countdown("pc", shutdown_event(number, BEGUN, "CORP\\op")) is None


def test_a_log_without_shutdowns_shows_no_countdown() -> None:
    assert parse_countdown("pc", END) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="silent"),
        pytest.param("Der Zugriff wurde verweigert.", id="refused"),
        pytest.param("<Event><System><EventID>1074", id="cut off"),
        pytest.param(shutdown_event(1074, BEGUN, "x").removesuffix(END), id="without proof"),
        pytest.param(f"<Event><System><EventID>1074</EventID></System></Event>\r\n{END}", id="without time"),
        pytest.param(f"<Event><System><EventID>1074\r\n{END}", id="not whole"),
    ],
)
def test_an_answer_that_was_not_given_is_never_no_countdown(text: str) -> None:
    with pytest.raises(RemoteError, match="pc: The System log could not be read"):
        parse_countdown("pc", text)


@pytest.mark.parametrize(
    ("process", "age", "running", "possible"),
    [
        (EXPLORER, timedelta(minutes=2), True, False),
        (EXPLORER, timedelta(days=3), False, False),
        ("C:\\Windows\\System32\\Winlogon.exe", timedelta(hours=1), False, False),
        (SHUTDOWN, timedelta(hours=6), True, True),
        (SHUTDOWN, timedelta(days=3), False, True),
        ("C:\\Tools\\agent.exe", timedelta(hours=1), True, True),
    ],
)
def test_a_countdown_is_as_old_as_its_program_lets_it_be(
    process: str, age: timedelta, running: bool, possible: bool
) -> None:
    found = parse_countdown("pc", shutdown_event(1074, CLOCK.now - age, "x", process))
    assert found is not None
    assert (found.is_running(CLOCK), found.may_be_running()) == (running, possible)


@pytest.mark.parametrize(
    ("start", "ours"),
    [
        (datetime(2026, 11, 20, 8, 29, 58), True),
        (datetime(2026, 11, 20, 7, 29, 58, tzinfo=timezone.utc), True),
        (datetime(2026, 11, 20, 8, 20), False),
        (None, True),
    ],
)
def test_a_countdown_is_of_the_task_that_started_then(start: datetime | None, ours: bool) -> None:
    assert Countdown(BEGUN, "x").is_of_task(start, CLOCK) is ours


def test_the_command_asks_for_all_events_that_matter_of_both_providers() -> None:
    session = LabSession()
    now = session.lab.clock.now()
    session.lab.power.events = [
        ShutdownEvent(1074, now - timedelta(hours=2), "CORP\\anna", process=EXPLORER),
        ShutdownEvent(1073, now - timedelta(hours=1), "CORP\\anna"),
    ]
    assert ">1073<" in session.run(COUNTDOWN_COMMAND).stdout
    session.lab.power.starts.append(now - timedelta(minutes=1))
    assert ">6005<" in session.run(COUNTDOWN_COMMAND).stdout


def test_what_wevtutil_does_not_print_is_not_a_log_without_shutdowns() -> None:
    with pytest.raises(RemoteError, match="System log could not be read"):
        parse_countdown("pc", f"Blocked by policy.\r\n{END}")
