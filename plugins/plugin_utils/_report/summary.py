# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in a screen of lines: what a person reads after a run, in AWX or at a terminal, and acts on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .changes import KINDS
from .history import History
from .host_row import HostRow
from .restart_times import between, restart_times
from .statuses import CAUSES, URGENCY
from .work_groups import Cause, cause_of, causes, work_group

MOST_HOSTS = 100
"""So many hosts of a status are named. AWX keeps artifacts in its database, and hands them to later jobs."""
MOST_NAMED, MOST_CAUSES, MOST_LETTERS = 10, 12, 100
"""The hosts in a line, the lines on causes and the letters of a cause."""
_SCREEN, _WIDTH, _INDENT = 24, 80, 12
"""A terminal has so many lines or more, of so many letters; Ansible indents a line and puts it in quotes."""

_DEEDS = {
    "would_install": ("would install", "would install"),
    "would_remove": ("would remove it", "would remove it"),
    "would_download": ("would get the package", "would get the package"),
    "would_restart": ("would restart", "would restart"),
    "installed": ("installed", "installed"),
    "removed": ("removed it", "removed it"),
    "downloaded": ("got the package", "got the package"),
    "restart_planned": ("waits for its restart", "wait for their restart"),
    "to_do": ("is to do", "are to do"),
    "left_alone": ("was left alone", "were left alone"),
    "person": ("needs a person", "need a person"),
    "failed": ("failed", "failed"),
    "denied": ("denied access", "denied access"),
    "not_reachable": ("cannot be reached", "cannot be reached"),
    "not_looked_at": ("was not reached by the run", "were not reached by the run"),
    "settled": ("needs nothing", "need nothing"),
}
"""What a run did with a host, or would do, as said of one and of several, in the order of the first line."""
_NAMED = {
    "to_do": "To do",
    "left_alone": "Left alone",
    "restart_planned": "Waiting for their restart; run verify after it",
}
"""Deeds whose hosts are named in a line of their own. A cause names the others, and the page all."""


def hosts_by_status(rows: Sequence[HostRow]) -> dict[str, list[str]]:
    """Return the first hosts of each status that has any, the most urgent status first."""
    found = {status: [row.host for row in rows if row.status == status] for status in URGENCY}
    return {status: hosts[:MOST_HOSTS] for status, hosts in found.items() if hosts}


def summary_lines(
    rows: Sequence[HostRow], files: Iterable[str], incomplete: str = "", history: History | None = None
) -> list[str]:
    """Return the summary: what was done with how many hosts, why hosts need a person, and the report's files.

    Args:
        rows: The rows of the report.
        files: The paths of the report's files.
        incomplete: Why the run ended before its last host.
        history: The report among those of earlier runs.
    """
    by_deed: dict[str, list[HostRow]] = {deed: [] for deed in _DEEDS}
    for row in rows:
        by_deed[_deed(row)].append(row)
    found = {deed: its for deed, its in by_deed.items() if its}
    lines = [", ".join(_counted(deed, its) for deed, its in found.items()) or "No host"]
    if incomplete:
        lines.append(f"The run stopped: {incomplete}. Not reached: {_names(found.get('not_looked_at', ()))}")
    lines += [f"{label}: {_names(found[deed])}" for deed, label in _NAMED.items() if deed in found]
    needing = causes(rows)
    end = [f"{len(needing) - MOST_CAUSES} more causes: see the report."] if len(needing) > MOST_CAUSES else []
    end += _changes(history) if history else []
    end.append(f"Report: {', '.join(files) or 'none'}")
    return [*lines, *_causes(needing[:MOST_CAUSES], _SCREEN - _height(lines) - _height(end)), *end]


def _causes(needing: Sequence[Cause], room: int) -> list[str]:
    """Return a line for each cause, with its remedy for as long as there is room for it whole.

    Args:
        needing: The causes.
        room: The lines of a screen that are left.
    """
    brief = [_cause(cause, "") for cause in needing]
    whole = [_cause(cause, f" {cause.remedy}" if cause.remedy else "") for cause in needing]
    room -= _height(brief)
    lines = []
    for short, long in zip(brief, whole, strict=True):
        room -= _height([long]) - _height([short])
        lines.append(long if room >= 0 else short)
    return lines


def _cause(cause: Cause, remedy: str) -> str:
    what = cause.what
    if len(what) > MOST_LETTERS:
        what = f"{what[:MOST_LETTERS].rsplit(' ', 1)[0]} …"
    return f"{len(cause.hosts)} × {CAUSES[cause.kind].label}: {what} ({_some(cause.hosts)}){remedy}"


def _height(lines: Iterable[str]) -> int:
    """Return how many lines of a screen these take."""
    return sum(-(-(len(line) + _INDENT) // _WIDTH) for line in lines)


def _deed(row: HostRow) -> str:
    """Return what the run did with a host: each host is in one place."""
    group, cause, actions = work_group(row), cause_of(row), row.actions or {}
    if group == "not_looked_at":
        return group
    if row.failing:
        kind = cause[0] if cause else "failed"
        return kind if kind in ("denied", "not_reachable") else "failed"
    step, predicted = actions.get("step"), actions.get("predicted") is True
    if predicted and f"would_{step}" in _DEEDS:
        return f"would_{step}"
    for deed in ("installed", "removed", "downloaded"):
        if actions.get(deed) is True and not predicted:
            return deed
    if actions.get("left_alone") and not row.settled:
        return "left_alone"
    if cause:
        return "person"
    return "settled" if row.settled else group


def _counted(deed: str, rows: Sequence[HostRow]) -> str:
    restarts = restart_times(rows)
    said = {
        "restart": between(restarts, "would"),
        "restart planned": between(restarts, "planned"),
        "restarted": between(restarts, "done") if deed in ("installed", "removed") else "",
    }
    when = "; ".join(f"{what} {time}" for what, time in said.items() if time)
    counted = f"{len(rows)} {_DEEDS[deed][len(rows) > 1]}"
    return f"{counted} ({when})" if when and deed != "settled" else counted


def _names(rows: Sequence[HostRow]) -> str:
    return _some([row.host for row in rows])


def _some(hosts: Sequence[str]) -> str:
    rest = f" and {len(hosts) - MOST_NAMED} more" if len(hosts) > MOST_NAMED else ""
    return ", ".join(hosts[:MOST_NAMED]) + rest


def _changes(history: History) -> list[str]:
    """Return a line for each kind of change, and one for the copies of earlier runs that are damaged."""
    changed = history.changes.hosts.items()
    lines = [
        f"Since earlier runs, {KINDS[kind].label.lower()}: {len(hosts)} ({_some(hosts)})"
        for kind, hosts in changed
        if hosts
    ]
    damaged = list(history.left_out.items())
    if damaged:
        path, why = damaged[0]
        more = f" So are {len(damaged) - 1} more." if len(damaged) > 1 else ""
        lines.append(f"An earlier run is left out: {path}. {why}{more}")
    return lines
