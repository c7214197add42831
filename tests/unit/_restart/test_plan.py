# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a host restarts: forms of time, windows, stagger, and both changes of daylight saving."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.plan import (
    parse_moment,
    plan_at,
    plan_window,
    spread,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.window import (
    Window,
    parse_window,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.clock import HostClock
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import format_boundary
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

NONE = timedelta(0)
WINTER = timezone(timedelta(hours=1))
SUMMER = timezone(timedelta(hours=2))
NIGHTS = Window(frozenset({4, 5}), time(22), timedelta(hours=4))  # Friday and Saturday, past midnight


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def clock(now: datetime, offset: timezone = WINTER) -> HostClock:
    now = now if now.tzinfo else now.replace(tzinfo=offset)
    return HostClock(now=now, boot=now - timedelta(days=3))


THURSDAY = clock(datetime(2026, 11, 19, 8))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-21T03:00", datetime(2026, 11, 21, 3)),
        ("2026-11-21 03:00:30", datetime(2026, 11, 21, 3, 0, 30)),
        (" 2026-11-21T03:00:00.250 ", datetime(2026, 11, 21, 3)),
        ("2026-11-21T00:00", datetime(2026, 11, 21)),
        (datetime(2026, 11, 21, 3), datetime(2026, 11, 21, 3)),
        ("2026-11-21T03:00Z", datetime(2026, 11, 21, 3, tzinfo=timezone.utc)),
        ("2026-11-21T03:00:00+01:00", datetime(2026, 11, 21, 2, tzinfo=timezone.utc)),
        ("2026-11-21 03:00:00-0330", datetime(2026, 11, 21, 6, 30, tzinfo=timezone.utc)),
        ("2026-11-21T03:00+01", datetime(2026, 11, 21, 2, tzinfo=timezone.utc)),
        (datetime(2026, 11, 21, 3, tzinfo=WINTER), datetime(2026, 11, 21, 2, tzinfo=timezone.utc)),
    ],
    ids=str,
)
def test_times_are_read_in_every_form_in_which_they_arrive(value: object, moment: datetime) -> None:
    assert parse_moment(value) == moment


@pytest.mark.parametrize(
    "value", ["tonight", "21.11.2026 03:00", "2026-11-21T25:00", "2026-02-30T03:00", 42798, ""]
)
def test_what_is_no_time_is_refused_with_an_example(value: object) -> None:
    with pytest.raises(InputError, match=r"write a time like '2026-11-21T03:00'"):
        parse_moment(value)


@pytest.mark.parametrize("value", ["2026-11-21", date(2026, 11, 21), "2026-11-21Z", "2026-11-21+01:00"])
def test_a_date_alone_is_no_time_of_a_restart(value: object) -> None:
    with pytest.raises(InputError, match="it has no time of day"):
        parse_moment(value)


def test_a_time_with_offset_becomes_a_utc_boundary() -> None:
    planned = plan_at(parse_moment("2026-11-21T03:00+01:00"), THURSDAY, notice=NONE, stagger=NONE, host="a")
    assert format_boundary(planned) == "2026-11-21T02:00:00Z"


@pytest.mark.parametrize(
    ("now", "at"),
    [
        pytest.param(datetime(2026, 3, 28, 12, tzinfo=WINTER), "2026-03-29T04:00", id="clocks go forward"),
        pytest.param(datetime(2026, 10, 24, 12, tzinfo=SUMMER), "2026-10-25T04:00", id="clocks go back"),
    ],
)
def test_a_local_time_stays_what_the_wall_clock_will_show_across_a_change(now: datetime, at: str) -> None:
    planned = plan_at(parse_moment(at), clock(now), notice=minutes(10), stagger=NONE, host="a")
    assert format_boundary(planned) == f"{at}:00"


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        pytest.param(
            datetime(2026, 3, 28, 12, tzinfo=WINTER), datetime(2026, 3, 29, 4), id="clocks go forward"
        ),
        pytest.param(
            datetime(2026, 10, 24, 12, tzinfo=SUMMER), datetime(2026, 10, 25, 4), id="clocks go back"
        ),
    ],
)
def test_a_window_opens_by_the_wall_clock_across_a_change(now: datetime, opens: datetime) -> None:
    sundays = Window(frozenset({6}), time(4), minutes(60))
    planned = plan_window(sundays, clock(now), notice=minutes(10), stagger=NONE, host="a")
    assert planned == opens + minutes(10)
    assert planned.tzinfo is None


def test_a_time_with_offset_is_the_same_moment_on_either_side_of_a_change() -> None:
    at = parse_moment("2026-03-29T01:00:00Z")
    before = plan_at(at, clock(datetime(2026, 3, 28, 12, tzinfo=WINTER)), notice=NONE, stagger=NONE, host="a")
    after = plan_at(at, clock(datetime(2026, 3, 28, 13, tzinfo=SUMMER)), notice=NONE, stagger=NONE, host="a")
    assert format_boundary(before) == format_boundary(after) == "2026-03-29T01:00:00Z"


@pytest.mark.parametrize("at", ["2026-11-19T07:59", "2026-11-19T08:00+02:00", "2020-01-01T03:00"])
def test_the_past_is_refused_with_the_hosts_time(at: str) -> None:
    with pytest.raises(InputError, match="is in the past, on the host it is 2026-11-19T08:00:00"):
        plan_at(parse_moment(at), THURSDAY, notice=NONE, stagger=NONE, host="a")


def test_the_hosts_own_clock_decides_what_is_past() -> None:
    in_tokyo = clock(datetime(2026, 11, 19, 16, tzinfo=timezone(timedelta(hours=9))))
    with pytest.raises(InputError, match="in the past"):
        plan_at(parse_moment("2026-11-19T15:00"), in_tokyo, notice=NONE, stagger=NONE, host="a")
    assert plan_at(parse_moment("2026-11-19T15:00"), THURSDAY, notice=NONE, stagger=NONE, host="a")


