# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet remediated in waves by a run that is killed and begun again; see also `tests/bench/waves.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.bench.waves import HOURS, Rows, describe, inject_faults, settings, wrong
from tests.integration.bad_luck.controllers import in_background, kill_controller, wait_until
from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook
from tests.lab.windows.profile import HostProfile

HOSTS = 20
FIRST_WAVE = ["lab-0001", "lab-0002"]
RESTART_TASK = "\\winfleet.hotfix\\KB978918-restart"


@dataclass(frozen=True)
class Waves:
    """The fleet, the run after the one that was killed, and the reports."""

    lab: Lab
    fleet: list[HostProfile]
    done_before: list[str]
    run: Run
    remediated: Rows
    verified: Rows


@pytest.fixture(scope="module")
def waves(start_lab: Callable[..., Lab], tmp_path_factory: pytest.TempPathFactory) -> Waves:
    folder = tmp_path_factory.mktemp("waves")
    lab, fleet = start_lab("demo.yml", "--many", str(HOSTS)), describe(HOSTS)
    inject_faults(lab.control, fleet)
    variables = {**settings(folder / "packages"), "hotfix_batches": [len(FIRST_WAVE), "50%"]}

    def run(step: str, playbook: str) -> Run:
        return run_playbook(playbook, lab.inventory, folder / step, variables=variables)

    def planned(host: str) -> bool:
        return RESTART_TASK in lab.control.host(host)["tasks"]

    with in_background(lambda: run("killed", "remediate")):
        wait_until(lambda: planned(FIRST_WAVE[1]), "the first wave is done")
        kill_controller(folder / "killed")
    done_before = [host for host in FIRST_WAVE if planned(host)]
    again = run("again", "remediate")
    lab.control.advance(HOURS * 3600)
    run("verify", "verify")
    return Waves(
        lab,
        fleet,
        done_before,
        again,
        read_report(folder / "again", "remediate"),
        read_report(folder / "verify", "verify"),
    )


def test_every_host_ends_as_it_should_and_the_report_shows_it(waves: Waves) -> None:
    assert wrong(waves.lab.control, waves.fleet, waves.remediated, waves.verified) == {}


def test_every_host_has_a_row_and_one_in_ten_failed(waves: Waves) -> None:
    assert set(waves.verified) == {profile.name for profile in waves.fleet}
    failed = {host for host, row in waves.verified.items() if row["error"]}
    assert failed == {profile.name for profile in waves.fleet if profile.faults}


def test_the_run_after_the_killed_one_goes_on_where_that_was(waves: Waves) -> None:
    assert waves.done_before
    for host in waves.done_before:
        actions = waves.remediated[host]["actions"]
        assert (actions["step"], actions["installed"]) == ("restart", False)
        assert actions["restart_scheduled_for"] is not None
    assert not waves.run.changed_hosts() & set(waves.done_before)
