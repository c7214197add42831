# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes that describe the machine: operating system, computer, processors, drives.

Property lists and constant values follow recorded answers of a 2008 R2 SP1 host.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.lab.windows.host import WindowsHost

Properties = dict[str, Any]

_COUNTRY_CODES = {
    "en-US": "1",
    "de-DE": "49",
    "fr-FR": "33",
    "ja-JP": "81",
    "ru-RU": "7",
    "es-ES": "34",
    "nl-NL": "31",
}
_CODE_SETS = {"ja-JP": "932", "ru-RU": "1251"}
_INSTALLED = datetime(2010, 1, 18, 9, 12, 25, tzinfo=timezone.utc)
_MEMORY_KB = 2097152
_NO_PROCESSOR_VALUE = """
ConfigManagerErrorCode ConfigManagerUserConfig CurrentVoltage ErrorCleared ErrorDescription ExtClock
InstallDate L2CacheSize L2CacheSpeed LastErrorCode OtherFamilyDescription PNPDeviceID Stepping UniqueId
"""


def operating_system(host: WindowsHost) -> list[Properties]:
    """Win32_OperatingSystem: one row, times and language from the host."""
    system, profile = host.profile.os, host.profile
    lcid = int(profile.texts["lcid"])
    suite = 272 if system.is_server else 256
    return [
        {
            "BootDevice": "\\Device\\HarddiskVolume1",
            "BuildNumber": str(system.build),
            "BuildType": "Multiprocessor Free",
            "Caption": system.caption,
            "CodeSet": _CODE_SETS.get(profile.language, "1252"),
            "CountryCode": _COUNTRY_CODES.get(profile.language, "1"),
            "CreationClassName": "Win32_OperatingSystem",
            "CSCreationClassName": "Win32_ComputerSystem",
            "CSDVersion": f"Service Pack {system.service_pack}" if system.service_pack else None,
            "CSName": profile.netbios_name,
            "CurrentTimeZone": host.utc_offset_minutes,
            "DataExecutionPrevention_32BitApplications": True,
            "DataExecutionPrevention_Available": True,
            "DataExecutionPrevention_Drivers": True,
            "DataExecutionPrevention_SupportPolicy": 3 if system.is_server else 2,
            "Debug": False,
            "Description": "",
            "Distributed": False,
            "EncryptionLevel": 256,
            "ForegroundApplicationBoost": 0 if system.is_server else 2,
            "FreePhysicalMemory": 1183808,
            "FreeSpaceInPagingFiles": 2086560,
            "FreeVirtualMemory": 3238912,
            "InstallDate": _INSTALLED,
            "LargeSystemCache": None,
            "LastBootUpTime": host.boot_time,
            "LocalDateTime": host.clock.now(),
            "Locale": f"{lcid:04x}",
            "Manufacturer": "Microsoft Corporation",
            "MaxNumberOfProcesses": 4294967295,
            "MaxProcessMemorySize": 2097024 if system.architecture == "x86" else 8589934464,
            "MUILanguages": [profile.language],
            "Name": f"{system.caption}|C:\\Windows|\\Device\\Harddisk0\\Partition2",
            "NumberOfLicensedUsers": 0,
            "NumberOfProcesses": 42,
            "NumberOfUsers": len(profile.sessions) or 1,
            "OperatingSystemSKU": system.sku,
            "Organization": "",
            "OSArchitecture": profile.texts["bits"][system.architecture],
            "OSLanguage": lcid,
            "OSProductSuite": suite,
            "OSType": 18,
            "OtherTypeDescription": None,
            "PAEEnabled": True if system.architecture == "x86" else None,
            "PlusProductID": None,
            "PlusVersionNumber": None,
            "Primary": True,
            "ProductType": 2 if profile.domain_controller else system.product_type,
            "RegisteredUser": "Windows User",
            "SerialNumber": "00496-001-0001283-84650",
            "ServicePackMajorVersion": system.service_pack,
            "ServicePackMinorVersion": 0,
            "SizeStoredInPagingFiles": 2088608,
            "Status": "OK",
            "SuiteMask": suite,
            "SystemDevice": "\\Device\\HarddiskVolume2",
            "SystemDirectory": "C:\\Windows\\system32",
            "SystemDrive": "C:",
            "TotalSwapSpaceSize": None,
            "TotalVirtualMemorySize": _MEMORY_KB * 2,
            "TotalVisibleMemorySize": _MEMORY_KB,
            "Version": system.version,
            "WindowsDirectory": "C:\\Windows",
        }
    ]


