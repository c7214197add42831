# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a newcomer copies from the README and the guides does what they say, on hosts of the names they use.

The inventory, the settings and the commands are those of the pages. Added is only what a page leaves to its
reader: addresses, a password, a folder with packages.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.plays import Run, core_programs, read_report, report_name, run_playbook
from tests.lab.packages.builder import PackageSpec, build_msu
from tests.unit.docs.pages import ROOT, commands, snippets

README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "guide" / "remediate-a-fleet.md"
HOSTS = ["rds01.corp.example", "rds02.corp.example"]
PASSWORD = "Patching-Passw0rd!"
FLEET = {
    "defaults": {
        "domain": "corp.example",
        "rdp": {"enabled": True, "nla": True, "application_server": True},
        "users": [{"name": "patching", "password": PASSWORD, "domain": "corp.example"}],
    },
    "hosts": [{"name": name, "system": "2008r2-x64"} for name in HOSTS],
}
# The groups that guides speak of.
GROUPS = "".join(
    f"[{group}]\nrds01.corp.example\n" for group in ("canary", "branch_offices", "session_hosts")
)

# The names of the reports that are not those of their playbooks.
REPORTS = {"cancel_restarts": "cancel", "list_restarts": "restarts"}


class Desk:
    """The folder of somebody who works with the collection, and the runs made there."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
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
            environment={"PWD": str(self.folder)},
            cwd=self.folder,
        )
        name = playbook.rpartition(".")[2]
        return run, read_report(place, report_name(REPORTS.get(name, name), options))


def shown(page: Path, name: str) -> str:
    """The file that a page shows under this name."""
    return next(each.text for each in snippets("yaml") if each.page == page and each.file_name == name)


def playbook_commands(page: Path, *parts: str) -> list[str]:
    """The commands of a page that have all parts."""
    lines = [line for snippet, line in commands() if snippet.page == page and "ansible-playbook" in line]
    return [line for line in lines if all(part in line for part in parts)]


@pytest.fixture(scope="module")
def desk(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    lab = start_lab(FLEET)
    desk = Desk(lab, tmp_path_factory.mktemp("desk"))
    packages = desk.folder / "packages"
    packages.mkdir()
    spec = PackageSpec("x64")
    (packages / f"{spec.stem}.msu").write_bytes(build_msu(spec))
    desk.write("inventory.yml", shown(README, "inventory.yml"))
    settings = "group_vars/all/hotfix.yml"
    desk.write(settings, shown(README, settings).replace("/srv/packages", str(packages)))
    desk.write("groups.ini", GROUPS)
    make_vault(desk)
    for name in HOSTS:
        address = {"ansible_host": lab.host_vars(name)["ansible_host"]}
        desk.write(f"host_vars/{name}.yml", yaml.safe_dump(address))
    return desk


def make_vault(desk: Desk) -> None:
    """Run the README's command; in the place of the editor, a copy of what it is to be given."""
    (command,) = [line for page, line in commands() if page.page == README and "ansible-vault" in line]
    program, *words = shlex.split(command)
    desk.write("vault-password", "of the vault")
    desk.write("typed", yaml.safe_dump({"vault_patching_password": PASSWORD}))
    subprocess.run(
        [str(core_programs() / program), *words, "--skip-tty-check", *desk.vault],
        cwd=desk.folder,
        env={**os.environ, "EDITOR": f"cp {desk.folder / 'typed'}"},
        check=True,
        capture_output=True,
    )
    assert PASSWORD not in (desk.folder / words[-1]).read_text("utf-8")


