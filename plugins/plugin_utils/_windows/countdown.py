# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read whether a shutdown is counting down on a host, and who started it.

Windows has no query for this. Trying (`shutdown /a`, or a second `shutdown`) would end somebody else's
countdown or start one. The System log shows who asked for the last shutdown (event 1074 of User32), whether
it failed (1073) or somebody called it off (1075), and whether Windows has started since (6005 of EventLog).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .clock import HostClock
from .system_log import START_QUERY, newest_event_command, parse_newest_event

_BEGUN, _FAILED, _CALLED_OFF = 1074, 1073, 1075
# The insertion strings of 1074: process, computer, reason, reason code, kind, comment, user.
_PROCESS_FIELD, _USER_FIELD = 0, 6

# Windows 6.1 spells the provider USER32, later versions User32.
_NUMBERS = " or ".join(f"EventID={number}" for number in (_FAILED, _BEGUN, _CALLED_OFF))
COUNTDOWN_COMMAND = newest_event_command(
    f"(Provider[@Name='USER32' or @Name='User32'] and ({_NUMBERS})) or ({START_QUERY})"
)
# `shutdown /a` writes 1075 only if a countdown runs. The pair leaves a 1075 in any case.
HOW_TO_END = (
    "let it happen, or end it on the host with 'shutdown /a'. If that answers that no shutdown was in "
    "progress (1116), 'shutdown /r /t 600 & shutdown /a' leaves a record of it. Then run this again"
)

# From the start of a task to the event that its shutdown.exe leaves.
_STARTING = timedelta(minutes=2)
# The event does not hold the delay. Users who restart from the desktop or the logon screen cannot set one:
# Windows only waits for their programs to end.
_WITHOUT_DELAY = ("explorer.exe", "winlogon.exe", "logonui.exe")
_ENDING_PROGRAMS = timedelta(minutes=10)
# shutdown.exe takes up to ten years (its documentation). After a day, it is more likely that the end left no
# event than that users are still being warned.
_LONGEST_NOTICE = timedelta(days=1)


@dataclass(frozen=True)
class Countdown:
    """A shutdown whose end the log does not show.

    Attributes:
        begun: When it began, aware.
        user: Who began it, such as `CORP\\admin`.
        program: The program that asked for it, such as `shutdown.exe`, in lower case.
    """

    begun: datetime
    user: str
    program: str = "shutdown.exe"

    def describe(self) -> str:
        """Return the countdown in words, for a message."""
        return f"the countdown that {self.user} began at {self.begun.isoformat(timespec='seconds')}"

    def is_running(self, clock: HostClock) -> bool:
        """Return whether the shutdown has to be expected still."""
        longest = _ENDING_PROGRAMS if self.program in _WITHOUT_DELAY else _LONGEST_NOTICE
        return clock.now - self.begun <= longest

    def may_be_running(self) -> bool:
        """Return whether its delay can be longer than any that has to be expected."""
        return self.program not in _WITHOUT_DELAY

    def is_of_task(self, start: datetime | None, clock: HostClock) -> bool:
        """Return whether a task with this start began it; True for a task without a start time."""
        if start is None:
            return True
        # The task started a moment ago, so today's offset is right for its local time.
        moment = start if start.tzinfo else start.replace(tzinfo=clock.now.tzinfo)
        return abs(self.begun - moment) <= _STARTING


def parse_countdown(host: str, text: str) -> Countdown | None:
    """Read what `COUNTDOWN_COMMAND` printed; None if the log shows no shutdown, or its end.

    Raises:
        RemoteError: The host did not show its log.
    """
    event = parse_newest_event(host, text)
    if event is None or event.number != _BEGUN:
        return None
    data = event.data
    user = data[_USER_FIELD] if len(data) > _USER_FIELD else ""
    # `C:\\Windows\\Explorer.EXE (PC1)`
    program = data[_PROCESS_FIELD].partition(" (")[0] if data else ""
    return Countdown(event.time, user or "somebody", program.rpartition("\\")[2].lower())
