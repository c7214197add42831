# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose schtasks lists nothing under the code page of Ansible's shell."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.integration.bad_luck.conftest import Packages
from tests.integration.bad_luck.controllers import in_background, wait_until
from tests.integration.conftest import Lab
from tests.integration.plays import run_playbook

NAME = "codepage"
HOST = {"name": NAME, "system": "2008r2-x64", "faults": ["dism_slow", "schtasks_code_page"]}
# Longer than the looks at a task that seems not to be at work, after which it counts as ended.
LONGER_THAN_PATIENCE = 22.0


def test_an_installation_at_work_is_not_given_up(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path: Path
) -> None:
    lab = start_lab({"hosts": [HOST]})
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"winfleet.hotfix.hotfix": {"package": str(packages.good())}}],
    }
    with in_background(lambda: run_playbook([play], lab.inventory, tmp_path)) as running:
        wait_until(lambda: bool(lab.control.host(NAME)["servicing_busy"]), "DISM works")
        time.sleep(LONGER_THAN_PATIENCE)
        lab.control.advance(11 * 60)
    [task] = running.result().of("hotfix")
    assert task.changed, task.result
    assert task.result["servicing"]["exit_name"] == "restart_required"
