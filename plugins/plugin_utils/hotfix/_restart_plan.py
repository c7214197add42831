# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: when a host restarts.

Two kinds of time never mix. An aware time is a moment; a naive one is what the host's own clock will show.
A host tells today's offset from UTC only, so a naive time is never converted: at the next change between
daylight saving and standard time it would be an hour off.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# The task must be registered before its trigger's time comes, or it never starts.
LEAD = timedelta(minutes=1)
# In a window that is open already, starts are rounded up to this, so that a check and the run after it agree.
_GRID = timedelta(minutes=5)

_ISO_8601 = re.compile(
    r"^(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"\s*(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?$",
    re.IGNORECASE,
)
_CLOCK_TIME = re.compile(r"^(\d{1,2}):(\d\d)(?::00)?$")


class PlanError(ValueError):
    """A restart that was asked for and cannot be planned; the text says why and what to ask instead."""


@dataclass(frozen=True)
class HostClock:
    """What time it is for a host.

    Attributes:
        now: The host's time with its offset from UTC of today.
        boot: When it started, with the same offset.
    """

    now: datetime
    boot: datetime

    def now_for(self, moment: datetime) -> datetime:
        """Return the present in the kind of time that `moment` is: naive local, or aware."""
        return self.now if moment.tzinfo else self.now.replace(tzinfo=None)

    def boot_for(self, moment: datetime) -> datetime:
        """Return the start of the host in the kind of time that `moment` is: naive local, or aware."""
        return self.boot if moment.tzinfo else self.boot.replace(tzinfo=None)


@dataclass(frozen=True)
class Window:
    """When restarts are allowed, in the host's local time.

    Attributes:
        days: Week days on which the window opens, 0 is Monday.
        start: Time of day when it opens.
        duration: How long it stays open; it may pass midnight.
    """

    days: frozenset[int]
    start: time
    duration: timedelta

    def openings(self, now: datetime) -> Iterator[datetime]:
        """Yield when the window opens, the first opening that has not closed at `now` (naive) first."""
        day = (now - self.duration).date()
        while True:
            opening = datetime.combine(day, self.start)
            if opening.weekday() in self.days and opening + self.duration > now:
                yield opening
            day += timedelta(days=1)

    def __str__(self) -> str:
        days = ",".join(DAY_NAMES[day][:3] for day in sorted(self.days))
        return f"{days} {self.start:%H:%M} for {self.duration // timedelta(minutes=1)} minutes"


def parse_moment(value: object) -> datetime:
    """Read the time of a restart in any form in which it may arrive.

    Args:
        value: ISO 8601 text with or without offset, or the date or datetime that YAML, ansible-core or AWX
            made of it. A date alone is its midnight.

    Returns:
        Aware if an offset was given, else naive: the host's local time.

    Raises:
        PlanError: It is no such time.
    """
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, time())
    found = _ISO_8601.match(str(value).strip())
    try:
        if found is None:
            raise ValueError("not in the form of ISO 8601")
        moment = datetime.fromisoformat(found["date"]).replace(
            hour=int(found["hour"] or 0), minute=int(found["minute"] or 0), second=int(found["second"] or 0)
        )
        return moment.replace(tzinfo=_offset(found["offset"]))
    except ValueError as exc:
        raise PlanError(
            f"at: {str(value)!r} is no time ({exc}); write it like '2026-11-21T03:00', the host's local "
            "time, or '2026-11-21T03:00+01:00'"
        ) from exc


def parse_window(value: Mapping[str, object]) -> Window:
    """Read and check a window.

    Args:
        value: `days` (names as a list or as text with commas, blanks or line breaks; none: every day),
            `start` (`HH:MM`; YAML makes a number of minutes of an unquoted one) and `duration_minutes`.

    Raises:
        PlanError: The window cannot be; the text names the field.
    """
    unknown = sorted(set(value) - {"days", "start", "duration_minutes"})
    if unknown:
        raise PlanError(f"window: unknown field {unknown[0]!r}; it has days, start and duration_minutes")
    return Window(
        days=_parse_days(value.get("days")),
        start=_parse_start(value.get("start")),
        duration=_parse_duration(value.get("duration_minutes")),
    )


