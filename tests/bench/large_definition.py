# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assessing a fleet for a definition of 60 files, against KB978918 with its eight.

    python -m tests.bench.large_definition [--hosts 200] [--forks 10] [--rounds 3]

The files are in twelve components, as large hotfixes have them: 56 with versions of two branches, four that
only their hash proves, and the 24 manifests of the components and their deployments. Every host has all of
them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench._bounds import Bound, judge
from tests.bench.fleet import start_lab
from tests.bench.thousand import run
from tests.lab.control.client import ControlClient

MOST_TIMES_THE_REQUESTS, MOST_TIMES_THE_PROCESSOR = 1.4, 1.5
SHIPPED, LARGE = "KB978918", "60 files"
_FILES, _COMPONENTS, _BY_HASH = 60, 12, 4


@dataclass(frozen=True)
class Round:
    """One play over the fleet: requests of a host on average, and the controller's processor seconds."""

    requests: float
    processor: float


def paths() -> list[str]:
    """The files on the disk of each host."""
    return [
        f"C:\\Windows\\System32\\lab-{number % _COMPONENTS:02d}-{number:02d}.{_ending(number)}"
        for number in range(_FILES)
    ]


def _ending(number: int) -> str:
    return "mof" if number < _BY_HASH else "dll"


def definition() -> dict[str, Any]:
    """The definition of 60 files; plays hand it to modules as JSON."""
    files = []
    for number, path in enumerate(paths()):
        proof = {"version": "6.1.7600.20864", "gdr_version": "6.1.7600.16900"}
        files.append(
            {
                "path": path.replace("C:\\Windows", "%SystemRoot%"),
                "component": f"component-{number % _COMPONENTS}",
                "platform": "x64",
                "deciding": True,
                **({"sha256": f"{number:064x}"} if number < _BY_HASH else proof),
            }
        )
    names = [f"microsoft-windows-lab-component{number:02d}" for number in range(_COMPONENTS)]
    names += [f"{number:032x}" for number in range(_COMPONENTS)]
    name = "amd64_{}_31bf3856ad364e35_6.1.7600.20864_none_{:016x}.manifest"
    return {
        "kb": "KB9100060",
        "title": "A hotfix of 60 files",
        "restart_required": True,
        "components": {f"component-{number}": {"required": True} for number in range(_COMPONENTS)},
        "products": [
            {
                "names": ["Windows 7", "Windows Server 2008 R2"],
                "architecture": "x64",
                "build": 7600,
                "files": files,
                "manifests": [{"name": name.format(each, index)} for index, each in enumerate(names)],
            }
        ],
    }


def describe(directory: Path, hosts: int) -> Path:
    """Write the description of a fleet of equal hosts."""
    host = {"name": "lab-{index:04d}", "count": hosts, "domain": "corp.example"}
    fleet = {"hosts": [{**host, "more_files": dict.fromkeys(paths(), "6.1.7600.16385")}]}
    path = directory / "fleet.yml"
    path.write_text(yaml.safe_dump(fleet), "utf-8")
    return path


def write_playbook(directory: Path, arguments: dict[str, Any]) -> Path:
    """Write a play that assesses every host."""
    tasks = [{"winfleet.hotfix.hotfix_info": arguments, "register": "found"}]
    tasks.append({"ansible.builtin.assert": {"that": "found.status == 'vulnerable'"}})
    path = directory / "assess.yml"
    path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), "utf-8")
    return path


def assess(directory: Path, lab: ControlClient, arguments: dict[str, Any], forks: int, hosts: int) -> Round:
    """Run one assessment of the whole fleet."""
    measured = run(directory, lab, hosts, "-f", str(forks), str(write_playbook(directory, arguments)))
    found = lab.counters()["hosts"].values()
    return Round(statistics.mean(host["requests"] for host in found), measured.cpu)


def main() -> int:
    """Measure and print; 1 where a ratio is beyond its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    plays: dict[str, dict[str, Any]] = {SHIPPED: {}, LARGE: {"definition": json.dumps(definition())}}
    rounds: dict[str, list[Round]] = {name: [] for name in plays}
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        process, lab = start_lab(directory, "--fleet", str(describe(directory, options.hosts)))
        try:
            for _number in range(options.rounds):
                for name, arguments in plays.items():
                    rounds[name].append(assess(directory, lab, arguments, options.forks, options.hosts))
        finally:
            process.terminate()
            process.wait(timeout=30)
    return report(rounds, options.hosts)


def median(rounds: list[Round]) -> Round:
    """The median of each figure."""
    return Round(
        statistics.median(each.requests for each in rounds),
        statistics.median(each.processor for each in rounds),
    )


def report(rounds: dict[str, list[Round]], hosts: int) -> int:
    """Print the medians and judge the ratios."""
    medians = {name: median(measured) for name, measured in rounds.items()}
    for name, each in medians.items():
        milliseconds = 1000 * each.processor / hosts
        print(f"  {name:<10} a host: {each.requests:5.1f} requests, {milliseconds:5.0f} ms of processor")
    large, shipped = medians[LARGE], medians[SHIPPED]
    return judge(
        [
            Bound(
                "times the requests of KB978918", large.requests / shipped.requests, MOST_TIMES_THE_REQUESTS
            ),
            Bound("times its processor time", large.processor / shipped.processor, MOST_TIMES_THE_PROCESSOR),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
