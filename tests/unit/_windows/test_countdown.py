# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose countdown is running, by the System log."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.clock import HostClock
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.countdown import (
    Countdown,
    parse_countdown,
)

BEGUN = datetime(2026, 11, 20, 7, 30, tzinfo=timezone.utc)
LOCAL = timezone(timedelta(hours=1))
CLOCK = HostClock(
    now=datetime(2026, 11, 20, 8, 35, tzinfo=LOCAL), boot=datetime(2026, 11, 1, 8, tzinfo=LOCAL)
)


def shutdown_event(number: int, moment: datetime, user: str) -> str:
    """An event of User32 as wevtutil prints it."""
    time = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='USER32'/><EventID Qualifiers='32768'>{number}</EventID>"
        f"<TimeCreated SystemTime='{time}'/></System><EventData>"
        "<Data>C:\\Windows\\system32\\shutdown.exe (PC1)</Data><Data>PC1</Data><Data>Geplant</Data>"
        f"<Data>0x80020011</Data><Data>Neustart</Data><Data>???</Data><Data>{user}</Data></EventData></Event>\r\n"
    )


def test_the_last_event_tells_who_began_and_when() -> None:
    assert parse_countdown(shutdown_event(1074, BEGUN, "CORP\\op")) == Countdown(BEGUN, "CORP\\op")


def test_an_answer_read_byte_by_byte_is_understood() -> None:
    event = shutdown_event(1074, BEGUN, "CORP\\op").encode("utf-16-le").decode("latin-1")
    assert parse_countdown(event) == Countdown(BEGUN, "CORP\\op")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(shutdown_event(1075, BEGUN, "CORP\\op"), id="called off"),
        pytest.param("", id="never"),
        pytest.param("Der Zugriff wurde verweigert.", id="refused"),
        pytest.param("<Event><System><EventID>1074", id="cut off"),
        pytest.param("<Event><System><EventID>1074</EventID></System></Event>", id="without time"),
    ],
)
def test_without_a_running_countdown_there_is_none(text: str) -> None:
    assert parse_countdown(text) is None


def test_a_countdown_that_ended_in_a_restart_is_over() -> None:
    assert Countdown(BEGUN, "x").is_running(CLOCK)
    assert not Countdown(BEGUN, "x").is_running(HostClock(CLOCK.now, BEGUN + timedelta(minutes=2)))


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
