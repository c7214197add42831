# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: what a restart is asked for, and what became of it, as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._countdown import Countdown
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._restart_plan import (
    HostClock,
    PlanError,
    Window,
    check_window,
    parse_moment,
    parse_window,
    plan_at,
    plan_window,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._restart_script import (
    Notice,
    check_message,
    describe_request,
    task_name,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._restart_state import ScheduledRestart
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._task_xml import format_boundary

_KB = re.compile(r"^KB\d{6,8}$", re.IGNORECASE)
# shutdown.exe counts down ten years at most; a notice of more than a day is a mistake.
_LONGEST_NOTICE = 24 * 60


@dataclass(frozen=True)
class RestartRequest:
    """A restart that is asked for.

    Attributes:
        kb: The hotfix that it completes.
        notice: What users are told, and how long before.
        at: A given time, or None.
        window: A window, or None.
        stagger: Hosts spread over this time.
        only_if_pending: `hotfix`, `any` or `never`: what has to wait for a restart, or that nothing needs to.
    """

    kb: str
    notice: Notice
    at: datetime | None = None
    window: Window | None = None
    stagger: timedelta = timedelta(0)
    only_if_pending: str = "hotfix"

    @property
    def task_name(self) -> str:
        """Full name of the task on the host."""
        return task_name(self.kb)

    @property
    def text(self) -> str:
        """One line by which the same request is recognised on the host."""
        when = "on demand"
        if self.at is not None:
            when = f"at {format_boundary(self.at)}"
        elif self.window is not None:
            when = f"in {self.window}"
        if self.stagger:
            when += f" over {self.stagger // timedelta(minutes=1)} minutes"
        return describe_request(self.kb, when, self.notice)

    def plan(self, clock: HostClock, host: str) -> datetime:
        """Return when a host goes down.

        Raises:
            PlanError: Not possible at the time or in the window that was asked for.
        """
        lead, stagger = self.notice.lead, self.stagger
        if self.at is not None:
            return plan_at(self.at, clock, notice=lead, stagger=stagger, host=host)
        if self.window is not None:
            return plan_window(self.window, clock, notice=lead, stagger=stagger, host=host)
        raise PlanError("a scheduled restart needs a time (at) or a window (window)")


@dataclass(frozen=True)
class RestartOutcome:
    """What became of a request.

    Attributes:
        changed: Something on the host is, or in check mode would be, different.
        task_name: The task on the host.
        boot_time: When the host started last.
        scheduled_for: When it goes down, None if nothing of ours is scheduled.
        missed: An earlier restart of ours did not take place at its time.
        message: What happened, for the operator.
        others: Tasks of others that restart the host; they are left alone.
        countdown: A countdown of somebody else that is running; it is left alone.
        before: Our task as it was, None if there was none.
        request: The request that our task has now, empty if there is none.
        failed: What was asked for did not come about; the message says why.
        rolled_back: Windows undid the change at the restart.
        servicing_log: The end of the servicing log, where the change was rolled back.
    """

    changed: bool
    task_name: str
    boot_time: datetime
    scheduled_for: datetime | None = None
    missed: bool = False
    message: str = ""
    others: tuple[ScheduledRestart, ...] = ()
    countdown: Countdown | None = None
    before: ScheduledRestart | None = None
    request: str = ""
    failed: bool = False
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
            "other_restarts": self._other_restarts(),
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
            begun = self.countdown.begun.isoformat(timespec="seconds")
            description = f"the countdown that {self.countdown.user} began at {begun}"
            restarts.append({"description": description, "task_name": None, "scheduled_for": None})
        return restarts

    def to_diff(self) -> dict[str, Any]:
        """Return our task before and after, for diff mode."""
        before = self.before
        return {
            "before_header": self.task_name,
            "after_header": self.task_name,
            "before": _task_data(before.scheduled_for, before.request) if before else {},
            "after": _task_data(self.to_result()["scheduled_for"], self.request) if self.request else {},
        }


def parse_request(arguments: Mapping[str, Any]) -> RestartRequest:
    """Read the module's arguments, in whatever type they arrived.

    Raises:
        PlanError: One of them cannot be; the text names it.
    """
    kb = str(arguments["hotfix"]).upper()
    if not _KB.match(kb):
        raise PlanError(f"hotfix: {arguments['hotfix']!r} is no KB number; write it like KB978918")
    scheduled = arguments.get("state", "scheduled") == "scheduled"
    at, window = (arguments.get("at"), arguments.get("window")) if scheduled else (None, None)
    request = RestartRequest(
        kb=kb,
        notice=Notice(
            lead=_minutes(arguments, "notice_minutes", _LONGEST_NOTICE),
            message=check_message(str(arguments.get("message") or "")),
            drain=bool(arguments.get("drain_sessions")),
        ),
        at=None if at in (None, "") else parse_moment(at),
        window=parse_window(window) if window else None,
        stagger=_minutes(arguments, "stagger_minutes", 7 * 24 * 60),
        only_if_pending=arguments.get("only_if_pending") or "hotfix",
    )
    if int(arguments.get("timeout", 1)) < 1:
        raise PlanError(f"timeout: {arguments['timeout']} is no number of seconds above 0")
    if request.window is not None:
        check_window(request.window, request.notice.lead)
    if scheduled and request.at is None and request.window is None:
        raise PlanError("a scheduled restart needs a time (at) or a window (window)")
    return request


def _minutes(arguments: Mapping[str, Any], name: str, most: int) -> timedelta:
    minutes = int(arguments.get(name) or 0)
    if not 0 <= minutes <= most:
        raise PlanError(f"{name}: {minutes} must be a number of minutes from 0 to {most}")
    return timedelta(minutes=minutes)


def _task_data(scheduled_for: str | None, request: str) -> dict[str, Any]:
    return {"scheduled_for": scheduled_for, "request": request}
