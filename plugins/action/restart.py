# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts a host, now or by a task of the host's own."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ..plugin_utils._restart.now import restart_now
from ..plugin_utils._restart.request import RestartOutcome, parse_request
from ..plugin_utils._restart.schedule import cancel_restart, schedule_restart
from ..plugin_utils._restart.window import PlanError
from ..plugin_utils._wsman.host_action import HostAction
from ..plugin_utils._wsman.session import Session


class ActionModule(HostAction):
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
    MUTUALLY_EXCLUSIVE = (("at", "window"),)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        # What no host could do is refused before a connection is made, which may take its time.
        try:
            parse_request(self._arguments())
        except PlanError as error:
            raise AnsibleActionFail(str(error)) from None
        return super().run(tmp, task_vars)

    def run_on_host(self, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            outcome = self._restart(session, arguments)
        except PlanError as error:
            return {"failed": True, "msg": f"{session.host}: {error}"}
        result = outcome.to_result()
        for other in result["other_restarts"]:
            when = other["scheduled_for"] or "at a time of its own"
            Display().warning(
                f"{session.host}: {other['description']} restarts this host ({when}); left alone."
            )
        if self.diff_mode:
            result["diff"] = outcome.to_diff()
        return result

    def _restart(self, session: Session, arguments: dict[str, Any]) -> RestartOutcome:
        request = parse_request(arguments)
        if arguments["state"] == "cancelled":
            return cancel_restart(session, request, check_mode=self.check_mode)
        if arguments["state"] == "now":
            return restart_now(session, request, timeout=arguments["timeout"], check_mode=self.check_mode)
        return schedule_restart(session, request, check_mode=self.check_mode)
