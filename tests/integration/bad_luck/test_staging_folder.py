# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The staging folder is open to SYSTEM and Administrators alone, even if somebody else made it before."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.bad_luck.conftest import Packages
from tests.integration.bad_luck.controllers import in_background, wait_until
from tests.integration.bad_luck.traces import STAGING
from tests.integration.conftest import Lab
from tests.integration.plays import Task, run_playbook
from tests.lab.control.client import ControlClient

FOLDER = f"{STAGING}\\KB978918"
USERS = "*S-1-5-32-545"
FLEET = {
    "hosts": [
        {
            "name": name,
            "system": "2008r2-x64",
            "language": language,
            "faults": ["dism_slow"],
            "users": [
                {"name": "Administrator", "password": "Lab-Passw0rd!", "builtin": True},
                {"name": "mallory", "password": "Users-Passw0rd!", "administrator": False},
            ],
        }
        for name, language in {
            "fresh": "en-US",
            "planted": "en-US",
            "german": "de-DE",
            "denying": "de-DE",
        }.items()
    ]
}


@pytest.fixture(scope="module")
def installed(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> Lab:
    """All hosts after an installation; while DISM worked, the folder was looked at."""
    lab = start_lab(FLEET)
    plant(lab.control, packages)
    shut_out(lab.control)
    tasks = [{"winfleet.hotfix.hotfix": {"package": str(packages.good()), "keep_files": True}}]
    play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
    names = [str(host["name"]) for host in FLEET["hosts"]]
    folder: Path = tmp_path_factory.mktemp("staging")
    with in_background(lambda: run_playbook([play], lab.inventory, folder)) as run:
        wait_until(lambda: all(lab.control.host(name)["servicing_busy"] for name in names), "DISM works")
        for name in names:
            assert_closed(lab.control, name)
        lab.control.advance(11 * 60)
    results: list[Task] = run.result().of("hotfix")
    assert {task.host for task in results if task.changed} == set(names), run.result().output
    return lab


def plant(control: ControlClient, packages: Packages) -> None:
    """A user has made the folder, owns it, and put files in it that he may change."""
    for line in (
        f'mkdir "{FOLDER}\\expanded"',
        f'echo echo mine >"{FOLDER}\\install.cmd"',
        f'echo other >"{FOLDER}\\package.msu.part"',
        f'icacls "{STAGING}" /grant {USERS}:(OI)(CI)F',
        f'icacls "{FOLDER}\\package.msu.part" /inheritance:r /grant {USERS}:F',
        f'icacls "{STAGING}" /setowner mallory /t',
    ):
        answer = control.run("planted", line)
        assert answer["exit_code"] == 0, (line, answer)
    control.write_file("planted", f"{FOLDER}\\package.msu", packages.bad("wrong-architecture").read_bytes())
    assert control.run("planted", f'icacls "{FOLDER}\\package.msu" /grant {USERS}:F')["exit_code"] == 0


def shut_out(control: ControlClient) -> None:
    """A folder that its owner alone may enter: no administrator has a right to it."""
    for line in (
        f'mkdir "{FOLDER}"',
        f'icacls "{STAGING}" /setowner mallory /t',
        f'icacls "{STAGING}" /inheritance:r /grant:r mallory:(OI)(CI)F',
    ):
        assert control.run("denying", line)["exit_code"] == 0, line


def assert_closed(control: ControlClient, host: str) -> None:
    """Nobody else has a right to the folder or to anything in it, nor owns it."""
    shot = control.snapshot(host)
    paths = [path for path in shot["files"] if f"{path}\\".startswith(f"{STAGING}\\")]
    assert f"{FOLDER}\\package.msu" in paths
    for path in paths:
        shown = control.run(host, f'icacls "{path}"')["stdout"]
        names = set(re.findall(r"(NT AUTHORITY\\\w+|BUILTIN\\\w+|Everyone|S-1-[\d-]+):", shown))
        assert names <= {"NT AUTHORITY\\SYSTEM", "BUILTIN\\Administrators", "BUILTIN\\Administratoren"}, shown
        assert len(names) == 2, shown
    owners = {
        path: right["owner"] for path, right in shot["rights"].items() if path.startswith(STAGING.lower())
    }
    assert set(owners.values()) <= {"S-1-5-18", "S-1-5-32-544"}, owners


@pytest.mark.parametrize("host", ["fresh", "planted", "german", "denying"])
def test_the_folder_is_closed_to_everybody_else(installed: Lab, host: str) -> None:
    assert_closed(installed.control, host)


def test_what_was_planted_was_neither_run_nor_installed(installed: Lab, packages: Packages) -> None:
    control = installed.control
    assert control.read_file("planted", f"{FOLDER}\\package.msu") == packages.good().read_bytes()
    assert b"echo mine" not in (control.read_file("planted", f"{FOLDER}\\install.cmd") or b"")
    assert control.host("planted")["packages"]["Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"] == 0x60
