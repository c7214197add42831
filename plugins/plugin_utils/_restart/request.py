# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request for a restart and its outcome, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from .._hotfix.fields import KB_NUMBER
from .._windows.clock import HostClock
from .._windows.countdown import Countdown
from .._windows.task_xml import format_boundary
from .._windows.user_sessions import UserSessions
from .._wsman.errors import InputError
from ._task import Notice, check_message, describe_request, task_name
from .plan import check_open, check_window, parse_moment, plan_at, plan_window
from .scheduled import ScheduledRestart
from .window import NO_BLACKOUT, Blackout, Window, parse_blackout, parse_window

# shutdown.exe counts down ten years at most; a notice of more than a day is a mistake.
_LONGEST_NOTICE = 24 * 60
_LONGEST_SPREAD = 7 * 24 * 60
_NO_TIME = "state is scheduled, which needs a time (at) or a window (window)"


@dataclass(frozen=True)
class RestartRequest:
    """A request for a restart.

    Attributes:
        kb: The hotfix that the restart completes.
        window: The window, or None. A restart at once needs it to be open.
        stagger: The restarts of all hosts spread over this time.
        delay: The delay of this host, or None.
        wait_for_sessions: How long a restart at once waits for the last user to sign out.
        scheduled: Whether the host's own task restarts it later.
        only_if_pending: What has to wait for a restart: `hotfix`, `any`, or `never` for nothing.
    """

    kb: str
    notice: Notice
    at: datetime | None = None
    window: Window | None = None
    blackout: Blackout = NO_BLACKOUT
    stagger: timedelta = timedelta(0)
    delay: timedelta | None = None
    wait_for_sessions: timedelta = timedelta(0)
    scheduled: bool = True
    only_if_pending: str = "hotfix"

    @property
    def task_name(self) -> str:
        """Return the full name of the task on the host."""
        return task_name(self.kb)

    @property
    def text(self) -> str:
        """Return one line that identifies the same request on the host."""
        if not self.scheduled:
            return describe_request(self.kb, "on demand", self.notice)
        when = f"in {self.window}" if self.at is None else f"at {format_boundary(self.at)}"
        if self.stagger:
            when += f" over {self.stagger // timedelta(minutes=1)} minutes"
        if self.delay is not None:
            when += f" after {self.delay // timedelta(minutes=1)} minutes"
        return describe_request(self.kb, when, self.notice)

    def plan(self, clock: HostClock, host: str) -> datetime:
        """Return when a host goes down.

        Raises:
            InputError: The host cannot restart at that time or in that window.
        """
        lead, stagger, delay = self.notice.lead, self.stagger, self.delay
        if self.at is not None:
            return plan_at(
                self.at, clock, notice=lead, stagger=stagger, host=host, delay=delay, blackout=self.blackout
            )
        if self.window is not None:
            return plan_window(self.window, clock, notice=lead, stagger=stagger, host=host, delay=delay)
        raise InputError(_NO_TIME)

    @property
    def room(self) -> timedelta:
        """Return the time that the window must hold: the notice, and the wait before a restart at once."""
        return self.notice.lead if self.scheduled else self.notice.lead + self.wait_for_sessions

    def check_open(self, clock: HostClock) -> None:
        """Refuse a restart at once that would not end within the window.

        Raises:
            InputError: The window is closed or closes too soon, or today is a blackout date.
        """
        check_open(self.window, self.blackout, clock, room=self.room)


