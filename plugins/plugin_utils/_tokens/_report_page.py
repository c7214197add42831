# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a token report: first the picture, then the users and their groups."""

from __future__ import annotations

from collections.abc import Sequence

from .._report.page import Block, Cell, Column, Table, render_page
from .._report.page_sections import (
    Mark,
    Segment,
    bar_chart,
    escape,
    panel,
    small_table,
    stacked_bar,
    tallies,
)
from .._report.statuses import ROLES, TOKEN_STATUSES
from ._histogram import histogram
from ._sizer import GroupCost, TokenSize
from ._token_rules import MAX_SIDS, MAX_TOKEN_SIZES, SIDS_EXCEEDED, TokenRules
from .totals import FleetSide, Totals

_SHOWN_HOSTS = 20


def render_page_of(
    totals: Totals,
    rules: TokenRules,
    sources: Sequence[str],
    notes: Sequence[str],
    fleet: FleetSide | None,
    *,
    generated_at: str,
) -> str:
    """Return the whole page; `notes` are the warnings about sizes that are lower bounds."""
    controllers = "2008 R2 or older" if rules.kdc == "2008r2" else "2012 or newer"
    about = [
        f"Report of {generated_at}",
        f"From {', '.join(sources)}",
        f"Limit {rules.limit:,} bytes, near from {rules.warn_percent:g} %",
        f"Domain controllers {controllers}",
    ]
    if not rules.compression:
        about.append("without resource SID compression")
    if rules.delegation:
        about.append("sized for unconstrained delegation")
    return render_page(
        title="Security tokens against the limit",
        lede=_lede(totals, rules),
        about=about,
        sections=[
            panel("Token sizes of all users", histogram(totals, rules) + _tallies(totals, rules), wide=True),
            *(
                [panel("Users near the limit and hosts without the fix", _fleet(totals, fleet))]
                if fleet
                else []
            ),
            panel("Groups that cost most", _groups(totals)),
            panel("Limits exceeded", _limits(totals, rules)),
            *([panel("Gaps in the sources", _notes(notes))] if notes else []),
        ],
        table=_table(totals),
        meta={"generated_at": generated_at, "limit": rules.limit},
    )


def _lede(totals: Totals, rules: TokenRules) -> str:
    over, near = totals.statuses["over"], totals.statuses["near"]
    if not totals.flagged:
        return f"None of {totals.users:,} users comes near {rules.limit:,} bytes."
    return f"{over:,} of {totals.users:,} users are over {rules.limit:,} bytes, {near:,} are near."


def _tallies(totals: Totals, rules: TokenRules) -> str:
    meanings = {
        "over": f"More than {rules.limit:,} bytes.",
        "near": f"From {rules.warn_percent:g} % of {rules.limit:,} bytes.",
    }
    return tallies(
        [
            (
                Segment(status.label, totals.statuses[name], status.tone),
                Mark(status.glyph, status.tone),
                meanings.get(name, status.meaning),
            )
            for name, status in TOKEN_STATUSES.items()
        ]
    )


def _fleet(totals: Totals, fleet: FleetSide) -> str:
    hosts, over = len(fleet.unfixed), totals.statuses["over"]
    segments = [
        Segment("without the fix", hosts, "bad"),
        Segment("unknown", len(fleet.unknown), "doubt"),
        Segment("proven fixed or not applicable", fleet.all_hosts - hosts - len(fleet.unknown), "good"),
    ]
    picture = stacked_bar(segments, label=f"Hosts of the report on {fleet.hotfix}")
    text = (
        f"<p>{over:,} users over the limit × {hosts:,} hosts without {escape(fleet.hotfix)} = "
        f"{over * hosts:,} sign-ins that fail with 0x80090329, "
        f"or {totals.flagged * hosts:,} with the users near it. The state of {len(fleet.unknown):,} hosts is "
        f"unknown (fleet report of {escape(fleet.generated_at)}).</p>"
    )
    roles = [
        (label, [Segment(label, fleet.by_role[role], "bad")])
        for role, label in ROLES.items()
        if fleet.by_role.get(role)
    ]
    shown = ", ".join(fleet.unfixed[:_SHOWN_HOSTS]) + (", …" if hosts > _SHOWN_HOSTS else "")
    names = f"<p>{escape(shown)}</p>" if hosts else ""
    return (
        picture + text + (bar_chart(roles, caption="Hosts without the fix by role") if roles else "") + names
    )


