# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the fleet report, on the controller and without a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ansible import constants, context
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils._controller.paths import local_path
from ..plugin_utils._report.earlier_reports import SKIPPABLE, EarlierReports, read_reports
from ..plugin_utils._report.files import check_writable, report_time, unwritable
from ..plugin_utils._report.fleet_files import ReportFile, keep_report, limit_file_of, write_fleet_report
from ..plugin_utils._report.fleet_report import FleetReport, select_rows
from ..plugin_utils._report.history import read_history
from ..plugin_utils._report.host_rows import build_rows
from ..plugin_utils._report.inputs import ReportInputError
from ..plugin_utils._report.lost_desktops import with_lost_desktops
from ..plugin_utils._report.origin import read_origin
from ..plugin_utils._report.summary import hosts_by_status, summary_lines
from ..plugin_utils._report.token_summary import TokenSummary, read_token_report, summarise_tokens
from ..plugin_utils._role.outcome import outcomes, refused, restarts
from ..plugin_utils._wsman.errors import InputError


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "results": {"type": "list", "elements": "raw"},
        "gather": {"type": "bool"},
        "reports": {"type": "list", "elements": "str"},
        "skip": {"type": "list", "elements": "str", "choices": list(SKIPPABLE), "default": []},
        "before": {"type": "list", "elements": "str", "default": []},
        "only_hosts": {"type": "list", "elements": "str"},
        "rehearsal": {"type": "bool", "default": False},
        "path": {"type": "path", "required": True},
        "refused_path": {"type": "path"},
        "stopped": {"type": "str", "default": ""},
        "keep": {"type": "int", "default": 0},
        "earlier_runs": {"type": "path"},
        "pattern": {"type": "str"},
        "probe": {"type": "bool"},
        "formats": {
            "type": "list",
            "elements": "str",
            "choices": ["json", "csv", "html"],
            "default": ["json", "csv", "html"],
        },
        "hotfix": {"type": "str", "default": "KB978918"},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "select": {"type": "str"},
        "token_report": {"type": "raw"},
    }

    REQUIRED_ONE_OF: ClassVar[list[list[str]]] = [["results", "reports", "gather", "probe"]]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        _validation, arguments = self.validate_argument_spec(
            argument_spec=self.ARGUMENT_SPEC, required_one_of=self.REQUIRED_ONE_OF
        )
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            path = self._here("path", arguments["path"])
            if arguments["probe"]:
                check_writable(path)
                return {**result, "changed": False}
            if arguments["gather"]:
                path = self._gather(arguments, path, task_vars or {})
            earlier = self._earlier(arguments)
            report = self._report(arguments, earlier, task_vars or {})
            write = not self._task.check_mode
            files = write_fleet_report(report, path, arguments["formats"], keep=write)
            failed, not_in_limit_file = limit_file_of(report, path)
            if not_in_limit_file:
                Display().warning(
                    f"Ansible would take these names for patterns: {', '.join(not_in_limit_file)}. "
                    "The file for --limit leaves these failed hosts out."
                )
        except (ReportInputError, InputError) as problem:
            return {**result, "failed": True, "msg": str(problem)}
        except OSError as problem:
            return {**result, "failed": True, "msg": unwritable("The report", problem)}
        if write and arguments["keep"] > 0:
            self._keep(report, path, files, arguments["keep"])
        left_out = report.history.left_out if report.history else {}
        result |= {
            "changed": any(file.changed for file in files.values()),
            "files": {name: str(file.path) for name, file in files.items()},
            "counts": report.counts,
            "failing": report.failing,
            # Not `skipped`: Ansible takes a result with that name for a task that did not run.
            "skipped_files": {**earlier.skipped, **left_out},
            "limit_file": str(failed) if failed else None,
            "not_in_limit_file": not_in_limit_file,
            "left_out": list(earlier.left_out),
            "hosts": hosts_by_status(report.rows),
            "restarts": restarts(row.to_json() for row in report.rows),
            "summary": summary_lines(
                report.rows, [str(file.path) for file in files.values()], arguments["stopped"], report.history
            ),
        }
        if self._task.diff:
            result["diff"] = [_difference(file) for file in files.values() if file.changed]
        return result

    def _gather(self, arguments: dict[str, Any], path: Path, known: dict[str, Any]) -> Path:
        """Add what the tasks of the run registered to the results, and return the path of the report."""
        # Not through the templating engine, which copies each value: a row has hundreds of them.
        variables = {host: known["hostvars"].raw_get(host) for host in arguments["hosts"]}
        alive = set(known.get("ansible_play_hosts") or arguments["hosts"])
        failed = {*(known.get("ansible_play_hosts_all") or [])} - alive
        arguments["results"] = [*outcomes(variables, failed), *(arguments["results"] or [])]
        if not arguments["refused_path"] or not refused(variables.values()):
            return path
        arguments["rehearsal"] = True
        return self._here("refused_path", arguments["refused_path"])

    def _earlier(self, arguments: dict[str, Any]) -> EarlierReports:
        paths = [self._here("reports", path) for path in arguments["reports"] or []]
        return read_reports(paths, arguments["hotfix"], arguments["skip"], arguments["only_hosts"])

    def _report(
        self, arguments: dict[str, Any], earlier: EarlierReports, known: dict[str, Any]
    ) -> FleetReport:
        hotfix = arguments["hotfix"]
        results = [*earlier.rows, *(arguments["results"] or [])]
        rows = build_rows(results, hotfix=hotfix, hosts=arguments["hosts"], groups=known.get("groups") or {})
        rows, now = with_lost_desktops(rows, self._before(arguments["before"], hotfix)), report_time()
        kept = arguments["earlier_runs"]
        report = FleetReport(
            hotfix=hotfix,
            generated_at=now,
            rows=tuple(rows),
            history=read_history(self._here("earlier_runs", kept), hotfix, rows, now) if kept else None,
            origin=read_origin(known, context.CLIARGS, arguments["pattern"]),
            tokens=self._tokens(arguments["token_report"]),
            rehearsal=arguments["rehearsal"] or earlier.rehearsal,
        )
        return select_rows(report, arguments["select"]) if arguments["select"] else report

    def _keep(self, report: FleetReport, path: Path, files: dict[str, ReportFile], most: int) -> None:
        """Keep a copy for later runs; one that cannot be written does not fail the run, whose report is."""
        try:
            keep_report(report, path, files, most)
        except OSError as problem:
            Display().warning(unwritable("The copy of this report, with which later runs compare,", problem))

    def _before(self, paths: list[str], hotfix: str) -> tuple[dict[str, object], ...]:
        """Read the reports to compare with; one that cannot be read does not fail that of this run."""
        try:
            found = [self._here("before", path) for path in paths]
            return read_reports(found, hotfix, ("other_files", "other_hotfixes")).rows
        except ReportInputError as problem:
            Display().warning(f"The report does not say which hosts lost their Remote Desktop: {problem}")
            return ()

    def _tokens(self, given: object) -> TokenSummary | None:
        if not given:
            return None
        if isinstance(given, str):
            return read_token_report(self._here("token_report", given))
        return summarise_tokens(given)

    def _here(self, field: str, path: str) -> Path:
        return Path(self._loader.path_dwim(local_path(path, field=field)))


def _difference(file: ReportFile) -> dict[str, Any]:
    """Return the entry for `--diff` up to Ansible's size limit, without the text of the page."""
    before = file.before or ""
    shown: dict[str, Any] = {"before_header": str(file.path), "after_header": str(file.path)}
    largest = constants.MAX_FILE_SIZE_FOR_DIFF
    if file.path.suffix == ".html":
        return {**shown, "dst_binary": True}
    if max(len(before), len(file.text)) > largest:
        return {**shown, "dst_larger": largest}
    return {**shown, "before": before, "after": file.text}
