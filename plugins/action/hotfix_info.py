# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells where a host stands with a hotfix."""

from __future__ import annotations

from typing import Any, ClassVar

from ..plugin_utils._assessment.assess import assess
from ..plugin_utils._assessment.exposure import ROLES
from ..plugin_utils._hotfix.arguments import HOTFIX_ARGUMENTS, chosen_definition
from ..plugin_utils._wsman.host_action import HostAction
from ..plugin_utils._wsman.session import Session


class ActionModule(HostAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **HOTFIX_ARGUMENTS,
        "exposure": {"type": "bool", "default": False},
        "exposure_roles": {
            "type": "list",
            "elements": "str",
            "choices": list(ROLES),
            "default": list(ROLES),
        },
    }

    def run_on_host(self, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
        definition = chosen_definition(arguments)
        info = assess(
            session,
            definition,
            exposure=arguments["exposure"],
            exposure_roles=arguments["exposure_roles"],
        )
        return {"hotfix_info": info.to_result()}
