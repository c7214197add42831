# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad packages and hosts that cannot take them: a clear error, an unchanged host, and a good run afterwards.

One host for each kind of bad luck; one play meets it on all of them, the next one comes after it was mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.bad_luck.conftest import Packages, sha256
from tests.integration.bad_luck.traces import LOGS, STAGING, difference
from tests.integration.conftest import Lab
from tests.integration.plays import Run, Task, run_playbook
from tests.lab.control.client import ControlClient

CBS = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"
ON_HOST = "C:\\package.msu"
URL = "http://updates.example/package.msu"
MEBIBYTE = 1024 * 1024
PASSWORD = "Lab-Passw0rd!"
ADMINISTRATOR = {"name": "Administrator", "password": PASSWORD, "builtin": True}


@dataclass(frozen=True)
class Case:
    """One kind of bad luck.

    Attributes:
        says: patterns that the error message must match, each.
        package: a bad package by the end of its name, `good`, or none.
        location: of the package: `controller`, `host` or `url`.
        hash_of: the package whose hash is given, if it is another one's or the location needs one.
        profile: of the host.
        exit_name: what servicing calls it, where the host's task came to run.
        outcome: of the task.
        unnamed: the package's path is given and does not lead to a file.
    """

    says: tuple[str, ...]
    package: str | None = "good"
    location: str = "controller"
    hash_of: str | None = None
    profile: dict[str, Any] = field(default_factory=dict)
    exit_name: str | None = None
    outcome: str = "failed"


def fault(name: str, exit_name: str, *says: str) -> Case:
    """DISM refuses with a code of its own."""
    return Case(says, profile={"faults": [name]}, exit_name=exit_name)


def on_host(package: str, exit_name: str, *says: str, hash_of: str | None = None) -> Case:
    """The host itself has to find out what is wrong with the package."""
    return Case(says, package, "host", hash_of or package, exit_name=exit_name)


CASES = {
    "no-package": Case((r"no package was given", r"Windows6\.1-KB978918-x64\.msu"), package=None),
    "no-such-file": Case((r"none\.msu", r"not (exist|there)|no such|cannot be read"), package="none"),
    "other-kb": Case((r"KB2534111", r"KB978918"), package="KB2534111-x64"),
    "other-architecture": Case((r"x86", r"x64"), package="wrong-architecture"),
    "truncated": Case(
        (r"truncated\.msu", r"(?i)damaged|truncated|incomplete", r"(?i)again"), package="truncated"
    ),
    "garbage": Case(
        (r"garbage\.msu", r"(?i)no cabinet|not a cabinet", r"(?i)download|name"), package="garbage"
    ),
    "empty": Case((r"empty\.msu", r"(?i)empty|no cabinet|not a cabinet"), package="empty"),
    "other-hash": Case((r"has the SHA-256 [0-9a-f]{64}, not", r"Download it again"), hash_of="truncated"),
    "other-hash-on-host": on_host(
        "good", "hash_differs", r"another hash", r"Compare sha256", hash_of="truncated"
    ),
    "other-kb-on-host": on_host("KB2534111-x64", "wrong_package", r"not of this hotfix", r"Name the package"),
    "other-architecture-on-host": on_host(
        "wrong-architecture", "wrong_package", r"architecture", r"Name the pack"
    ),
    "truncated-on-host": on_host(
        "truncated", "expand_failed", r"could not be expanded", r"Download it again"
    ),
    "garbage-on-host": on_host("garbage", "wrong_package", r"no update package", r"Name the package"),
    "missing-on-host": on_host(
        "none", "fetch_failed", r"could not get the package", r"rights", hash_of="good"
    ),
    "no-download": Case(
        (r"could not get the package", r"(?i)proxy", r"package_location: controller"),
        location="url",
        hash_of="good",
        profile={"faults": ["download_fails"]},
        exit_name="fetch_failed",
    ),
    "no-sha256": Case(
        (r"cannot compute the SHA-256", r"package_location: controller"),
        location="host",
        hash_of="good",
        profile={"faults": ["no_sha256"]},
        exit_name="hash_unavailable",
    ),
    "disk-nearly-full": Case(
        (r"C: has 300 MiB free", r"needs \d+ MiB", r"Free space"), profile={"free_bytes": 300 * MEBIBYTE}
    ),
    "disk-full": fault("disk_full", "disk_full", r"drive is full", r"Free at least", r"0x80070070"),
    "store-damaged": fault("store_damaged", "store_damaged", r"store is damaged", r"KB947821", r"0x80073712"),
    "pending-operations": fault(
        "pending_operations", "pending_operations", r"pending", r"Restart", r"0x800f0806"
    ),
    "restart-needed": fault(
        "restart_needed_first", "restart_needed_first", r"Restart the host", r"0x80070bc2"
    ),
    "another-running": fault(
        "another_install_running", "another_installation_running", r"Another", r"Wait for"
    ),
    "stack-too-old": fault(
        "servicing_stack_too_old", "servicing_stack_too_old", r"servicing stack", r"Install"
    ),
    "rpc-failed": fault("rpc_failed", "rpc_failed", r"RPC failed", r"CBS\.log", r"1726"),
    "others-pending": Case((r"Other updates wait for a restart", r"RebootPending", r"only_if_pending: any")),
    "boot-not-over": Case((r"at work after the last boot", r"Wait until")),
    "installer-disabled": Case(
        (r"TrustedInstaller .*is disabled", r"sc config TrustedInstaller start= demand"),
        profile={"faults": ["trustedinstaller_disabled"]},
    ),
    "not-elevated": Case(
        (r"(?i)access is denied", r"LocalAccountTokenFilterPolicy", r"Administrators"),
        profile={"users": [{"name": "operator", "password": PASSWORD}, ADMINISTRATOR]},
        outcome="unreachable",
    ),
    "no-administrator": Case(
        (r"staging folder", r"Administrators", r"LocalAccountTokenFilterPolicy"),
        profile={
            "users": [
                {"name": "helper", "password": PASSWORD, "administrator": False, "remote": True},
                ADMINISTRATOR,
            ]
        },
    ),
    "access-denied": Case(
        (r"(?i)access is denied", r"Administrators"),
        profile={"faults": ["access_denied"]},
        outcome="unreachable",
    ),
    "wrong-password": Case(
        (r"rejected", r"Check ansible_user", r"ansible_password"),
        outcome="unreachable",
    ),
}
PLAY: list[dict[str, Any]] = [
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Install",
                "winfleet.hotfix.hotfix": {
                    "package": "{{ given.package | default(omit) }}",
                    "package_location": "{{ given.location | default(omit) }}",
                    "sha256": "{{ given.sha256 | default(omit) }}",
                },
                "vars": {"given": "{{ packages_given[inventory_hostname] }}"},
                "ignore_errors": True,
                "ignore_unreachable": True,
            }
        ],
    }
]


