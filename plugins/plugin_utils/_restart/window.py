# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When hosts may change: recurring windows and blackout dates, in the local time of each host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .._wsman.errors import InputError

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_CLOCK_TIME = re.compile(r"^(\d{1,2}):(\d\d)(?::00)?$")
# A date, as text or as the midnight that YAML and AWX turn it into.
_DATE = re.compile(r"^(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00)?)?$")
# How far ahead to search for an opening.
_HORIZON = timedelta(days=366)


@dataclass(frozen=True)
class Blackout:
    """Dates on which nothing may restart: the first and last day of each range, both included."""

    ranges: tuple[tuple[date, date], ...] = ()

    def covers(self, day: date) -> bool:
        """Return whether a day is a blackout date."""
        return any(first <= day <= last for first, last in self.ranges)

    def __str__(self) -> str:
        return ",".join(f"{a}" if a == b else f"{a}/{b}" for a, b in self.ranges)


NO_BLACKOUT = Blackout()


@dataclass(frozen=True)
class Opening:
    """One opening of a window: from `start` to `end`, naive, both included."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Window:
    """A recurring window in which hosts may change, in the host's local time.

    Attributes:
        days: Week days on which the window opens, 0 is Monday.
        start: Time of day when the window opens.
        duration: How long the window stays open; it may pass midnight.
        blackout: The window does not open on these dates, and closes at midnight before them.
    """

    days: frozenset[int]
    start: time
    duration: timedelta
    blackout: Blackout = NO_BLACKOUT

    def openings(self, now: datetime) -> Iterator[Opening]:
        """Yield the openings that end after `now` (naive), in order.

        Raises:
            InputError: The caller took none of the openings within a year.
        """
        day, last = (now - self.duration).date(), now.date() + _HORIZON
        while day <= last:
            opening = self._opening_on(day)
            if opening is not None and opening.end > now:
                yield opening
            day += timedelta(days=1)
        raise InputError(
            f"window: no opening ({self}) until {last} leaves enough room; look at blackout, or choose other "
            "days or a longer duration_minutes"
        )

    def _opening_on(self, day: date) -> Opening | None:
        if day.weekday() not in self.days or self.blackout.covers(day):
            return None
        start = datetime.combine(day, self.start)
        end = start + self.duration
        if self.blackout.covers(end.date()):
            end = datetime.combine(end.date(), time()) - timedelta(minutes=1)
        return Opening(start, end)

    def __str__(self) -> str:
        days = ",".join(DAY_NAMES[day][:3] for day in sorted(self.days))
        text = f"{days} {self.start:%H:%M} for {self.duration // timedelta(minutes=1)} minutes"
        return f"{text} except {self.blackout}" if self.blackout.ranges else text


def parse_blackout(value: object) -> Blackout:
    """Read blackout dates in any form that YAML or an AWX survey gives them.

    Args:
        value: One item or a list of items. An item is a date, `{from, to}`, or text with any number of dates
            and ISO 8601 ranges (`2026-12-24/2027-01-02`).

    Raises:
        InputError: An item is none of these.
    """
    items = value if isinstance(value, list | tuple) else [] if value is None else [value]
    ranges: list[tuple[date, date]] = []
    for item in items:
        if isinstance(item, str):
            parts = [part.partition("/") for part in re.split(r"[\s,;]+", item) if part]
            ranges += [(_parse_date(first), _parse_date(last or first)) for first, _unused, last in parts]
        elif isinstance(item, Mapping):
            if set(item) != {"from", "to"}:
                raise InputError(f"blackout has {dict(item)!r}: a range has from and to, and nothing else")
            ranges.append((_parse_date(item["from"]), _parse_date(item["to"])))
        else:
            ranges.append((_parse_date(item), _parse_date(item)))
    for first, last in ranges:
        if last < first:
            raise InputError(
                f"blackout has {first}/{last}: a range goes from its first day to its last, not backwards"
            )
    return Blackout(tuple(sorted(set(ranges))))


def parse_window(value: Mapping[str, object], blackout: Blackout = NO_BLACKOUT) -> Window:
    """Read and check a window.

    Args:
        value: `days` (names as a list, or as text with commas, blanks or line breaks; none means every
            day), `start` (`HH:MM`; YAML reads an unquoted one as a number of minutes) and `duration_minutes`.
        blackout: Dates without an opening.

    Raises:
        InputError: A field is wrong; the text names it.
    """
    unknown = sorted(set(value) - {"days", "start", "duration_minutes"})
    if unknown:
        raise InputError(f"window has {unknown[0]}: valid are days, start and duration_minutes")
    return Window(
        days=_parse_days(value.get("days")),
        start=_parse_start(value.get("start")),
        duration=_parse_duration(value.get("duration_minutes")),
        blackout=blackout,
    )


def _parse_days(value: object) -> frozenset[int]:
    items = value if isinstance(value, list | tuple) else [] if value is None else [value]
    names = [name for item in items for name in re.split(r"[\s,;]+", str(item).strip().lower()) if name]
    days = set()
    for name in names:
        fits = [day for day, full in enumerate(DAY_NAMES) if name in (full, full[:3])]
        if not fits:
            raise InputError(f"window.days has {name!r}: valid are monday to sunday, or mon to sun")
        days.add(fits[0])
    return frozenset(days or range(7))


def _parse_start(value: object) -> time:
    # YAML 1.1 reads an unquoted 22:30 as a number in base 60, from 1:00 on. A smaller one was meant as hours.
    if isinstance(value, int) and not isinstance(value, bool) and (60 <= value < 24 * 60 or value == 0):
        return time(value // 60, value % 60)
    found = _CLOCK_TIME.match(str(value).strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise InputError(f"window.start is {value!r}: write a time of day like '22:00', in quotes")
    return time(int(found[1]), int(found[2]))


def _parse_duration(value: object) -> timedelta:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isdecimal() or not 1 <= int(text) <= 24 * 60:
        raise InputError(
            f"window.duration_minutes is {value!r}: it must be a number of minutes from 1 to 1440 (a day)"
        )
    return timedelta(minutes=int(text))


def _parse_date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    found = _DATE.match(str(value).strip())
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise InputError(
            f"blackout has {str(value)!r}: write a date like '2026-12-24', or a range like "
            "{from: '2026-12-24', to: '2027-01-02'}"
        ) from None
