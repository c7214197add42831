# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a fleet report as an HTML page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ._host_detail import host_detail
from .fleet_report import FleetReport
from .host_row import HostRow, natural_key
from .host_rows import by_hand, count_statuses
from .page import Cell, Column, Table, render_page, without_empty_columns
from .page_sections import Mark, Segment, bar_chart, panel, small_table, stacked_bar, tallies
from .statuses import ROLES, STATUSES, URGENCY
from .token_summary import TokenSummary

SHOWN_USERS = 10
"""The most users named on the page."""

NOT_KNOWN = "not known"


def render_html(report: FleetReport) -> str:
    """Return the report as one self-contained HTML file."""
    rows = report.rows
    about = [f"{report.hotfix}", f"Report of {report.generated_at}"]
    if report.select:
        about.append(f"Selected by {report.select}")
    return render_page(
        title=f"{report.hotfix} across the fleet",
        lede=_lede(rows),
        about=about,
        sections=[
            panel("Hosts by status", _status_picture(rows), wide=True),
            panel("By Windows version", _breakdown(rows, windows, "Hosts by Windows version")),
            panel("By architecture", _breakdown(rows, architecture, "Hosts by architecture")),
            panel("Exposure", _exposure(rows)),
            *([panel("Users near the limit", _users(report.tokens))] if report.tokens else []),
        ],
        table=_table(rows),
        meta={"generated_at": report.generated_at, "hotfix": report.hotfix},
    )


def windows(row: HostRow) -> str:
    """Return product and service pack in short, as in "Windows 7 SP1" or "Server 2008 R2"."""
    known = row.os or {}
    product = str(known.get("product") or known.get("name") or NOT_KNOWN).replace("Windows Server", "Server")
    pack = known.get("service_pack")
    return f"{product} SP{pack}" if pack else product


def architecture(row: HostRow) -> str:
    """Return `x86`, `x64` or `ia64`."""
    return str((row.os or {}).get("architecture") or row.package_architecture or NOT_KNOWN)


def _lede(rows: Sequence[HostRow]) -> str:
    if not rows:
        return "No hosts in this report."
    said = _settled(rows)
    acted = [row for row in rows if row.actions]
    rehearsed = acted and all(map(_predicted, acted))
    return f"{said} This was a rehearsal: nothing was changed." if rehearsed else said


def _settled(rows: Sequence[HostRow]) -> str:
    unsettled = sum(not row.settled for row in rows)
    if not unsettled:
        return "Every host is proven fixed or does not need the hotfix."
    proven = sum(row.status == "compliant" for row in rows)
    lede = f"{proven} of {len(rows)} hosts are proven fixed, {unsettled} not settled yet."
    failing = sum(row.failing for row in rows)
    if failing:
        lede += f" {failing} failed, did not answer or were not reached."
    other = by_hand(rows)
    return f"{lede} {other}." if other else lede


def _segments(rows: Iterable[HostRow]) -> list[Segment]:
    return [
        Segment(STATUSES[name].label, count, STATUSES[name].tone)
        for name, count in count_statuses(rows).items()
        if count
    ]


def _status_picture(rows: Sequence[HostRow]) -> str:
    segments = _segments(rows)
    of = {status.label: status for status in STATUSES.values()}
    legend = [
        (segment, Mark(of[segment.label].glyph, segment.tone), of[segment.label].meaning)
        for segment in segments
    ]
    return stacked_bar(segments, label="Hosts by status") + tallies(legend, column="Status")


def _breakdown(rows: Iterable[HostRow], group: Callable[[HostRow], str], caption: str) -> str:
    groups: dict[str, list[HostRow]] = {}
    for row in rows:
        groups.setdefault(group(row), []).append(row)
    names = sorted(groups, key=lambda name: (name == NOT_KNOWN, natural_key(name)))
    return bar_chart([(name, _segments(groups[name])) for name in names], caption=caption)


def _exposure(rows: Sequence[HostRow]) -> str:
    known = [row for row in rows if row.exposure]
    if not known:
        return "<p>Exposure was not assessed.</p>"
    bars = [(label, _segments(row for row in known if role in _roles(row))) for role, label in ROLES.items()]
    bars.append(("NLA required", _segments(row for row in known if _exposed(row, "nla_required") is True)))
    at_risk = [row for row in known if _exposed(row, "at_risk") is True]
    bars.append(("Exposed in total", _segments(at_risk)))
    unsettled = sum(not row.settled for row in at_risk)
    verb = "is" if unsettled == 1 else "are"
    note = f"{unsettled} of {len(at_risk)} exposed hosts {verb} not proven fixed."
    unexamined = len(rows) - len(known)
    if unexamined:
        note += f" Exposure is unknown for {unexamined} host{'' if unexamined == 1 else 's'}."
    return bar_chart(bars, caption="Hosts by exposure") + f"<p>{note}</p>"


