# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two processes, as two jobs of AWX are, write into one folder at the same time."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path
from unittest import mock

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.files import FORMATS
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_files import write_fleet_report
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import FleetReport
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import (
    KeptRun,
    keep_run,
    read_kept,
)

WHEN = "2026-03-01T02:00:00+00:00"
PAUSES = {"run-1": 0.3, "run-2": 0.1}
"""Seconds between two files, by run: the second begins later and would end in the middle of the first."""


def at_once(work: Callable[[Path, str, Barrier], None], folder: Path) -> None:
    """Do the work of two runs in two processes, and wait for both."""
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(len(PAUSES))
    processes = [context.Process(target=work, args=(folder, run, together)) for run in PAUSES]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]


def write_slowly(folder: Path, run: str, together: Barrier) -> None:
    """Write a report of which each file is named after the run, on a slow disk."""
    replace = Path.replace

    def slow_replace(part: Path, target: Path) -> Path:
        replaced = replace(part, target)
        time.sleep(PAUSES[run])
        return replaced

    report = FleetReport("KB978918", WHEN, tuple(build_rows([{"host": run, "failed": True}])))
    with mock.patch.object(Path, "replace", slow_replace):
        together.wait()
        if run == "run-2":
            time.sleep(PAUSES[run])
        write_fleet_report(report, folder / "fleet", FORMATS)


def keep_many(folder: Path, run: str, together: Barrier) -> None:
    """Keep twenty copies, of which four may stay."""
    together.wait()
    for _unused in range(20):
        keep_run(folder, KeptRun("KB978918", WHEN, {run: "compliant"}, {"fixed": 1}), "{}", keep=4)


def test_all_files_of_a_report_are_of_one_run(tmp_path: Path) -> None:
    at_once(write_slowly, tmp_path)
    texts = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert sorted(texts) == ["fleet-failed.limit", "fleet.csv", "fleet.html", "fleet.json"]
    assert len({tuple(run in text for run in PAUSES) for text in texts.values()}) == 1, texts.keys()


def test_copies_that_two_runs_keep_and_remove_at_once_are_all_whole(tmp_path: Path) -> None:
    at_once(keep_many, tmp_path)
    runs, left_out = read_kept(tmp_path, "KB978918")
    assert (len(runs), left_out) == (4, {})
    assert len(list(tmp_path.glob("kept/*/*"))) == 4
