# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the Remote Desktop port of a host. Runs on the controller, with no connection but its own."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..plugin_utils._rdp.probe import probe
from ..plugin_utils._rdp.request import parse_request
from ..plugin_utils._wsman.errors import InputError


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "host": {"type": "str", "required": True},
        "port": {"type": "int", "default": 3389},
        "timeout": {"type": "float", "default": 3},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        _validation, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            request = parse_request(arguments)
        except InputError as error:
            raise AnsibleActionFail(str(error)) from None
        return {**result, "changed": False, **probe(request).to_result()}
