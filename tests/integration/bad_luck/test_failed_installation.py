# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's row of a host where the installation failed tells of that installation, and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.bad_luck.conftest import Packages
from tests.integration.conftest import Lab
from tests.integration.plays import read_report, run_playbook

FAULTS = {"full": "disk_full", "half": "expand_incomplete"}
OLD = b"run=a1\r\nstarted=2026-01-01T03:00:00+00:00\r\nstage=install\r\nexit_code=183\r\n"


@pytest.fixture(scope="module")
def rows(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    hosts = [{"name": name, "system": "2008r2-x64", "faults": [fault]} for name, fault in FAULTS.items()]
    lab, folder = start_lab({"hosts": hosts}), tmp_path_factory.mktemp("failed")
    for name in FAULTS:
        lab.control.run(name, "mkdir C:\\Windows\\winfleet.hotfix\\KB978918")
        lab.control.write_file(name, "C:\\Windows\\winfleet.hotfix\\KB978918\\attempt.txt", OLD)
    variables = {"hotfix_restart": "none", "hotfix_package_dir": str(packages.folder)}
    run = run_playbook("remediate", lab.inventory, folder, variables=variables)
    assert run.code != 0
    return read_report(folder, "remediate")


@pytest.mark.parametrize(("host", "code"), [("full", 0x80070070), ("half", 1)])
def test_the_last_attempt_is_the_one_that_failed(
    rows: dict[str, dict[str, Any]], host: str, code: int
) -> None:
    attempt = rows[host]["last_attempt"]
    assert (attempt["exit_code"], attempt["outcome"]) == (code, "failed")
    assert attempt["time"] > "2026-01-02"


@pytest.mark.parametrize("host", FAULTS)
def test_the_error_names_the_host_once_and_stands_once(rows: dict[str, dict[str, Any]], host: str) -> None:
    row = rows[host]
    assert row["error"].startswith(f"{host}: KB978918: ") and row["error"].count(f"{host}:") == 1
    assert row["error"] not in row["reasons"] and row["status"] == "vulnerable"


def test_a_failure_before_dism_quotes_the_log(rows: dict[str, dict[str, Any]]) -> None:
    assert "expand made no description of the package" in rows["half"]["error"]
