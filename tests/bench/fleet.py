# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assessing a fleet, against a baseline that only connects and runs `cmd /c ver` on the same hosts.

    python -m tests.bench.fleet [--hosts 200] [--forks 10] [--rounds 3]

The simulated fleet shares the processors with Ansible, so its own CPU time is reported apart.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench._bounds import Bound, judge
from tests.lab.control.client import STATE_FILE, ControlClient

ROOT = Path(__file__).resolve().parents[2]
PLAY = "- hosts: all\n  gather_facts: false\n  tasks:\n    - {task}: {{}}\n"
MOST_TIMES_THE_BASELINE = 1.5
BASELINE, ASSESS = "connect_and_ver", "winfleet.hotfix.hotfix_info"


@dataclass(frozen=True)
class Round:
    """One play: wall seconds, CPU seconds of the controller and of the lab, what a host saw on average."""

    wall: float
    cpu: float
    lab_cpu: float
    requests: float
    bytes_in: float
    bytes_out: float


def start_lab(
    directory: Path, *fleet: str, within: float = 120.0
) -> tuple[subprocess.Popen[bytes], ControlClient]:
    """Start a fleet within some seconds; the arguments, such as `--many 200`, go to `python -m tests.lab`."""
    command = [sys.executable, "-m", "tests.lab", *fleet, "--directory", str(directory)]
    with (directory / "output.log").open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + within
    while not (directory / STATE_FILE).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the fleet did not start:\n{(directory / 'output.log').read_text('utf-8')}")
        time.sleep(0.1)
    return process, ControlClient.of_directory(directory)


def play(
    directory: Path,
    lab: ControlClient,
    task: str,
    forks: int,
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> Round:
    """Run one task on every host, with further options and variables of the environment."""
    path = directory / f"{task}.yml"
    path.write_text(PLAY.format(task=task), "utf-8")
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(directory / "inventory.yml")]
    complete = {
        **os.environ,
        **(environment or {}),
        "ANSIBLE_ACTION_PLUGINS": str(ROOT / "tests" / "bench" / "action"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
    }
    lab.reset_counters()
    began, cpu_before = time.monotonic(), _children_cpu()
    done = subprocess.run(
        [*command, "-f", str(forks), *options, str(path)],
        cwd=directory,
        env=complete,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{task} failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    counters: dict[str, Any] = lab.counters()
    hosts = counters["hosts"].values()
    return Round(
        wall,
        _children_cpu() - cpu_before,
        counters["cpu_seconds"],
        *(statistics.mean(host[key] for host in hosts) for key in ("requests", "bytes_in", "bytes_out")),
    )


def _children_cpu() -> float:
    """CPU seconds of programs that ended, with what they started: ansible-playbook, forks, kinit."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(name: str, rounds: list[Round]) -> None:
    """Print the median of what was measured for one task."""
    wall, cpu, lab_cpu = (
        statistics.median(getattr(each, key) for each in rounds) for key in ("wall", "cpu", "lab_cpu")
    )
    last = rounds[-1]
    print(
        f"  {name:<28} {wall:7.1f} s wall, CPU {cpu:6.1f} s, lab CPU {lab_cpu:6.1f} s, "
        f"a host: {last.requests:5.1f} requests, "
        f"{last.bytes_in / 1024:6.1f} KiB sent, {last.bytes_out / 1024:6.1f} KiB received"
    )


def main() -> int:
    """Measure and print; 1 where the ratio is beyond its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(
        f"Assessing {options.hosts} simulated hosts over NTLM, {options.forks} forks, {os.cpu_count()} cores"
    )
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        process, lab = start_lab(directory, "--many", str(options.hosts))
        try:
            rounds: dict[str, list[Round]] = {BASELINE: [], ASSESS: []}
            for _number in range(options.rounds):
                for task, measured in rounds.items():
                    measured.append(play(directory, lab, task, options.forks))
        finally:
            process.terminate()
            process.wait(timeout=30)
    for task, measured in rounds.items():
        show(task, measured)
    ratios = [ours.wall / base.wall for ours, base in zip(rounds[ASSESS], rounds[BASELINE], strict=True)]
    print(
        f"  rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)}, hosts a minute "
        f"{60 * options.hosts / statistics.median(each.wall for each in rounds[ASSESS]):.0f}"
    )
    return judge([Bound("ratio of wall time", statistics.median(ratios), MOST_TIMES_THE_BASELINE)])


if __name__ == "__main__":
    raise SystemExit(main())
