# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assess many hosts at the same time, from the controller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..plugin_utils._assessment.exposure import ROLES
from ..plugin_utils._controller.paths import local_path
from ..plugin_utils._fleet.look import Looker
from ..plugin_utils._fleet.questions import Questions
from ..plugin_utils._fleet.reach import Inventory
from ..plugin_utils._fleet.scan_fleet import scan_fleet
from ..plugin_utils._fleet.seen import Seen
from ..plugin_utils._hotfix.arguments import HOTFIX_ARGUMENTS, chosen_definition
from ..plugin_utils._report.host_row import HostRow
from ..plugin_utils._report.inputs import ReportInputError
from ..plugin_utils._report.publish import publish
from ..plugin_utils._report.request import REPORT_ARGUMENTS, ReportRequest
from ..plugin_utils._role.outcome import outcomes
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.host_work import without_pywinrm


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **HOTFIX_ARGUMENTS,
        "hosts": {"type": "list", "elements": "str", "required": True},
        "refused": {"type": "dict", "default": {}},
        "exposure": {"type": "bool", "default": False},
        "exposure_roles": {
            "type": "list",
            "elements": "str",
            "choices": list(ROLES),
            "default": list(ROLES),
        },
        "probed": {"type": "list", "elements": "str", "default": []},
        "concurrency": {"type": "int", "default": 64},
        "host_timeout": {"type": "int", "default": 120},
        "report": {"type": "dict", "options": REPORT_ARGUMENTS},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        _validation, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            return {**result, **self._scan(arguments, task_vars or {})}
        except (InputError, ReportInputError) as error:
            raise AnsibleActionFail(str(error)) from None

    def _scan(self, arguments: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        hosts = list(dict.fromkeys(arguments["hosts"]))
        everywhere_refused = bool(hosts) and set(hosts) <= set(arguments["refused"])
        if not everywhere_refused:
            _check_numbers(arguments)
        # The definition may be the reason why all are refused, and then nobody needs it.
        definition = None if everywhere_refused else chosen_definition(arguments)
        hotfix = definition.kb if definition else arguments["hotfix"]
        request = self._report_request(arguments["report"], hotfix)
        if lacking := without_pywinrm(self._task.action):
            raise InputError(lacking)
        inventory = self._inventory(known)
        probed = frozenset(arguments["probed"])
        questions = Questions(definition, arguments["exposure"], arguments["exposure_roles"], probed)
        seen, answers = Seen(hotfix, known.get("groups") or {}), {}

        def take(host: str, answer: dict[str, Any]) -> HostRow:
            if request is None:
                answers[host] = answer
            (result,) = outcomes({host: {"hotfix__assessed": answer}})
            return seen.add(result)

        ended = scan_fleet(
            inventory.reaches(hosts, arguments["refused"], self._task.action),
            Looker(inventory, self._task.action, questions),
            concurrency=arguments["concurrency"],
            host_timeout=arguments["host_timeout"],
            take=take,
        )
        if not ended.complete:
            os._exit(1)
        if request is None:
            return {"changed": False, "hosts": answers}
        if everywhere_refused:
            request = request.of_refused_run()
        report = request.report(seen.rows(hosts), hotfix, known, rehearsal=everywhere_refused)
        return publish(report, request, check_mode=self._task.check_mode, diff=self._task.diff)

    def _report_request(self, arguments: Mapping[str, Any] | None, hotfix: str) -> ReportRequest | None:
        if arguments is None:
            return None
        request = ReportRequest.of(arguments, hotfix, self._here)
        request.check_writable()
        return request

    def _here(self, field: str, path: str) -> Path:
        return Path(self._loader.path_dwim(local_path(path, field=f"report.{field}")))

    def _inventory(self, task_vars: Mapping[str, Any]) -> Inventory:
        hostvars = task_vars["hostvars"]
        return Inventory(
            task=self._task,
            play_context=self._play_context,
            templar=self._templar,
            hostvars=hostvars,
            shared=self._task.get_vars(),
            extra=hostvars._variable_manager.extra_vars,
        )


def _check_numbers(arguments: Mapping[str, Any]) -> None:
    for name in ("concurrency", "host_timeout"):
        if arguments[name] < 1:
            raise InputError(f"{name} is {arguments[name]}: it must be at least 1")