def _exposed(row: HostRow, name: str) -> object:
    return (row.exposure or {}).get(name)


def _roles(row: HostRow) -> list[object]:
    roles = _exposed(row, "roles")
    return roles if isinstance(roles, list) else []


BASIS = "Token is the size by the formula; Of limit uses the larger of that and the size on the wire."


def _users(tokens: TokenSummary) -> str:
    limit = f" of {tokens.limit:,} bytes" if tokens.limit else ""
    if not tokens.users:
        return f"<p>No user is near the limit{limit}.</p>"
    shown = tokens.users[:SHOWN_USERS]
    table = small_table(
        ("User", "Token", "Of limit"),
        (
            (
                user.user,
                "–" if user.token_bytes is None else f"{user.token_bytes:,} bytes",
                "–" if user.percent is None else f"{user.percent:.0f} %",
            )
            for user in shown
        ),
    )
    rest = tokens.near + tokens.over - len(shown)
    more = f" The {len(shown)} largest are listed." if rest else ""
    return table + f"<p>{tokens.over} over the limit{limit}, {tokens.near} near it.{more} {BASIS}</p>"


def _table(rows: Sequence[HostRow]) -> Table:
    detail = partial(host_detail, cache={})
    marks = {status.label: Mark(status.glyph, status.tone) for status in STATUSES.values()}
    table = Table(
        noun=("host", "hosts"),
        columns=(
            Column("Host"),
            Column("Status", "facet", [STATUSES[name].label for name in URGENCY], marks),
            Column("Windows", "facet"),
            Column("Architecture", "facet", ("x86", "x64", "ia64")),
            Column("Exposed", "facet", ("yes", "no")),
            Column("This run", "facet", ("Failed", *(label for labels in DONE.values() for label in labels))),
            Column("Restart", "time"),
            Column("Files"),
            Column("Reason", wide=True),
        ),
        rows=[_cells(row) for row in rows],
        details=[detail(row) for row in rows],
        sorted_by="Status",
    )
    return without_empty_columns(table)


DONE = {
    "removed": ("Removed", "Would remove"),
    "installed": ("Installed", "Would install"),
    "downloaded": ("Downloaded", "Would download"),
    "restarted": ("Restarted", "Would restart"),
}
"""Labels of an action that was done and that check mode predicts; the first true action sums up a host."""


def _cells(row: HostRow) -> list[Cell]:
    at_risk = _exposed(row, "at_risk")
    reason = row.error or next(iter(row.reasons), None)
    return [
        row.host,
        STATUSES[row.status].label,
        windows(row),
        architecture(row),
        ("yes" if at_risk else "no") if isinstance(at_risk, bool) else None,
        _this_run(row),
        _restart(row),
        _proven(row),
        reason,
    ]


def _this_run(row: HostRow) -> str | None:
    if row.failing:
        return "Failed" if row.error else None
    taken = next((labels for name, labels in DONE.items() if (row.actions or {}).get(name) is True), None)
    return taken[_predicted(row)] if taken else None


def _predicted(row: HostRow) -> bool:
    return (row.actions or {}).get("predicted") is True


def _restart(row: HostRow) -> str | None:
    """Return the time as sortable text, such as "2026-03-08 02:30 +01:00", marked if it was missed."""
    restart = row.restart or {}
    planned = (row.actions or {}).get("restart_scheduled_for") or restart.get("scheduled_for")
    missed = None if planned or row.status != "restart_pending" else restart.get("missed_at")
    if not planned and not missed:
        return None
    parts = re.fullmatch(r"(\d+-\d+-\d+)[T ](\d+:\d+)(?::\d+(?:\.\d+)?)?(.*)", str(planned or missed))
    moment = " ".join(filter(None, parts.groups())) if parts else str(planned or missed)
    return f"{moment} (missed)" if missed else moment


def _proven(row: HostRow) -> str | None:
    return f"{row.proven} of {len(row.deciding)}" if row.deciding else None
