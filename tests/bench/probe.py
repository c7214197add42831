# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probing the Remote Desktop port of a fleet, of which half takes the connection and never answers.

    python -m tests.bench.probe [--hosts 1000] [--forks 50]

One simulated host answers for the other half, with TLS and NLA, and shares the processors with Ansible.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from tests.bench._bounds import Bound, judge
from tests.bench.fleet import ROOT, start_lab

MOST_SECONDS = 60
TIMEOUT = 3
FLEET = {"hosts": [{"name": "rdsh", "rdp": {"enabled": True, "nla": True, "application_server": True}}]}
PLAY: list[dict[str, Any]] = [
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"winfleet.hotfix.rdp_info": {"host": "{{ ansible_host }}", "timeout": TIMEOUT}}],
    }
]


def main() -> int:
    """Probe the fleet once and compare the wall time with its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--forks", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.9", 3389), backlog=4096):
        directory = Path(name)
        (directory / "fleet.yml").write_text(yaml.safe_dump(FLEET), "utf-8")
        process, _control = start_lab(
            directory, "--fleet", str(directory / "fleet.yml"), "--network", "127.24.0.0/24"
        )
        try:
            seconds, seen = _probe(directory, options.hosts, options.forks)
        finally:
            process.terminate()
            process.wait()
    print(f"  {options.hosts} hosts, {options.forks} forks: {seconds:.1f} s; NLA {dict(Counter(seen))}")
    if Counter(seen) != Counter(
        {"required": options.hosts // 2, "unknown": options.hosts - options.hosts // 2}
    ):
        raise SystemExit("not every host said what it should: the figure means nothing")
    full = options.hosts == parser.get_default("hosts")
    return judge([Bound("probe of 1,000 hosts", seconds if full else None, MOST_SECONDS, "s")])


def _probe(directory: Path, hosts: int, forks: int) -> tuple[float, list[str]]:
    answering = yaml.safe_load((directory / "inventory.yml").read_text("utf-8"))
    address = answering["all"]["children"]["lab"]["hosts"]["rdsh"]["ansible_host"]
    inventory = {
        "all": {
            "hosts": {
                f"host{number:04}": {"ansible_host": address if number % 2 else "127.0.0.9"}
                for number in range(hosts)
            },
            "vars": {"ansible_connection": "winrm"},
        }
    }
    (directory / "probed.yml").write_text(yaml.safe_dump(inventory), "utf-8")
    (directory / "play.yml").write_text(yaml.safe_dump(PLAY), "utf-8")
    program = str(Path(sys.executable).parent / "ansible-playbook")
    command = [program, "-i", "probed.yml", "-f", str(forks), "play.yml"]
    began, cpu = time.monotonic(), _children()
    done = subprocess.run(
        command,
        cwd=directory,
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
            # Read from here, as a task with the results of all hosts would cost as much as the probes.
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "integration" / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "results_file",
            "RESULTS_FILE": str(directory / "results.jsonl"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"the play failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    print(f"  processor of the controller: {_children() - cpu:.1f} s")
    results = (directory / "results.jsonl").read_text("utf-8").splitlines()
    return seconds, [json.loads(line)["result"]["nla"] for line in results]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
