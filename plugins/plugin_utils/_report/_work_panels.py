# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the panels that a page begins with: what to do next, who restarts when, and who needs a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ._host_table import CAUSE, NEXT, cause_label
from .host_row import HostRow
from .page_sections import (
    Mark,
    Segment,
    bar_chart,
    beside,
    escape,
    filter_button,
    panel,
    stacked_bar,
    tallies,
)
from .restart_times import RestartTime, restart_times
from .statuses import CAUSES, WORK_GROUPS, Status
from .work_groups import Cause, count_groups

MOST_SLOTS = 12
"""The most lines of the timeline."""
MOST_CAUSES = 25
MOST_NAMES = 8
"""The most hosts that a cause names; a click shows all of them in the table."""

SLOTS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60)
)
"""The lengths of a line of the timeline; the shortest with which it has not too many lines counts."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""In English, as the whole page: strftime speaks the language that Ansible has set."""

STATES = {
    state.name: state
    for state in (
        Status("done", "Done", "✓", "good", "The restart completed the installation."),
        Status("planned", "Planned", "↻", "busy", "The host restarts then by itself."),
        Status("would", "Foreseen", "◌", "aside", "A run would plan it; this rehearsal did not."),
        Status("missed", "Missed", "!", "bad", "The host was off, or somebody refused or cancelled it."),
    )
}
"""States of restarts, in the order of a page."""


def work_panels(
    rows: Sequence[HostRow], groups: Iterable[str], needs: Sequence[Cause], now: datetime
) -> list[str]:
    """Return the panels; those that would be empty are left out.

    Args:
        rows: The hosts.
        groups: The work group of each host.
        needs: Why hosts need a person.
        now: The time of the report.
    """
    restarts = restart_times(rows)
    work = [
        *([panel("Who restarts when, in host time", _timeline(restarts, now))] if restarts else []),
        *([panel("Needs a person", _needs(needs))] if needs else []),
    ]
    return [panel("What to do next", _next(groups), wide=True), *([beside(*work)] if work else [])]


def work_segments(groups: Iterable[str]) -> list[Segment]:
    """Return the work groups of hosts as the parts of a bar."""
    return [
        Segment(WORK_GROUPS[name].label, count, WORK_GROUPS[name].tone)
        for name, count in count_groups(groups).items()
        if count
    ]


def _next(groups: Iterable[str]) -> str:
    segments = work_segments(groups)
    picture = stacked_bar(segments, label="Hosts by what to do next")
    return picture + _legend(segments, WORK_GROUPS, column=NEXT, shares=True)


def _legend(segments: Sequence[Segment], of: Mapping[str, Status], **options: Any) -> str:
    by_label = {status.label: status for status in of.values()}
    chosen = [(segment, by_label[segment.label]) for segment in segments]
    return tallies(
        [(segment, Mark(status.glyph, status.tone), status.meaning) for segment, status in chosen], **options
    )


def _timeline(restarts: Sequence[RestartTime], now: datetime) -> str:
    slots = _slots(restarts)
    shown = slots[:MOST_SLOTS]
    bars = [(label, _states(found)) for label, found in shown]
    names = [_names([restart.host for restart in found]) for _label, found in shown]
    chart = bar_chart(bars, caption="Restarts by time, in host time", notes=names)
    later = sum(len(found) for _label, found in slots[MOST_SLOTS:])
    rest = f"<p>{later} later ones are in the table.</p>" if later else ""
    due = sum(restart.due(now) for restart in restarts)
    if due:
        rest += f"<p>The time of {due} planned ones had come when this report was made: run verify.</p>"
    return chart + rest + _legend(_states(restarts), STATES)


def _names(hosts: Sequence[str]) -> str:
    more = len(hosts) - MOST_NAMES
    return ", ".join(hosts[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _states(restarts: Sequence[RestartTime]) -> list[Segment]:
    counts = Counter(restart.state for restart in restarts)
    return [Segment(state.label, counts[name], state.tone) for name, state in STATES.items() if counts[name]]


def _slots(restarts: Sequence[RestartTime]) -> list[tuple[str, list[RestartTime]]]:
    """Return restarts by the time in which they are, in the order of the clock."""
    for length in SLOTS:
        slots: dict[tuple[datetime | str, bool], list[RestartTime]] = {}
        for restart in restarts:
            slots.setdefault((_start(restart, length), restart.utc), []).append(restart)
        if len(slots) <= MOST_SLOTS:
            break
    return [(_slot(start, length, utc=utc), found) for (start, utc), found in slots.items()]


def _start(restart: RestartTime, length: timedelta) -> datetime | str:
    """Return when the slot of a restart begins, or its time as it was said where that is unreadable."""
    if restart.at is None:
        return restart.said
    return restart.at - (restart.at - datetime(1970, 1, 5)) % length  # a Monday, for weeks


def _slot(start: datetime | str, length: timedelta, *, utc: bool) -> str:
    if isinstance(start, str):
        return start
    zone = " UTC" if utc else ""
    day = f"{WEEKDAYS[start.weekday()]} {start:%Y-%m-%d}"
    if length >= timedelta(days=1):
        return f"{day}{'' if length.days == 1 else f' + {length.days} days'}{zone}"
    until = "" if length == SLOTS[0] else f"–{start + length:%H:%M}"
    return f"{day} {start:%H:%M}{until}{zone}"


def _needs(needs: Sequence[Cause]) -> str:
    shown, left_out = needs[:MOST_CAUSES], needs[MOST_CAUSES:]
    hosts = sum(len(cause.hosts) for cause in left_out)
    rest = (
        f"<p>{len(left_out)} more causes concern {hosts} hosts; the table has them.</p>" if left_out else ""
    )
    return f"<ul class='causes'>{''.join(map(_cause, shown))}</ul>{rest}"


def _cause(cause: Cause) -> str:
    kind, count = CAUSES[cause.kind], len(cause.hosts)
    label = f"Show {'this host' if count == 1 else f'these {count} hosts'}"
    return (
        f'<li><span class="mark tone-{kind.tone}" aria-hidden="true">{kind.glyph}</span><div>'
        f"<h3>{count} × {escape(kind.label)}</h3>"
        f"<p class='what'>{escape(cause.what)}</p><p>{escape(cause.remedy)}</p>"
        f"<p class='hosts'>{escape(_names(cause.hosts))} "
        f"{filter_button(label, CAUSE, cause_label(cause))}</p></div></li>"
    )
