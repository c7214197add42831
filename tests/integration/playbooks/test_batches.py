# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in batches: whatever trips it, the report is there, every host has its row, and the run ends red."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook

HOSTS = [f"host-{number:02d}" for number in range(10)]


@pytest.fixture(scope="module")
def fleet(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab(
        {
            "defaults": {"domain": "corp.example"},
            "hosts": [{"name": name, "system": "2008r2-x64"} for name in HOSTS],
        }
    )


@pytest.fixture
def all_on(fleet: Lab) -> Lab:
    for name in HOSTS:
        fleet.control.clear_faults(name)
        fleet.control.power(name, on=True)
    for name in HOSTS:
        fleet.control.wait_until_up(name)
    return fleet


def remediate(lab: Lab, folder: Path, package_folder: Path, *options: str, **variables: Any) -> Run:
    settings = {"hotfix_package_dir": str(package_folder), "hotfix_restart": "none", **variables}
    return run_playbook("remediate", lab.inventory, folder, *options, variables=settings)


def statuses(folder: Path) -> dict[str, list[str]]:
    """Host names by the status of their row."""
    found: dict[str, list[str]] = {}
    for host, row in sorted(read_report(folder, "remediate-check").items()):
        found.setdefault(row["status"], []).append(host)
    return found


def switch_off(lab: Lab, *names: str) -> None:
    for name in names:
        lab.control.power(name, on=False)


def test_one_host_in_ten_unreachable_does_not_stop_the_others(
    all_on: Lab, package_folder: Path, tmp_path: Path
) -> None:
    switch_off(all_on, "host-03")
    run = remediate(all_on, tmp_path, package_folder, "--check", hotfix_batches=["50%"])
    assert run.code == 2
    found = statuses(tmp_path)
    assert found["unreachable"] == ["host-03"]
    assert len(found["vulnerable"]) == 9


def test_a_whole_batch_unreachable_ends_the_play_and_not_the_report(
    all_on: Lab, package_folder: Path, tmp_path: Path
) -> None:
    switch_off(all_on, "host-00", "host-01")
    run = remediate(all_on, tmp_path, package_folder, "--check", hotfix_batches=[2, "100%"])
    assert run.code == 2
    assert statuses(tmp_path) == {"unreachable": HOSTS[:2], "not_attempted": HOSTS[2:]}


def test_a_tripped_limit_ends_the_play_and_not_the_report(
    all_on: Lab, package_folder: Path, tmp_path: Path
) -> None:
    all_on.control.inject("host-04", "trustedinstaller_disabled")
    all_on.control.inject("host-05", "trustedinstaller_disabled")
    run = remediate(
        all_on, tmp_path, package_folder, "--check", hotfix_batches=[3, 3, "100%"], hotfix_max_fail_percent=50
    )
    assert run.code == 2
    found = statuses(tmp_path)
    assert found["not_attempted"] == HOSTS[6:]
    rows = read_report(tmp_path, "remediate-check")
    assert {host for host, row in rows.items() if "TrustedInstaller" in (row["error"] or "")} == {
        "host-04",
        "host-05",
    }


def test_failures_within_the_limit_go_on_to_the_next_batch(
    all_on: Lab, package_folder: Path, tmp_path: Path
) -> None:
    switch_off(all_on, "host-00")
    run = remediate(
        all_on, tmp_path, package_folder, "--check", hotfix_batches=[2, "100%"], hotfix_max_fail_percent=50
    )
    assert run.code == 2
    assert "not_attempted" not in statuses(tmp_path)


def test_a_limited_run_reports_on_its_own_hosts_alone(
    all_on: Lab, package_folder: Path, tmp_path: Path
) -> None:
    run = remediate(all_on, tmp_path, package_folder, "--check", "--limit", "host-01,host-02")
    assert run.code == 0
    assert list(read_report(tmp_path, "remediate-check")) == ["host-01", "host-02"]


def test_settings_as_awx_passes_them_are_understood(
    all_on: Lab, package_folder: Path, tmp_path: Path
) -> None:
    run = remediate(
        all_on,
        tmp_path,
        package_folder,
        "--check",
        hotfix_hosts="host-01",
        hotfix_batches="",
        hotfix_max_fail_percent="25",
        hotfix_packages=None,
        hotfix_drain_sessions="false",
        hotfix_restart_at=None,
        hotfix_restart_stagger_minutes="0",
        hotfix_only_if_at_risk="yes",
    )
    assert run.code == 0, run.output
    assert list(read_report(tmp_path, "remediate-check")) == ["host-01"]


def test_a_missing_restart_time_is_refused_before_anything_changes(
    all_on: Lab, package_folder: Path, tmp_path: Path
) -> None:
    run = remediate(all_on, tmp_path, package_folder, "--limit", "host-06", hotfix_restart="scheduled")
    assert run.code == 2
    assert run.changed_hosts() == set()
    assert "hotfix_restart_window" in read_report(tmp_path, "remediate-refused")["host-06"]["error"]


def test_a_stopped_run_goes_on_where_it_was(all_on: Lab, package_folder: Path, tmp_path: Path) -> None:
    first = remediate(all_on, tmp_path / "first", package_folder, "--limit", "host-07")
    second = remediate(all_on, tmp_path / "second", package_folder, "--limit", "host-07,host-08")
    assert (first.code, second.code) == (0, 0)
    assert first.changed_hosts() == {"host-07"}
    assert second.changed_hosts() == {"host-08"}


def test_hosts_not_at_risk_are_spared_on_request(
    start_lab: Callable[..., Lab], package_folder: Path, tmp_path: Path
) -> None:
    lab = start_lab({"hosts": [{"name": "alone", "system": "2008r2-x64", "domain": None}]})
    run = remediate(lab, tmp_path, package_folder, hotfix_only_if_at_risk=True)
    assert run.code == 0, run.output
    assert run.changed_hosts() == set()
    assert read_report(tmp_path, "remediate")["alone"]["actions"]["step"] == "none"
