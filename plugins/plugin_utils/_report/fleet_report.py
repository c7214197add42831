# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet report, the rows that `select` keeps of it, and its JSON, written and read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .host_rows import HostRow, count_statuses
from .inputs import ReportInputError, compile_selection, read_json

if TYPE_CHECKING:
    from .token_summary import TokenSummary


SCHEMA_VERSION = "1.0"
"""Its minor number grows when a field is added, its major number when a field changes its meaning."""


@dataclass(frozen=True)
class FleetReport:
    """The content of a report in any format."""

    hotfix: str
    generated_at: str  # ISO 8601 with offset
    rows: tuple[HostRow, ...]
    select: str | None = None  # the JMESPath expression that selected the rows, if any
    tokens: TokenSummary | None = None

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
    chosen = compile_selection(expression)([row.to_json() for row in report.rows])
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
        "select": report.select,
        "counts": report.counts,
        "failing": report.failing,
        "hosts": [row.to_json() for row in report.rows],
        "token_report": report.tokens.to_json() if report.tokens else None,
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_results(paths: Iterable[Path], hotfix: str) -> list[object]:
    """Return the rows of earlier reports, oldest report first; the latest row of a host comes last.

    Raises:
        ReportInputError: A file cannot be read, is not a fleet report, has another major version of
            the schema, or is about another hotfix.
    """
    reports = [_read(path, hotfix) for path in paths]
    return [row for _time, rows in sorted(reports, key=lambda report: report[0]) for row in rows]


def _read(path: Path, hotfix: str) -> tuple[datetime, list[object]]:
    found = read_json(path, "report")
    document = found if isinstance(found, dict) else {}
    version, hosts = document.get("schema_version"), document.get("hosts")
    if not isinstance(version, str) or not isinstance(hosts, list):
        raise ReportInputError(f"{path} is not a fleet report: it lacks schema_version or hosts.")
    if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise ReportInputError(
            f"The report {path} has the schema {version}, but this module reads {SCHEMA_VERSION}."
            " Write it again with this version of the collection."
        )
    if document.get("hotfix") != hotfix:
        raise ReportInputError(f"The report {path} is about {document.get('hotfix')}, not {hotfix}.")
    try:
        generated_at = datetime.fromisoformat(document["generated_at"])
    except (KeyError, TypeError, ValueError) as problem:
        raise ReportInputError(f"The report {path} does not say when it was written.") from problem
    if generated_at.tzinfo is None:
        raise ReportInputError(f"The report {path} gives its time without an offset.")
    return generated_at, hosts
