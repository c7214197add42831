# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the fleet report, on the controller and without a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from ..plugin_utils._controller.paths import local_path
from ..plugin_utils._report.earlier_reports import SKIPPABLE, EarlierReports, read_reports
from ..plugin_utils._report.fleet_report import select_rows
from ..plugin_utils._report.host_rows import build_rows
from ..plugin_utils._report.inputs import ReportInputError
from ..plugin_utils._report.publish import publish
from ..plugin_utils._report.request import REPORT_ARGUMENTS, ReportRequest
from ..plugin_utils._role.definition_file import asked_for
from ..plugin_utils._role.outcome import outcomes, refused
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.said_once import said_once


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **REPORT_ARGUMENTS,
        "results": {"type": "list", "elements": "raw"},
        "gather": {"type": "bool"},
        "reports": {"type": "list", "elements": "str"},
        "skip": {"type": "list", "elements": "str", "choices": list(SKIPPABLE), "default": []},
        "only_hosts": {"type": "list", "elements": "str"},
        "rehearsal": {"type": "bool", "default": False},
        "stopped": {"type": "str", "default": ""},
        "probe": {"type": "bool"},
        "hotfix": {"type": "str", "default": "KB978918"},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "select": {"type": "str"},
    }

    REQUIRED_ONE_OF: ClassVar[list[list[str]]] = [["results", "reports", "gather", "probe"]]

    @said_once
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        _validation, arguments = self.validate_argument_spec(
            argument_spec=self.ARGUMENT_SPEC, required_one_of=self.REQUIRED_ONE_OF
        )
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            request = ReportRequest.of(arguments, arguments["hotfix"], self._here)
            if arguments["probe"]:
                request.check_writable(asked_for(arguments["hotfix"]))
                return {**result, "changed": False}
            return {**result, **self._write(arguments, request, task_vars or {})}
        except (ReportInputError, InputError) as problem:
            return {**result, "failed": True, "msg": str(problem)}

    def _write(
        self, arguments: dict[str, Any], request: ReportRequest, known: dict[str, Any]
    ) -> dict[str, Any]:
        hotfix = arguments["hotfix"]
        if arguments["gather"]:
            request = self._gather(arguments, request, known)
        earlier = self._earlier(arguments)
        results = [*earlier.rows, *(arguments["results"] or [])]
        rows = build_rows(results, hotfix=hotfix, hosts=arguments["hosts"], groups=known.get("groups") or {})
        rehearsal = arguments["rehearsal"] or earlier.rehearsal
        incomplete = arguments["stopped"] or earlier.incomplete
        report = request.report(rows, hotfix, known, rehearsal=rehearsal, incomplete=incomplete)
        if arguments["select"]:
            report = select_rows(report, arguments["select"])
        written = publish(report, request, check_mode=self._task.check_mode, diff=self._task.diff)
        skipped = {**earlier.skipped, **written["skipped_files"]}
        return {**written, "skipped_files": skipped, "left_out": list(earlier.left_out)}

    def _gather(
        self, arguments: dict[str, Any], request: ReportRequest, known: dict[str, Any]
    ) -> ReportRequest:
        """Add what the tasks of the run registered to the results, and return where the report goes."""
        # Not through the templating engine, which copies each value: a row has hundreds of them.
        variables = {host: known["hostvars"].raw_get(host) for host in arguments["hosts"]}
        alive = set(known.get("ansible_play_hosts") or arguments["hosts"])
        failed = {*(known.get("ansible_play_hosts_all") or [])} - alive
        arguments["results"] = [*outcomes(variables, failed), *(arguments["results"] or [])]
        if not request.refused_path or not refused(variables.values()):
            return request
        arguments["rehearsal"] = True
        return request.of_refused_run()

    def _earlier(self, arguments: dict[str, Any]) -> EarlierReports:
        paths = [self._here("reports", path) for path in arguments["reports"] or []]
        return read_reports(paths, arguments["hotfix"], arguments["skip"], arguments["only_hosts"])

    def _here(self, field: str, path: str) -> Path:
        return Path(self._loader.path_dwim(local_path(path, field=field)))
