# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan when a host restarts.

Aware and naive times never mix. An aware time is a moment; a naive time is what the host's clock will show.
A host returns only today's offset from UTC, so nothing here converts a naive time: it would be an hour off
after the next change between daylight saving and standard time.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta, timezone

from .._windows.clock import HostClock
from .._wsman.errors import InputError
from .window import NO_BLACKOUT, Blackout, Window

# The task must be registered before its trigger's time comes, or it never starts.
LEAD = timedelta(minutes=1)
# Starts in an open window are rounded up to this, so that a check and the run after it agree.
_GRID = timedelta(minutes=5)

_ISO_8601 = re.compile(
    r"^(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"\s*(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?$",
    re.IGNORECASE,
)


def parse_moment(value: object) -> datetime:
    """Read the time of a restart in any form that YAML, ansible-core or AWX give it.

    Args:
        value: ISO 8601 text with or without an offset, or a datetime.

    Returns:
        An aware time if the value has an offset, else a naive one: the host's local time.

    Raises:
        InputError: The value is none of these. A date alone has no time of day: midnight would be a guess.
    """
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    found = _ISO_8601.match(str(value).strip())
    try:
        if found is None:
            raise ValueError("not in the form of ISO 8601")
        day = datetime.fromisoformat(found["date"])
        if found["hour"] is None:
            raise ValueError("it has no time of day")
        moment = day.replace(
            hour=int(found["hour"]), minute=int(found["minute"]), second=int(found["second"] or 0)
        )
        return moment.replace(tzinfo=_offset(found["offset"]))
    except ValueError as exc:
        raise InputError(
            f"at is {str(value)!r}: write a time like '2026-11-21T03:00', in the host's local time, or "
            f"'2026-11-21T03:00+01:00' ({exc})"
        ) from exc


def check_window(window: Window, notice: timedelta, delay: timedelta | None = None) -> None:
    """Refuse a window that cannot hold the host's delay and the notice."""
    delay = delay or timedelta(0)
    if window.duration < notice + delay:
        behind = f", {_minutes(delay)} minutes after it opens," if delay else ""
        raise InputError(
            f"window: a notice of {_minutes(notice)} minutes{behind} does not fit into "
            f"{_minutes(window.duration)} minutes; lengthen duration_minutes or shorten notice_minutes"
            f"{' or the delays of hosts (have more of them down at a time)' if delay else ''}"
        )


def check_open(
    window: Window | None, blackout: Blackout, clock: HostClock, *, room: timedelta = timedelta(0)
) -> None:
    """Refuse a change at once on a blackout date, or outside the window, if there is one.

    The window has to stay open for `room` from now on.

    Raises:
        InputError: The host must not change now; the text says when the window opens next.
    """
    now = clock.now.replace(tzinfo=None)
    if blackout.covers(now.date()):
        raise InputError(f"blackout: {now.date()} is a blackout date; wait until it is over")
    if window is None:
        return
    check_window(window, room)
    opening = next(each for each in window.openings(now) if now + room <= each.end)
    if now < opening.start:
        raise InputError(
            f"window: it is {now.isoformat(timespec='minutes')} on the host, and the window opens at "
            f"{opening.start.isoformat(timespec='minutes')}"
        )


def plan_at(
    at: datetime,
    clock: HostClock,
    *,
    notice: timedelta,
    stagger: timedelta,
    host: str,
    delay: timedelta | None = None,
    blackout: Blackout = NO_BLACKOUT,
) -> datetime:
    """Plan a restart at a given time.

    Args:
        at: When the first hosts go down, aware or naive.
        notice: Users are warned so long before.
        stagger: The restarts of all hosts spread over this time from `at` on.
        host: The host's name, which decides its place.
        blackout: Dates on which neither notice nor restart may fall.

    Returns:
        When this host goes down, of the same kind as `at`.

    Raises:
        InputError: The time has passed, leaves no room for the notice, or is on a blackout date.
    """
    now = clock.now_for(at)
    if at <= now:
        raise InputError(
            f"at: {at.isoformat()} is in the past, on the host it is {now.isoformat(timespec='seconds')}; "
            "ask for a later time, or for a window"
        )
    planned = at + (delay or timedelta(0)) + spread(host, stagger)
    if planned - notice < now + LEAD:
        raise InputError(
            f"at: {at.isoformat()} is too near: on the host it is {now.isoformat(timespec='seconds')}, and "
            f"the notice takes {_minutes(notice)} minutes; ask for a later time or a shorter notice_minutes"
        )
    for moment in (planned - notice, planned):
        # Today's offset gives the date of a moment on the host; near midnight it can be an hour off.
        day = (moment.astimezone(clock.now.tzinfo) if moment.tzinfo else moment).date()
        if blackout.covers(day):
            raise InputError(f"at: the restart at {planned.isoformat()} falls on the blackout date {day}")
    return planned


def plan_window(
    window: Window,
    clock: HostClock,
    *,
    notice: timedelta,
    stagger: timedelta,
    host: str,
    delay: timedelta | None = None,
) -> datetime:
    """Plan a restart in the present opening of a window if there is room, or else in the next one.

    Notice and restart both fall into the window: the first host goes down one notice after it opens, the last
    no later than it closes, whatever `stagger` says. A delay always counts from the start of the opening, so
    hosts with different delays stay apart whenever they are planned.

    Returns:
        When this host goes down, naive: local time of the host.

    Raises:
        InputError: The notice does not fit into the window, or blackout dates leave no opening.
    """
    check_window(window, notice, delay)
    now = clock.now.replace(tzinfo=None)
    for opening in window.openings(now):
        first = opening.start + (delay or timedelta(0))
        if first <= now + LEAD:
            if delay is not None:
                continue
            first = _round_up(now + LEAD)
        room = opening.end - notice - first
        if room >= timedelta(0):
            return first + notice + spread(host, min(stagger, room))
    raise AssertionError("openings() does not end without an error")


def spread(host: str, within: timedelta) -> timedelta:
    """Return a host's place in a span of time: whole minutes, both ends included, the same every time."""
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


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)
