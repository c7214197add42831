# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the panels of a fleet report that break the fleet down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ._host_table import (
    ARCHITECTURE,
    DOMAIN,
    GROUP,
    NOT_KNOWN,
    STATUS,
    WINDOWS,
    architecture,
    exposed,
    windows,
)
from ._work_panels import work_segments
from .host_row import HostRow, natural_key
from .host_rows import count_statuses
from .page_sections import Mark, Segment, bar_chart, panel, small_table, stacked_bar, tallies
from .statuses import ROLES, SETTLED_GROUPS, STATUSES
from .token_summary import TokenSummary

SHOWN_USERS = 10
"""The most users named on the page."""
MOST_BARS = 15
"""The most groups or domains shown: those with the most hosts that are not settled."""

BASIS = "Token is the size by the formula; Of limit uses the larger of that and the size on the wire."


def breakdown_panels(
    rows: Sequence[HostRow], groups: Mapping[str, str], tokens: TokenSummary | None
) -> list[str]:
    """Return the panels; a breakdown of which nothing is known is left out.

    Args:
        rows: The hosts.
        groups: The work group of each host.
        tokens: The users near the limit.
    """
    in_groups = [(name, row) for row in rows for name in row.groups]
    in_domains = [(row.domain, row) for row in rows if row.domain]
    return [
        panel("Hosts by status", _statuses(rows), wide=True),
        *([panel("By inventory group", _largest(in_groups, groups, GROUP))] if in_groups else []),
        panel("By Windows version", _chart(_by(rows, windows), groups, WINDOWS)),
        panel("By architecture", _chart(_by(rows, architecture), groups, ARCHITECTURE)),
        *(
            [panel("By domain", _largest(in_domains, groups, DOMAIN))]
            if len({name for name, _row in in_domains}) > 1
            else []
        ),
        *([panel("Exposure", _exposure(rows, groups))] if any(row.exposure for row in rows) else []),
        *([panel("Users near the limit", _users(tokens))] if tokens else []),
    ]


def _statuses(rows: Sequence[HostRow]) -> str:
    found = [(STATUSES[name], count) for name, count in count_statuses(rows).items() if count]
    legend = [
        (Segment(status.label, count, status.tone), Mark(status.glyph, status.tone), status.meaning)
        for status, count in found
    ]
    segments = [segment for segment, _mark, _meaning in legend]
    return stacked_bar(segments, label="Hosts by status") + tallies(legend, column=STATUS)


def _by(rows: Iterable[HostRow], name_of: Callable[[HostRow], str]) -> list[tuple[str, HostRow]]:
    return [(name_of(row), row) for row in rows]


def _largest(named: Sequence[tuple[str, HostRow]], groups: Mapping[str, str], column: str) -> str:
    """Return the bars of the names that have most left to do, with a note if there are more."""
    unsettled: dict[str, int] = {}
    for name, row in named:
        unsettled[name] = unsettled.get(name, 0) + (groups[row.host] not in SETTLED_GROUPS)
    chosen = set(sorted(unsettled, key=lambda name: -unsettled[name])[:MOST_BARS])
    chart = _chart([(name, row) for name, row in named if name in chosen], groups, column)
    rest = len(unsettled) - len(chosen)
    return chart + (
        f"<p>{rest} more have fewer hosts left to do; the list above the table has all.</p>" if rest else ""
    )


def _chart(named: Iterable[tuple[str, HostRow]], groups: Mapping[str, str], column: str) -> str:
    bars: dict[str, list[str]] = {}
    for name, row in named:
        bars.setdefault(name, []).append(groups[row.host])
    names = sorted(bars, key=lambda name: (name == NOT_KNOWN, natural_key(name)))
    return bar_chart(
        [(name, work_segments(bars[name])) for name in names],
        caption=f"Hosts by {column[0].lower()}{column[1:]}",
        column=column,
    )


def _exposure(rows: Sequence[HostRow], groups: Mapping[str, str]) -> str:
    known = [row for row in rows if row.exposure]
    bars = [(label, [row for row in known if role in _roles(row)]) for role, label in ROLES.items()]
    bars.append(("NLA required", [row for row in known if exposed(row, "nla_required") is True]))
    at_risk = [row for row in known if exposed(row, "at_risk") is True]
    bars.append(("Exposed in total", at_risk))
    unsettled = sum(row.status != "compliant" if row.removal else not row.settled for row in at_risk)
    verb = "is" if unsettled == 1 else "are"
    note = f"{unsettled} of {len(at_risk)} exposed hosts {verb} not proven fixed."
    unexamined = len(rows) - len(known)
    if unexamined:
        note += f" Exposure is unknown for {unexamined} host{'' if unexamined == 1 else 's'}."
    chart = bar_chart(
        [(label, work_segments(groups[row.host] for row in each)) for label, each in bars],
        caption="Hosts by exposure",
    )
    return f"{chart}<p>{note}</p>"


def _roles(row: HostRow) -> list[object]:
    roles = exposed(row, "roles")
    return roles if isinstance(roles, list) else []


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
