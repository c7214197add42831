# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large fleet from one controller: `python -m tests.bench.scan`.

    python -m tests.bench.scan [--hosts 10000] [--sample 500] [--slow 1000] [--closed 300] [--forks 10]

First the playbook `scan` over the whole fleet, with the exposure and reports in three formats, each verdict
held against the description of the host; beside it the playbook `assess` over a sample of the same fleet.
Then `scan` over slow hosts, which answer each request after 30 ms and each query after another second,
against what concurrency allows at best. Last, `scan` over hosts that refuse the connection, each of which
Ansible fails by a task of its own. The fleet shares the processors; seconds of processor are the
controller's alone.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.bench._bounds import Bound, judge
from tests.bench._expected import wrong
from tests.bench._memory import PeakOfPrograms
from tests.bench.fleet import ROOT, start_lab
from tests.bench.thousand import Measured, run, verdicts
from tests.lab.control.client import STATE_FILE, ControlClient
from tests.lab.fleets.many import ACCOUNT

MOST_WALL, AT_HOSTS = 200.0, 10_000
MOST_PROCESSOR, MOST_MEBIBYTES = 25.0, 700.0
LEAST_RATIO = 5.0
"""How many times as much of the controller's processor the play `assess` takes for each host, at least.

The ratio of the wall time is printed too. It has no bound, as the fleet takes as much of the same processors
in both.
"""

CONCURRENCY = 64
ANSWER, QUERY = 0.03, 1.0
MOST_OF_LIMIT = 1.3

CLOSED = 9
"""A port on which nothing listens: that of the discard service."""


def scan(directory: Path, lab: ControlClient, hosts: int) -> Measured:
    """Scan all hosts of the inventory, into `reports/scan.json` and its like."""
    return run(directory, lab, hosts, "-e", _settings(directory), str(ROOT / "playbooks" / "scan.yml"))


def assess(directory: Path, lab: ControlClient, hosts: int, forks: int) -> Measured:
    """Assess all hosts of the inventory."""
    playbook = str(ROOT / "playbooks" / "assess.yml")
    return run(directory, lab, hosts, "-f", str(forks), "-e", _settings(directory), playbook)


def write_inventory(directory: Path, lab: ControlClient, hosts: int) -> None:
    """Write the first hosts of a fleet as operators do: what all have in common once, for the group."""
    addresses = {name: host["address"] for name, host in list(lab.state()["hosts"].items())[:hosts]}
    _write_inventory(directory, addresses)


def _write_inventory(directory: Path, addresses: Mapping[str, str], **more: object) -> None:
    shared = {
        "ansible_connection": "winrm",
        "ansible_port": 5985,
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "ntlm",
        "ansible_user": f"{ACCOUNT['name']}@{ACCOUNT['domain'].upper()}",
        "ansible_password": ACCOUNT["password"],
        **more,
    }
    group = {"hosts": {name: {"ansible_host": at} for name, at in addresses.items()}, "vars": shared}
    (directory / "inventory.yml").write_text(yaml.safe_dump({"windows": group}, sort_keys=False), "utf-8")


def right(directory: Path, name: str, hosts: int) -> bool:
    """Hold a report against the descriptions of the hosts, and print what differs."""
    differences = wrong(verdicts(directory, name), hosts)
    print(f"  right on {hosts - len(differences)} of {hosts} hosts")
    for host, difference in list(differences.items())[:5]:
        print(f"    {host}: {difference}")
    return not differences