def test_a_time_too_near_for_the_notice_is_refused() -> None:
    with pytest.raises(InputError, match=r"too near.*notice takes 15 minutes"):
        plan_at(parse_moment("2026-11-19T08:10"), THURSDAY, notice=minutes(15), stagger=NONE, host="a")


def test_the_next_opening_is_taken_with_room_for_the_notice() -> None:
    planned = plan_window(NIGHTS, THURSDAY, notice=minutes(15), stagger=NONE, host="a")
    assert planned == datetime(2026, 11, 20, 22, 15)


@pytest.mark.parametrize(
    ("now", "planned"),
    [
        pytest.param(
            datetime(2026, 11, 20, 21, 58), datetime(2026, 11, 20, 22, 10), id="just before it opens"
        ),
        pytest.param(
            datetime(2026, 11, 20, 23, 2, 10), datetime(2026, 11, 20, 23, 15), id="while it is open"
        ),
        pytest.param(datetime(2026, 11, 21, 1, 40), datetime(2026, 11, 21, 1, 55), id="open past midnight"),
        pytest.param(
            datetime(2026, 11, 21, 1, 55), datetime(2026, 11, 21, 22, 10), id="too late for the notice"
        ),
        pytest.param(datetime(2026, 11, 22, 1, 55), datetime(2026, 11, 27, 22, 10), id="closed for the week"),
    ],
)
def test_an_open_window_is_used_while_there_is_room(now: datetime, planned: datetime) -> None:
    assert plan_window(NIGHTS, clock(now), notice=minutes(10), stagger=NONE, host="a") == planned


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    duration=st.integers(1, 1440),
    notice=st.integers(0, 1440),
    stagger=st.integers(0, 3000),
    host=st.text(max_size=20),
)
def test_notice_and_restart_always_fall_into_an_opening_of_the_window(
    now: datetime, days: frozenset[int], start: time, duration: int, notice: int, stagger: int, host: str
) -> None:
    window = Window(days, start, minutes(duration))
    if notice > duration:
        with pytest.raises(InputError, match="does not fit"):
            plan_window(window, clock(now), notice=minutes(notice), stagger=minutes(stagger), host=host)
        return
    planned = plan_window(window, clock(now), notice=minutes(notice), stagger=minutes(stagger), host=host)
    begins = planned - minutes(notice)
    opening = next(window.openings(planned - timedelta(seconds=1)))
    assert begins > now
    assert opening.start <= begins
    assert planned <= opening.end
    assert opening.start.weekday() in days
    assert planned - now <= timedelta(days=15)


@given(host=st.text(max_size=30), within=st.integers(0, 5000))
def test_a_hosts_place_is_stable_and_within_bounds(host: str, within: int) -> None:
    place = spread(host, minutes(within))
    assert NONE <= place <= minutes(within)
    assert place == spread(host, minutes(within))


def test_hosts_spread_over_the_whole_stagger() -> None:
    places = {spread(f"rds{number:03}.example.com", minutes(9)) for number in range(300)}
    assert places == {minutes(count) for count in range(10)}


def test_the_stagger_spreads_a_given_time_too() -> None:
    at = parse_moment("2026-11-21T03:00")
    planned = {
        plan_at(at, THURSDAY, notice=NONE, stagger=minutes(30), host=f"rds{number}") for number in range(20)
    }
    assert len(planned) > 10
    assert all(at <= moment <= at + minutes(30) for moment in planned)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["Saturday", "sun"], {5, 6}),
        ("monday,WED", {0, 2}),
        (["tuesday\nthursday"], {1, 3}),
        (None, set(range(7))),
        ("", set(range(7))),
    ],
)
def test_days_are_read_as_lists_and_as_survey_answers(days: object, expected: set[int]) -> None:
    assert parse_window({"days": days, "start": "22:00", "duration_minutes": 60}).days == expected


@pytest.mark.parametrize(
    ("start", "expected"), [("22:30", time(22, 30)), (1350, time(22, 30)), ("7:05", time(7, 5)), (0, time(0))]
)
def test_the_start_may_be_what_yaml_made_of_it(start: object, expected: time) -> None:
    assert parse_window({"start": start, "duration_minutes": "60"}).start == expected


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (
            {"days": ["someday"], "start": "22:00", "duration_minutes": 60},
            r"window\.days has 'someday': valid are monday",
        ),
        ({"start": "25:00", "duration_minutes": 60}, r"window\.start is '25:00': write a time of day"),
        ({"start": "22:60", "duration_minutes": 60}, r"window\.start"),
        ({"start": 1440, "duration_minutes": 60}, r"window\.start"),
        ({"start": 22, "duration_minutes": 60}, r"window\.start is 22: write a time of day like '22:00'"),
        ({"start": time(22, 0, 30), "duration_minutes": 60}, r"window\.start"),
        ({"start": time(22, tzinfo=WINTER), "duration_minutes": 60}, r"window\.start"),
        ({"duration_minutes": 60}, r"window\.start is None"),
        ({"start": "22:00"}, r"window\.duration_minutes is None"),
        ({"start": "22:00", "duration_minutes": 0}, r"window\.duration_minutes is 0"),
        ({"start": "22:00", "duration_minutes": 1441}, "from 1 to 1440"),
        ({"start": "22:00", "duration_minutes": True}, r"window\.duration_minutes is True"),
        ({"start": "22:00", "duration_minutes": 60, "end": "23:00"}, "window has end: valid are days"),
    ],
)
def test_a_window_that_cannot_be_is_refused_by_the_name_of_its_field(
    window: dict[str, object], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        parse_window(window)
