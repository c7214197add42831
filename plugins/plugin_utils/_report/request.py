# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fleet report goes, and what it shows beside its rows: the options that modules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ansible import context
from ansible.utils.display import Display

from .earlier_reports import read_reports
from .files import FORMATS, check_writable, report_time, unwritable
from .fleet_files import incomplete_path, report_folder, row_file_path
from .fleet_report import FleetReport
from .history import read_history
from .host_row import HostRow
from .inputs import ReportInputError
from .kept_runs import kept_folder
from .lost_desktops import with_lost_desktops
from .origin import read_origin
from .row_file import RowFile
from .token_summary import TokenSummary, read_token_report, summarise_tokens

REPORT_ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "refused_path": {"type": "path"},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
    "keep": {"type": "int", "default": 0},
    "earlier_runs": {"type": "path"},
    "pattern": {"type": "str"},
    "before": {"type": "list", "elements": "str", "default": []},
    "token_report": {"type": "raw"},
}

FindPath = Callable[[str, str], Path]
"""Returns the path on the controller that an option names: the option, then what the operator gave."""


@dataclass(frozen=True)
class ReportRequest:
    """A report that somebody wants of a run.

    Attributes:
        path: An existing folder, or a file name (see `files.report_paths`).
        refused_path: Used instead if no host was looked at, as the settings of all were refused.
        formats: Some of `files.FORMATS`.
        keep: The number of dated copies to keep.
        earlier_runs: The folder with the copies that earlier runs kept.
        pattern: The pattern of the hosts that the run is for.
        before: Rows of earlier reports, in which Remote Desktop may have answered.
        tokens: The users whose token is near the limit.
    """

    path: Path
    refused_path: Path | None
    formats: Sequence[str]
    keep: int
    earlier_runs: Path | None
    pattern: str | None
    before: tuple[Mapping[str, object], ...]
    tokens: TokenSummary | None

    @classmethod
    def of(cls, arguments: Mapping[str, Any], hotfix: str, find: FindPath) -> ReportRequest:
        """Return the request of a module's arguments.

        Raises:
            ReportInputError: A file that they name cannot be used.
            InputError: A path is none of the controller.
        """

        def found(option: str) -> Path | None:
            return find(option, arguments[option]) if arguments[option] else None

        return cls(
            path=find("path", arguments["path"]),
            refused_path=found("refused_path"),
            formats=arguments["formats"],
            keep=arguments["keep"],
            earlier_runs=found("earlier_runs"),
            pattern=arguments["pattern"],
            before=_read_before([find("before", path) for path in arguments["before"]], hotfix),
            tokens=_read_tokens(arguments["token_report"], find),
        )

    def check_writable(self, hotfix: str) -> None:
        """Make sure that the report and its copy can be written: nobody wants to do the work before it twice.

        Raises:
            ReportInputError: One cannot be.
        """
        what = "The report"
        try:
            check_writable(self.path)
            what = "The copy of the report, with which later runs compare (keep=0 keeps none),"
            if self.keep > 0:
                check_writable(kept_folder(report_folder(self.path), hotfix) / "copy")
        except OSError as problem:
            raise ReportInputError(unwritable(what, problem)) from None

    def of_refused_run(self) -> ReportRequest:
        """Return the request of a run that looked at no host: the report of the last one stays."""
        return replace(self, path=self.refused_path or self.path)

    def of_stopped_run(self) -> ReportRequest:
        """Return the request of a run that was stopped: the last complete report stays."""
        return replace(self, path=incomplete_path(self.path), keep=0)

    def row_file(self, hotfix: str, hosts: Sequence[str]) -> RowFile:
        """Return the file that has the rows until the report has them.

        Raises:
            ReportInputError: It cannot be written.
        """
        return RowFile(row_file_path(self.path), hotfix, hosts)

    def report(
        self,
        rows: Sequence[HostRow],
        hotfix: str,
        known: Mapping[str, object],
        *,
        rehearsal: bool = False,
        incomplete: str = "",
    ) -> FleetReport:
        """Return the report on the rows, as of now.

        Args:
            rows: One for each host, in their order.
            hotfix: The hotfix that they are about.
            known: The variables of the task.
            rehearsal: Whether the run changed nothing.
            incomplete: Why the run ended before its last host.
        """
        now, rows = report_time(), with_lost_desktops(rows, self.before)
        return FleetReport(
            hotfix=hotfix,
            generated_at=now,
            rows=tuple(rows),
            history=read_history(self.earlier_runs, hotfix, rows, now) if self.earlier_runs else None,
            origin=read_origin(known, context.CLIARGS, self.pattern),
            tokens=self.tokens,
            rehearsal=rehearsal,
            incomplete=incomplete,
        )


def _read_before(paths: Sequence[Path], hotfix: str) -> tuple[Mapping[str, object], ...]:
    """Read the reports to compare with; one that cannot be read does not fail that of this run."""
    try:
        return read_reports(paths, hotfix, ("other_files", "other_hotfixes")).rows
    except ReportInputError as problem:
        Display().warning(f"The report does not say which hosts lost their Remote Desktop: {problem}")
        return ()


def _read_tokens(given: object, find: FindPath) -> TokenSummary | None:
    if not given:
        return None
    if isinstance(given, str):
        return read_token_report(find("token_report", given))
    return summarise_tokens(given)
