# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who works through a page: writes its files, runs its commands."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.integration.conftest import Lab
from tests.integration.plays import Run, core_programs, read_report, report_name, run_playbook
from tests.unit.docs.pages import commands, snippets

# The names of the reports that are not those of their playbooks.
REPORTS = {"cancel_restarts": "cancel", "list_restarts": "restarts"}


class Desk:
    """The folder of somebody who works with the collection, and the runs made there."""

    def __init__(self, lab: Lab, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.lab = lab
        self.folder = folder
        self.environment = {"PWD": str(folder), **(environment or {})}
        # In the place of --ask-vault-pass, which asks at a terminal.
        self.vault = ("--vault-password-file", str(folder / "vault-password"))
        self._count = 0

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def run(self, command: str, *more: str) -> tuple[Run, dict[str, dict[str, Any]]]:
        """Run a command of a page; returns the run and its report, by host."""
        words = shlex.split(command)
        assert words[:3] == ["ansible-playbook", "-i", "inventory.yml"]
        playbook, options = words[3], words[4:]
        self._count += 1
        place = self.folder / f"run{self._count}"
        run = run_playbook(
            *(playbook, self.folder / "inventory.yml", place, *options, *self.vault, *more),
            environment=self.environment,
            cwd=self.folder,
        )
        name = playbook.rpartition(".")[2]
        return run, read_report(place, report_name(REPORTS.get(name, name), options))


def shown(page: Path, name: str) -> str:
    """The file that a page shows under this name."""
    return next(each.text for each in snippets("yaml", "ini") if each.page == page and each.file_name == name)


def playbook_commands(page: Path, *parts: str) -> list[str]:
    """The commands of a page that have all parts."""
    lines = [line for snippet, line in commands() if snippet.page == page and "ansible-playbook" in line]
    return [line for line in lines if all(part in line for part in parts)]


def make_vault(desk: Desk, page: Path, password: str) -> None:
    """Run the page's command; in the place of the editor, a copy of what it is to be given."""
    (command,) = [line for snippet, line in commands() if snippet.page == page and "ansible-vault" in line]
    program, *words = shlex.split(command)
    desk.write("vault-password", "of the vault")
    desk.write("typed", yaml.safe_dump({"vault_patching_password": password}))
    subprocess.run(
        [str(core_programs() / program), *words, "--skip-tty-check", *desk.vault],
        cwd=desk.folder,
        env={**os.environ, "EDITOR": f"cp {desk.folder / 'typed'}"},
        check=True,
        capture_output=True,
    )
    assert password not in (desk.folder / words[-1]).read_text("utf-8")


def statuses(report: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {host: row["status"] for host, row in report.items()}
