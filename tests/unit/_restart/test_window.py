# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blackout dates beside windows, windows for changes at once, and delays that keep hosts apart."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.plan import (
    check_open,
    plan_at,
    plan_window,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.window import (
    NO_BLACKOUT,
    Blackout,
    Window,
    parse_blackout,
    parse_window,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.clock import HostClock
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

NONE = timedelta(0)
TEN, HOUR = timedelta(minutes=10), timedelta(hours=1)
FRIDAY = date(2026, 11, 20)
DAY = timedelta(days=1)
NIGHTS = Window(frozenset({4, 5}), time(22), timedelta(hours=4))  # Friday and Saturday, past midnight


def clock(now: datetime) -> HostClock:
    now = now.replace(tzinfo=timezone(HOUR))
    return HostClock(now=now, boot=now - timedelta(days=3))


THURSDAY = clock(datetime(2026, 11, 19, 8))


def nights(*ranges: tuple[date, date]) -> Window:
    return Window(NIGHTS.days, NIGHTS.start, NIGHTS.duration, Blackout(ranges))


def plan(window: Window, now: HostClock = THURSDAY, delay: timedelta | None = None) -> datetime:
    return plan_window(window, now, notice=TEN, stagger=NONE, host="a", delay=delay)


@pytest.mark.parametrize(
    ("value", "ranges"),
    [
        (None, []),
        ("", []),
        ([], []),
        ([FRIDAY], [(FRIDAY, FRIDAY)]),
        ([datetime(2026, 11, 20)], [(FRIDAY, FRIDAY)]),
        (["2026-11-20T00:00:00"], [(FRIDAY, FRIDAY)]),
        ("2026-11-20", [(FRIDAY, FRIDAY)]),
        ("2026-11-20/2026-11-21, 2026-12-24\n", [(FRIDAY, FRIDAY + DAY), (date(2026, 12, 24),) * 2]),
        ({"from": "2026-11-20", "to": FRIDAY}, [(FRIDAY, FRIDAY)]),
        ([{"from": FRIDAY, "to": "2026-11-21"}, "2026-11-20"], [(FRIDAY, FRIDAY), (FRIDAY, FRIDAY + DAY)]),
    ],
)
def test_blackout_dates_are_read_in_every_form_in_which_they_arrive(
    value: object, ranges: list[tuple[date, date]]
) -> None:
    assert parse_blackout(value) == Blackout(tuple(ranges))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (["24.12.2026"], "has '24.12.2026': write a date"),
        (["2026-02-30"], "write a date"),
        (["2026-12-24T22:00"], "write a date"),
        ([datetime(2026, 12, 24, 22)], "write a date"),
        ({"from": datetime(2026, 12, 24, 18), "to": "2026-12-26"}, "write a date"),
        ([datetime(2026, 12, 24, tzinfo=timezone.utc)], "write a date"),
        ([{"from": "2026-12-24"}], "a range has from and to"),
        ("2026-12-24/2026-12-20", "not backwards"),
        (20261224, "write a date"),
    ],
)
def test_what_is_no_date_is_refused(value: object, reason: str) -> None:
    with pytest.raises(InputError, match=f"blackout .*{reason}"):
        parse_blackout(value)


def test_both_ends_of_a_range_are_blacked_out() -> None:
    blackout = parse_blackout("2026-12-24/2026-12-26")
    covered = [day for day in range(20, 31) if blackout.covers(date(2026, 12, day))]
    assert covered == [24, 25, 26]


def test_an_opening_on_a_blackout_date_is_skipped() -> None:
    assert plan(nights((FRIDAY, FRIDAY))) == datetime(2026, 11, 21, 22, 10)
    assert plan(nights((FRIDAY, FRIDAY + DAY))) == datetime(2026, 11, 27, 22, 10)


def test_the_hours_after_midnight_belong_to_the_day_of_the_opening() -> None:
    night = clock(datetime(2026, 11, 21, 0, 30))
    assert plan(nights((FRIDAY, FRIDAY)), night) == datetime(2026, 11, 21, 22, 10)


def test_a_window_closes_at_the_midnight_before_a_blackout_date() -> None:
    saturday_off = nights((FRIDAY + DAY, FRIDAY + DAY))
    late = clock(datetime(2026, 11, 20, 23, 30))
    assert plan(saturday_off, late) == datetime(2026, 11, 20, 23, 45)
    assert plan(saturday_off, clock(datetime(2026, 11, 20, 23, 48))) == datetime(2026, 11, 27, 22, 10)


