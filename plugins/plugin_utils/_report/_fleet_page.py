# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a fleet report as an HTML page: what to do next, then the breakdowns, then the hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ._breakdowns import breakdown_panels
from ._history_panel import history_panel
from ._host_table import host_table, predicted
from ._work_panels import work_panels
from .fleet_report import FleetReport
from .host_row import HostRow
from .host_rows import by_hand
from .page import render_page
from .statuses import NO_VERDICT
from .work_groups import causes, work_group


def render_html(report: FleetReport, links: Mapping[str, str] | None = None) -> str:
    """Return the report as one self-contained HTML file.

    Args:
        report: The report.
        links: The names of the files beside it, by what they are.
    """
    rows, needs = report.rows, causes(report.rows)
    groups = {row.host: work_group(row) for row in rows}
    about = [
        report.hotfix,
        f"Report of {report.generated_at} (controller's clock)",
        *report.origin.facts,
    ]
    if report.select:
        about.append(f"Selected by {report.select}")
    return render_page(
        title=f"{report.hotfix} across the fleet",
        lede=_lede(rows, report.incomplete),
        about=about,
        links=links or {},
        sections=[
            *work_panels(rows, groups.values(), needs, datetime.fromisoformat(report.generated_at)),
            *(
                history_panel(report.history, report.generated_at, [*groups.values()])
                if report.history
                else []
            ),
            *breakdown_panels(rows, groups, report.tokens),
        ],
        table=host_table(rows, groups, needs, report.history.changes if report.history else None),
        meta={"generated_at": report.generated_at, "hotfix": report.hotfix},
    )


def _lede(rows: Sequence[HostRow], incomplete: str) -> str:
    if not rows:
        return "No hosts in this report."
    said = _settled(rows)
    if incomplete:
        missing = sum(row.status == "not_attempted" for row in rows)
        said = f"This report is incomplete: {incomplete}. It lacks {missing} of its hosts. {said}"
    acted = [row for row in rows if row.actions]
    rehearsed = acted and all(map(predicted, acted))
    return f"{said} This was a rehearsal: nothing was changed." if rehearsed else said


def _settled(rows: Sequence[HostRow]) -> str:
    unsettled = sum(not row.settled for row in rows)
    known = [row for row in rows if row.status not in NO_VERDICT]
    removal = bool(known) and all(row.removal for row in known)
    if not unsettled:
        return (
            "No host has the hotfix, which is not wanted there."
            if removal
            else "Every host is proven fixed or does not need the hotfix."
        )
    done = sum(work_group(row) == ("removed" if removal else "fixed") for row in rows)
    state = "rid of the hotfix" if removal else "proven fixed"
    lede = f"{done} of {len(rows)} hosts are {state}, {unsettled} not settled yet."
    failing = sum(row.failing for row in rows)
    if failing:
        lede += f" {failing} failed, did not answer or were not reached."
    other = by_hand(rows)
    return f"{lede} {other}." if other else lede
