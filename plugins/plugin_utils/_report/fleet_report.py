# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet report as one value, before it is written in any format."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .host_rows import HostRow, count_statuses
from .selection import SelectionError, compile_selection

if TYPE_CHECKING:
    from .token_summary import TokenSummary


SCHEMA_VERSION = "1.0"
"""Grows by a minor number when something is added, by a major one when something changes its meaning."""


@dataclass(frozen=True)
class FleetReport:
    """Everything a report says.

    Attributes:
        hotfix: The hotfix the report is about.
        generated_at: ISO 8601 with offset.
        rows: One row a host.
        select: The JMESPath expression that chose the rows, if one did.
        tokens: The users near the limit, where a token report was given.
    """

    hotfix: str
    generated_at: str
    rows: tuple[HostRow, ...]
    select: str | None = None
    tokens: TokenSummary | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many hosts have each status."""
        return count_statuses(self.rows)

    @property
    def failing(self) -> list[str]:
        """The hosts that make the run red."""
        return [row.host for row in self.rows if row.failing]


def select_rows(report: FleetReport, expression: str) -> FleetReport:
    """Keeps the rows that a JMESPath expression chooses.

    Args:
        report: The report of the whole fleet.
        expression: Evaluated on the list of rows as the JSON report has them; has to give some of these rows.

    Raises:
        SelectionError: JMESPath is not installed, the expression is wrong, or it gives something other than
            rows.
    """
    chosen = compile_selection(expression)([row.to_json() for row in report.rows])
    if not isinstance(chosen, list):
        raise SelectionError(f"select must return a list of rows, but returned a {type(chosen).__name__}")
    by_host = {row.host: row for row in report.rows}
    return replace(report, rows=tuple(_chosen(by_host, item) for item in chosen), select=expression)


def _chosen(by_host: dict[str, HostRow], item: object) -> HostRow:
    row = by_host.get(str(item.get("host"))) if isinstance(item, dict) and "status" in item else None
    if row is None:
        raise SelectionError(
            "select must return whole rows, as [?status=='vulnerable'] does; it returned parts of rows"
        )
    return row


def render_json(report: FleetReport) -> str:
    """The report as JSON text: indented, one final newline, Unicode as it is."""
    document: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "hotfix": report.hotfix,
        "generated_at": report.generated_at,
        "select": report.select,
        "counts": report.counts,
        "failing": report.failing,
        "hosts": [row.to_json() for row in report.rows],
        "token_report": report.tokens.to_json() if report.tokens else None,
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
