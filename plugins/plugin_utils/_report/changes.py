# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed since earlier runs: each host against its own newest older status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .host_row import HostRow
from .kept_runs import KeptRun
from .statuses import STATUSES, UNFIXED, Status

KINDS = {
    kind.name: kind
    for kind in (
        Status(
            "regressed", "Not fixed any more", "▲", "bad", "Fixed before; the evidence is against it now."
        ),
        Status("went_silent", "Silent now", "⊘", "gone", "Answered before, and does not now."),
        Status("became_fixed", "Fixed now", "✓", "good", "Not proven fixed before."),
        Status("came_back", "Answers again", "↻", "busy", "Did not answer before, and does now."),
    )
}
"""The kinds of change, in the order in which they are shown."""


@dataclass(frozen=True)
class Changes:
    """The hosts of each kind of change, a key of `KINDS`; a host is in one at most.

    Attributes:
        since: When the oldest of the runs was that hosts were compared with; None if there was none.
        hosts: The hosts by kind, in the order of the report.
    """

    since: str | None
    hosts: Mapping[str, tuple[str, ...]]

    @property
    def any(self) -> bool:
        """Whether a host has changed."""
        return any(self.hosts.values())


def changes_since(rows: Iterable[HostRow], generated_at: str, kept: Sequence[KeptRun]) -> Changes:
    """Compare each host with its newest older status.

    Args:
        rows: The rows of the report; a row that comes from a merged report has its own time.
        generated_at: The time of the report, ISO 8601 with offset.
        kept: The kept runs of the same hotfix, the newest first.
    """
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    moments = [run.moment for run in kept]
    oldest: int | None = None
    for row in rows:
        when = datetime.fromisoformat(row.reported_at or generated_at)
        number = _newest_older(row.host, when, kept, moments)
        if number is None:
            continue
        oldest = max(number, oldest or 0)
        kind = _kind(kept[number].statuses[row.host], row.status)
        if kind and not (row.removal and kind == "regressed"):
            found[kind].append(row.host)
    since = None if oldest is None else kept[oldest].generated_at
    return Changes(since, {kind: tuple(hosts) for kind, hosts in found.items()})


def _newest_older(
    host: str, when: datetime, kept: Sequence[KeptRun], moments: Sequence[datetime]
) -> int | None:
    """Return the number of the newest run before a moment that came to a host."""
    for number, run in enumerate(kept):
        if moments[number] < when and run.statuses.get(host, "not_attempted") != "not_attempted":
            return number
    return None


def _kind(before: str, now: str) -> str | None:
    """Return the kind of a change between two statuses. What is not known is no change of the fix."""
    if now == "not_attempted" or before == now or before not in STATUSES:
        return None
    if now == "unreachable":
        return "went_silent"
    if before == "unreachable":
        # A step that failed before the host was asked anything shows no answer.
        return None if now == "error" else "came_back"
    if now == "compliant":
        return "became_fixed"
    return "regressed" if before == "compliant" and now in UNFIXED else None
