# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large fleet in one lab process, and what a controller does with it: `python -m tests.bench.thousand`.

    python -m tests.bench.thousand [--hosts 1000] [--forks 10] [--sample 100]

First the fleet: how long it takes to be up and how much memory it needs. Then one `assess` of all of it, each
verdict held against the description of the host. Then the same task with 1, 2 and more forks on a sample.
Seconds of processor are those of Ansible alone; the fleet's own are told apart, for a real fleet has its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench._bounds import Bound, judge
from tests.bench._expected import wrong
from tests.bench.fleet import ASSESS, PLAY, ROOT, start_lab
from tests.lab.control.client import STATE_FILE, ControlClient

MOST_SECONDS_UP, MOST_BYTES = 30.0, 1.5 * 1024**3
MOST_OF_THE_MODULE = 50.0
"""Milliseconds of processor a host that one task of `hotfix_info` may cost."""
MOST_OVER_THE_MODULE = 26.0
"""Milliseconds of processor a host that the play `assess` may cost more than its module."""


@dataclass(frozen=True)
class Measured:
    """One run of ansible-playbook over some hosts: wall seconds, its own and the lab's processor seconds."""

    hosts: int
    wall: float
    cpu: float
    lab_cpu: float

    def __str__(self) -> str:
        own, labs = (1000 * seconds / self.hosts for seconds in (self.cpu, self.lab_cpu))
        return (
            f"{self.wall:7.1f} s, {60 * self.hosts / self.wall:5.0f} hosts a minute; "
            f"processor: {own:4.0f} ms a host, the lab's {labs:4.0f} ms"
        )


def run(directory: Path, lab: ControlClient, hosts: int, *arguments: str) -> Measured:
    """Run ansible-playbook to its end; exit code 2 is its way to say that hosts failed."""
    lab.reset_counters()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    program = Path(sys.executable).parent / "ansible-playbook"
    done = subprocess.run(
        [str(program), "-i", str(directory / "inventory.yml"), *arguments],
        cwd=directory,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PWD": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 2):
        raise SystemExit(f"ansible-playbook failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(hosts, wall, cpu, lab.counters()["cpu_seconds"])


def memory(directory: Path) -> int | None:
    """The most memory that the lab's process has held, in bytes; None where the system does not say."""
    pid = json.loads((directory / STATE_FILE).read_text("utf-8"))["pid"]
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text("utf-8") if status.exists() else "")
    return int(found[1]) * 1024 if found else None


def verdicts(directory: Path, name: str = "assess") -> dict[str, dict[str, Any]]:
    """The rows of the report of a playbook, by host."""
    report = json.loads((directory / "reports" / f"{name}.json").read_text("utf-8"))
    return {row["host"]: row for row in report["hosts"]}


def measure(directory: Path, lab: ControlClient, options: argparse.Namespace) -> tuple[bool, float, float]:
    """Assess all, by the play and by its module alone, then a sample with fewer forks.

    Returns:
        Whether every verdict was right; the milliseconds of processor a host that the module cost, and those
        that the play cost more.
    """
    settings = f'{{"hotfix_report_dir": "{directory / "reports"}"}}'
    playbook = str(ROOT / "playbooks" / "assess.yml")
    whole = run(directory, lab, options.hosts, "-f", str(options.forks), "-e", settings, playbook)
    differences = wrong(verdicts(directory), options.hosts)
    print(f"  assess of all, {options.forks:2} forks: {whole}")
    print(f"  right on {options.hosts - len(differences)} of {options.hosts} hosts")
    for name, difference in list(differences.items())[:5]:
        print(f"    {name}: {difference}")
    play = directory / "sample.yml"
    play.write_text(PLAY.format(task=ASSESS), "utf-8")
    alone = run(directory, lab, options.hosts, "-f", str(options.forks), str(play))
    over = 1000 * (whole.cpu - alone.cpu) / options.hosts
    print(f"  hotfix_info of all, alone:  {alone}\n  assess costs {over:.0f} ms of processor a host more")
    for forks in sorted({1, 2, os.cpu_count() or 1, options.forks}):
        arguments = ("-f", str(forks), "--limit", f"lab[0:{options.sample - 1}]", str(play))
        print(f"  hotfix_info, {forks:2} forks:   {run(directory, lab, options.sample, *arguments)}")
    return not differences, 1000 * alone.cpu / options.hosts, over


def main() -> int:
    """Measure and print; 1 where something is wrong or beyond its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--sample", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        began = time.monotonic()
        process, lab = start_lab(directory, "--many", str(options.hosts))
        up = time.monotonic() - began
        try:
            print(f"{options.hosts} simulated hosts in one process, {os.cpu_count()} cores:")
            right, module, more = measure(directory, lab, options)
            held = memory(directory)
        finally:
            process.terminate()
            process.wait(timeout=60)
    mebibytes = None if held is None else held / 1024**2
    over = judge(
        [
            Bound("fleet up", up, MOST_SECONDS_UP, "s"),
            Bound("hotfix_info alone", module, MOST_OF_THE_MODULE, "ms a host"),
            Bound("assess over its module", more, MOST_OVER_THE_MODULE, "ms a host"),
            Bound("memory of the fleet", mebibytes, MOST_BYTES / 1024**2, "MiB"),
        ]
    )
    return over or int(not right)


if __name__ == "__main__":
    raise SystemExit(main())
