# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in ten lines: what a person reads before approving the next step, in AWX or at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .host_row import HostRow
from .host_rows import by_hand
from .statuses import URGENCY

MOST_HOSTS = 100
"""So many hosts of a status are named. AWX keeps artifacts in its database, and hands them to later jobs."""


def hosts_by_status(rows: Sequence[HostRow]) -> dict[str, list[str]]:
    """Return the first hosts of each status that has any, the most urgent status first."""
    found = {status: [row.host for row in rows if row.status == status] for status in URGENCY}
    return {status: hosts[:MOST_HOSTS] for status, hosts in found.items() if hosts}


def summary_lines(rows: Sequence[HostRow], files: Iterable[str]) -> list[str]:
    """Return the summary: one line on the whole, and one for each status that a host has.

    Args:
        rows: The rows of the report.
        files: The paths of the report's files.
    """
    failing = sum(row.failing for row in rows)
    other = by_hand(rows)
    said = f"{failing} failed" + (f" and {other}" if other else "")
    lines = [f"Hosts: {len(rows)}, of which {said}. Report: {', '.join(files) or 'none'}"]
    for status, hosts in hosts_by_status(rows).items():
        count = sum(row.status == status for row in rows)
        rest = f", and {count - len(hosts)} more" if count > len(hosts) else ""
        lines.append(f"{status}: {count} ({', '.join(hosts)}{rest})")
    return lines
