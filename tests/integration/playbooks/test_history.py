# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet assessed, remediated and assessed again: the second report names what became of the first."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.fleet.groups import make_packages
from tests.integration.plays import run_playbook

FIXED, OFF = "fixed-now", "off"


@pytest.fixture(scope="module")
def folder(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    hosts = [{"name": FIXED}, {"name": OFF, "powered": False}]
    fleet = start_lab({"defaults": {"domain": "corp.example", "system": "2008r2-x64"}, "hosts": hosts})
    settings = {"hotfix_package_dir": str(make_packages(folder / "packages")), "hotfix_report_keep": 2}
    run_playbook("assess", fleet.inventory, folder, variables=settings)
    at_once = {"hotfix_restart": "now", "hotfix_restart_notice_minutes": 0, "hotfix_max_fail_percent": 99}
    limit = f"@{folder / 'assess-failed.limit'}"
    run_playbook("remediate", fleet.inventory, folder, "--limit", FIXED, variables={**settings, **at_once})
    run_playbook("remediate", fleet.inventory, folder, "--check", variables=settings)
    run_playbook("assess", fleet.inventory, folder / "failed", "--limit", limit, variables=settings)
    return folder


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def test_the_second_report_names_what_became_fixed(folder: Path) -> None:
    assert read(folder / "remediate.json")["changes"]["became_fixed"] == [FIXED]


def test_each_run_leaves_a_copy_and_a_rehearsal_leaves_none(folder: Path) -> None:
    copies = [json.loads(gzip.decompress(path.read_bytes())) for path in sorted(folder.glob("kept/*/*"))]
    assert [copy["report"]["made_by"]["playbook"] for copy in copies] == ["assess.yml", "remediate.yml"]


def test_the_report_says_who_made_it(folder: Path) -> None:
    made_by = read(folder / "remediate.json")["made_by"]
    assert (made_by["hosts"], made_by["limit"], made_by["job"]) == ("all", FIXED, None)


def test_ansible_takes_the_limit_file_for_the_hosts_that_failed(folder: Path) -> None:
    assert (folder / "assess-failed.limit").read_text("utf-8") == f"{OFF}\n"
    assert [row["host"] for row in read(folder / "failed" / "assess.json")["hosts"]] == [OFF]
