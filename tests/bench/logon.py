# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assessing a fleet over Kerberos, with a ticket that is there, against NTLM on the same hosts.

    python -m tests.bench.logon [--hosts 200] [--forks 10] [--rounds 3]

Each round begins with a ticket-granting ticket alone, so Kerberos also gets a ticket for each host. Ansible's
own kinit, a process for each connection, is printed beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from tests.bench._bounds import Bound, judge
from tests.bench.fleet import ASSESS, Round, play, show, start_lab
from tests.lab.domain.kdc import missing
from tests.lab.fleets.many import ACCOUNT

MOST_TIMES_NTLM = 1.15
NTLM, TICKET, MANAGED = "NTLM", "Kerberos with a ticket", "Kerberos, managed kinit"
OPTIONS = {
    NTLM: ("-e", "ansible_winrm_transport=ntlm"),
    TICKET: ("-e", "ansible_winrm_kinit_mode=manual"),
    MANAGED: (),
}


def kinit(environment: dict[str, str]) -> None:
    """Get a ticket-granting ticket into an empty cache."""
    user = f"{ACCOUNT['name']}@{ACCOUNT['domain'].upper()}"
    everything = {**os.environ, **environment}
    subprocess.run(
        ["kinit", user], input=ACCOUNT["password"], env=everything, check=True, capture_output=True, text=True
    )


def main() -> int:
    """Measure and print; 1 where a ratio is beyond its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--forks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds: dict[str, list[Round]] = {way: [] for way in OPTIONS}
    if lacking := missing():
        print(f"A domain {lacking}")
    else:
        measure(options, rounds)
    for way, measured in rounds.items():
        if measured:
            show(way, measured)
    return judge(
        [
            Bound(f"Kerberos to NTLM, {name}", ratio(rounds, key), MOST_TIMES_NTLM)
            for name, key in (("CPU of the controller", "cpu"), ("wall time", "wall"))
        ]
    )


def measure(options: argparse.Namespace, rounds: dict[str, list[Round]]) -> None:
    """Assess the fleet in each way, turn and turn about."""
    print(f"Assessing {options.hosts} simulated hosts, {options.forks} forks, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        process, lab = start_lab(directory, "--many", str(options.hosts), "--domain")
        environment = {
            "KRB5_CONFIG": str(directory / "domain" / "krb5.conf"),
            "KRB5CCNAME": f"FILE:{directory / 'tickets'}",
        }
        try:
            for _number in range(options.rounds):
                for way, measured in rounds.items():
                    kinit(environment)
                    run = play(directory, lab, ASSESS, options.forks, *OPTIONS[way], environment=environment)
                    measured.append(run)
        finally:
            process.terminate()
            process.wait(timeout=30)


def ratio(rounds: dict[str, list[Round]], key: str) -> float | None:
    """The median ratio of Kerberos with a ticket to NTLM in the same round."""
    pairs = list(zip(rounds[TICKET], rounds[NTLM], strict=True))
    if not pairs:
        return None
    return statistics.median(getattr(ours, key) / getattr(base, key) for ours, base in pairs)


if __name__ == "__main__":
    raise SystemExit(main())
