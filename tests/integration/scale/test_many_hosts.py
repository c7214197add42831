# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An assessment of many hosts at once is right for each; with a thousand it is `tests/bench/thousand.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.bench._expected import expected, wrong
from tests.integration.conftest import Lab
from tests.integration.plays import read_report, run_playbook

HOSTS = 60


def test_every_host_of_a_mixed_fleet_gets_the_verdict_of_its_description(
    start_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = start_lab("demo.yml", "--many", str(HOSTS))
    run = run_playbook("assess", lab.inventory, tmp_path)
    assert run.code == 0, run.output[-3000:]
    rows = read_report(tmp_path, "assess")
    assert set(rows) == set(expected(HOSTS))
    assert wrong(rows, HOSTS) == {}


def test_the_expectations_tell_all_kinds_of_verdicts_apart() -> None:
    rows = expected(HOSTS).values()
    assert {(row["status"], row["by"]) for row in rows} == {
        ("vulnerable", None),
        ("inconsistent", None),
        ("compliant", "hotfix"),
        ("compliant", "newer"),
        ("not_applicable", None),
    }
    assert {row["package_architecture"] for row in rows} == {"x64", "x86", "ia64", None}
