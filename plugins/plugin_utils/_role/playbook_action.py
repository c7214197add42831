# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the action plugins that the role and the playbooks use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._wsman.host_action import HostAction


class PlaybookAction(HostAction):
    """An action on a host that keeps to what the playbooks have found out before it.

    They read the settings of all hosts in one task, so a host whose settings are refused fails at its first
    task. What follows a task needs its answer, and only a host that failed still goes through ``always``: so
    the playbooks ask that a host fails if it does not answer.
    """

    def refusal(self, host: str, task_vars: Mapping[str, Any]) -> str:
        """Return why the playbook refuses the settings of the host; empty if it does not."""
        refused = (task_vars.get("hotfix__run") or {}).get("refused") or {}
        return str(refused.get(host, ""))

    def silence_fails(self, task_vars: Mapping[str, Any]) -> bool:
        """Return whether the playbook or the role asks for it."""
        return bool(task_vars.get("hotfix__silence_fails"))
