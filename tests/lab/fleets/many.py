# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large fleets for benchmarks: N hosts that repeat a fixed mixture."""

from __future__ import annotations

from typing import Any

from tests.lab.windows.profile import HostProfile, parse_fleet

_RDP = {"enabled": True, "nla": True}

#: The mixture, repeated in this order: (system, files, further keys).
MIXTURE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("2008r2-x64", "vulnerable", {"rdp": _RDP}),
    ("win7-x64", "vulnerable", {}),
    ("2008r2-x64", "fixed", {"rdp": _RDP}),
    ("win7-x86", "vulnerable", {}),
    ("2008r2-x64", "gdr", {"rdp": {**_RDP, "application_server": True}}),
    ("2008r2-x64-sp1", "sp1", {"rdp": _RDP}),
    ("2008r2-core", "vulnerable", {"rdp": _RDP}),
    ("win7-x64", "partial", {}),
    ("2008r2-ia64", "vulnerable", {"rdp": _RDP}),
    ("2012-x64", "windows8", {"rdp": _RDP}),
)

#: An administrator of every host: of the domain, so that fleets with and without a KDC are the same.
ACCOUNT = {"name": "patching", "password": "Domain-Passw0rd!", "domain": "corp.example"}

#: Ways to fail for fleets in which one host in ten fails.
FAILURES = (
    "revert_on_boot",
    "disk_full",
    "another_install_running",
    "trustedinstaller_disabled",
    "rpc_failed",
)


def many(count: int, *, failing: bool = False, uniform: bool = False) -> list[HostProfile]:
    """Describe a fleet.

    Args:
        count: Number of hosts.
        failing: One host in ten (of the vulnerable ones) fails in a named way, in turn.
        uniform: Every host is a vulnerable 2008 R2 x64 (for comparisons of speed).
    """
    hosts: list[dict[str, Any]] = []
    for number in range(count):
        system, files, more = MIXTURE[0 if uniform else number % len(MIXTURE)]
        entry = {
            "name": f"lab-{number + 1:04d}",
            "system": system,
            "files": files,
            "domain": "corp.example",
            "users": [ACCOUNT],
            **more,
        }
        if failing and number % 10 == 0:
            entry["faults"] = [FAILURES[number // 10 % len(FAILURES)]]
        hosts.append(entry)
    return parse_fleet({"hosts": hosts})