def computer_system(host: WindowsHost) -> list[Properties]:
    """Win32_ComputerSystem: one row; DomainRole and PartOfDomain from the profile."""
    system, profile = host.profile.os, host.profile
    name = profile.netbios_name
    role = (
        (5 if profile.domain_controller else 3 if profile.domain else 2)
        if system.is_server
        else int(bool(profile.domain))
    )
    return [
        {
            "AdminPasswordStatus": 3,
            "AutomaticManagedPagefile": True,
            "AutomaticResetBootOption": True,
            "AutomaticResetCapability": True,
            "BootOptionOnLimit": None,
            "BootOptionOnWatchDog": None,
            "BootROMSupported": True,
            "BootupState": "Normal boot",
            "Caption": name,
            "ChassisBootupState": 3,
            "CreationClassName": "Win32_ComputerSystem",
            "CurrentTimeZone": host.utc_offset_minutes,
            "DaylightInEffect": None,
            "Description": "AT/AT COMPATIBLE",
            "DNSHostName": name.lower(),
            "Domain": profile.domain or "WORKGROUP",
            "DomainRole": role,
            "EnableDaylightSavingsTime": True,
            "FrontPanelResetStatus": 3,
            "InfraredSupported": False,
            "InstallDate": None,
            "KeyboardPasswordStatus": 3,
            "LastLoadInfo": None,
            "Manufacturer": "winfleet lab",
            "Model": "simulated host",
            "Name": name,
            "NameFormat": None,
            "NetworkServerModeEnabled": True,
            "NumberOfLogicalProcessors": profile.processors,
            "NumberOfProcessors": profile.processors,
            "PartOfDomain": bool(profile.domain),
            "PauseAfterReset": -1,
            "PCSystemType": 0,
            "PowerManagementSupported": None,
            "PowerOnPasswordStatus": 3,
            "PowerState": 0,
            "PowerSupplyState": 3,
            "PrimaryOwnerContact": None,
            "PrimaryOwnerName": "Windows User",
            "ResetCapability": 1,
            "ResetCount": -1,
            "ResetLimit": -1,
            "Roles": ["LM_Workstation", "LM_Server", "NT", *(["Server_NT"] if system.is_server else [])],
            "Status": "OK",
            "SystemStartupDelay": None,
            "SystemStartupSetting": None,
            "SystemType": system.system_type,
            "ThermalState": 3,
            "TotalPhysicalMemory": _MEMORY_KB * 1024,
            "UserName": None,
            "WakeUpType": 6,
            "Workgroup": None if profile.domain else "WORKGROUP",
        }
    ]


def processor(host: WindowsHost) -> list[Properties]:
    """Win32_Processor: a row for each socket."""
    system = host.profile.os
    wide = system.architecture != "x86"
    family = (
        "ia64 Family 32 Model 1 Stepping 1"
        if system.architecture == "ia64"
        else "Intel64 Family 6 Model 44 Stepping 2"
    )
    return [
        {
            **dict.fromkeys(_NO_PROCESSOR_VALUE.split()),
            "AddressWidth": 64 if wide else 32,
            "Architecture": system.processor,
            "Availability": 3,
            "Caption": family,
            "CpuStatus": 1,
            "CreationClassName": "Win32_Processor",
            "CurrentClockSpeed": 2124,
            "DataWidth": 64,
            "Description": family,
            "DeviceID": f"CPU{number}",
            "Family": 1,
            "L3CacheSize": 0,
            "L3CacheSpeed": 0,
            "Level": 6,
            "LoadPercentage": 0,
            "Manufacturer": "GenuineIntel",
            "MaxClockSpeed": 2124,
            "Name": "Simulated processor @ 2.12GHz",
            "NumberOfCores": 1,
            "NumberOfLogicalProcessors": 1,
            "PowerManagementSupported": False,
            "ProcessorId": "1789FBFF000206C2",
            "ProcessorType": 3,
            "Revision": 11266,
            "Role": "CPU",
            "SocketDesignation": f"CPU {number + 1}",
            "Status": "OK",
            "StatusInfo": 3,
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": host.profile.netbios_name,
            "UpgradeMethod": 1,
            "Version": "",
            "VoltageCaps": 0,
        }
        for number in range(host.profile.processors)
    ]


