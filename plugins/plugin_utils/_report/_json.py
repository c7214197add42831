# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the JSON form of a fleet report (docs/fleet-report.schema.json)."""

from __future__ import annotations

import json

from .fleet_report import FleetReport

SCHEMA_VERSION = "1.0"
"""Grows by a minor number when something is added, by a major one when something changes its meaning."""


def render_json(report: FleetReport) -> str:
    """The report as JSON text: indented, one final newline, Unicode as it is."""
    document: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "hotfix": report.hotfix,
        "generated_at": report.generated_at,
        "select": report.select,
        "counts": report.counts,
        "failing": report.failing,
        "hosts": [row.to_json() for row in report.rows],
        "token_report": report.tokens.to_json() if report.tokens else None,
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
