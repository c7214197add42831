# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report among those of earlier runs: what has changed since, and what is kept of it for later ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .changes import Changes, changes_since
from .host_row import HostRow
from .kept_runs import KeptRun, read_kept
from .work_groups import count_work_groups


@dataclass(frozen=True)
class History:
    """What the kept copies say beside a report.

    Attributes:
        changes: The hosts that changed.
        runs: The earlier runs, the oldest first.
        left_out: Why a copy was left out, by its path.
    """

    changes: Changes
    runs: tuple[KeptRun, ...]
    left_out: Mapping[str, str]

    def to_json(self) -> dict[str, object]:
        """Return the changes for the JSON report."""
        hosts = {kind: list(hosts) for kind, hosts in self.changes.hosts.items()}
        return {"since": self.changes.since, **hosts, "left_out": dict(self.left_out)}


def read_history(folder: Path, hotfix: str, rows: Sequence[HostRow], generated_at: str) -> History:
    """Compare a report with the kept copies of its hotfix; one that is damaged is left out, and named.

    Args:
        folder: The folder of the reports.
        hotfix: The hotfix of the report.
        rows: The rows of the report.
        generated_at: The time of the report, ISO 8601 with offset.
    """
    runs, left_out = read_kept(folder, hotfix)
    before = [run for run in runs if run.moment < datetime.fromisoformat(generated_at)]
    return History(changes_since(rows, generated_at, before), tuple(reversed(before)), left_out)


def head_of(hotfix: str, rows: Iterable[HostRow], generated_at: str) -> KeptRun:
    """Return what is kept of a report; a row that was merged belongs to the run it comes from."""
    own = [row for row in rows if row.reported_at is None]
    return KeptRun(hotfix, generated_at, {row.host: row.status for row in own}, count_work_groups(own))
