# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check whether a host can take a hotfix."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from ..plugin_utils._assessment.assess import assess
from ..plugin_utils._hotfix.arguments import HOTFIX_ARGUMENTS, chosen_definition
from ..plugin_utils._hotfix.definition import HotfixDefinition
from ..plugin_utils._install.preflight import WAIVABLE, preflight
from ..plugin_utils._role.playbook_action import PlaybookAction
from ..plugin_utils._wsman.session import Session


class ActionModule(PlaybookAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **HOTFIX_ARGUMENTS,
        "allow": {"type": "list", "elements": "str", "choices": list(WAIVABLE), "default": []},
    }

    def prepare(self, arguments: dict[str, Any]) -> tuple[HotfixDefinition, list[str]]:
        return chosen_definition(arguments), arguments["allow"]

    def run_on_host(self, session: Session, request: tuple[HotfixDefinition, list[str]]) -> dict[str, Any]:
        definition, allow = request
        refusals = preflight(session, assess(session, definition), allow)
        return {"ready": not refusals, "refusals": [asdict(refusal) for refusal in refusals]}
