# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts for the tests of the assessment: rows in the shape of a recorded Windows Server 2008 R2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.unit.fake_session import FakeSession


def system_row(**changes: Any) -> dict[str, Any]:
    """Win32_OperatingSystem of a Windows Server 2008 R2 without a service pack."""
    return {
        "BuildNumber": "7600",
        "Caption": "Microsoft Windows Server 2008 R2 Datacenter ",
        "CurrentTimeZone": "60",
        "LastBootUpTime": "2010-02-15T16:28:39.5Z",
        "LocalDateTime": "2010-02-15T20:26:12.701Z",
        "OperatingSystemSKU": "8",
        "OSLanguage": "1031",
        "ProductType": "3",
        "ServicePackMajorVersion": "0",
        "Version": "6.1.7600",
        "WindowsDirectory": "C:\\Windows",
        **changes,
    }


def computer_row(**changes: Any) -> dict[str, Any]:
    """Win32_ComputerSystem of a 64-bit member of a domain."""
    return {
        "Domain": "corp.example",
        "Name": "RDS01",
        "PartOfDomain": "true",
        "SystemType": "x64-based PC",
        **changes,
    }


def processor_row(architecture: int = 9, width: int = 64) -> dict[str, Any]:
    """Win32_Processor of one socket."""
    return {"Architecture": str(architecture), "AddressWidth": str(width)}


def platform_rows(
    system: dict[str, Any] | None = None,
    computer: dict[str, Any] | None = None,
    processor: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The three tables a host needs to tell its platform."""
    return {
        "Win32_OperatingSystem": [system or system_row()],
        "Win32_ComputerSystem": [computer or computer_row()],
        "Win32_Processor": [processor or processor_row()],
    }


PACKAGES_KEY = (
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages"
)
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
# What proves that the search for packages works: a package that every Windows 6.1 has.
NO_PACKAGES = (
    f"{PACKAGES_KEY}\\Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~6.1.7600.16385\r\n"
)


def package_text(current_state: int, identity: str = IDENTITY) -> str:
    """What reg.exe prints of one package."""
    key = f"{PACKAGES_KEY}\\{identity}"
    return f"{key}\r\n\r\n{key}\r\n    CurrentState    REG_DWORD    {current_state:#x}\r\n\r\n{NO_PACKAGES}"


SERVICING_KEY = PACKAGES_KEY.rpartition("\\")[0]
UPDATE_KEY = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
NO_TASK = "no such task\r\n"


def pending_text(*signs: str) -> str:
    """What the host prints of the signs of a pending restart."""
    of_update = [sign for sign in signs if sign == "RebootRequired"]
    of_servicing = [sign for sign in signs if sign in ("RebootPending", "RebootInProgress")]
    lines = [
        "PendingFileRenameOperations" if "PendingFileRenameOperations" in signs else "no renames",
        "pending.xml" if "pending.xml" in signs else "no pending.xml",
        *(f"{SERVICING_KEY}\\{name}" for name in ["Packages", *of_servicing]),
        "=0 ",
        *(f"{UPDATE_KEY}\\{name}" for name in ["Results", *of_update]),
        "=0 ",
    ]
    return "".join(f"{line}\r\n" for line in lines)


TERMINAL_SERVER = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"


def exposure_text(deny: int = 1) -> str:
    """What reg.exe prints of the keys of the exposure; Group Policy and Kerberos set nothing there."""
    return (
        f"{TERMINAL_SERVER}\r\n    fDenyTSConnections    REG_DWORD    {deny:#x}\r\n=0 \r\n"
        f"{TERMINAL_SERVER}\\WinStations\\RDP-Tcp\r\n    UserAuthentication    REG_DWORD    0x0\r\n=0 \r\n"
        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\r\n=2 \r\n"
        "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\Kerberos\\Domains\r\n=1 \r\n"
    )


def data_file_rows(disk: Mapping[str, str | None]) -> Any:
    """CIM_DataFile of a disk: path to version; answers a query with the files it names, as hosts do it."""

    def answer(wql: str) -> list[dict[str, Any]]:
        named = {name.replace("\\\\", "\\").lower() for name in re.findall(r"Name='(.*?)'", wql)}
        assert named, f"a query that walks the disk: {wql}"
        return [
            {
                "FileSize": "22016",
                "LastModified": "2010-01-15T20:03:00Z",
                "Name": path.lower(),
                "Version": version,
            }
            for path, version in disk.items()
            if path.lower() in named
        ]

    return answer


ANSWERS = {
    "run": "no such task\n",
    "attempt": "[no record]\n",
    "packages": NO_PACKAGES,
    "pending": pending_text(),
    "scheduled": NO_TASK,
    "exposure": exposure_text(),
}


def part_printer(parts: Mapping[str, str]) -> Any:
    """What the joined command line prints: each marker it echoes, followed by the text of that part."""

    def answer(line: str) -> str:
        names = re.findall(r"echo \[\[(\w+)\]\]", line)
        return "".join(f"[[{name}]]\r\n{parts.get(name, '')}" for name in names)

    return answer


def hotfix_host(
    disk: Mapping[str, str | None],
    parts: Mapping[str, str] | None = None,
    *,
    listed: bool = False,
    wmi: Mapping[str, Any] | None = None,
) -> FakeSession:
    """A host with these files (path to version), and these answers to the parts of the joined command."""
    return FakeSession(
        wmi={
            **platform_rows(),
            "CIM_DataFile": data_file_rows(disk),
            "Win32_QuickFixEngineering": [{"HotFixID": "KB978918"}] * 2 if listed else [],
            **(wmi or {}),
        },
        commands={"echo [[": part_printer({**ANSWERS, **(parts or {})})},
    )