def test_a_year_without_an_opening_is_an_error_that_names_the_blackout() -> None:
    with pytest.raises(InputError, match=r"no opening \(fri,sat 22:00 .* except 2026-01-01/2030-01-01\)"):
        plan(nights((date(2026, 1, 1), date(2030, 1, 1))))


def test_a_time_on_a_blackout_date_is_refused() -> None:
    blackout = Blackout(((FRIDAY, FRIDAY),))
    options = {"notice": TEN, "stagger": NONE, "host": "a", "blackout": blackout}
    with pytest.raises(InputError, match="blackout date 2026-11-20"):
        plan_at(datetime(2026, 11, 20, 3), THURSDAY, **options)
    with pytest.raises(InputError, match="blackout date 2026-11-20"):
        plan_at(datetime(2026, 11, 21, 0, 5), THURSDAY, **options)  # its notice begins the day before
    moment = datetime(2026, 11, 20, 23, 30, tzinfo=timezone.utc)  # half past midnight on the host
    assert plan_at(moment, THURSDAY, **options) == moment


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    days=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 20)), max_size=12),
    start=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    duration=st.integers(10, 1440),
    delay=st.none() | st.integers(0, 700),
)
def test_neither_notice_nor_restart_ever_falls_on_a_blackout_date(
    now: datetime, days: list[tuple[int, int]], start: time, duration: int, delay: int | None
) -> None:
    first = date(2026, 1, 1)
    ranges = tuple((first + DAY * day, first + DAY * (day + length)) for day, length in days)
    window = Window(frozenset(range(7)), start, timedelta(minutes=duration), Blackout(ranges))
    own = None if delay is None else timedelta(minutes=delay)
    try:
        planned = plan(window, clock(now), own)
    except InputError:
        return
    assert planned - TEN > now
    assert not any(window.blackout.covers(moment.date()) for moment in (planned - TEN, planned))
    if own is not None:
        assert (planned - TEN - own).time() == start


def test_delays_keep_hosts_apart_also_in_a_window_that_has_begun() -> None:
    begun = clock(datetime(2026, 11, 20, 22, 20))
    assert plan(NIGHTS, begun, NONE) == datetime(2026, 11, 21, 22, 10)
    assert plan(NIGHTS, begun, timedelta(minutes=25)) == datetime(2026, 11, 20, 22, 35)
    assert plan(NIGHTS, begun, timedelta(minutes=50)) == datetime(2026, 11, 20, 23, 0)


def test_a_delay_beyond_the_window_is_refused() -> None:
    with pytest.raises(InputError, match="240 minutes after it opens, does not fit into 240 minutes"):
        plan(NIGHTS, delay=timedelta(hours=4))


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (datetime(2026, 11, 20, 21, 59), "opens at 2026-11-20T22:00"),
        (datetime(2026, 11, 21, 1, 45), "opens at 2026-11-21T22:00"),
        (datetime(2026, 11, 22, 12), "opens at 2026-11-27T22:00"),
    ],
)
def test_a_change_at_once_waits_for_a_window_with_room(now: datetime, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        check_open(NIGHTS, NO_BLACKOUT, clock(now), room=timedelta(minutes=30))


@pytest.mark.parametrize("now", [datetime(2026, 11, 20, 22), datetime(2026, 11, 21, 1, 30)])
def test_a_change_at_once_goes_on_in_an_open_window(now: datetime) -> None:
    check_open(NIGHTS, NO_BLACKOUT, clock(now), room=timedelta(minutes=30))


def test_a_change_at_once_is_refused_on_a_blackout_date_with_and_without_a_window() -> None:
    for window in (None, NIGHTS):
        with pytest.raises(InputError, match="2026-11-20 is a blackout date"):
            check_open(window, Blackout(((FRIDAY, FRIDAY),)), clock(datetime(2026, 11, 20, 23)))


def test_the_same_window_with_other_blackout_dates_reads_differently() -> None:
    written = {"days": ["fri"], "start": "22:00", "duration_minutes": 60}
    window = parse_window(written, parse_blackout("2026-12-24/2026-12-26,2027-01-01"))
    assert str(window) == "fri 22:00 for 60 minutes except 2026-12-24/2026-12-26,2027-01-01"
