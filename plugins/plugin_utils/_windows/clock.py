# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's own clock: local time, offset and last boot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .._wsman.errors import RemoteError
from .._wsman.session import Session
from .._wsman.wmi_values import as_datetime, as_offset_minutes


@dataclass(frozen=True)
class HostClock:
    """The present and the last boot of a host, both with its offset from UTC today."""

    now: datetime
    boot: datetime

    def now_for(self, moment: datetime) -> datetime:
        """Return the present as naive local time or as aware time, whichever `moment` is."""
        return self.now if moment.tzinfo else self.now.replace(tzinfo=None)

    def boot_for(self, moment: datetime) -> datetime:
        """Return the last boot as naive local time or as aware time, whichever `moment` is."""
        return self.boot if moment.tzinfo else self.boot.replace(tzinfo=None)


def read_clock(session: Session) -> HostClock:
    """Return the host's time and the time of its last boot.

    Raises:
        RemoteError: WMI does not return them.
    """
    rows = session.query("SELECT LastBootUpTime, LocalDateTime, CurrentTimeZone FROM Win32_OperatingSystem")
    row = rows[0] if rows else {}
    now, boot = as_datetime(row.get("LocalDateTime")), as_datetime(row.get("LastBootUpTime"))
    if now is None or boot is None:
        raise RemoteError(
            session.host,
            "Win32_OperatingSystem has no LocalDateTime or no LastBootUpTime. Repair WMI (winmgmt "
            "/verifyrepository) on the host, then run this again.",
        )
    # WMI returns the moments with any offset, often Z; CurrentTimeZone is the host's own offset today.
    minutes = as_offset_minutes(row.get("CurrentTimeZone"))
    local = now.tzinfo if minutes is None else timezone(timedelta(minutes=minutes))
    return HostClock(now=now.astimezone(local), boot=boot.astimezone(local))
