# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read whether a shutdown is counting down on a host, and who started it.

Windows has no query for this. Trying (`shutdown /a`, or a second `shutdown`) would end somebody else's
countdown or start one. The System log shows who started the last countdown (event 1074 of User32) and whether
somebody called it off (1075), in fields that Windows does not localise.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._wsman.wmi_values import as_datetime
from .clock import HostClock

_BEGUN = "1074"
_CALLED_OFF = "1075"
# The insertion strings of 1074: process, computer, reason, reason code, kind, comment, user.
_USER_FIELD = 6

# The newest event of the two. Windows 6.1 spells the provider USER32, later versions User32.
_QUERY = (
    f"*[System[Provider[@Name='USER32' or @Name='User32'] and (EventID={_BEGUN} or EventID={_CALLED_OFF})]]"
)
COUNTDOWN_COMMAND = f'wevtutil qe System "/q:{_QUERY}" /c:1 /rd:true /f:xml'

# From the start of a task to the event that its shutdown.exe leaves.
_STARTING = timedelta(minutes=2)


@dataclass(frozen=True)
class Countdown:
    """A shutdown that nobody called off: its start, aware, and its user, such as `CORP\\admin`."""

    begun: datetime
    user: str

    def is_running(self, clock: HostClock) -> bool:
        """Return whether the shutdown is still to come: a host that has booted since has carried it out."""
        return self.begun > clock.boot

    def is_of_task(self, start: datetime | None, clock: HostClock) -> bool:
        """Return whether a task with this start began it; True for a task without a start time."""
        if start is None:
            return True
        # The task started a moment ago, so today's offset is right for its local time.
        moment = start if start.tzinfo else start.replace(tzinfo=clock.now.tzinfo)
        return abs(self.begun - moment) <= _STARTING


def parse_countdown(text: str) -> Countdown | None:
    """Read what `COUNTDOWN_COMMAND` printed; None if no shutdown was started or the last was called off."""
    found = re.search(r"<Event[ >].*?</Event>", text.replace("\x00", ""), re.DOTALL)
    try:
        event = ET.fromstring(found[0] if found else "")
    except ET.ParseError:
        return None
    number, created = event.find("{*}System/{*}EventID"), event.find("{*}System/{*}TimeCreated")
    begun = as_datetime(created.get("SystemTime")) if created is not None else None
    if number is None or (number.text or "").strip() != _BEGUN or begun is None:
        return None
    data = [element.text or "" for element in event.findall("{*}EventData/{*}Data")]
    return Countdown(begun, data[_USER_FIELD] if len(data) > _USER_FIELD else "somebody")