@dataclass(frozen=True)
class Story:
    """The bad run with the hosts before and after it, and the good run that followed."""

    bad: dict[str, Task]
    before: dict[str, dict[str, Any]]
    after: dict[str, dict[str, Any]]
    good: dict[str, Task]
    output: str


@pytest.fixture(scope="module")
def story(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    hosts = [{"name": name, "system": "2008r2-x64", **case.profile} for name, case in CASES.items()]
    lab = start_lab({"hosts": hosts})
    folder = tmp_path_factory.mktemp("installing")
    prepare(lab.control, packages)
    mistaken = lab.inventory.parent / "host_vars" / "wrong-password.yml"
    mistaken.parent.mkdir()
    mistaken.write_text("ansible_password: Not-The-Passw0rd", "utf-8")
    before = {name: lab.control.snapshot(name) for name in CASES}
    bad = install(lab, folder, {name: arguments(case, packages) for name, case in CASES.items()})
    after = {name: lab.control.snapshot(name) for name in CASES}
    mend(lab.control)
    mistaken.unlink()
    right = {name: {"package": str(packages.good())} for name in CASES}
    good = install(lab, folder, right, "-e", "ansible_user=Administrator")
    return Story(results(bad), before, after, results(good), bad.output + good.output)


def install(lab: Lab, folder: Path, given: dict[str, Any], *options: str) -> Run:
    return run_playbook(PLAY, lab.inventory, folder, *options, variables={"packages_given": given})


def results(run: Run) -> dict[str, Task]:
    return {task.host: task for task in run.of("hotfix")}


def arguments(case: Case, packages: Packages) -> dict[str, str]:
    """The module's arguments that bring the bad luck about."""
    given = {"location": case.location}
    if case.package is not None:
        given["package"] = {"host": ON_HOST, "url": URL}.get(
            case.location, str(file_of(case.package, packages))
        )
    if case.hash_of is not None:
        given["sha256"] = sha256(file_of(case.hash_of, packages))
    return given


def file_of(package: str, packages: Packages) -> Path:
    if package == "none":
        return packages.folder / "none.msu"
    return packages.good() if package == "good" else packages.bad(package)


def prepare(control: ControlClient, packages: Packages) -> None:
    for name, case in CASES.items():
        if case.location == "host" and case.package not in (None, "none"):
            control.write_file(name, ON_HOST, file_of(str(case.package), packages).read_bytes())
    control.create_key("others-pending", f"{CBS}\\RebootPending")
    control.create_key("boot-not-over", f"{CBS}\\RebootInProgress")


def mend(control: ControlClient) -> None:
    """What the messages ask for."""
    for name in CASES:
        control.clear_faults(name)
    control.delete_key("others-pending", f"{CBS}\\RebootPending")
    control.delete_key("boot-not-over", f"{CBS}\\RebootInProgress")
    control.set_free("disk-nearly-full", 20 * 1024 * MEBIBYTE)
    assert control.run("installer-disabled", "sc config TrustedInstaller start= demand")["exit_code"] == 0


@pytest.mark.parametrize("name", CASES)
def test_the_message_says_what_is_wrong_and_what_to_do(story: Story, name: str) -> None:
    case, task = CASES[name], story.bad[name]
    assert task.outcome == case.outcome, task.result
    message = task.result["msg"]
    assert not [pattern for pattern in case.says if not re.search(pattern, message)], message
    assert "Traceback" not in message and "unexpectedly" not in message
    assert (task.result.get("servicing") or {}).get("exit_name") == case.exit_name


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_changed_on_the_host(story: Story, name: str) -> None:
    # Where the host's task had to look, its record and its logs stay: they tell of the attempt.
    apart = (STAGING, LOGS) if CASES[name].exit_name else ()
    assert difference(story.before[name], story.after[name], *apart) == {}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.exit_name])
def test_no_package_stays_in_the_staging_folder(story: Story, name: str) -> None:
    left = {path for path in story.after[name]["files"] if path.startswith(f"{STAGING}\\KB978918\\")}
    assert {path.rpartition("\\")[2] for path in left} <= {"attempt.txt", "install.log", "dism.log"}


@pytest.mark.parametrize("name", CASES)
def test_the_run_after_it_installs(story: Story, name: str) -> None:
    task = story.good[name]
    assert task.outcome == "ok", task.result["msg"]
    assert (task.changed, task.result["status"], task.result["servicing"]["exit_name"]) == (
        True,
        "restart_pending",
        "restart_required",
    )


def test_nothing_prints_a_traceback(story: Story) -> None:
    assert "Traceback" not in story.output
