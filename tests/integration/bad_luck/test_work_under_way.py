# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A remediation that meets work under way on a host waits for it and goes on from the truth.

On half of the hosts the first run is killed while its task is at work, on the other half it goes on beside
the second run. Every pairing of wanted states is there twice: with packages that the controller pushes, and
with packages that the host downloads.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.bad_luck.conftest import Packages, sha256
from tests.integration.bad_luck.controllers import in_background, kill_controller, wait_until
from tests.integration.bad_luck.traces import STAGING
from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook

PACKAGE = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
TASK = "\\winfleet.hotfix\\KB978918-install"
URL = "http://packages.example/Windows6.1-KB978918-x64.msu"
UNINSTALL_PENDING, INSTALL_PENDING = 0x05, 0x60
PATIENCE = 240.0


@dataclass(frozen=True)
class End:
    """How a host ends: status, state of the package, whether that is kept, installations, and the step."""

    status: str
    package: int | None
    kept: bool
    installations: int
    step: str


# What the first run wants, then what the second one wants.
ENDS = {
    ("present", "present"): End("restart_pending", INSTALL_PENDING, False, 1, "restart"),
    ("present", "downloaded"): End("restart_pending", INSTALL_PENDING, False, 1, "none"),
    # As the role's guide says: a host that waits for the restart of its installation restarts first.
    ("present", "absent"): End("restart_pending", INSTALL_PENDING, False, 1, "restart"),
    ("absent", "present"): End("restart_pending", UNINSTALL_PENDING, False, 0, "restart"),
    ("absent", "downloaded"): End("restart_pending", UNINSTALL_PENDING, False, 0, "none"),
    ("absent", "absent"): End("restart_pending", UNINSTALL_PENDING, False, 0, "restart"),
    ("downloaded", "present"): End("restart_pending", INSTALL_PENDING, False, 1, "install"),
    ("downloaded", "downloaded"): End("vulnerable", None, True, 0, "download"),
    ("downloaded", "absent"): End("vulnerable", None, True, 0, "none"),
}
# Whether the first run is killed, and how its package comes; a download that is at work comes by URL.
MODES = {"killed": "push", "beside": "url"}
HOSTS = {f"{mode}-{first}-{second}": (first, second) for mode in MODES for first, second in ENDS}


@dataclass(frozen=True)
class Story:
    """The second run, its rows by host, and the runs at work that its assessments saw."""

    lab: Lab
    first: Run
    second: Run
    rows: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def story(
    start_lab: Callable[..., Lab], packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    """All hosts at once, for most of the time is spent waiting."""
    folder, package = tmp_path_factory.mktemp("work-under-way"), packages.good()
    lab = start_lab({"hosts": [profile(name, package) for name in HOSTS]})

    def remediate(name: str, turn: int, hosts: str) -> Callable[[], Run]:
        states = {host: pair[turn] for host, pair in HOSTS.items()}
        inventory = folder / f"{name}.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": settings(states, turn, package)}}), "utf-8")
        variables = {"hotfix_hosts": hosts, "hotfix_restart": "none"}
        return lambda: run_playbook(
            "remediate",
            lab.inventory,
            folder / name,
            "-i",
            str(inventory),
            variables=variables,
            # A host must not wait for the download of another.
            environment={"ANSIBLE_FORKS": str(len(HOSTS)), "ANSIBLE_STRATEGY": "free"},
        )

    with (
        in_background(remediate("killed", 0, "killed-*")),
        killed_at_the_end(folder / "killed"),
        in_background(remediate("beside", 0, "beside-*")) as beside,
        killed_at_the_end(folder / "beside"),
    ):
        wait_until(lambda: all(at_work(lab, name) for name in HOSTS), "all first runs are at work", PATIENCE)
        kill_controller(folder / "killed")
        with in_background(remediate("second", 1, "all")) as second, killed_at_the_end(folder / "second"):
            wait_until(lambda: assessed(folder / "second") == set(HOSTS), "the second run looks on", PATIENCE)
            time_passes(lab, second, beside)
    return Story(lab, beside.result(), second.result(), read_report(folder / "second", "remediate"))


