# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With hotfix_scan, verify and list_restarts say and fail what they do without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.plays import Run, run_playbook
from tests.integration.scan.test_scan import recap, rows

FLEET = {
    "hosts": [
        {"name": "done", "system": "2008r2-x64", "files": "fixed"},
        {"name": "waits", "system": "2008r2-x64"},
        {"name": "open", "system": "win7-x64"},
        {"name": "off", "system": "win7-x64", "powered": False},
    ]
}
WINDOW = {"start": "02:00", "duration_minutes": 60}


@pytest.fixture(scope="module")
def lab(start_lab: Callable[..., Lab], package_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A fleet in which one host waits for its restart, and one has not got the hotfix."""
    lab = start_lab(FLEET)
    given = {"hotfix_package_dir": str(package_folder), "hotfix_restart_window": WINDOW}
    folder = tmp_path_factory.mktemp("remediate")
    run = run_playbook("remediate", lab.inventory, folder, "--limit", "waits", variables=given)
    assert run.code == 0, run.output
    return lab


@dataclass(frozen=True)
class Both:
    """The same playbook without and with hotfix_scan."""

    one_by_one: Run
    scanned: Run
    folder: Path


def both(lab: Lab, folder: Path, playbook: str, core: str | None, **variables: Any) -> Both:
    runs = [
        run_playbook(
            playbook,
            lab.inventory,
            folder / name,
            variables={**variables, "hotfix_scan": name == "scanned"},
            core=core,
        )
        for name in ("one_by_one", "scanned")
    ]
    return Both(*runs, folder)


def same(found: Both, name: str) -> set[str]:
    """Make sure that both runs say the same, and return the hosts that failed."""
    assert found.scanned.code == found.one_by_one.code
    expected = rows(found.folder / "one_by_one", name)
    assert rows(found.folder / "scanned", name) == expected
    failed = {host for host, failed in recap(found.one_by_one).items() if failed}
    assert {host for host, failed in recap(found.scanned).items() if failed} == failed
    return failed


@pytest.mark.parametrize("core", [None, "2.16", "2.21"], ids=lambda core: f"core-{core or 'pinned'}")
def test_verify_fails_the_same_hosts_with_the_same_words(lab: Lab, tmp_path: Path, core: str | None) -> None:
    assert same(both(lab, tmp_path, "verify", core), "verify") == {"open", "off"}


def test_verify_requires_restarts_in_a_scan_too(lab: Lab, tmp_path: Path) -> None:
    found = both(lab, tmp_path, "verify", None, hotfix_require_restart=True)
    assert same(found, "verify") == {"open", "waits", "off"}
    assert "run verify after that" in rows(tmp_path / "scanned", "verify")["waits"]["error"]


def test_a_run_that_removes_the_hotfix_calls_the_same_hosts_done(lab: Lab, tmp_path: Path) -> None:
    found = both(lab, tmp_path, "verify", None, hotfix_state="absent")
    assert same(found, "verify") == {"done", "off"}
    scanned = rows(tmp_path / "scanned", "verify")
    assert {row["removal"] for row in scanned.values()} == {True}
    assert scanned["open"]["work_group"] == "removed"


def test_a_list_of_restarts_has_the_rows_of_a_removal_too(lab: Lab, tmp_path: Path) -> None:
    found = both(lab, tmp_path, "list_restarts", None, hotfix_state="absent")
    assert same(found, "restarts") == {"off"}
    assert rows(tmp_path / "scanned", "restarts")["open"]["work_group"] == "removed"


def test_list_restarts_lists_the_same_restarts(lab: Lab, tmp_path: Path) -> None:
    found = both(lab, tmp_path, "list_restarts", None)
    assert same(found, "restarts") == {"off"}

    def shown(run: Run) -> Any:
        (task,) = [task for task in run.of("ansible.builtin.debug") if task.task == "Show the restarts"]
        return task.result["msg"]

    assert shown(found.scanned) == shown(found.one_by_one)
    assert set(shown(found.scanned)["scheduled"]) == {"waits"}


def test_hotfix_scan_in_the_inventory_is_refused_for_it_would_have_no_effect(
    lab: Lab, tmp_path: Path
) -> None:
    document = yaml.safe_load(lab.inventory.read_text("utf-8"))
    document["all"].setdefault("vars", {})["hotfix_scan"] = True
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump(document), "utf-8")
    run = run_playbook("verify", inventory, tmp_path)
    assert run.code == 2
    assert "Give hotfix_scan by -e instead" in run.output


@pytest.mark.parametrize("playbook", ["assess", "remediate", "cancel_restarts"])
def test_hotfix_scan_is_refused_by_a_playbook_that_does_not_scan(
    lab: Lab, tmp_path: Path, playbook: str
) -> None:
    lab.control.reset_counters()
    given = {"hotfix_scan": True, "hotfix_restart": "none"}
    run = run_playbook(playbook, lab.inventory, tmp_path, variables=given)
    assert run.code == 2
    assert "hotfix_scan has no effect here" in run.output
    assert not sum(host["requests"] for host in lab.control.counters()["hosts"].values())
