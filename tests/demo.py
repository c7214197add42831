# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: from nothing to a remediated fleet, and the proof, in `.demo/`.

The fleet is simulated; everything else is what an operator would run: the playbooks of the collection, over
real WinRM traffic, with real packages and files.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.lab.control.client import STATE_FILE, ControlClient

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
SETTINGS = {
    "hotfix_package_dir": str(DEMO / "packages"),
    "hotfix_restart_window": {"days": [], "start": "02:00", "duration_minutes": 120},
    "hotfix_restart_stagger_minutes": 30,
    "hotfix_restart_notice_minutes": 10,
    "hotfix_drain_sessions": True,
    "hotfix_report_dir": str(DEMO / "reports"),
    "hotfix_token_source": str(DEMO / "directory.ldif"),
    "hotfix_token_report": str(DEMO / "reports" / "tokens.json"),
}
# Another hotfix, with two builds and two branches, and the hosts that get it.
OWN = "KB9100001"
OWN_HOSTS = "win7-x64,rds-2008r2,fixed-2008r2,sp1-2008r2,server-2012"
HOUR = 3600.0
# Another network than `make lab`, so that both can run.
NETWORK = "127.18.0.0/16"
RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", re.MULTILINE)


class DemoError(Exception):
    """A step did not do what it should; the message names its log."""


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def run_module(name: str, *arguments: str) -> None:
    """Run one of the lab's tools to its end."""
    subprocess.run([sys.executable, "-m", name, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def playbook(name: str, step: str, *arguments: str) -> str:
    """Run a playbook of the collection against the fleet; returns its output, which is also kept as a log.

    Exit code 2 is a playbook's way to say that hosts failed, which some of this fleet must.
    """
    log = DEMO / "logs" / f"{step}.log"
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        *("-i", str(DEMO / "lab" / "inventory.yml"), "--forks", "14"),
        *("-e", f"@{DEMO / 'settings.json'}", f"playbooks/{name}.yml", *arguments),
    ]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    log.write_text(done.stdout + done.stderr, "utf-8")
    if done.returncode not in (0, 2):
        raise DemoError(f"{name} ended with exit code {done.returncode}: see {log}")
    say(f"    {time.monotonic() - began:.0f} s, log in {log.relative_to(ROOT)}")
    return done.stdout


def start_lab() -> tuple[subprocess.Popen[bytes], ControlClient]:
    """Start the demo fleet in a process of its own."""
    directory = DEMO / "lab"
    command = [sys.executable, "-m", "tests.lab", "--fleet", "demo", "--directory", str(directory)]
    command += ["--network", NETWORK]
    output = (DEMO / "logs" / "lab.log").open("wb")
    process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    output.close()
    deadline = time.monotonic() + 60
    while not (directory / STATE_FILE).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DemoError(f"the simulated fleet did not start: see {DEMO / 'logs' / 'lab.log'}")
        time.sleep(0.1)
    return process, ControlClient.of_directory(directory)


def rows_of(step: str) -> dict[str, dict[str, Any]]:
    """The rows of a fleet report, by host."""
    report = json.loads((DEMO / "reports" / f"{step}.json").read_text("utf-8"))
    return {row["host"]: row for row in report["hosts"]}


def show(before: dict[str, Any], planned: dict[str, Any], after: dict[str, Any]) -> None:
    """Print what became of each host."""
    say(f"\n    {'host':<20} {'before':<16} {'what was done':<44} {'after':<16} by")
    for host, row in after.items():
        actions = planned[host].get("actions") or {}
        done = actions.get("step", "–").replace("none", "left alone")
        if actions.get("restart_scheduled_for"):
            done += f", restart at {actions['restart_scheduled_for']}"
        say(f"    {host:<20} {before[host]['status']:<16} {done:<44} {row['status']:<16} {row['by'] or ''}")


def show_tokens() -> None:
    """Print the users with the largest tokens."""
    report = json.loads((DEMO / "reports" / "tokens.json").read_text("utf-8"))
    for user in report["users"][:5]:
        size = f"{user['percent']:>5.0f} %, {user['wire_bytes']} bytes"
        say(f"    {user['user']:<20} {user['status']:<5} {size}")


def remediate(lab: ControlClient) -> None:
    """The steps an operator takes, then the whole once more."""
    say(
        "==> Token report: which users of the directory are near the 16 KB limit? (from an export, no server)"
    )
    playbook("token_report", "tokens")
    show_tokens()
    say("==> Assess: what does each host have?")
    playbook("assess", "assess")
    before = rows_of("assess")
    say("==> Remediate: install where it is needed, schedule the restart in the window")
    playbook("remediate", "remediate")
    planned = rows_of("remediate")
    say("==> The window comes (the fleet's clock moves by 30 hours)")
    lab.advance(30 * HOUR)
    say("==> Verify: did it take, provably?")
    playbook("verify", "verify")
    say("==> Scan: a last look at all hosts from one task, as at a large fleet")
    playbook("scan", "scan")
    after = rows_of("scan")
    show(before, planned, after)
    shutil.copyfile(DEMO / "reports" / "scan.json", DEMO / "report.json")
    say("\n==> Remediate once more: nothing may change on a host that was remediated")
    changed = {host for host, count in RECAP.findall(playbook("remediate", "again")) if count != "0"}
    unfinished = {host for host, row in after.items() if row["status"] not in ("compliant", "not_applicable")}
    if changed - unfinished:
        raise DemoError(f"the second run changed {', '.join(sorted(changed - unfinished))}")
    say(f"    {len(after) - len(unfinished)} finished hosts: nothing changed.")
    if unfinished:
        say(f"    Not finished, as this fleet was made: {', '.join(sorted(unfinished))}.")


def define() -> None:
    """Derive the definition of another hotfix from its packages."""
    say(f"\n==> Another hotfix, {OWN}: define it from its packages, which hold two builds and two branches")
    playbook("define", f"define-{OWN}", "-e", f"hotfix_definition={OWN}")
    file = DEMO / "lab" / "hotfixes" / f"{OWN}.yml"
    text = file.read_text("utf-8")
    say(f"    Review {file.relative_to(ROOT)}. It says what the packages do not show:")
    lines = text.partition("\n---\n")[0].partition("The packages do not show:")[2].splitlines()
    for line in lines[1:]:
        say(f"    {line.removeprefix('#')}")


def remediate_another(lab: ControlClient) -> None:
    """The same for a second hotfix, by the definition that was derived."""
    chosen = ("--limit", OWN_HOSTS, "-e", f"hotfix_definition={OWN}")
    say(f"\n==> {OWN}: assess, remediate, verify, on hosts with and without Service Pack 1")
    playbook("assess", f"assess-{OWN}", *chosen)
    playbook("remediate", f"remediate-{OWN}", *chosen)
    lab.advance(30 * HOUR)
    playbook("verify", f"verify-{OWN}", *chosen)
    before, planned, after = (rows_of(f"{step}-{OWN}") for step in ("assess", "remediate", "verify"))
    show(before, planned, after)
    unfinished = {host for host, row in after.items() if row["status"] not in ("compliant", "not_applicable")}
    if unfinished:
        raise DemoError(f"{OWN} is not proven on {', '.join(sorted(unfinished))}")


def main() -> int:
    """Run the demo; returns the exit code."""
    shutil.rmtree(DEMO, ignore_errors=True)
    (DEMO / "logs").mkdir(parents=True)
    (DEMO / "settings.json").write_text(json.dumps(SETTINGS, indent=2), "utf-8")
    say("==> Build the packages and start a simulated fleet of Windows hosts")
    run_module("tests.lab.packages", str(DEMO / "packages"), OWN)
    run_module("tests.lab.directory_export", str(DEMO / "directory.ldif"))
    process, lab = start_lab()
    try:
        remediate(lab)
        define()
        remediate_another(lab)
    except DemoError as error:
        say(f"The demo failed: {error}")
        return 1
    finally:
        process.terminate()
        process.wait(timeout=20)
    say(f"\nThe report:  {DEMO / 'report.json'}\nTo look at:  {DEMO / 'reports' / 'scan.html'}")
    say(f"Of {OWN}: {DEMO / 'reports' / f'verify-{OWN}.html'}")
    say(f"Tokens:      {DEMO / 'reports' / 'tokens.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
