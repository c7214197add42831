# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render what has changed since earlier runs, and how the fleet came here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ._host_table import CHANGE
from ._work_panels import MOST_NAMES
from .changes import KINDS, Changes
from .history import History
from .page_sections import Segment, escape, filter_button, panel, percentage, small_table, stacked_columns
from .statuses import WORK_GROUPS
from .work_groups import count_groups


def history_panel(history: History, generated_at: str, groups: Sequence[str]) -> list[str]:
    """Return the panel; none where no earlier run is known.

    Args:
        history: The report among those of earlier runs.
        generated_at: The time of the report.
        groups: The work group of each host now.
    """
    if not history.runs and not history.left_out:
        return []
    runs = [(run.generated_at, run.work_groups) for run in history.runs]
    body = _changes(history.changes) + _left_out(history.left_out)
    if runs:
        body += _trend([*runs, (generated_at, count_groups(groups))])
    return [panel("Changed since earlier runs", body, wide=True)]


def _changes(changes: Changes) -> str:
    if changes.since is None:
        return "<p>No host of this report is in an earlier run.</p>"
    since = f"<p>Each host is compared with its own last run, at {escape(changes.since)} or later.</p>"
    if not changes.any:
        return f"<p>No host has changed.</p>{since}"
    listed = "".join(_kind(kind, hosts) for kind, hosts in changes.hosts.items() if hosts)
    return f"<ul class='causes'>{listed}</ul>{since}"


def _kind(name: str, hosts: Sequence[str]) -> str:
    kind, count = KINDS[name], len(hosts)
    more = f" and {count - MOST_NAMES} more" if count > MOST_NAMES else ""
    label = f"Show {'this host' if count == 1 else f'these {count} hosts'}"
    return (
        f'<li><span class="mark tone-{kind.tone}" aria-hidden="true">{kind.glyph}</span><div>'
        f"<h3>{count} × {escape(kind.label)}</h3>"
        f"<p class='hosts'>{escape(', '.join(hosts[:MOST_NAMES]) + more)} "
        f"{filter_button(label, CHANGE, kind.label)}</p></div></li>"
    )


def _left_out(copies: Mapping[str, str]) -> str:
    return "".join(f"<p>Left out: {escape(path)}. {escape(why)}</p>" for path, why in copies.items())


def _trend(runs: Sequence[tuple[str, Mapping[str, int]]]) -> str:
    columns = [(when, _segments(counts)) for when, counts in runs]
    said = [f"{_fixed(counts)} at {when}" for when, counts in (runs[0], runs[-1])]
    picture = stacked_columns(columns, label=f"Runs by what to do next. Fixed: {', then '.join(said)}")
    present = [name for name in WORK_GROUPS if any(counts.get(name) for _when, counts in runs)]
    table = small_table(
        ("Run, controller's clock", *(WORK_GROUPS[name].label for name in present)),
        ([when, *(counts.get(name, 0) for name in present)] for when, counts in reversed(runs)),
    )
    figures = f"<details><summary>Runs in figures</summary>{table}</details>"
    return f"{picture}<p>Fixed: {escape(', then '.join(said))}.</p>{figures}"


def _segments(counts: Mapping[str, int]) -> list[Segment]:
    return [
        Segment(group.label, counts[name], group.tone)
        for name, group in WORK_GROUPS.items()
        if counts.get(name)
    ]


def _fixed(counts: Mapping[str, int]) -> str:
    fixed, whole = counts.get("fixed", 0), sum(counts.get(name, 0) for name in WORK_GROUPS)
    return f"{fixed} of {whole} hosts ({percentage(fixed, whole)})" if whole else "no hosts"
