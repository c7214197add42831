# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet in which one host in ten fails in a named way, remediated in waves: `python -m tests.bench.waves`.

    python -m tests.bench.waves [--hosts 100] [--forks 10]

Installs in a canary, a tenth and the rest, lets the restart window come, verifies, and holds the report of
every host against its description and against what the simulated host has become.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench._expected import VERDICTS
from tests.bench.fleet import ROOT, start_lab
from tests.lab.control.client import ControlClient
from tests.lab.fleets.many import many
from tests.lab.packages.builder import PackageSpec, build_msu
from tests.lab.windows.profile import HostProfile

WAVES = [1, "10%", "100%"]
HOURS = 30
INSTALLED = 0x70
#: How the report names each way to fail (see FAULTS of the lab).
NAMED = {
    "revert_on_boot": "rolled back",
    "disk_full": "disk_full",
    "another_install_running": "another_installation_running",
    "trustedinstaller_disabled": "TrustedInstaller",
    "rpc_failed": "rpc_failed",
}
Rows = Mapping[str, Mapping[str, Any]]


def describe(count: int) -> list[HostProfile]:
    """The fleet: one host in ten has a fault."""
    return many(count, failing=True)


def inject_faults(lab: ControlClient, fleet: Sequence[HostProfile]) -> None:
    """Give the hosts of a lab that was started without faults those of their descriptions."""
    for profile in fleet:
        for fault in profile.faults:
            lab.inject(profile.name, fault)


def settings(packages: Path) -> dict[str, Any]:
    """The variables of the run; writes the packages."""
    packages.mkdir(parents=True, exist_ok=True)
    for architecture in ("x86", "x64", "ia64"):
        spec = PackageSpec(architecture)
        (packages / f"{spec.stem}.msu").write_bytes(build_msu(spec))
    return {
        "hotfix_package_dir": str(packages),
        "hotfix_restart_window": {"start": "02:00", "duration_minutes": 120},
        "hotfix_restart_stagger_minutes": 60,
        "hotfix_batches": WAVES,
    }


def wrong(
    lab: ControlClient, fleet: Sequence[HostProfile], remediated: Rows, verified: Rows
) -> dict[str, str]:
    """The hosts that are not as they should be, with what is the matter.

    Args:
        lab: The fleet after the window.
        fleet: Its description.
        remediated: The report of the run that installed.
        verified: The report of the run after the window.
    """
    return {
        profile.name: problem
        for profile in fleet
        if (problem := _wrong(lab, profile, remediated.get(profile.name), verified.get(profile.name)))
    }


def _wrong(
    lab: ControlClient,
    profile: HostProfile,
    remediated: Mapping[str, Any] | None,
    verified: Mapping[str, Any] | None,
) -> str:
    if remediated is None or verified is None:
        return "it has no row"
    assert isinstance(profile.files, str)
    before, by = VERDICTS[profile.files]
    step = remediated["actions"]["step"]
    if before in ("compliant", "not_applicable"):
        found = (step, verified["status"], verified["by"], verified["error"])
        return "" if found == ("none", before, by, None) else f"it should have been left alone: {found}"
    state = next((code for name, code in lab.host(profile.name)["packages"].items() if "KB978918" in name), 0)
    if not profile.faults:
        found = (remediated["status"], verified["status"], verified["by"], verified["error"], state)
        right = ("restart_pending", "compliant", "hotfix", None, INSTALLED)
        return "" if found == right else f"it should have been remediated: {found}"
    named = NAMED[profile.faults[0]]
    said = json.dumps(
        [row.get(key) for row in (remediated, verified) for key in ("error", "actions", "reasons")]
    )
    if state == INSTALLED or verified["status"] == "compliant" or not verified["error"]:
        return f"it should have failed: {verified['status']}, package state {state:#x}"
    return "" if named in said else f"it does not say {named!r}: {said}"


def _play(directory: Path, playbook: str, forks: int) -> tuple[float, Rows]:
    program = Path(sys.executable).parent / "ansible-playbook"
    command = [
        program,
        "-i",
        directory / "inventory.yml",
        "-e",
        f"@{directory / 'settings.json'}",
        "-f",
        forks,
    ]
    began = time.monotonic()
    done = subprocess.run(
        [*map(str, command), str(ROOT / "playbooks" / f"{playbook}.yml")],
        cwd=directory,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PWD": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.monotonic() - began
    report = directory / "reports" / f"{playbook}.json"
    if done.returncode not in (0, 2) or not report.exists():
        raise SystemExit(f"{playbook} failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    return wall, {row["host"]: row for row in json.loads(report.read_text("utf-8"))["hosts"]}


def main() -> int:
    """Measure, judge and print; the exit code is 1 if a host is not as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--forks", type=int, default=10)
    options = parser.parse_args()
    fleet = describe(options.hosts)
    failing = sum(bool(profile.faults) for profile in fleet)
    print(f"Remediating {len(fleet)} simulated hosts in waves of {WAVES}, {failing} of which have a fault")
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        process, lab = start_lab(directory, "--many", str(options.hosts))
        try:
            inject_faults(lab, fleet)
            variables = {**settings(directory / "packages"), "hotfix_report_dir": str(directory / "reports")}
            (directory / "settings.json").write_text(json.dumps(variables), "utf-8")
            installing, remediated = _play(directory, "remediate", options.forks)
            lab.advance(HOURS * 3600)
            verifying, verified = _play(directory, "verify", options.forks)
            problems = wrong(lab, fleet, remediated, verified)
        finally:
            process.terminate()
            process.wait(timeout=30)
    for name, wall, rows in (("remediate", installing, remediated), ("verify", verifying, verified)):
        counts = ", ".join(
            f"{count} {status}" for status, count in Counter(r["status"] for r in rows.values()).items()
        )
        print(f"  {name:<10} {wall:6.1f} s, {60 * len(fleet) / wall:4.0f} hosts a minute: {counts}")
    print(f"  right on {len(fleet) - len(problems)} of {len(fleet)} hosts")
    for host, problem in problems.items():
        print(f"    {host}: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
