# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assess where a host stands with a hotfix."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from ..plugin_utils._assessment.assess import assess
from ..plugin_utils._assessment.exposure import ROLES
from ..plugin_utils._assessment.result import HotfixInfo
from ..plugin_utils._hotfix.arguments import HOTFIX_ARGUMENTS, chosen_definition
from ..plugin_utils._rdp.of_host import seen_from_outside
from ..plugin_utils._role.playbook_action import PlaybookAction
from ..plugin_utils._wsman.session import Session


class ActionModule(PlaybookAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **HOTFIX_ARGUMENTS,
        "exposure": {"type": "bool", "default": False},
        "probe_rdp": {"type": "bool", "default": False},
        "exposure_roles": {
            "type": "list",
            "elements": "str",
            "choices": list(ROLES),
            "default": list(ROLES),
        },
    }

    def prepare(self, arguments: dict[str, Any]) -> Callable[[Session], HotfixInfo]:
        self._probes = bool(arguments["probe_rdp"])
        return partial(
            assess,
            definition=chosen_definition(arguments),
            exposure=arguments["exposure"],
            exposure_roles=arguments["exposure_roles"],
        )

    def run_on_host(self, session: Session, request: Callable[[Session], HotfixInfo]) -> dict[str, Any]:
        return request(session).to_module_result()

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:
        if self._probes:
            address = str(self._connection.get_option("remote_addr"))
            result["rdp"] = seen_from_outside(address, result.get("hotfix_info") or {})
        return result
