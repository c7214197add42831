# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets as results for the report: hosts of every kind for its picture, ten thousand for its limits."""

from __future__ import annotations

import random
from typing import Any

SHIPPED, RTM, GDR, SP1 = "6.1.7600.20618", "6.1.7600.16385", "6.1.7600.17035", "6.1.7601.23915"
SYSTEM, WOW64 = r"C:\Windows\System32", r"C:\Windows\SysWOW64"

# Path below the folder, component, size as shipped for x86, x64 and IA-64 (KB978918, file tables).
NATIVE = (
    ("Credssp.dll", "credssp", {"x86": 17408, "x64": 22016, "ia64": 49664}),
    ("Tspkg.dll", "credssp", {"x86": 65024, "x64": 86016, "ia64": 187392}),
    (r"drivers\Tssecsrv.sys", "drivers", {"x86": 31232, "x64": 39424, "ia64": 102400}),
)
WOW = (("Credssp.dll", "credssp-wow64", 17408), ("Tspkg.dll", "credssp-wow64", 65024))
ICAAPI = {"x86": 15872, "x64": 22528, "ia64": 47104}
OLDER = "Credssp.dll 6.1.7600.16385 is older than 6.1.7600.20618."


def finding(path: str, platform: str, component: str, size: int, version: str | None) -> dict[str, Any]:
    """A deciding file with the state that its version gives it."""
    state = (
        "absent"
        if version is None
        else "fixed"
        if version == SHIPPED
        else "newer"
        if version > SHIPPED
        else "older"
    )
    return {
        "path": path,
        "platform": platform,
        "component": component,
        "deciding": True,
        "expected_version": SHIPPED,
        "version": version,
        "expected_size": size,
        "size": None if version is None else size if state == "fixed" else size - 512,
        "state": state,
    }


def files(
    architecture: str, versions: tuple[str | None, ...], wow64: str | None = ""
) -> list[dict[str, Any]]:
    """Credssp, Tspkg and Tssecsrv in these versions, and the WOW64 copies (in the same ones for '')."""
    found = [
        finding(rf"{SYSTEM}\{name}", architecture, component, sizes[architecture], version)
        for (name, component, sizes), version in zip(NATIVE, versions, strict=True)
    ]
    if architecture != "x86":
        copies = versions[:2] if wow64 == "" else (wow64, wow64)
        found += [
            finding(rf"{WOW64}\{name}", "x86", component, size, version)
            for (name, component, size), version in zip(WOW, copies, strict=True)
        ]
    constant = finding(rf"{SYSTEM}\Icaapi.dll", architecture, "drivers", ICAAPI[architecture], RTM)
    return [
        *found,
        {
            **constant,
            "deciding": False,
            "expected_version": RTM,
            "state": "fixed",
            "size": ICAAPI[architecture],
        },
    ]


def host(
    name: str,
    product: str,
    architecture: str,
    status: str,
    reasons: list[str],
    *,
    pack: int = 0,
    versions: tuple[str | None, ...] | None = None,
    wow64: str | None = "",
    by: str | None = None,
    language: str = "en-US",
    roles: tuple[str, ...] = ("rdp_client",),
    nla: bool | None = None,
    at_risk: bool = True,
    package: str | None = None,
    scheduled: str | None = None,
    missed: str | None = None,
    attempt: dict[str, Any] | None = None,
    boot: str = "2026-02-22T03:11:40+01:00",
    domain: str = "corp.example",
    sibling: str | None = None,
    **run: Any,
) -> dict[str, Any]:
    """One result, as the role gives it."""
    build = 9200 if "2012" in product else 7600 + pack
    identity = f"Package_for_KB978918~31bf3856ad364e35~{architecture}~~6.1.1.0"
    applicable = status != "not_applicable"
    return {
        "host": name,
        **run,
        "hotfix_info": {
            "hotfix": "KB978918",
            "status": status,
            "by": by,
            "applicable": applicable,
            "sibling": sibling,
            "reasons": reasons,
            "os": {
                "name": f"Microsoft {product}",
                "product": product,
                "version": "6.2.9200" if build == 9200 else f"6.1.{build}",
                "build": build,
                "service_pack": pack,
                "edition": "Enterprise" if "7" in product else "Standard",
                "product_type": "workstation" if "Windows 7" in product else "server",
                "architecture": architecture,
                "language": language,
                "computer_name": name.upper(),
                "domain": domain,
                "domain_member": True,
                "boot_time": boot,
                "utc_offset_minutes": 60,
            },
            "package_architecture": architecture if applicable else None,
            "files": files(architecture, versions, wow64) if versions else [],
            "manifests": {"expected": 5, "present": 5 if package else 0, "missing": []}
            if applicable
            else None,
            "servicing": {
                "packages": [{"identity": identity, "state": package}] if package else [],
                "quick_fix_engineering": package == "Installed",
            },
            "restart": {
                "pending_for_hotfix": status == "restart_pending",
                "pending_any": status == "restart_pending",
                "sources": ["Component Based Servicing"] if status == "restart_pending" else [],
                "scheduled_for": scheduled,
                "missed_at": missed,
            },
            "last_attempt": attempt,
            "exposure": {
                "roles": list(roles),
                "nla_required": nla,
                "domain_member": True,
                "max_token_size": 12000,
                "at_risk": at_risk,
            }
            if applicable
            else None,
        },
    }


