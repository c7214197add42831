# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's collector of cycles rests while a report is made, and works before and after."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_files import write_fleet_report
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import FleetReport
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows

EMPTY = FleetReport("KB978918", "2026-03-01T02:00:00+00:00", ())


def seen_collecting(seen: list[bool]) -> Iterator[dict[str, str]]:
    """One result, which notes whether the collector is on while it is read."""
    seen.append(gc.isenabled())
    yield {"host": "web-1"}


def test_the_collector_rests_while_rows_are_built_and_works_afterwards() -> None:
    seen: list[bool] = []
    build_rows(seen_collecting(seen))
    assert (seen, gc.isenabled()) == ([False], True)


def test_the_collector_works_after_a_report_that_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_fleet_report(EMPTY, tmp_path / "file" / "fleet", ["json"])
    assert gc.isenabled()


def test_a_collector_that_somebody_has_switched_off_stays_off() -> None:
    gc.disable()
    try:
        build_rows([])
        assert not gc.isenabled()
    finally:
        gc.enable()
