# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each host of a report restarts, or did, in the host's own time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .host_row import HostRow

_LATE = timedelta(days=7)
"""A host that started later after an installation has probably started more than once since."""


@dataclass(frozen=True)
class RestartTime:
    """The restart of one host.

    Attributes:
        host: Its name in the inventory.
        state: planned, missed, done, or would: what a rehearsal foresees.
        at: Host time, or UTC where the host's offset is not known; None if it is unreadable.
        said: The time as the host gave it.
        utc: Whether it is UTC.
        moment: The same with its offset from UTC; None where the host's offset is not known.
    """

    host: str
    state: str
    at: datetime | None
    said: str
    utc: bool = False
    moment: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Return whether a planned restart should have taken place; False where that is not known."""
        return self.state == "planned" and self.moment is not None and self.moment < now

    def __str__(self) -> str:
        """Return the time as sortable text, such as 2026-03-08 02:30."""
        if self.at is None:
            return self.said
        return f"{self.at:%Y-%m-%d %H:%M}{' UTC' if self.utc else ''}"


def restart_time(row: HostRow) -> RestartTime | None:
    """Return the restart that matters most for a host: the one to come, else a missed one, else one done."""
    actions, restart = row.actions or {}, row.restart or {}
    in_run, on_host = actions.get("restart_scheduled_for"), restart.get("scheduled_for")
    if in_run or on_host:
        foreseen = actions.get("predicted") is True and in_run != on_host and bool(in_run)
        return _restart(row, "would" if foreseen else "planned", in_run or on_host)
    if row.status == "restart_pending":
        return _restart(row, "missed", restart.get("missed_at")) if restart.get("missed_at") else None
    return _restart(row, "done", (row.os or {}).get("boot_time")) if _completed(row) else None


def restart_times(rows: Iterable[HostRow]) -> list[RestartTime]:
    """Return the restarts of a fleet, the earliest first and unreadable times last."""
    found = [restart for row in rows if (restart := restart_time(row))]
    return sorted(found, key=lambda each: (each.at is None, each.at or datetime.min))


def restarts(rows: Sequence[HostRow]) -> dict[str, Any]:
    """Return which hosts restart when, which missed their restart, and which wait and have none.

    A time with Z is UTC; one without is the local time of the host. `not_known` has the reasons of each host
    that did not show its restarts.
    """
    shown = [(row.host, row.status, row.restart) for row in rows if row.restart]
    planned = {host: at for host, _status, restart in shown if (at := restart.get("scheduled_for"))}
    not_known: dict[str, object] = {row.host: _why_not_shown(row) for row in rows if not row.restart}
    not_known |= {host: restart["unread"] for host, _status, restart in shown if restart.get("unread")}
    return {
        "scheduled": dict(sorted(planned.items(), key=lambda item: str(item[1]))),
        "missed": {host: at for host, _status, restart in shown if (at := restart.get("missed_at"))},
        "waiting_without": [
            host
            for host, status, _restart in shown
            if status == "restart_pending" and host not in planned and host not in not_known
        ],
        "not_known": not_known,
    }


def between(restarts: Sequence[RestartTime], state: str) -> str:
    """Return from when to when the restarts of a state are, in words; empty where there is none.

    Examples: "at 2026-03-08 02:30 host time", "between 2026-03-08 02:11 and 02:36 host time".
    """
    times = sorted(each.at for each in restarts if each.state == state and each.at and not each.utc)
    if not times:
        return ""
    first, last = times[0], times[-1]
    begin = f"{first:%Y-%m-%d %H:%M}"
    end = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"at {begin} host time" if first == last else f"between {begin} and {end} host time"


def _why_not_shown(row: HostRow) -> list[str]:
    """Return why a host shows no restarts: the failure of the run, else the reasons of its status."""
    return [row.error] if row.error else list(row.reasons) or ["The result says nothing of its restarts."]


def _completed(row: HostRow) -> bool:
    """Return whether the start of the host was the restart that completed the installation."""
    if (row.actions or {}).get("restarted") is True and (row.actions or {}).get("predicted") is not True:
        return True
    attempt = row.last_attempt or {}
    if row.status != "compliant" or attempt.get("outcome") != "installed":
        return False
    began, booted = _moment(attempt.get("time")), _moment((row.os or {}).get("boot_time"))
    if began is None or booted is None or began.tzinfo is None or booted.tzinfo is None:
        return False
    return timedelta() < booted - began < _LATE


def _restart(row: HostRow, state: str, said: object) -> RestartTime | None:
    if not said:
        return None
    moment = _moment(said)
    if moment is None:
        return RestartTime(row.host, state, None, str(said))
    offset = (row.os or {}).get("utc_offset_minutes")
    # The offset of today; daylight saving can change it before the restart.
    zone = timezone(timedelta(minutes=offset)) if isinstance(offset, int) and abs(offset) < 24 * 60 else None
    if moment.tzinfo is None:
        return RestartTime(row.host, state, moment, str(said), moment=zone and moment.replace(tzinfo=zone))
    local = moment.astimezone(zone) if zone and not moment.utcoffset() else moment
    in_utc = zone is None and not moment.utcoffset()
    return RestartTime(row.host, state, local.replace(tzinfo=None), str(said), in_utc, moment)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(re.sub(r"Z\Z", "+00:00", str(text)))  # Python 3.10 does not know Z
    except ValueError:
        return None
