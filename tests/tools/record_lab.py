# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the bundles of simulated hosts anew: `python -m tests.tools.record_lab [FOLDER]`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from tests.lab.control.client import STATE_FILE

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "unit" / "fixtures" / "field"
HOSTS = {
    "lab-2008r2-x64": {"system": "2008r2-x64", "files": "fixed", "rdp": {"enabled": True, "nla": True}},
    "lab-win7-x86-german": {"system": "win7-x86", "language": "de-DE", "faults": ["file_version_tail"]},
}
TASK = """\
- hosts: all
  gather_facts: false
  tasks:
    - winfleet.hotfix.field_check:
        path: "{{ folder }}/{{ inventory_hostname }}.json"
        note: A simulated host of tests/lab, which shows nothing about Windows
"""


def record(folder: Path) -> None:
    """Records every host of HOSTS to a file of its name."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        hosts = [{"name": host, "domain": "corp.example", **profile} for host, profile in HOSTS.items()]
        (work / "fleet.yml").write_text(yaml.safe_dump({"hosts": hosts}), "utf-8")
        (work / "play.yml").write_text(TASK, "utf-8")
        lab = ["-m", "tests.lab", "--fleet", str(work / "fleet.yml"), "--directory", str(work)]
        process = subprocess.Popen([sys.executable, *lab, "--network", "127.39.0.0/24"], cwd=ROOT)
        try:
            while not (work / STATE_FILE).exists() and process.poll() is None:
                time.sleep(0.1)
            play = ["-i", str(work / "inventory.yml"), "-e", f"folder={folder}", str(work / "play.yml")]
            subprocess.run(
                [str(Path(sys.executable).parent / "ansible-playbook"), *play],
                cwd=work,
                env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections")},
                check=True,
            )
        finally:
            process.terminate()
            process.wait(timeout=30)


if __name__ == "__main__":
    record(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else FOLDER)
