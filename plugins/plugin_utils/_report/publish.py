# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report, keep a copy of it, and return what a module says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.utils.display import Display

from .files import unwritable
from .fleet_files import ReportFile, keep_report, limit_file_of, write_fleet_report
from .fleet_report import FleetReport
from .inputs import ReportInputError
from .request import ReportRequest
from .restart_times import restarts
from .summary import hosts_by_status, summary_lines


def publish(report: FleetReport, request: ReportRequest, *, check_mode: bool, diff: bool) -> dict[str, Any]:
    """Write the files of a report, and return the result of the module that does it.

    Args:
        report: The report.
        request: Where it goes.
        check_mode: Whether to compare only.
        diff: Whether the result shows what changed in the files.

    Raises:
        ReportInputError: A file cannot be written; the earlier ones are untouched.
    """
    write = not check_mode
    try:
        files = write_fleet_report(report, request.path, request.formats, keep=write)
        limit_file, not_in_limit_file = limit_file_of(report, request.path)
    except OSError as problem:
        raise ReportInputError(unwritable("The report", problem)) from None
    if not_in_limit_file:
        Display().warning(
            f"Ansible would take these names for patterns: {', '.join(not_in_limit_file)}. "
            "The file for --limit leaves these failed hosts out."
        )
    if write and request.keep > 0:
        _keep(report, request, files)
    result = {
        "changed": any(file.changed for file in files.values()),
        "files": {name: str(file.path) for name, file in files.items()},
        "counts": report.counts,
        "failing": report.failing,
        "errors": {row.host: row.error or " ".join(row.reasons) for row in report.rows if row.failing},
        # Not `skipped`: Ansible takes a result with that name for a task that did not run.
        "skipped_files": dict(report.history.left_out) if report.history else {},
        "limit_file": str(limit_file) if limit_file else None,
        "not_in_limit_file": not_in_limit_file,
        "hosts": hosts_by_status(report.rows),
        "restarts": restarts(report.rows),
        "summary": summary_lines(
            report.rows, [str(file.path) for file in files.values()], report.incomplete, report.history
        ),
    }
    if diff:
        result["diff"] = [_difference(file) for file in files.values() if file.changed]
    return result


def _keep(report: FleetReport, request: ReportRequest, files: Mapping[str, ReportFile]) -> None:
    """Keep a copy for later runs; one that cannot be written does not fail the run, whose report is."""
    try:
        keep_report(report, request.path, files, request.keep)
    except OSError as problem:
        Display().warning(unwritable("The copy of this report, with which later runs compare,", problem))


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
