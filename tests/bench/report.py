# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the report of 10,000 hosts with 30 earlier runs, and its size: `python -m tests.bench.report`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "collections"))

from tests.bench._bounds import Bound, judge
from tests.integration.report.browser import WHEN, missing_browser, open_browser
from tests.integration.report.demo_fleet import TOKENS, thousands
from tests.integration.report.demo_history import earlier_runs

HOSTS = 10_000
RUNS = 30
"""The earlier runs of which copies are kept, each of all hosts."""
MOST_SECONDS, MOST_BYTES, MOST_SECONDS_TO_USE = 5.0, 8_000_000, 2.0


def write(folder: Path) -> dict[str, tuple[float, float, int]]:
    """Seconds from results to file, those of the processor, and bytes, of each format."""
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.files import FORMATS
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_files import (
        write_fleet_report,
    )
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import FleetReport
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.history import read_history
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import keep_run
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.token_summary import (
        summarise_tokens,
    )

    results = thousands(HOSTS)
    for run in earlier_runs(results, RUNS):
        keep_run(folder, run, "{}", RUNS)
    figures = {}
    for name in FORMATS:
        begin, began = time.monotonic(), time.process_time()
        rows = tuple(build_rows(results))
        history = read_history(folder, "KB978918", rows, WHEN)
        tokens = summarise_tokens(TOKENS)
        report = FleetReport("KB978918", WHEN, rows, tokens=tokens, history=history)
        file = write_fleet_report(report, folder / "fleet", [name])[name]
        used = time.process_time() - began
        figures[name] = (time.monotonic() - begin, used, file.path.stat().st_size)
    return figures


def open_filter_and_sort(page: Path) -> tuple[float, float, float]:
    """Seconds until the page shows its rows, then those of one group, then all sorted by name."""
    with open_browser() as browser:
        begin = time.monotonic()
        browser.get(page.as_uri())
        browser.find_element("css selector", "tr.row")
        opened = time.monotonic()
        browser.find_element("css selector", ".bars .link").click()
        browser.find_element("css selector", ".link[aria-pressed=true]")
        filtered = time.monotonic()
        browser.execute_script("document.getElementById('clear').click()")
        browser.execute_script("document.querySelector('.rows > thead button').click()")
        browser.find_element("css selector", "th[aria-sort=ascending]:first-child")
        return opened - begin, filtered - opened, time.monotonic() - filtered


def main() -> int:
    """Prints the figures; the result is 1 if one is over its limit."""
    used = None
    with tempfile.TemporaryDirectory() as temporary:
        figures = write(Path(temporary))
        for name, (seconds, processor, size) in figures.items():
            print(
                f"report of {HOSTS} hosts, {name}: written in {seconds:.2f} s "
                f"({processor:.2f} s of processor), {size / 1e6:.2f} MB"
            )
        seconds, _processor, size = figures["html"]
        missing = missing_browser()
        if missing:
            print(f"report of {HOSTS} hosts: not opened, {missing}")
        else:
            steps = open_filter_and_sort(Path(temporary) / "fleet.html")
            used = sum(steps)
            opened, filtered, in_order = (f"{step:.2f} s" for step in steps)
            print(
                f"report of {HOSTS} hosts, html: opened in {opened}, filtered in {filtered}, "
                f"sorted in {in_order}"
            )
    return judge(
        [
            Bound("html written", seconds, MOST_SECONDS, "s"),
            Bound("html", size / 1e6, MOST_BYTES / 1e6, "MB"),
            Bound("html opened, filtered and sorted", used, MOST_SECONDS_TO_USE, "s"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
