# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that hosts give for the platform classes, in the shape of a recorded Windows Server 2008 R2."""

from __future__ import annotations

from typing import Any


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