def logical_disk(host: WindowsHost) -> list[Properties]:
    """Win32_LogicalDisk: drive C: of the host."""
    return [
        {
            "Access": 0,
            "Caption": "C:",
            "Compressed": False,
            "CreationClassName": "Win32_LogicalDisk",
            "Description": "Local Fixed Disk",
            "DeviceID": "C:",
            "DriveType": 3,
            "FileSystem": "NTFS",
            "FreeSpace": host.disk.free,
            "MaximumComponentLength": 255,
            "MediaType": 12,
            "Name": "C:",
            "QuotasDisabled": True,
            "Size": host.disk.size,
            "SupportsDiskQuotas": True,
            "SupportsFileBasedCompression": True,
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": host.profile.netbios_name,
            "VolumeDirty": False,
            "VolumeName": "",
            "VolumeSerialNumber": "2C5A19E4",
        }
    ]


def services(host: WindowsHost) -> list[Properties]:
    """Win32_Service: the services of the host."""
    return [
        {
            "AcceptPause": False,
            "AcceptStop": service.running,
            "Caption": service.display_name,
            "CreationClassName": "Win32_Service",
            "Description": None,
            "DesktopInteract": False,
            "DisplayName": service.display_name,
            "ErrorControl": "Normal",
            "ExitCode": 0,
            "InstallDate": None,
            "Name": service.name,
            "PathName": "C:\\Windows\\system32\\svchost.exe -k netsvcs",
            "ProcessId": 1000 if service.running else 0,
            "ServiceType": "Share Process",
            "Started": service.running,
            "StartMode": service.start_mode,
            "StartName": "LocalSystem",
            "State": "Running" if service.running else "Stopped",
            "Status": "OK",
            "SystemCreationClassName": "Win32_ComputerSystem",
            "SystemName": host.profile.netbios_name,
            "TagId": 0,
        }
        for service in host.services.values()
    ]


def quick_fixes(host: WindowsHost) -> list[Properties]:
    """Win32_QuickFixEngineering: the updates that servicing calls installed; InstalledOn is a string."""
    return [
        {
            "Caption": f"http://support.microsoft.com/?kbid={row.hotfix_id.removeprefix('KB')}",
            "CSName": host.profile.netbios_name,
            "Description": row.description,
            "FixComments": "",
            "HotFixID": row.hotfix_id,
            "InstallDate": None,
            "InstalledBy": row.installed_by,
            "InstalledOn": row.installed_on,
            "Name": None,
            "ServicePackInEffect": "",
            "Status": None,
        }
        for row in host.servicing.quick_fixes()
    ]


def time_zone(host: WindowsHost) -> list[Properties]:
    """Win32_TimeZone: name and standard bias."""
    standard = host.local_now().replace(month=1, day=15).utcoffset()
    minutes = int(standard.total_seconds() // 60) if standard is not None else 0
    return [
        {
            "Bias": minutes,
            "Caption": host.profile.time_zone,
            "Description": host.profile.time_zone,
            "StandardName": host.profile.time_zone,
            "StandardBias": 0,
            "DaylightName": host.profile.time_zone,
            "DaylightBias": -60,
        }
    ]


def logon_sessions(host: WindowsHost) -> list[Properties]:
    """Win32_LogonSession: interactive (2) and Remote Desktop (10) sessions of users."""
    return [
        {
            "AuthenticationPackage": "NTLM",
            "LogonId": str(100000 + session.id),
            "LogonType": 10 if session.name.lower().startswith("rdp") else 2,
            "Name": None,
            "StartTime": host.boot_time,
            "Status": None,
        }
        for session in host.profile.sessions
    ]


def encryptable_volumes(host: WindowsHost) -> list[Properties]:
    """Win32_EncryptableVolume: drive C:, protected if the profile says so."""
    protected = bool(host.profile.bitlocker)
    return [
        {
            "DeviceID": "\\\\?\\Volume{5a1c84d3-0000-0000-0000-100000000000}\\",
            "DriveLetter": "C:",
            "PersistentVolumeID": "{7A1B42E2-93F0-4F37-9A60-1F0B6C6B1D11}" if protected else "",
            "ProtectionStatus": int(protected),
        }
    ]
