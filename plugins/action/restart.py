# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart a host, now or by a task on the host."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from ansible.utils.display import Display

from ..plugin_utils._restart.now import restart_now
from ..plugin_utils._restart.request import RestartOutcome, parse_request
from ..plugin_utils._restart.schedule import cancel_restart, schedule_restart
from ..plugin_utils._role.playbook_action import PlaybookAction
from ..plugin_utils._wsman.session import Session


class ActionModule(PlaybookAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "hotfix": {"type": "str", "default": "KB978918"},
        "state": {"type": "str", "choices": ["scheduled", "cancelled", "now"], "default": "scheduled"},
        # Not str: a date that YAML or AWX made an object of would lose its offset on the way.
        "at": {"type": "raw"},
        "window": {
            "type": "dict",
            "options": {
                "days": {"type": "list", "elements": "str", "default": []},
                "start": {"type": "raw", "required": True},
                "duration_minutes": {"type": "int", "required": True},
            },
        },
        "blackout": {"type": "list", "elements": "raw", "default": []},
        "stagger_minutes": {"type": "int", "default": 0},
        "delay_minutes": {"type": "int"},
        "notice_minutes": {"type": "int", "default": 10},
        "message": {
            "type": "str",
            "default": "This computer restarts to complete an update. Please save your work and sign out.",
        },
        "drain_sessions": {"type": "bool", "default": False},
        "wait_for_sessions_minutes": {"type": "int", "default": 0},
        "only_if_pending": {"type": "str", "choices": ["hotfix", "any", "never"], "default": "hotfix"},
        "timeout": {"type": "int", "default": 1800},
    }

    def prepare(self, arguments: dict[str, Any]) -> Callable[[Session], RestartOutcome]:
        wanted = parse_request(arguments)
        restart: Callable[..., RestartOutcome] = schedule_restart
        if arguments["state"] == "cancelled":
            restart = cancel_restart
        elif arguments["state"] == "now":
            restart = partial(restart_now, timeout=arguments["timeout"])
        return lambda session: restart(session, wanted, check_mode=self.check_mode)

    def run_on_host(self, session: Session, request: Callable[[Session], RestartOutcome]) -> dict[str, Any]:
        outcome = request(session)
        result = outcome.to_result()
        for other in result["other_restarts"]:
            when = other["scheduled_for"] or "at a time of its own"
            Display().warning(
                f"{session.host}: {other['description']} restarts this host ({when}); left alone."
            )
        for note in result["notes"]:
            Display().warning(f"{session.host}: {note}")
        if self.diff_mode:
            result["diff"] = outcome.to_diff()
        return result
