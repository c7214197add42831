# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role refuses what could not come to a good end before it changes anything, and the report says why."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml

from tests.integration.bad_luck.conftest import Packages
from tests.integration.bad_luck.traces import difference
from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook
from tests.lab.control.client import ControlClient

MEBIBYTE = 1024 * 1024
CBS = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"
WINDOW = {"days": [], "start": "02:00", "duration_minutes": 60}
MESSAGE = 'R&D: 50 % "off" ^now^ %PATH% 再起動します'
CET = timezone(timedelta(hours=1))


@dataclass(frozen=True)
class Case:
    """What is wrong with a host or its settings, and what the report must say."""

    says: tuple[str, ...]
    profile: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=lambda: {"hotfix_restart_window": WINDOW})


CASES = {
    "no-package": Case(
        (r"no package of KB978918 for ia64", r"Windows6\.1-KB978918-ia64\.msu", r"Put it there"),
        {"system": "2008r2-ia64"},
    ),
    "restart-past": Case(
        (r"in the past", r"ask for a later time"), settings={"hotfix_restart_at": "2020-01-01T03:00"}
    ),
    "restart-past-object": Case(
        (r"in the past", r"ask for a later time"), settings={"hotfix_restart_at": datetime(2020, 1, 1, 3)}
    ),
    "window-too-short": Case(
        (r"does not fit", r"lengthen duration_minutes"),
        settings={"hotfix_restart_window": {**WINDOW, "duration_minutes": 5}},
    ),
    "no-time": Case((r"needs a time", r"hotfix_restart_window", r"hotfix_restart_at"), settings={}),
    "disk-nearly-full": Case((r"300 MiB free", r"Free space"), {"free_bytes": 300 * MEBIBYTE}),
    "installer-disabled": Case(
        (r"TrustedInstaller", r"start= demand"), {"faults": ["trustedinstaller_disabled"]}
    ),
    "others-pending": Case((r"Other updates wait for a restart", r"Restart the host")),
    "domain-controller": Case(
        (r"domain controller", r"hotfix_allow_dc"), {"domain": "corp.example", "domain_controller": True}
    ),
    "cluster-node": Case((r"failover cluster", r"hotfix_allow_cluster_node"), {"cluster_node": True}),
    "bitlocker-pin": Case((r"PIN", r"hotfix_allow_bitlocker_pin"), {"bitlocker": [4]}),
    "no-administrator": Case(
        (r"not a full administrator", r"LocalAccountTokenFilterPolicy"),
        {
            "users": [
                {"name": "helper", "password": "Lab-Passw0rd!", "administrator": False, "remote": True},
                {"name": "Administrator", "password": "Lab-Passw0rd!", "builtin": True},
            ]
        },
    ),
}
# The settings that the messages of these hosts name.
MENDED = {
    "domain-controller": {"hotfix_allow_dc": True},
    "cluster-node": {"hotfix_allow_cluster_node": True},
    "bitlocker-pin": {"hotfix_allow_bitlocker_pin": True},
    # With an offset it is that instant, whatever YAML made of it.
    "restart-past": {"hotfix_restart_at": "2036-02-01T03:00+01:00"},
    "restart-past-object": {"hotfix_restart_at": datetime(2036, 2, 1, 3, tzinfo=CET)},
    "no-time": {"hotfix_restart_at": datetime(2036, 2, 1, 3)},
}


