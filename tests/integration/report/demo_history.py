# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs before the demo fleet's, for its picture and for tests of what a page says about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import KeptRun
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.origin import Origin
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.work_groups import count_work_groups

from tests.integration.report.browser import write_page
from tests.integration.report.demo_fleet import TOKENS, every_kind

_ORIGIN = Origin("winfleet.hotfix.verify", "inventory.yml", "all", None, None, "controller-01")
_FIRST_RUN = datetime.fromisoformat("2026-02-06T06:00:00+00:00")


def earlier_runs(results: list[Any], runs: int = 8) -> list[KeptRun]:
    """Daily runs: the first proved nothing, each later one proved more, the last a little less than now.

    Hosts that are not applicable or unreachable now were so before, but for the last that does not answer.
    """
    rows = build_rows(results)
    proven = [row.host for row in rows if row.status == "compliant"]
    silent = [row.host for row in rows if row.status == "unreachable"]
    now = count_work_groups(rows)
    kept = []
    for number in range(runs):
        fixed = len(proven) * number // runs
        statuses = {row.host: row.status for row in rows}
        statuses |= dict.fromkeys(proven[fixed:], "vulnerable") | dict.fromkeys(silent[-1:], "vulnerable")
        groups = {**now, "fixed": fixed, "to_do": now["to_do"] + now["fixed"] - fixed}
        when = _FIRST_RUN + timedelta(days=number)
        kept.append(KeptRun("KB978918", when.isoformat(), statuses, groups))
    return kept


def write_demo_page(folder: Path, *more: object) -> Path:
    """The page of the demo fleet with everything that a page can show, and further results."""
    results = every_kind()
    return write_page(folder, [*results, *more], TOKENS, earlier=earlier_runs(results), origin=_ORIGIN)