@contextmanager
def killed_at_the_end(folder: Path) -> Iterator[None]:
    """Let a run that is still there end with the block: a failed test must not wait for it."""
    try:
        yield
    finally:
        with suppress(ValueError):
            kill_controller(folder)


def profile(name: str, package: Path) -> dict[str, Any]:
    """A host on which DISM and downloads take long enough for a second run to meet them."""
    return {
        "name": name,
        "system": "2008r2-x64",
        "files": "fixed" if HOSTS[name][0] == "absent" else "vulnerable",
        "faults": ["dism_slow"],
        "download_seconds": 600 if HOSTS[name][0] == "downloaded" else 0,
        "downloads": {URL: str(package)},
    }


def settings(states: dict[str, str], turn: int, package: Path) -> dict[str, Any]:
    """The variables of each host in one of the two runs."""
    by_url = {"hotfix_packages": {"x64": {"url": URL, "sha256": sha256(package)}}}
    pushed = {"hotfix_package_dir": str(package.parent)}
    return {
        name: {
            "hotfix_state": state,
            **(by_url if name.startswith("beside") or (turn == 0 and state == "downloaded") else pushed),
        }
        for name, state in states.items()
    }


def at_work(lab: Lab, host: str) -> bool:
    task = lab.control.host(host)["tasks"].get(TASK)
    return bool(task and task["running"])


def assessed(folder: Path) -> set[str]:
    """The hosts of which a run knows that another run is at work."""
    results = folder / "results.jsonl"
    lines = results.read_text("utf-8").splitlines() if results.exists() else []
    tasks = [json.loads(line) for line in lines if '"winfleet.hotfix.hotfix_info"' in line]
    return {
        task["host"] for task in tasks if (task["result"].get("current_run") or {}).get("state") == "at_work"
    }


def time_passes(lab: Lab, *runs: Future[Run]) -> None:
    """Let the fleet's clock run fast until the runs have ended."""

    deadline = time.monotonic() + PATIENCE
    while not all(run.done() for run in runs):
        assert time.monotonic() < deadline, "the runs do not end"
        lab.control.advance(60)
        time.sleep(0.5)


def files(lab: Lab, host: str) -> set[str]:
    paths = lab.control.snapshot(host)["files"]
    return {path.rpartition("\\")[2] for path in paths if path.lower().startswith(STAGING.lower())}


def test_no_run_fails(story: Story) -> None:
    assert (story.first.code, story.second.code) == (0, 0), story.second.output[-4000:]
    assert not [name for name, row in story.rows.items() if row["error"]]


@pytest.mark.parametrize("host", HOSTS)
def test_the_second_run_goes_on_from_what_the_first_one_did(story: Story, host: str) -> None:
    end = ENDS[HOSTS[host]]
    state = story.lab.control.host(host)
    log = story.lab.control.read_file(host, "C:\\Windows\\Logs\\CBS\\CBS.log") or b""
    assert (
        End(
            story.rows[host]["status"],
            state["packages"].get(PACKAGE),
            "package.msu" in files(story.lab, host),
            log.count(b"Exec: Processing started."),
            story.rows[host]["actions"]["step"],
        )
        == end
    ), story.rows[host]


@pytest.mark.parametrize("host", HOSTS)
def test_nobody_leaves_a_task_or_a_script_or_a_lock(story: Story, host: str) -> None:
    left = files(story.lab, host)
    assert TASK not in story.lab.control.host(host)["tasks"]
    assert not {"install.cmd", "expanded"} & left and not [name for name in left if name.endswith(".lock")]


def test_the_second_run_shows_what_it_waits_for(story: Story) -> None:
    # Not each host: on a busy controller, work may end between the look at a host and the wait for it.
    assert re.search(r"killed-\S+: KB978918: an earlier run is still at work", story.second.output)