def statuses(report: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {host: row["status"] for host, row in report.items()}


# The tests below are one story and run in this order.


def test_the_readme_assesses(desk: Desk) -> None:
    (command,) = playbook_commands(README, "assess", "inventory.yml winfleet")
    run, report = desk.run(command)
    assert run.code == 0, run.output
    assert statuses(report) == dict.fromkeys(HOSTS, "vulnerable")


def test_the_readme_rehearses(desk: Desk) -> None:
    (command,) = playbook_commands(README, "remediate", "--check")
    run, report = desk.run(command)
    assert run.code == 0, run.output
    assert run.changed_hosts() == set(HOSTS)
    assert statuses(report) == dict.fromkeys(HOSTS, "vulnerable")


def test_the_role_s_page_shows_a_play_that_works(desk: Desk) -> None:
    page = ROOT / "roles" / "hotfix" / "README.md"
    plays = yaml.safe_load(next(each.text for each in snippets("yaml") if each.page == page))
    plays[0]["roles"][0]["vars"]["hotfix_package_dir"] = str(desk.folder / "packages")
    options = ("-i", str(desk.folder / "groups.ini"), "--check", *desk.vault)
    run = run_playbook(plays, desk.folder / "inventory.yml", desk.folder / "role", *options, cwd=desk.folder)
    assert run.code == 0, run.output
    assert run.changed_hosts() == {"rds01.corp.example"}


def test_the_guide_shows_a_play_that_lists_what_is_not_fixed(desk: Desk) -> None:
    page = ROOT / "docs" / "guide" / "first-assessment.md"
    plays = next(
        yaml.safe_load(each.text)
        for each in snippets("yaml")
        if each.page == page and isinstance(yaml.safe_load(each.text), list)
    )
    options = ("-i", str(desk.folder / "groups.ini"), *desk.vault)
    run = run_playbook(plays, desk.folder / "inventory.yml", desk.folder / "list", *options, cwd=desk.folder)
    assert run.code == 0, run.output
    assert "older than 6.1.7600.20618" in run.output


def test_the_readme_remediates(desk: Desk) -> None:
    (command,) = [line for line in playbook_commands(README, "remediate") if "--check" not in line]
    run, report = desk.run(command)
    assert run.code == 0, run.output
    assert statuses(report) == dict.fromkeys(HOSTS, "restart_pending")


def test_the_guide_lists_restarts(desk: Desk) -> None:
    (command,) = playbook_commands(GUIDE, "list_restarts")
    run, report = desk.run(command)
    assert run.code == 0, run.output
    planned = {host: row["restart"]["scheduled_for"] for host, row in report.items()}
    assert set(planned) == set(HOSTS)
    assert all(when and f'"{host}": "{when}"' in run.output for host, when in planned.items()), run.output


def test_the_guide_cancels_restarts(desk: Desk) -> None:
    (command,) = playbook_commands(GUIDE, "cancel_restarts")
    run, report = desk.run(command, "-i", str(desk.folder / "groups.ini"))
    assert run.code == 0, run.output
    assert report["rds01.corp.example"]["restart"]["scheduled_for"] is None


def test_the_readme_verifies_after_the_window(desk: Desk) -> None:
    (again,) = [line for line in playbook_commands(README, "remediate") if "--check" not in line]
    assert desk.run(again)[0].changed_hosts() == {"rds01.corp.example"}, "its restart was called off before"
    desk.lab.control.advance(7 * 24 * 3600)
    (command,) = playbook_commands(README, "verify", "inventory.yml winfleet")
    run, report = desk.run(command)
    assert run.code == 0, run.output
    assert statuses(report) == dict.fromkeys(HOSTS, "compliant")


def test_the_guide_goes_back(desk: Desk) -> None:
    remove, verify = playbook_commands(GUIDE, "hotfix_state=absent")
    groups = ("-i", str(desk.folder / "groups.ini"))
    # As a guide's reader, who has set a window before: the notice of ten minutes passes on the fleet's clock.
    run, _unused = desk.run(remove, *groups, "-e", "hotfix_restart_notice_minutes=0")
    assert run.code == 0, run.output
    run, report = desk.run(verify, *groups)
    assert run.code == 0, run.output
    assert statuses(report) == {"rds01.corp.example": "vulnerable"}
