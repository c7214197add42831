# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as the module hotfix_info and the role give them, for the tests of the report."""

from __future__ import annotations

from typing import Any

FIXED, GDR, RTM, NEWER = "6.1.7600.20618", "6.1.7600.17035", "6.1.7600.16385", "6.1.7601.23915"

DECIDING = (
    (r"C:\Windows\System32\Credssp.dll", "x64", "credssp", 22016),
    (r"C:\Windows\System32\Tspkg.dll", "x64", "credssp", 86016),
    (r"C:\Windows\System32\drivers\Tssecsrv.sys", "x64", "drivers", 39424),
    (r"C:\Windows\SysWOW64\Credssp.dll", "x86", "credssp-wow64", 17408),
    (r"C:\Windows\SysWOW64\Tspkg.dll", "x86", "credssp-wow64", 65024),
)


def files(state: str = "fixed", version: str | None = FIXED) -> list[dict[str, Any]]:
    """The files of an x64 host, every deciding one in the same state."""
    deciding = [
        {
            "path": path,
            "platform": platform,
            "component": component,
            "deciding": True,
            "expected_version": FIXED,
            "version": version,
            "expected_size": size,
            "size": size if version == FIXED else size - 512,
            "state": state,
        }
        for path, platform, component, size in DECIDING
    ]
    constant = {
        "path": r"C:\Windows\System32\Icaapi.dll",
        "platform": "x64",
        "component": "drivers",
        "deciding": False,
        "expected_version": RTM,
        "version": RTM,
        "expected_size": 22528,
        "size": 22528,
        "state": "fixed",
    }
    return [*deciding, constant]


def hotfix_info(status: str = "compliant", **changes: Any) -> dict[str, Any]:
    """A whole `hotfix_info` of a 2008 R2 session host."""
    older = status in {"vulnerable", "restart_pending"}
    return {
        "hotfix": "KB978918",
        "status": status,
        "by": "hotfix" if status == "compliant" else None,
        "applicable": True,
        "reasons": [f"Credssp.dll is {RTM if older else FIXED}."],
        "os": {
            "name": "Microsoft Windows Server 2008 R2 Standard",
            "product": "Windows Server 2008 R2",
            "version": "6.1.7600",
            "build": 7600,
            "service_pack": 0,
            "edition": "Standard",
            "product_type": "server",
            "architecture": "x64",
            "language": "en-US",
            "computer_name": "SRV01",
            "domain": "corp.example",
            "domain_member": True,
            "boot_time": "2026-03-01T04:00:12+01:00",
        },
        "package_architecture": "x64",
        "files": files("older", RTM) if older else files(),
        "manifests": {"expected": 5, "present": 0 if older else 5, "missing": []},
        "servicing": {"packages": [], "quick_fix_engineering": not older},
        "restart": {
            "pending_for_hotfix": status == "restart_pending",
            "pending_any": status == "restart_pending",
            "sources": [],
            "scheduled_for": None,
            "missed_at": None,
        },
        "last_attempt": None,
        "exposure": {
            "roles": ["session_host", "rdp_server", "rdp_client"],
            "nla_required": True,
            "domain_member": True,
            "max_token_size": 12000,
            "at_risk": True,
        },
        **changes,
    }


def result(host: str = "srv01", status: str = "compliant", **changes: Any) -> dict[str, Any]:
    """What a play hands to the report for one host."""
    return {"host": host, "hotfix_info": hotfix_info(status), **changes}
