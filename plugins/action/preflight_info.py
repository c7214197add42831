# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells whether a host can take the change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._action import HostAction
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._assessment import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._catalog import (
    DefinitionError,
    load_definition,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._preflight import WAIVABLE, preflight
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._session import Session


class ActionModule(HostAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "hotfix": {"type": "str", "default": "KB978918"},
        "definition": {"type": "dict"},
        "allow": {"type": "list", "elements": "str", "choices": list(WAIVABLE), "default": []},
    }

    def run_on_host(self, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
        own = arguments["definition"]
        try:
            definition = load_definition(arguments["hotfix"] if own is None else own)
        except DefinitionError as error:
            raise AnsibleActionFail(str(error)) from None
        refusals = preflight(session, assess(session, definition), arguments["allow"])
        return {"ready": not refusals, "refusals": [asdict(refusal) for refusal in refusals]}
