# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hotfix for Service Pack 1, verified in a fleet with hosts that have it and hosts that lack it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook
from tests.unit._hotfix.builds import definition, entry, file

FIX = file("6.1.7601.21624", path=r"%SystemRoot%\System32\credssp.dll")
# rtm lacks the service pack, sp1 has its files as shipped.
HOSTS = [{"name": "rtm", "system": "2008r2-x64"}, {"name": "sp1", "system": "2008r2-x64-sp1", "files": "sp1"}]


@pytest.fixture(scope="module")
def verified(
    start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Run, dict[str, dict[str, Any]]]:
    lab = start_lab({"defaults": {"domain": "corp.example"}, "hosts": HOSTS})
    folder: Path = tmp_path_factory.mktemp("service-pack")
    mine = folder / "KB2465285.yml"
    mine.write_text(yaml.safe_dump(definition(entry(7601, FIX))), encoding="utf-8")
    run = run_playbook("verify", lab.inventory, folder, variables={"hotfix_definition": str(mine)})
    return run, read_report(folder, "verify-KB2465285")


def test_a_host_without_the_service_pack_is_not_verified_and_says_what_it_needs(
    verified: tuple[Run, dict[str, dict[str, Any]]],
) -> None:
    run, rows = verified
    assert run.code != 0
    assert (rows["rtm"]["status"], rows["rtm"]["service_pack_needed"]) == ("not_applicable", 1)
    assert "needs Service Pack 1 first" in rows["rtm"]["error"]
    assert "1 × Needs something else first: The host lacks Service Pack 1. (rtm)" in run.output


def test_a_service_pack_as_shipped_is_vulnerable_though_its_number_is_above_the_fix_for_the_build_before(
    verified: tuple[Run, dict[str, dict[str, Any]]],
) -> None:
    row = verified[1]["sp1"]
    assert row["status"] == "vulnerable"
    assert row["reasons"][0].endswith("has 6.1.7601.17514 (SP1), older than 6.1.7601.21624.")
