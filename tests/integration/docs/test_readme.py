# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a newcomer copies from the README and the guides does what they say, on hosts of the names they use.

The inventory, the settings and the commands are those of the pages. Added is only what a page leaves to its
reader: addresses, a password, a folder with packages.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from tests.integration.conftest import Lab
from tests.integration.docs.desk import Desk, make_vault, playbook_commands, shown, statuses
from tests.integration.plays import run_playbook
from tests.lab.packages.builder import PackageSpec, build_msu
from tests.unit.docs.pages import ROOT, snippets

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
    make_vault(desk, README, PASSWORD)
    for name in HOSTS:
        address = {"ansible_host": lab.host_vars(name)["ansible_host"]}
        desk.write(f"host_vars/{name}.yml", yaml.safe_dump(address))
    return desk


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