SESSION_HOST = ("session_host", "rdp_server", "rdp_client")
SERVER = ("rdp_server", "rdp_client")
ALL_FIXED, ALL_RTM = (SHIPPED,) * 3, (RTM,) * 3
# As the failures of a connection are reported (failures.yml), with the words of the libraries behind.
DENIED = (
    "The account can log on but has no right to use WinRM. Use an account in the host's Administrators "
    "group. UAC filters local accounts other than the built-in Administrator unless "
    "LocalAccountTokenFilterPolicy is 1 under "
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System."
)
OFF = (
    "The host is off or busy, or a firewall blocks the port. Check ansible_host and ansible_port "
    "(5985 for HTTP, 5986 for HTTPS)."
)
POOL = (
    "ntlm: HTTPConnectionPool(host='10.20.4.17', port=5985): Max retries exceeded with url: /wsman (Caused "
    "by ConnectTimeoutError(<urllib3.connection.HTTPConnection object at 0x7f1c0e3b2c50>, 'Connection to "
    "10.20.4.17 timed out. (connect timeout=30)'))"
)
MISSED = (
    "The restart at 2026-03-01T02:30:00 was missed: the host was off, or somebody refused or cancelled it. "
    "The next remediation schedules a new one."
)
UNREAD = "Tspkg.dll 6.1.7602.9 is undecided: the definition has nothing for its build and branch."
WHEN = "2026-03-08T02:30:00"
DONE = {"installed": True, "exit_name": "ERROR_SUCCESS_REBOOT_REQUIRED", "exit_code": 3010}


def every_kind() -> list[dict[str, Any]]:
    """Hosts of every kind, in the middle of a remediation; on the first three nothing failed."""
    r2, seven = "Windows Server 2008 R2", "Windows 7"
    fixed = ["Every deciding file is 6.1.7600.20618."]
    pending = ["Package_for_KB978918 is Install Pending; a restart completes it."]
    package = r"Windows6.1-KB978918-x64.msu"
    installed = {
        **DONE,
        "package": package,
        "restart_scheduled_for": WHEN,
        "restart_task": r"\winfleet.hotfix\KB978918-restart",
        "sessions": 14,
    }
    return [
        host(
            "ts-berlin-01",
            r2,
            "x64",
            "restart_pending",
            pending,
            versions=ALL_RTM,
            roles=SESSION_HOST,
            nla=True,
            package="Install Pending",
            scheduled=WHEN,
            language="de-DE",
            actions=installed,
            groups=["berlin", "rds"],
        ),
        host(
            "ts-berlin-02",
            r2,
            "x64",
            "restart_pending",
            pending,
            versions=ALL_RTM,
            roles=SESSION_HOST,
            nla=True,
            package="Install Pending",
            scheduled="2026-03-08T02:45:00",
            language="de-DE",
            actions={**installed, "restart_scheduled_for": "2026-03-08T02:45:00", "sessions": 9},
            groups=["berlin", "rds"],
        ),
        host(
            "ts-canary",
            r2,
            "x64",
            "compliant",
            fixed,
            versions=ALL_FIXED,
            by="hotfix",
            roles=SESSION_HOST,
            nla=True,
            package="Installed",
            actions={**DONE, "package": package, "restarted": True},
            boot="2026-03-07T16:48:02+01:00",
            groups=["hamburg", "hotfix_canary", "rds"],
        ),
        host(
            "file-core",
            r2,
            "x64",
            "compliant",
            [*fixed, "WOW64 is absent: its two files do not decide."],
            versions=ALL_FIXED,
            wow64=None,
            by="hotfix",
            roles=("rdp_client",),
            package="Installed",
            actions={**DONE, "package": package, "restarted": True},
            boot="2026-03-07T16:48:02+01:00",
            groups=["berlin", "file_servers"],
        ),
        host(
            "sql-itanium",
            r2,
            "ia64",
            "compliant",
            fixed,
            versions=ALL_FIXED,
            by="hotfix",
            roles=SERVER,
            nla=False,
            package="Installed",
            actions={**DONE, "package": "Windows6.1-KB978918-ia64.msu", "restarted": True},
            boot="2026-03-07T17:20:31+01:00",
            groups=["berlin", "sql"],
        ),
        host(
            "app-sp1",
            r2,
            "x64",
            "compliant",
            ["Credssp.dll 6.1.7601.23915 is newer than 6.1.7600.20618."],
            pack=1,
            versions=(SP1,) * 3,
            by="newer",
            roles=SERVER,
            nla=True,
            groups=["hamburg", "app"],
        ),
        host(
            "pc-101",
            seven,
            "x86",
            "compliant",
            fixed,
            versions=ALL_FIXED,
            by="hotfix",
            package="Installed",
            groups=["hamburg", "workstations"],
        ),
        host(
            "pc-117",
            seven,
            "x64",
            "vulnerable",
            [OLDER, "Tspkg.dll 6.1.7600.17035 is older than 6.1.7600.20618."],
            versions=(GDR, GDR, RTM),
            roles=("rdp_client",),
            actions={"downloaded": True, "package": package},
            groups=["hamburg", "workstations"],
        ),
        host(
            "pc-118",
            seven,
            "x64",
            "inconsistent",
            ["Package_for_KB978918 is Installed, but Tspkg.dll 6.1.7600.16385 is older than 6.1.7600.20618."],
            versions=(SHIPPED, RTM, SHIPPED),
            package="Installed",
            groups=["hamburg", "workstations"],
        ),
        host(
            "web-rollback",
            r2,
            "x64",
            "vulnerable",
            [OLDER, "The last installation was rolled back at the restart."],
            versions=ALL_RTM,
            roles=SERVER,
            nla=True,
            attempt={"time": "2026-03-01T02:34:10+01:00", "exit_code": 3010, "outcome": "rolled_back"},
            error="The hotfix was rolled back at the restart: 0x800f0922. The end of the CBS log is in the"
            " job's output; repair the component store, then run again.",
            actions={**DONE, "package": package},
            groups=["berlin", "web"],
        ),
        *(
            {"host": name, "unreachable": True, "error": f"{DENIED} [{said}]", "groups": ["hamburg", "hr"]}
            for name, said in (
                ("hr-01", "ntlm: Access is denied. (fault 5)"),
                ("hr-02", "ntlm: Access is denied. (fault 5)"),
                ("hr-03", "ntlm: Zugriff verweigert (fault 5)"),
            )
        ),
        {
            "host": "pc-off",
            "unreachable": True,
            "msg": f"{OFF} [{POOL}]",
            "groups": ["hamburg", "workstations"],
        },
        host(
            "ts-hamburg-01",
            r2,
            "x64",
            "restart_pending",
            [
                MISSED,
                *pending,
            ],
            versions=ALL_RTM,
            roles=SESSION_HOST,
            nla=True,
            package="Install Pending",
            missed="2026-03-01T02:30:00",
            groups=["hamburg", "rds"],
        ),
        host(
            "lab-vista",
            "Windows Vista",
            "x86",
            "not_applicable",
            ["Windows Vista is not among the products of KB978918; KB975943 repairs the same error there."],
            pack=2,
            sibling="KB975943",
            domain="lab.example",
            groups=["berlin", "workstations"],
        ),
        host(
            "app-build",
            r2,
            "x64",
            "unknown",
            [UNREAD],
            domain="lab.example",
            groups=["berlin", "app"],
        ),
        {"host": "pc-240", "not_attempted": True, "groups": ["hamburg", "workstations"]},
        host(
            "hyperv-2012",
            "Windows Server 2012",
            "x64",
            "not_applicable",
            ["Windows Server 2012 (6.2.9200) is not among the products of KB978918."],
            groups=["berlin", "hyperv"],
        ),
    ]


