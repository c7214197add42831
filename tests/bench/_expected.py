# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an assessment has to find on a large fleet, from descriptions and the article alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lab.fleets.many import many
from tests.lab.windows.profile import HostProfile

#: State of the files → status and, of a compliant host, why.
VERDICTS: Mapping[str, tuple[str, str | None]] = {
    "vulnerable": ("vulnerable", None),
    "gdr": ("vulnerable", None),  # a GDR file is newer than RTM and lacks the fix all the same
    "partial": ("inconsistent", None),
    "fixed": ("compliant", "hotfix"),
    "sp1": ("compliant", "newer"),
    "windows8": ("not_applicable", None),
}
PACKAGES: Mapping[str, str] = {"2008r2-ia64": "ia64", "win7-x86": "x86"}


def expected(count: int) -> dict[str, dict[str, Any]]:
    """The verdict on every host of `python -m tests.lab --many COUNT`, by name."""
    return {profile.name: _expected(profile) for profile in many(count)}


def _expected(profile: HostProfile) -> dict[str, Any]:
    assert isinstance(profile.files, str)
    status, by = VERDICTS[profile.files]
    applicable = status != "not_applicable"
    roles = ["rdp_client"]
    if profile.rdp.enabled:
        roles.append("rdp_server")
    if profile.rdp.application_server:
        roles.append("session_host")
    return {
        "status": status,
        "by": by,
        "applicable": applicable,
        "package_architecture": PACKAGES.get(profile.system, "x64") if applicable else None,
        "roles": sorted(roles) if applicable else [],
    }


def wrong(results: Mapping[str, Mapping[str, Any]], count: int) -> dict[str, Any]:
    """The hosts of which an assessment found something else, with what was expected and found.

    Args:
        results: `hotfix_info` by host.
        count: Number of hosts of the fleet.
    """
    differences: dict[str, Any] = {}
    for name, row in expected(count).items():
        found = results.get(name)
        told = None
        if found is not None:
            exposure = found.get("exposure") or {}
            told = {key: found.get(key) for key in row if key != "roles"}
            told["roles"] = sorted(exposure.get("roles") or [])
        if told != row:
            differences[name] = {"expected": row, "found": told}
    return differences