def _groups(totals: Totals) -> str:
    dearest = totals.dearest_groups
    if not dearest:
        return "<p>No user is flagged.</p>"
    chart = bar_chart(
        [(_common_name(dn), [Segment("bytes saved in total", total.bytes, "busy")]) for dn, total in dearest],
        caption="Bytes that removing flagged users from the group would save",
    )
    note = (
        "<p>Bytes saved in total, by the formula, if every flagged user left the group. A group counts for a "
        "user if it is one of the ten direct memberships that cost that user most.</p>"
    )
    return chart + note


def _limits(totals: Totals, rules: TokenRules) -> str:
    meanings = {
        "12000": "default MaxTokenSize up to Windows 7 and 2008 R2",
        "48000": "default MaxTokenSize from Windows 8 and 2012",
        "65535": "the largest MaxTokenSize",
        SIDS_EXCEEDED: f"more than {MAX_SIDS:,} SIDs: the user cannot sign in at all",
        str(rules.limit): "the limit of this report",
    }
    meanings[str(16_384)] = "16 KB: CredSSP without KB978918"
    names = [*(str(limit) for limit in sorted({*MAX_TOKEN_SIZES, rules.limit})), SIDS_EXCEEDED]
    return small_table(
        ("Limit", "Users over it", "Meaning"),
        (
            (
                f"{MAX_SIDS:,} SIDs" if name == SIDS_EXCEEDED else f"{int(name):,} bytes",
                f"{totals.limits[name]:,}",
                meanings[name],
            )
            for name in names
        ),
    )


def _notes(notes: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"


def _table(totals: Totals) -> Table:
    listed = totals.listed
    marks = {status.label: Mark(status.glyph, status.tone) for status in TOKEN_STATUSES.values()}
    return Table(
        noun=("flagged user", "flagged users"),
        columns=(
            Column("User"),
            Column("Status", "facet", list(marks), marks),
            Column("Formula", "number"),
            Column("On the wire", "number"),
            Column("% of limit", "number"),
            Column("SIDs", "number"),
            Column("Remove first", wide=True),
        ),
        rows=[_row(size, costs) for size, costs in listed],
        details=[_detail(size, costs) for size, costs in listed],
    )


def _row(size: TokenSize, costs: Sequence[GroupCost]) -> list[Cell]:
    first = f"{_common_name(costs[0].dn)} ({costs[0].bytes:,} bytes)" if costs else None
    return [
        size.user.account,
        TOKEN_STATUSES[size.status].label,
        size.token_bytes,
        size.wire_bytes,
        size.percent,
        size.counts.total,
        first,
    ]


def _detail(size: TokenSize, costs: Sequence[GroupCost]) -> list[Block]:
    counts = size.counts
    kinds = (
        ("Global", counts.global_),
        ("Universal", counts.universal),
        ("Universal of other domains", counts.universal_foreign),
        ("Domain-local", counts.domain_local),
        ("sIDHistory", counts.sid_history),
    )
    result = size.to_result()
    return [
        Block("User", [["DN", str(result["dn"])], ["SID", str(result["sid"])]]),
        Block("SIDs", [[name, number] for name, number in kinds if number]),
        Block(
            "Direct memberships that cost most",
            [[cost.dn, cost.bytes] for cost in costs],
            ("Group", "Bytes saved by leaving it"),
        ),
    ]


def _common_name(dn: str) -> str:
    """Return the first part of a DN, which is easier to read."""
    name = dn.partition("=")[2]
    end = next((at for at, char in enumerate(name) if char == "," and name[at - 1 : at] != "\\"), len(name))
    return name[:end].replace("\\", "")