@dataclass(frozen=True)
class RestartOutcome:
    """The outcome of a request.

    Attributes:
        changed: The host changed, or would change in check mode.
        boot_time: When the host last started.
        scheduled_for: When the host goes down; None without a restart task of this collection.
        missed: An earlier restart of this collection did not take place at its time.
        message: The outcome in words, for the operator.
        others: Tasks of others that restart the host; they stay untouched.
        countdown: A running countdown of somebody else; it stays untouched.
        sessions: The sessions of users at the time of the look; None if unknown.
        before: The restart task before the run, or None.
        request: The request in the restart task after the run; empty without a task.
        failed: The request was not met; the message says why.
        notes: What the host did not show and what has no effect on it, in sentences.
        servicing_log: The end of the servicing log, if Windows undid the change (`rolled_back`).
    """

    changed: bool
    task_name: str
    boot_time: datetime
    scheduled_for: datetime | None = None
    missed: bool = False
    message: str = ""
    others: tuple[ScheduledRestart, ...] = ()
    countdown: Countdown | None = None
    sessions: UserSessions | None = None
    before: ScheduledRestart | None = None
    request: str = ""
    failed: bool = False
    notes: tuple[str, ...] = ()
    rolled_back: bool = False
    servicing_log: str = ""

    def to_result(self) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = {
            "changed": self.changed,
            "scheduled_for": None if self.scheduled_for is None else format_boundary(self.scheduled_for),
            "task_name": self.task_name,
            "boot_time": self.boot_time.isoformat(timespec="seconds"),
            "missed": self.missed,
            "msg": self.message,
            "sessions": self.sessions and asdict(self.sessions),
            "other_restarts": self._other_restarts(),
            "notes": list(self.notes),
            "rolled_back_at_restart": self.rolled_back,
        }
        if self.failed:
            result["failed"] = True
        if self.rolled_back:
            result["cbs_log"] = self.servicing_log
        return result

    def _other_restarts(self) -> list[dict[str, Any]]:
        restarts: list[dict[str, Any]] = [
            {
                "description": f"the task {other.task_name}",
                "task_name": other.task_name,
                "scheduled_for": other.scheduled_for,
            }
            for other in self.others
        ]
        if self.countdown is not None:
            description = self.countdown.describe()
            restarts.append({"description": description, "task_name": None, "scheduled_for": None})
        return restarts

    def to_diff(self) -> dict[str, Any]:
        """Return the restart task before and after, for diff mode."""
        before = self.before
        return {
            "before_header": self.task_name,
            "after_header": self.task_name,
            "before": _task_data(before.scheduled_for, before.request) if before else {},
            "after": _task_data(self.to_result()["scheduled_for"], self.request) if self.request else {},
        }


def parse_request(arguments: Mapping[str, Any]) -> RestartRequest:
    """Read the module's arguments, whatever types YAML or AWX gave them.

    Raises:
        InputError: An argument is wrong; the text names it.
    """
    kb = str(arguments["hotfix"]).upper()
    if not KB_NUMBER.fullmatch(kb):
        raise InputError(f"hotfix is {arguments['hotfix']!r}: write a KB number like KB978918")
    state = arguments.get("state", "scheduled")
    scheduled, at = state == "scheduled", arguments.get("at")
    if scheduled and at and arguments.get("window"):
        raise InputError(f"at is {str(at)!r} and window is {arguments['window']}: give one of the two")
    # Cancelling ignores the window and the blackout; only a scheduled restart has a time.
    window = arguments.get("window") if state != "cancelled" else None
    blackout = parse_blackout(arguments.get("blackout") if state != "cancelled" else None)
    delay = arguments.get("delay_minutes")
    request = RestartRequest(
        kb=kb,
        notice=Notice(
            lead=_minutes(arguments, "notice_minutes", _LONGEST_NOTICE),
            message=check_message(str(arguments.get("message") or "")),
            drain=bool(arguments.get("drain_sessions")),
        ),
        at=parse_moment(at) if scheduled and at not in (None, "") else None,
        window=parse_window(window, blackout) if window else None,
        blackout=blackout,
        stagger=_minutes(arguments, "stagger_minutes", _LONGEST_SPREAD),
        delay=None if delay is None else _minutes(arguments, "delay_minutes", _LONGEST_SPREAD),
        wait_for_sessions=_minutes(arguments, "wait_for_sessions_minutes", _LONGEST_NOTICE),
        scheduled=scheduled,
        only_if_pending=arguments.get("only_if_pending") or "hotfix",
    )
    if int(arguments.get("timeout", 1)) < 1:
        raise InputError(f"timeout is {arguments['timeout']}: it must be at least 1 second")
    if request.window is not None:
        check_window(request.window, request.room, request.delay if scheduled else None)
    if scheduled and request.at is None and request.window is None:
        raise InputError(_NO_TIME)
    return request


def _minutes(arguments: Mapping[str, Any], name: str, most: int) -> timedelta:
    minutes = int(arguments.get(name) or 0)
    if not 0 <= minutes <= most:
        raise InputError(f"{name} is {minutes}: it must be a number of minutes from 0 to {most}")
    return timedelta(minutes=minutes)


def _task_data(scheduled_for: str | None, request: str) -> dict[str, Any]:
    return {"scheduled_for": scheduled_for, "request": request}
