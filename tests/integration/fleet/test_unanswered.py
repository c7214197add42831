# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restart at once: a countdown stops it before anything is installed; a policy against reg.exe does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.fleet.groups import INSTALLED, make_packages, package_state
from tests.integration.plays import read_report, run_playbook

COUNTING, BARRED = "counting", "barred"


@pytest.fixture(scope="module")
def fleet(start_lab: Callable[..., Lab]) -> Lab:
    hosts = [{"name": COUNTING}, {"name": BARRED, "faults": ["reg_disabled", "schtasks_list_broken"]}]
    return start_lab({"defaults": {"domain": "corp.example", "system": "2008r2-x64"}, "hosts": hosts})


@pytest.fixture(scope="module")
def rows(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("unanswered")
    fleet.control.run(COUNTING, "shutdown /r /t 7200")
    settings = {
        "hotfix_package_dir": str(make_packages(folder / "packages")),
        "hotfix_restart": "now",
        "hotfix_restart_notice_minutes": 0,
        "hotfix_max_fail_percent": 99,
    }
    run_playbook("remediate", fleet.inventory, folder / "run", variables=settings)
    return read_report(folder / "run", "remediate")


def test_a_countdown_of_somebody_else_is_reported_before_anything_is_installed(
    fleet: Lab, rows: dict[str, dict[str, Any]]
) -> None:
    assert (
        "seems to be running; let it happen, or end it on the host with 'shutdown /a'"
        in rows[COUNTING]["error"]
    )
    assert package_state(fleet, COUNTING) is None
    assert fleet.control.host(COUNTING)["countdown"] is not None


def test_a_host_without_reg_exe_and_a_whole_list_of_tasks_is_remediated_all_the_same(
    fleet: Lab, rows: dict[str, dict[str, Any]]
) -> None:
    assert (rows[BARRED]["status"], rows[BARRED]["restart"]["pending_any"]) == ("compliant", False)
    assert package_state(fleet, BARRED) == INSTALLED
