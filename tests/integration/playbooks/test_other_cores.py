# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job in short, under the releases of ansible-core between the oldest and the newest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import core_programs, read_report, report_name, run_playbook

HOSTS = ["server", "client"]
FLEET = {
    "defaults": {"domain": "corp.example"},
    "hosts": [{"name": "server", "system": "2008r2-core"}, {"name": "client", "system": "win7-x86"}],
}


@pytest.mark.parametrize("core", ["2.17", "2.18", "2.20", "2.21"])
def test_a_fleet_is_remediated_and_verified(
    core: str, start_lab: Callable[..., Lab], package_folder: Path, tmp_path: Path
) -> None:
    core_programs(core)
    lab = start_lab(FLEET)
    settings = {
        "hotfix_package_dir": str(package_folder),
        "hotfix_restart_window": {"start": "02:00", "duration_minutes": 60},
    }

    def run(playbook: str, *options: str) -> dict[str, str]:
        done = run_playbook(playbook, lab.inventory, tmp_path, *options, variables=settings, core=core)
        assert done.code == 0, done.output
        rows = read_report(tmp_path, report_name(playbook, options))
        return {host: row["status"] for host, row in rows.items()}

    assert run("assess") == dict.fromkeys(HOSTS, "vulnerable")
    assert run("remediate", "--check", "--diff") == dict.fromkeys(HOSTS, "vulnerable")
    assert run("remediate") == dict.fromkeys(HOSTS, "restart_pending")
    lab.control.advance(30 * 3600)
    assert run("verify") == dict.fromkeys(HOSTS, "compliant")