def measure_large(hosts: int, sample: int, forks: int) -> int:
    """Scan a fleet, and assess a sample of it; 1 where something is wrong or beyond its bound."""
    with tempfile.TemporaryDirectory() as folder:
        directory, samples = Path(folder) / "fleet", Path(folder) / "sample"
        directory.mkdir()
        samples.mkdir()
        process, lab = start_lab(directory, "--many", str(hosts), within=max(120.0, hosts / 20))
        try:
            print(f"{hosts} simulated hosts, {os.cpu_count()} cores:")
            write_inventory(directory, lab, hosts)
            with PeakOfPrograms(frozenset({_lab_pid(directory)})) as memory:
                scanned = scan(directory, lab, hosts)
            print(f"  scan of all:             {scanned}")
            all_right = right(directory, "scan", hosts)
            write_inventory(samples, lab, sample)
            assessed = assess(samples, lab, sample, forks)
            print(f"  assess of {sample}, {forks} forks: {assessed}")
            sample_right = right(samples, "assess", sample)
        finally:
            process.terminate()
            process.wait(timeout=60)
    mebibytes = None if memory.kilobytes is None else memory.kilobytes / 1024
    ratios = {
        "processor": (assessed.cpu / sample) / (scanned.cpu / hosts),
        "wall": (assessed.wall / sample) / (scanned.wall / hosts),
    }
    print(f"  at most {memory.processes} processes of the controller at a time")
    bounds = [
        # The bound is that of 10,000 hosts; of fewer, a share.
        Bound(f"scan of {hosts}", scanned.wall, MOST_WALL * hosts / AT_HOSTS, "s"),
        Bound("processor of the scan", 1000 * scanned.cpu / hosts, MOST_PROCESSOR, "ms a host"),
        Bound("memory of the controller's processes", mebibytes, MOST_MEBIBYTES, "MiB"),
        Bound("scan against assess, processor a host", 1 / ratios["processor"], 1 / LEAST_RATIO),
    ]
    for name, ratio in ratios.items():
        print(f"  assess takes {ratio:.1f} times as much {name} a host as scan")
    return judge(bounds) or int(not (all_right and sample_right))


def measure_slow(hosts: int) -> int:
    """Scan slow hosts; 1 where something is wrong or the scan leaves threads idle."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        pace = ("--answer-after", str(ANSWER), "--query-takes", str(QUERY))
        process, lab = start_lab(directory, "--many", str(hosts), *pace)
        try:
            print(
                f"{hosts} hosts that answer after {ANSWER * 1000:.0f} ms, and a query after {QUERY:g} s more:"
            )
            write_inventory(directory, lab, hosts)
            scanned = scan(directory, lab, hosts)
            limit = best_possible(lab.counters()["hosts"].values())
            all_right = right(directory, "scan", hosts)
        finally:
            process.terminate()
            process.wait(timeout=60)
    print(f"  scan of all: {scanned}")
    print(f"  {CONCURRENCY} at a time take at least {limit:.1f} s for what the hosts were asked")
    bound = Bound("scan of slow hosts", scanned.wall / limit, MOST_OF_LIMIT, "times the least possible")
    return judge([bound]) or int(not all_right)


def measure_closed(hosts: int, forks: int) -> None:
    """Scan hosts that refuse the connection."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        process, lab = start_lab(directory, "--many", "1")
        try:
            names = (f"closed-{number:05}" for number in range(hosts))
            _write_inventory(directory, dict.fromkeys(names, "127.0.0.1"), ansible_port=CLOSED)
            playbook = str(ROOT / "playbooks" / "scan.yml")
            scanned = run(directory, lab, hosts, "-f", str(forks), "-e", _settings(directory), playbook)
        finally:
            process.terminate()
            process.wait(timeout=60)
    print(f"{hosts} hosts that refuse the connection, and fail, {forks} forks:\n  scan of all: {scanned}")


def best_possible(counters: Any) -> float:
    """Seconds that the hosts' own time takes if the scan always has as many at work as it may."""
    seconds = sum(
        host["requests"] * ANSWER + host["actions"].get("Enumerate", 0) * QUERY for host in counters
    )
    return float(seconds / CONCURRENCY)


def _settings(directory: Path) -> str:
    reports = str(directory / "reports")
    return json.dumps({"hotfix_report_dir": reports, "hotfix_scan_concurrency": CONCURRENCY})


def _lab_pid(directory: Path) -> int:
    return int(json.loads((directory / STATE_FILE).read_text("utf-8"))["pid"])


def main() -> int:
    """Measure and print; 1 where something is wrong or beyond its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=10_000, help="0: only the slow ones")
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--slow", type=int, default=1000, help="0: none")
    parser.add_argument("--closed", type=int, default=300, help="0: none")
    parser.add_argument("--forks", type=int, default=10)
    options = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # it takes minutes, and may go to a file
    codes = [
        measure_large(options.hosts, min(options.sample, options.hosts), options.forks)
        if options.hosts
        else 0,
        measure_slow(options.slow) if options.slow else 0,
    ]
    if options.closed:
        measure_closed(options.closed, options.forks)
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
