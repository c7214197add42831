# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits for a restart, which restarts are scheduled, and how far they have come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart._task import (
    Notice,
    describe_request,
    restart_task,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.scheduled import (
    Phase,
    ScheduledRestart,
    phase_of,
    read_other_restarts,
    read_scheduled,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.clock import HostClock, read_clock
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.scheduled_tasks import (
    NEVER_RUN,
    TaskUnreadableError,
    parse_listing,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import render_task_xml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.unit.fake_session import FakeSession

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
UTC = timezone.utc
AT = datetime(2026, 11, 21, 3)
NOTICE = Notice(timedelta(minutes=15), "再起動 & bye", drain=True)
REQUEST = describe_request("KB978918", "at 2026-11-21T03:00:00", NOTICE)
OURS = render_task_xml(restart_task("KB978918", NOTICE, at=AT, request=REQUEST))


def ours(text: str) -> ScheduledRestart | None:
    """Return our restart as `scheduled_command` printed it."""
    return read_scheduled(FakeSession(), "KB978918", text)  # type: ignore[arg-type]


def clock(now: datetime, booted_before: timedelta = timedelta(days=9)) -> HostClock:
    now = now.replace(tzinfo=timezone(timedelta(hours=1)))
    return HostClock(now=now, boot=now - booted_before)


def test_our_task_is_read_with_its_time_and_request() -> None:
    scheduled = ours(OURS)
    assert scheduled == ScheduledRestart(
        at=AT,
        task_name="\\winfleet.hotfix\\KB978918-restart",
        start=AT - timedelta(minutes=15),
        drain=True,
        request=REQUEST,
    )
    assert scheduled.scheduled_for == "2026-11-21T03:00:00"


def test_our_task_is_understood_through_a_code_page_that_lacks_the_message() -> None:
    mangled = OURS.replace("再起動", "???")
    assert ours(mangled) == ours(OURS)


def test_no_task_means_no_scheduled_restart() -> None:
    assert ours("no such task\r\n") is None


def test_our_task_without_a_restart_is_not_no_restart() -> None:
    other = OURS.replace("shutdown.exe", "msg.exe")
    with pytest.raises(TaskUnreadableError, match=r"it does not start shutdown.exe"):
        ours(other)


@pytest.mark.parametrize(
    ("now", "booted_before", "last_result", "phase"),
    [
        pytest.param(AT - timedelta(hours=2), timedelta(days=9), None, Phase.PLANNED, id="ahead"),
        pytest.param(AT - timedelta(minutes=5), timedelta(days=9), None, Phase.COUNTING_DOWN, id="notice"),
        pytest.param(AT + timedelta(minutes=2), timedelta(days=9), 0, Phase.COUNTING_DOWN, id="going down"),
        pytest.param(AT + timedelta(hours=2), timedelta(hours=1), 0, Phase.DONE, id="restarted"),
        pytest.param(AT + timedelta(hours=2), timedelta(days=9), 0, Phase.MISSED, id="still up"),
        pytest.param(AT + timedelta(hours=2), timedelta(hours=1), NEVER_RUN, Phase.MISSED, id="was off"),
        pytest.param(
            AT - timedelta(minutes=5), timedelta(days=9), NEVER_RUN, Phase.MISSED, id="did not start"
        ),
    ],
)
def test_the_phase_of_a_restart_is_told_by_clock_boot_time_and_result(
    now: datetime, booted_before: timedelta, last_result: int | None, phase: Phase
) -> None:
    scheduled = ours(OURS)
    assert scheduled is not None
    assert phase_of(scheduled, clock(now, booted_before), last_result) is phase


def test_a_countdown_that_windows_refused_is_a_missed_restart() -> None:
    scheduled = ours(OURS)
    assert scheduled is not None
    during = clock(AT - timedelta(minutes=5))
    assert phase_of(replace(scheduled, drain=False), during, 1190) is Phase.MISSED
    assert phase_of(scheduled, during, 1190) is Phase.COUNTING_DOWN, "1190 is the last action's, of msg.exe"
    later = clock(AT + timedelta(hours=2), timedelta(hours=1))
    assert phase_of(replace(scheduled, drain=False), later, 1) is Phase.MISSED, "started since, but not by us"


def test_a_task_that_was_switched_off_counts_as_missed() -> None:
    scheduled = ours(OURS)
    assert scheduled is not None
    assert phase_of(replace(scheduled, enabled=False), clock(AT - timedelta(days=1))) is Phase.MISSED


def test_a_utc_boundary_is_compared_as_a_moment() -> None:
    at = datetime(2026, 11, 21, 2, tzinfo=UTC)
    scheduled = ScheduledRestart(at, "t", start=at)
    assert phase_of(scheduled, clock(datetime(2026, 11, 21, 2, 59))) is Phase.PLANNED
    assert phase_of(scheduled, clock(datetime(2026, 11, 21, 3, 1))) is Phase.COUNTING_DOWN


def foreign(trigger: str, action: str) -> str:
    return (
        f'<Task version="1.2" xmlns="{NAMESPACE}"><Triggers>{trigger}</Triggers>'
        f"<Actions><Exec>{action}</Exec></Actions></Task>"
    )


def test_restarts_of_others_are_found_in_any_language() -> None:
    shutdown = "<Command>shutdown.exe</Command><Arguments>-r -t 60</Arguments>"
    tomorrow = "<TimeTrigger><StartBoundary>2026-11-22T04:00:00</StartBoundary></TimeTrigger>"
    yesterday = tomorrow.replace("-22T", "-19T")
    tasks = {
        "\\Nachtruhe": foreign("<CalendarTrigger/>", shutdown),
        "\\IT\\Alle 8 Stunden": foreign(
            yesterday.replace("<StartB", "<Repetition><Interval>PT8H</Interval></Repetition><StartB"),
            shutdown,
        ),
        "\\IT\\Patchday": foreign(tomorrow, shutdown),
        "\\IT\\Vorbei": foreign(yesterday, shutdown),
        "\\IT\\Aus": foreign(tomorrow, "<Command>shutdown.exe</Command><Arguments>/s</Arguments>"),
    }
    row = '"PC1","{}","Nicht zutreffend","Bereit","x","x","0","IT","shutdown.exe -r /c "a, b"","N/A"\r\n'
    listing = "".join(
        row.format(name) for name in [*tasks, "\\winfleet.hotfix\\KB978918-restart", "\\IT\\Aus"]
    )
    session = FakeSession(
        commands={
            "schtasks /query /v": listing,
            **{f'(if exist "%SystemRoot%\\System32\\Tasks{name}"': xml for name, xml in tasks.items()},
        }
    )
    assert read_other_restarts(session, clock(datetime(2026, 11, 20, 8)), parse_listing(listing)) == (
        [
            ScheduledRestart(None, "\\Nachtruhe"),
            ScheduledRestart(None, "\\IT\\Alle 8 Stunden"),
            ScheduledRestart(datetime(2026, 11, 22, 4, 1), "\\IT\\Patchday", start=datetime(2026, 11, 22, 4)),
        ],
        [],
    )


def test_the_clock_shows_local_time_by_the_hosts_own_offset() -> None:
    session = FakeSession(
        wmi={
            "Win32_OperatingSystem": [
                {
                    "LastBootUpTime": "2026-11-19T01:00:00Z",
                    "LocalDateTime": "2026-11-20T07:00:00.5Z",
                    "CurrentTimeZone": "60",
                }
            ]
        }
    )
    seen = read_clock(session)
    assert seen.now.isoformat() == "2026-11-20T08:00:00.500000+01:00"
    assert seen.boot.isoformat() == "2026-11-19T02:00:00+01:00"


def test_a_host_without_clock_is_an_error() -> None:
    session = FakeSession(wmi={"Win32_OperatingSystem": [{"LastBootUpTime": None, "LocalDateTime": None}]})
    with pytest.raises(RemoteError, match="winmgmt"):
        read_clock(session)


def test_a_listed_task_that_its_name_does_not_lead_to_may_restart_the_host() -> None:
    # Listed in a code page that lacks its letters, its name arrives damaged.
    listing = '"PC1","\\IT\\??","N/A","Ready","x","x","0","IT","shutdown.exe /r","N/A"\r\n'
    session = FakeSession(commands={'(if exist "%SystemRoot%\\System32\\Tasks': "no such task"})
    found, unread = read_other_restarts(session, clock(datetime(2026, 11, 20, 8)), parse_listing(listing))
    assert found == []
    assert [r"\IT\??" in each and "may restart the host" in each for each in unread] == [True]
