# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet report, the rows that `select` keeps of it, and its JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from .history import History
from .host_row import HostRow
from .host_rows import count_statuses
from .inputs import ReportInputError, compile_selection
from .origin import Origin
from .work_groups import causes, count_work_groups, work_group

if TYPE_CHECKING:
    from .token_summary import TokenSummary


SCHEMA_VERSION = "1.4"
"""Its minor number grows when a field is added, its major number when a field changes its meaning."""


@dataclass(frozen=True)
class FleetReport:
    """The content of a report in any format."""

    hotfix: str
    generated_at: str  # ISO 8601 with offset
    rows: tuple[HostRow, ...]
    select: str | None = None  # the JMESPath expression that selected the rows, if any
    tokens: TokenSummary | None = None
    rehearsal: bool = False  # whether a run made it that changed nothing: in check mode, or refused
    incomplete: str = ""  # why the run ended before its last host; empty if it did not
    history: History | None = None  # what has changed since earlier runs, if they were looked at
    origin: Origin = field(default_factory=Origin)  # who made it

    @property
    def counts(self) -> dict[str, int]:
        """The number of hosts with each status."""
        return count_statuses(self.rows)

    @property
    def failing(self) -> list[str]:
        """The hosts that make the run fail."""
        return [row.host for row in self.rows if row.failing]


def select_rows(report: FleetReport, expression: str) -> FleetReport:
    """Keep the rows that a JMESPath expression selects.

    Args:
        report: The report of the whole fleet.
        expression: Applied to the list of rows in the JSON report; must return some of these rows.

    Raises:
        ReportInputError: JMESPath is missing, or the expression is malformed or returns anything but rows.
    """
    chosen = compile_selection(expression)([_row_json(row, report) for row in report.rows])
    if not isinstance(chosen, list):
        raise ReportInputError(f"select must return a list of rows, but returned a {type(chosen).__name__}")
    by_host = {row.host: row for row in report.rows}
    return replace(report, rows=tuple(_chosen(by_host, item) for item in chosen), select=expression)


def _chosen(by_host: dict[str, HostRow], item: object) -> HostRow:
    row = by_host.get(str(item.get("host"))) if isinstance(item, dict) and "status" in item else None
    if row is None:
        raise ReportInputError(
            "select must return whole rows, as [?status=='vulnerable'] does; it returned parts of rows"
        )
    return row


def render_json(report: FleetReport) -> str:
    """Return the report as indented JSON text (docs/fleet-report.schema.json)."""
    document: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "hotfix": report.hotfix,
        "generated_at": report.generated_at,
        "rehearsal": report.rehearsal,
        "incomplete": report.incomplete or None,
        "made_by": asdict(report.origin),
        "select": report.select,
        "counts": report.counts,
        "work_groups": count_work_groups(report.rows),
        "needs_a_person": [asdict(cause) for cause in causes(report.rows)],
        "changes": report.history.to_json() if report.history else None,
        "failing": report.failing,
        "hosts": [_row_json(row, report) for row in report.rows],
        "token_report": report.tokens.to_json() if report.tokens else None,
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _row_json(row: HostRow, report: FleetReport) -> dict[str, object]:
    """Return a row with its work group and the time of its report, which may be one that was merged."""
    when = row.reported_at or report.generated_at
    return {**row.to_json(), "work_group": work_group(row), "reported_at": when}
