# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The five commands of the guide "Another hotfix" lead from the packages to the proof, word for word.

The hotfix has two builds and two branches; there is a host for each of the four, and one for x86. Added is
only what the page leaves to its reader: an inventory and the packages.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import core_programs
from tests.lab.packages.builder import build_msu, inner_cabinet
from tests.lab.packages.samples import VERSIONS, disk_files, two_builds
from tests.unit.docs.pages import ROOT, commands, snippets

GUIDE = ROOT / "docs" / "guide" / "another-hotfix.md"
KB = "KB2465285"
# The branch of each host: the version that it has, and the one that the hotfix brings.
BEFORE = {
    "rtm-gdr": "6.1.7600.16385",
    "rtm-ldr": "6.1.7600.20700",
    "sp1-gdr": "6.1.7601.17514",
    "sp1-ldr": "6.1.7601.21000",
    "client": "6.1.7600.16385",
}
AFTER = {
    "rtm-gdr": VERSIONS["RTM"]["GDR"],
    "rtm-ldr": VERSIONS["RTM"]["LDR"],
    "sp1-gdr": VERSIONS["SP1"]["GDR"],
    "sp1-ldr": VERSIONS["SP1"]["LDR"],
    "client": VERSIONS["RTM"]["GDR"],
}
SYSTEMS = {"rtm": "2008r2-x64", "sp1": "2008r2-x64-sp1", "client": "win7-x86"}


@dataclass(frozen=True)
class Step:
    """A command of the guide: its output, and the report that it left."""

    code: int
    output: str
    rows: dict[str, dict[str, Any]]


def host(name: str) -> dict[str, Any]:
    architecture = "x86" if name == "client" else "x64"
    return {
        "name": name,
        "system": SYSTEMS[name.partition("-")[0]],
        "more_files": disk_files(architecture, BEFORE[name]),
    }


def fill(folder: Path) -> None:
    """Put the packages into a folder as people have them: catalogue names, a sub-folder, one from WSUS."""
    x64 = build_msu(two_builds("x64", KB))
    sha1 = hashlib.sha1(x64, usedforsecurity=False).hexdigest()
    files = {
        f"windows6.1-{KB.lower()}-x64_{sha1}.msu": x64,
        "x86/A1B2C3D4E5F60718293A4B5C6D7E8F9001122334.cab": inner_cabinet(two_builds("x86", KB)),
        f"._windows6.1-{KB.lower()}-x64_{sha1}.msu": b"\0\5\x16\7\0\2\0\0",
    }
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@pytest.fixture(scope="module")
def steps(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    lab = start_lab({"defaults": {"domain": "corp.example"}, "hosts": [host(name) for name in BEFORE]})
    desk = tmp_path_factory.mktemp("desk")
    shutil.copy(lab.inventory, desk / "inventory.yml")
    fill(desk / "packages")
    (settings,) = [each for each in snippets("yaml") if each.page == GUIDE and each.file_name]
    assert settings.file_name
    (desk / settings.file_name).parent.mkdir(parents=True)
    (desk / settings.file_name).write_text(settings.text, "utf-8")
    lines = [line for snippet, line in commands() if snippet.page == GUIDE and KB in line]
    found = []
    for line in lines:
        if "verify" in line:
            lab.control.advance(8 * 24 * 3600)
        found.append(run(line, desk))
    return found


def run(line: str, desk: Path) -> Step:
    environment = {
        **os.environ,
        "PATH": f"{core_programs()}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(
        ["bash", "-c", line], cwd=desk, env=environment, capture_output=True, text=True, check=False
    )
    playbook = line.partition("winfleet.hotfix.")[2].partition(" ")[0]
    report = desk / "hotfix-reports" / f"{playbook}-{KB}.json"
    rows = json.loads(report.read_text("utf-8"))["hosts"] if playbook and report.exists() else []
    return Step(done.returncode, done.stdout + done.stderr, {row["host"]: row for row in rows})


def test_five_commands_end_well(steps: list[Step]) -> None:
    assert [step.code for step in steps] == [0] * 5, "\n".join(step.output[-2000:] for step in steps)


def test_the_review_shows_what_the_packages_do_not_say(steps: list[Step]) -> None:
    assert "The packages do not show:" in steps[1].output
    assert "restart_required" in steps[1].output
    assert f"gdr_version: {VERSIONS['SP1']['GDR']}" in steps[1].output


def test_every_host_lacks_the_hotfix_before(steps: list[Step]) -> None:
    assert {name: row["status"] for name, row in steps[2].rows.items()} == dict.fromkeys(BEFORE, "vulnerable")


def test_the_package_comes_from_the_folder_whatever_its_name(steps: list[Step]) -> None:
    used = {name: Path(row["actions"]["package"]).suffix for name, row in steps[3].rows.items()}
    assert used == {**dict.fromkeys(BEFORE, ".msu"), "client": ".cab"}


def test_every_host_is_proven_by_the_version_of_its_own_build_and_branch(steps: list[Step]) -> None:
    rows = steps[4].rows
    assert {name: (row["status"], row["by"]) for name, row in rows.items()} == dict.fromkeys(
        BEFORE, ("compliant", "hotfix")
    )
    for name, row in rows.items():
        assert {each["version"] for each in row["files"] if each["deciding"]} == {AFTER[name]}
