# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the checkout importable as Ansible imports it, and list the tests that were skipped."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
for entry in (str(ROOT), str(ROOT / "collections")):
    if entry not in sys.path:
        sys.path.insert(0, entry)

# Tests never assert times: a crowded machine is not a defect.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write each file with skipped tests, their number and the reason to the file that SKIPPED_TESTS names.

    `make test` ends with these lines.
    """
    if not (target := os.environ.get("SKIPPED_TESTS")):
        return
    found: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        found[f"{report.nodeid.split('::')[0]}: {reason}"] += 1
    lines = [f"  {number} in {skipped}\n" for skipped, number in found.items()]
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text("".join(lines), "utf-8")
