# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remediating hosts that an installation left half done, that are broken, or that need another hotfix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import read_report, run_playbook
from tests.lab.packages.builder import PackageSpec, build_msu

IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
HOSTS: list[dict[str, Any]] = [
    {"name": "resolved", "packages": {IDENTITY: 0x20}},
    {"name": "staging", "packages": {IDENTITY: 0x30}, "winrm": {"stack": "3.0"}},
    {"name": "broken", "packages": {IDENTITY: 0xFFFFFF90}},
    {"name": "server2008", "system": "2008-x64"},
]


@pytest.fixture(scope="module")
def remediated(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the report."""
    lab = start_lab({"defaults": {"system": "2008r2-x64"}, "hosts": HOSTS})
    folder = tmp_path_factory.mktemp("odd")
    package = folder / "Windows6.1-KB978918-x64.msu"
    package.write_bytes(build_msu(PackageSpec("x64")))
    variables = {"hotfix_packages": {"x64": {"path": str(package)}}, "hotfix_restart": "none"}
    run_playbook("remediate", lab.inventory, folder, variables=variables)
    return folder


@pytest.fixture(scope="module")
def rows(remediated: Path) -> dict[str, dict[str, Any]]:
    return read_report(remediated, "remediate")


@pytest.mark.parametrize("host", ["resolved", "staging"])
def test_what_an_interrupted_installation_left_is_installed(rows: dict[str, Any], host: str) -> None:
    assert (rows[host]["status"], rows[host]["error"]) == ("restart_pending", None)


def test_a_broken_package_is_left_to_the_repair_that_the_reasons_name(rows: dict[str, Any]) -> None:
    assert rows["broken"]["status"] == "unknown"
    said = " ".join(rows["broken"]["reasons"])
    assert "broken (Invalid Installed)" in said and "KB947821" in said and "could not be read" not in said


def test_a_server_2008_is_told_its_own_hotfix_and_counted(rows: dict[str, Any], remediated: Path) -> None:
    row = rows["server2008"]
    assert (row["status"], row["sibling"]) == ("not_applicable", "KB975943")
    assert "KB975943" in row["actions"]["left_alone"]
    page = (remediated / "remediate.html").read_text("utf-8")
    assert "<h3>1 × Needs something else first</h3><p class='what'>This Windows needs KB975943" in page
    assert "1 × Needs something else first: This Windows needs KB975943" in (
        remediated / "output.log"
    ).read_text("utf-8")