TOKENS = {
    "limit": 16384,
    "users": [
        {"user": "a.lindqvist", "status": "over", "percent": 131.4, "token_bytes": 21528},
        {"user": "svc-migration", "status": "over", "percent": 112.0, "token_bytes": 18344},
        {"user": "m.oduya", "status": "over", "percent": 101.2, "token_bytes": 16576},
        {"user": "k.tanaka", "status": "near", "percent": 96.5, "token_bytes": 15808},
        {"user": "p.garcía", "status": "near", "percent": 88.1, "token_bytes": 14432},
    ],
}
"""A token report in short, as the playbook `token_report` writes it."""


def thousands(count: int = 10_000) -> list[dict[str, Any]]:
    """A large fleet: the hosts of `every_kind` mixed at random, each with a site and a time of its own."""
    dice = random.Random(978918)
    kinds = every_kind()
    versions = [RTM, GDR, SHIPPED, SP1, *(f"6.1.7600.{20600 + number}" for number in range(100))]
    fleet = []
    for number in range(count):
        kind = dice.choice(kinds)
        site = f"site-{number % 37:02}"
        result = {
            **kind,
            "groups": [*kind["groups"], site],
            "host": f"{kind['host'].split('-')[0]}-{number:05}.{site}.corp.example",
        }
        if "hotfix_info" in kind:
            known = kind["hotfix_info"]
            result["hotfix_info"] = {
                **known,
                "reasons": [f"{reason} Checked as number {number}." for reason in known["reasons"]],
                "os": {
                    **known["os"],
                    "computer_name": f"HOST{number:05}",
                    "boot_time": f"2026-02-{1 + number % 28:02}T03:11:40+01:00",
                },
                "files": files("x64", tuple(dice.choice(versions) for _file in range(3)))
                if known["status"] == "vulnerable"
                else known["files"],
                "restart": {
                    **known["restart"],
                    "scheduled_for": known["restart"]["scheduled_for"]
                    and f"2026-03-{8 + number % 3:02}T0{2 + number % 4}:{number * 7 % 60:02}:00",
                },
            }
            result["actions"] = {**kind.get("actions", {}), "restart_scheduled_for": None}
        fleet.append(result)
    return fleet