@dataclass(frozen=True)
class Story:
    """The refused run with the hosts before and after it, and the run after everything was mended."""

    lab: Lab
    refused: Run
    refused_rows: dict[str, dict[str, Any]]
    before: dict[str, dict[str, Any]]
    after: dict[str, dict[str, Any]]
    mended: Run
    mended_rows: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def story(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    lab = start_lab(
        {"hosts": [{"name": name, "system": "2008r2-x64", **case.profile} for name, case in CASES.items()]}
    )
    folder = tmp_path_factory.mktemp("role")
    source = folder / "packages"
    source.mkdir()
    shutil.copy(packages.good("x64"), source)
    lab.control.create_key("others-pending", f"{CBS}\\RebootPending")

    def remediate(name: str, *options: str) -> Run:
        variables = {
            "hotfix_package_dir": str(source),
            "hotfix_restart_notice_minutes": 15,
            "hotfix_restart_message": MESSAGE,
            "hotfix_max_fail_percent": 100,
        }
        return run_playbook("remediate", lab.inventory, folder / name, *options, variables=variables)

    give(lab, {name: dict(case.settings) for name, case in CASES.items()})
    before = {name: lab.control.snapshot(name) for name in CASES}
    refused = remediate("refused")
    after = {name: lab.control.snapshot(name) for name in CASES}
    mend(lab.control)
    shutil.copy(packages.good("ia64"), source)
    give(lab, {name: MENDED.get(name, {}) for name in CASES}, {"hotfix_restart_window": WINDOW})
    mended = remediate("mended", "-e", "ansible_user=Administrator")
    return Story(
        lab,
        refused,
        read_report(folder / "refused", "remediate"),
        before,
        after,
        mended,
        read_report(folder / "mended", "remediate"),
    )


def give(lab: Lab, settings: dict[str, dict[str, Any]], common: dict[str, Any] | None = None) -> None:
    """Write the hosts' own variables; a time of the host's own takes the place of the common window."""
    folder = lab.inventory.parent / "host_vars"
    folder.mkdir(exist_ok=True)
    for name, own in settings.items():
        given = own if "hotfix_restart_at" in own else {**(common or {}), **own}
        (folder / f"{name}.yml").write_text(yaml.safe_dump(given), "utf-8")


def mend(control: ControlClient) -> None:
    """What the messages ask for."""
    for name in CASES:
        control.clear_faults(name)
    control.set_free("disk-nearly-full", 20 * 1024 * MEBIBYTE)
    control.delete_key("others-pending", f"{CBS}\\RebootPending")
    control.run("installer-disabled", "sc config TrustedInstaller start= demand")


@pytest.mark.parametrize("name", CASES)
def test_the_report_says_why_a_host_was_refused(story: Story, name: str) -> None:
    row = story.refused_rows[name]
    missing = [pattern for pattern in CASES[name].says if not re.search(pattern, row["error"])]
    assert not missing, row["error"]


def test_the_refused_run_ends_red(story: Story) -> None:
    assert story.refused.code == 2
    assert "Traceback" not in story.refused.output


@pytest.mark.parametrize("name", CASES)
def test_a_refused_host_is_not_changed(story: Story, name: str) -> None:
    assert difference(story.before[name], story.after[name]) == {}


@pytest.mark.parametrize("name", CASES)
def test_the_run_after_it_installs_and_schedules_the_restart(story: Story, name: str) -> None:
    row = story.mended_rows[name]
    assert row["status"] == "restart_pending", row["error"]
    assert row["actions"]["restart_scheduled_for"]


def test_a_time_of_the_settings_means_what_it_says(story: Story) -> None:
    planned = {name: row["actions"]["restart_scheduled_for"] for name, row in story.mended_rows.items()}
    assert planned["restart-past"] == planned["restart-past-object"] == "2036-02-01T02:00:00Z"
    assert planned["no-time"] == "2036-02-01T03:00:00"


def test_the_message_of_the_settings_reaches_the_users_unharmed(story: Story) -> None:
    at = datetime.fromisoformat(story.mended_rows["others-pending"]["actions"]["restart_scheduled_for"])
    control = story.lab.control
    local = datetime.fromisoformat(control.host("others-pending")["local_time"])
    control.advance_to((at.replace(tzinfo=local.tzinfo) - timedelta(minutes=5)).isoformat())
    assert control.host("others-pending")["countdown"]["comment"] == MESSAGE
