# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The failure of a host stands once on the console, cause first, under each release of ansible-core."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.integration.plays import core_programs, run_playbook

CORES = [None, "2.16", "2.17", "2.18", "2.20", "2.21"]
CAUSE = "Nothing listens there. Run winrm quickconfig"
TWICE = re.compile(r"\[ERROR\]|An exception occurred")
"""How a release of ansible-core begins what it prints beside the line of the host."""


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """Four hosts on addresses where nothing listens: no lab of the tests is there (conftest.py)."""
    connection = {"connection": "winrm", "port": 5985, "winrm_scheme": "http", "winrm_transport": "ntlm"}
    login = {"user": "CORP\\patching", "password": "not-a-secret"}
    content = {
        "all": {
            "hosts": {f"pc{number}": {"ansible_host": f"127.250.0.{number}"} for number in range(1, 5)},
            "vars": {f"ansible_{name}": value for name, value in {**connection, **login}.items()},
        }
    }
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    return path


@pytest.mark.parametrize("core", CORES)
def test_a_stopped_run_says_each_failure_once(core: str | None, inventory: Path, tmp_path: Path) -> None:
    core_programs(core)
    (tmp_path / "packages").mkdir()
    settings = {
        "hotfix_package_dir": str(tmp_path / "packages"),
        "hotfix_restart": "none",
        "hotfix_batches": [1, "100%"],
        "hotfix_max_fail_percent": 20,
    }
    run = run_playbook("remediate", inventory, tmp_path, variables=settings, core=core)
    assert run.code == 2
    lines = run.output.splitlines()
    assert not TWICE.search(run.output), run.output
    assert [line[:13] for line in lines if line.startswith("fatal:") and CAUSE in line] == ["fatal: [pc1]:"]
    # Ansible has a line for each failed host, and AWX relaunches on those.
    assert sum("Not reached." in line for line in lines) == 3
    assert all("msg" in line for line in lines if "Not reached." in line)


@pytest.mark.parametrize("core", CORES)
def test_a_copy_that_cannot_be_kept_is_said_once_before_the_first_host(
    core: str | None, inventory: Path, tmp_path: Path
) -> None:
    core_programs(core)
    (tmp_path / "kept").write_text("a file", "utf-8")
    run = run_playbook("assess", inventory, tmp_path, core=core)
    assert run.code != 0
    said = [line for line in run.output.splitlines() if "cannot be written" in line]
    assert len(said) == 1 and said[0].startswith("fatal: [pc1 -> localhost]: FAILED!"), run.output
    assert CAUSE not in run.output


@pytest.mark.parametrize("core", CORES)
def test_a_module_alone_says_a_silent_host_and_a_wrong_argument_once(
    core: str | None, inventory: Path, tmp_path: Path
) -> None:
    core_programs(core)
    tasks = [
        {"winfleet.hotfix.os_info": {"timeout": 0}, "ignore_errors": True},
        {"winfleet.hotfix.os_info": {}, "ignore_unreachable": True},
    ]
    play = {"hosts": "pc1", "gather_facts": False, "tasks": tasks}
    run = run_playbook([play], inventory, tmp_path, core=core)
    assert not TWICE.search(run.output), run.output
    assert sum("UNREACHABLE" in line and CAUSE in line for line in run.output.splitlines()) == 1
    assert sum("nsupported parameters" in line for line in run.output.splitlines()) == 1
