# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a token report: first the picture, then the users and their groups."""

from __future__ import annotations

import math
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
from ._sizer import GroupCost, TokenSize
from ._token_rules import MAX_SIDS, MAX_TOKEN_SIZES, SIDS_EXCEEDED, TokenRules
from .totals import BIN_BYTES, FleetSide, Totals

_WIDTH, _HEIGHT, _TOP, _BOTTOM, _LEFT = 1000, 190, 34, 26, 8
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


def histogram(totals: Totals, rules: TokenRules) -> str:
    """Return users by token size as SVG, with the limits as lines and logarithmic heights."""
    last = max([*totals.bins, rules.limit // BIN_BYTES + 1])
    limits = [limit for limit in sorted({*MAX_TOKEN_SIZES, rules.limit}) if limit < (last + 1) * BIN_BYTES]
    step = (_WIDTH - 2 * _LEFT) / (last + 1)
    floor, room = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    most = math.log1p(max(totals.bins.values(), default=1))
    parts = []
    for number, users in sorted(totals.bins.items()):
        start = number * BIN_BYTES
        height = max(2.0, room * math.log1p(users) / most)
        tone = TOKEN_STATUSES[rules.status(start + BIN_BYTES - 1)].tone
        parts.append(
            f'<rect class="tone-{tone}" x="{_LEFT + number * step:.1f}" y="{floor - height:.1f}" '
            f'width="{max(1.0, step - 1):.1f}" height="{height:.1f}">'
            f"<title>{start:,} to {start + BIN_BYTES - 1:,} bytes: {users:,} users</title></rect>"
        )
    parts.append(
        f'<line x1="0" x2="{_WIDTH}" y1="{floor}" y2="{floor}" stroke="currentColor" stroke-opacity=".5"/>'
    )
    parts += [
        _limit_line(
            _LEFT + limit / BIN_BYTES * step, 6 + 13 * (place % 2), f"{limit:,}", limit == rules.limit
        )
        for place, limit in enumerate(limits)
    ]
    every = max(1, round((last + 1) / 8))
    for number in range(0, last + 1, every):
        parts.append(
            f'<text x="{_LEFT + number * step:.1f}" y="{_HEIGHT - 8}" font-size="11" fill="currentColor" '
            f'fill-opacity=".7">{number} KB</text>'
        )
    over, near = totals.statuses["over"], totals.statuses["near"]
    label = f"Users by token size; {over} over {rules.limit} bytes, {near} near"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg><p>Each bar covers {BIN_BYTES:,} bytes of the larger of both sizes. "
        "Heights are logarithmic to keep single users visible.</p>"
    )


def _limit_line(x: float, top: int, text: str, ours: bool) -> str:
    """Return one limit as a line with its bytes; the report's own limit is heavy."""
    stroke = 'stroke-width="2"' if ours else 'stroke-width="1" stroke-dasharray="4 3"'
    weight = ' font-weight="700"' if ours else ""
    place = f'x="{x - 5:.1f}" text-anchor="end"' if x > _WIDTH * 0.85 else f'x="{x + 5:.1f}"'
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{_HEIGHT - _BOTTOM}" '
        f'stroke="currentColor" {stroke}/>'
        f'<text {place} y="{top + 9}" font-size="12" fill="currentColor"{weight}>{text}</text>'
    )


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
        Block("User", [["DN", result["dn"]], ["SID", result["sid"]]]),
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
