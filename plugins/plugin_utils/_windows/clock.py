# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's own clock: local time, offset and last boot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .._wsman.errors import RemoteError
from .._wsman.session import Session
from .._wsman.wmi_values import as_datetime, as_int


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


def read_clock(session: Session) -> HostClock:
    """Return the host's time and the time of its last boot.

    Raises:
        RemoteError: The host does not tell them.
    """
    rows = session.query("SELECT LastBootUpTime, LocalDateTime, CurrentTimeZone FROM Win32_OperatingSystem")
    row = rows[0] if rows else {}
    now, boot = as_datetime(row.get("LocalDateTime")), as_datetime(row.get("LastBootUpTime"))
    if now is None or boot is None:
        raise RemoteError(
            session.host,
            "Win32_OperatingSystem tells neither LocalDateTime nor LastBootUpTime; repair WMI "
            "(winmgmt /verifyrepository) before a restart is planned.",
        )
    # The moments come with some offset, often Z; local time is made by the host's own of today.
    minutes = as_int(row.get("CurrentTimeZone"))
    local = now.tzinfo if minutes is None else timezone(timedelta(minutes=minutes))
    return HostClock(now=now.astimezone(local), boot=boot.astimezone(local))
