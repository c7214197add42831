# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs playbooks as an operator does, with any ansible-core, and returns every task's result as data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.core_pythons import CORES

ROOT = Path(__file__).resolve().parents[2]


def core_programs(core: str | None = None) -> Path:
    """The folder of ansible-playbook: in this environment, or in that of another ansible-core (`2.16`).

    Skips the test where the other one is not installed, and says which Python it needs.
    """
    if core is None:
        return Path(sys.executable).parent
    programs = ROOT / f".venv-core-{core}" / "bin"
    if not (programs / "ansible-playbook").exists():
        minors = CORES[core]
        pytest.skip(
            f"no ansible-core {core}: make .venv-core-{core}/.ready (Python 3.{minors[0]} to 3.{minors[-1]})"
        )
    return programs


@dataclass(frozen=True)
class Task:
    """One task's result on one host. `outcome` is ok, failed, unreachable or skipped."""

    host: str
    task: str
    action: str
    outcome: str
    changed: bool
    result: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A finished run of a playbook."""

    code: int
    output: str
    tasks: tuple[Task, ...] = field(repr=False)

    def of(self, action: str, host: str | None = None) -> list[Task]:
        """The results of an action (its short name does), of one host or of all."""
        wanted = action if "." in action else f"winfleet.hotfix.{action}"
        return [each for each in self.tasks if each.action == wanted and host in (None, each.host)]

    def changed_hosts(self) -> set[str]:
        """The hosts on which something changed."""
        return {each.host for each in self.tasks if each.changed and each.outcome == "ok"}


def run_playbook(
    playbook: str | Path | Sequence[Mapping[str, Any]],
    inventory: Path,
    folder: Path,
    *options: str,
    variables: Mapping[str, Any] | None = None,
    core: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Run:
    """Run a playbook to its end. What ansible-core announces to remove is a failure.

    Args:
        playbook: a name of the collection's (`assess`), a path, or the plays themselves.
        inventory: the inventory file.
        folder: where the run keeps its files; reports too, unless `hotfix_report_dir` says otherwise.
        options: further options of ansible-playbook.
        variables: extra variables.
        core: another ansible-core, such as `2.16`, or the folder of its programs; None for this one's.
        environment: further environment variables.
        cwd: where it is called.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not isinstance(playbook, str | Path):
        path = folder / "play.yml"
        path.write_text(yaml.safe_dump(list(playbook), allow_unicode=True, sort_keys=False), "utf-8")
        playbook = path
    elif isinstance(playbook, str) and "/" not in playbook and "." not in playbook:
        playbook = ROOT / "playbooks" / f"{playbook}.yml"
    results = folder / "results.jsonl"
    results.unlink(missing_ok=True)
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"hotfix_report_dir": str(folder), **(variables or {})}), "utf-8")
    programs = core if isinstance(core, Path) else core_programs(core)
    command = [programs / "ansible-playbook", "-i", inventory, "-e", f"@{settings}", playbook]
    done = subprocess.run(
        [*map(str, command), *options],
        cwd=cwd,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORKS": "10",
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "integration" / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "results_file",
            "RESULTS_FILE": str(results),
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    (folder / "output.log").write_text(output, "utf-8")
    assert "[DEPRECATION WARNING]" not in output, output
    lines = results.read_text("utf-8").splitlines() if results.exists() else []
    tasks = tuple(Task(**json.loads(line)) for line in lines)
    return Run(done.returncode, output, tasks)


def report_name(playbook: str, options: Sequence[str]) -> str:
    """What a playbook calls its report: a rehearsal does not take the place of a run's."""
    return f"{playbook}-check" if "--check" in options else playbook


def read_report(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    """The rows of a fleet report (`assess`, `remediate`, `verify`), by host."""
    path = folder / f"{name}.json"
    assert path.exists(), f"no report: {(folder / 'output.log').read_text('utf-8')[-6000:]}"
    report = json.loads(path.read_text("utf-8"))
    return {row["host"]: row for row in report["hosts"]}