def check_window(window: Window, notice: timedelta) -> None:
    """Refuse a window that cannot hold the notice."""
    if window.duration < notice:
        raise PlanError(
            f"window: a notice of {notice // timedelta(minutes=1)} minutes does not fit into "
            f"{window.duration // timedelta(minutes=1)} minutes; lengthen duration_minutes or shorten "
            "notice_minutes"
        )


def plan_at(at: datetime, clock: HostClock, *, notice: timedelta, stagger: timedelta, host: str) -> datetime:
    """Plan a restart at a given time.

    Args:
        at: When the first hosts go down, aware or naive.
        clock: The host's clock.
        notice: How long before that users are warned.
        stagger: Hosts spread over this time from `at` on.
        host: Its name decides its place.

    Returns:
        When this host goes down, of the same kind as `at`.

    Raises:
        PlanError: That time is over, or too near for the notice.
    """
    now = clock.now_for(at)
    if at <= now:
        raise PlanError(
            f"at: {at.isoformat()} is in the past, on the host it is {now.isoformat(timespec='seconds')}; "
            "ask for a later time, or for a window"
        )
    planned = at + spread(host, stagger)
    if planned - notice < now + LEAD:
        raise PlanError(
            f"at: {at.isoformat()} is too near: on the host it is {now.isoformat(timespec='seconds')}, and "
            f"the notice takes {notice // timedelta(minutes=1)} minutes; ask for a later time or a shorter "
            "notice_minutes"
        )
    return planned


def plan_window(
    window: Window, clock: HostClock, *, notice: timedelta, stagger: timedelta, host: str
) -> datetime:
    """Plan a restart in the next opening of a window, or in the present one if there is room.

    Notice and restart both fall into the window: the first host goes down a notice after it opens, the last
    no later than it closes, whatever the stagger asks.

    Returns:
        When this host goes down, naive: local time of the host.

    Raises:
        PlanError: The notice does not fit into the window.
    """
    check_window(window, notice)
    now = clock.now.replace(tzinfo=None)
    for opening in window.openings(now):
        first = opening if opening > now + LEAD else _round_up(now + LEAD)
        room = opening + window.duration - notice - first
        if room >= timedelta(0):
            return first + notice + spread(host, min(stagger, room))
    raise AssertionError("a window opens again every week")


def spread(host: str, within: timedelta) -> timedelta:
    """Return the place of a host in a span of time: the same one every time, whole minutes, ends included."""
    places = within // timedelta(minutes=1) + 1
    number = int.from_bytes(hashlib.sha256(host.lower().encode("utf-8", "replace")).digest()[:8], "big")
    return timedelta(minutes=number % places)


def _round_up(moment: datetime) -> datetime:
    past = timedelta(minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond) % _GRID
    return moment + (_GRID - past) % _GRID


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text.upper() == "Z":
        return timezone.utc
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _parse_days(value: object) -> frozenset[int]:
    items = value if isinstance(value, list | tuple) else [] if value is None else [value]
    names = [name for item in items for name in re.split(r"[\s,;]+", str(item).strip().lower()) if name]
    days = set()
    for name in names:
        fits = [day for day, full in enumerate(DAY_NAMES) if name in (full, full[:3])]
        if not fits:
            raise PlanError(f"window.days: {name!r} is no day; write monday to sunday, or mon to sun")
        days.add(fits[0])
    return frozenset(days or range(7))


def _parse_start(value: object) -> time:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        # YAML 1.1 reads an unquoted 22:30 as a number to the base of 60.
        return time(value // 60, value % 60)
    found = _CLOCK_TIME.match(str(value).strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise PlanError(f"window.start: {value!r} is no time of day; write it like '22:00', in quotes")
    return time(int(found[1]), int(found[2]))


def _parse_duration(value: object) -> timedelta:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isdecimal() or not 1 <= int(text) <= 24 * 60:
        raise PlanError(
            f"window.duration_minutes: {value!r} must be a number of minutes from 1 to 1440 (a day)"
        )
    return timedelta(minutes=int(text))
