# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of a fresh host: the shared base of an operating system and the host's own values."""

from __future__ import annotations

from functools import lru_cache

from tests.lab.packages.update import IDENTITY_ARCHITECTURES

from .profile import HostProfile, SystemInfo, languages, systems
from .registry import Base, Registry

CBS = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing"
PACKAGES = f"{CBS}\\Packages"
SESSION_MANAGER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
WINDOWS_UPDATE = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"
TOKEN = "31bf3856ad364e35"  # the publisher key of Windows' own packages

_TERMINAL = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"
_KERBEROS = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\Kerberos\\Parameters"

#: Update packages that are there from the start (KB number, HotFixID description).
BASE_UPDATES = (
    ("KB971033", "Update"),
    ("KB974431", "Update"),
    ("KB976902", "Update"),
    ("KB977074", "Update"),
)

# Stock hosts carry thousands of package keys with long names; an EnumKey of them overruns the
# 150 KiB envelope. The names below follow the real pattern name~token~architecture~language~version.
_FEATURES = [
    "Foundation",
    "Client-Features",
    "Client-Drivers",
    "Branding",
    "Common-Drivers",
    "CodecPack-Basic",
    "IIS-WebServer",
    "Printing-Server",
    "Networking-MPSSVC-Rules",
    "TerminalServices-MiscRedirection",
    "Security-SPP-Component-SKU",
    "NetFx3-OC",
    "WinOcr",
    "Media-Format",
    "RemoteAssistance-Package-Client",
    "Virtualization-RDP-WinIP",
    "PowerShell-WTR",
    "SearchEngine-Client",
    "Tuner-Drivers",
    "WMI-SNMP",
]


def package_names(system: SystemInfo) -> list[str]:
    """The identities of the packages of a fresh system (at least 2,000)."""
    architecture = IDENTITY_ARCHITECTURES[system.architecture]
    version = system.release
    names = [f"Microsoft-Windows-Foundation-Package~{TOKEN}~{architecture}~~{version}"]
    for kb, _unused in BASE_UPDATES:
        names.append(f"Package_for_{kb}~{TOKEN}~{architecture}~~6.1.1.0")
        names.append(f"Package_1_for_{kb}~{TOKEN}~{architecture}~~6.1.1.0")
    number = 0
    while len(names) < 2100:
        feature, part = _FEATURES[number % len(_FEATURES)], number // len(_FEATURES)
        language = "" if number % 2 else "en-US"
        names.append(
            f"Microsoft-Windows-{feature}-Part{part:03d}-Package~{TOKEN}~{architecture}~{language}~{version}"
        )
        number += 1
    return names


@lru_cache(maxsize=32)
def _base(system_name: str, language: str) -> Base:
    system = systems()[system_name]
    base = Base()
    for name in package_names(system):
        base.add(
            f"{PACKAGES}\\{name}",
            {
                "CurrentState": ("REG_DWORD", 0x70),
                "InstallClient": ("REG_SZ", "DISM Package Manager Provider"),
                "InstallUser": ("REG_SZ", "S-1-5-18"),
                "Visibility": ("REG_DWORD", 2),
                "InstallTimeHigh": ("REG_DWORD", 30016342),
                "InstallTimeLow": ("REG_DWORD", 3577293306),
            },
        )
    current = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
    values: dict[str, tuple[str, int | str]] = {
        "ProductName": ("REG_SZ", system.caption.removeprefix("Microsoft ").strip()),
        "CurrentVersion": ("REG_SZ", system.version.rsplit(".", 1)[0]),
        "CurrentBuildNumber": ("REG_SZ", str(system.build)),
        "CurrentBuild": ("REG_SZ", str(system.build)),
        "EditionID": ("REG_SZ", system.edition),
        "InstallationType": (
            "REG_SZ",
            "Server Core" if system.core else "Server" if system.is_server else "Client",
        ),
        "SystemRoot": ("REG_SZ", "C:\\Windows"),
    }
    if system.service_pack:
        values["CSDVersion"] = ("REG_SZ", f"Service Pack {system.service_pack}")
    base.add(current, dict(values))
    base.add(f"{current}\\Winlogon")
    # The lab has the native view only.
    base.add(
        "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion",
        {"ProgramFilesDir": ("REG_SZ", "C:\\Program Files")},
    )
    base.add(WINDOWS_UPDATE)
    base.add(
        "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System",
        {"EnableLUA": ("REG_DWORD", 1)},
    )
    base.add(
        "HKLM\\SYSTEM\\ControlSet001\\Control\\Nls\\CodePage",
        {"OEMCP": ("REG_SZ", str(languages()[language]["oem_code_page"])), "ACP": ("REG_SZ", "1252")},
    )
    base.add(
        "HKLM\\SYSTEM\\ControlSet001\\Control\\Session Manager\\Environment",
        {"PROCESSOR_ARCHITECTURE": ("REG_SZ", IDENTITY_ARCHITECTURES[system.architecture].upper())},
    )
    base.add("HKLM\\SYSTEM\\ControlSet001\\Control\\Lsa\\Kerberos")
    base.add("HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\CA")
    base.add("HKCU\\Console")
    base.add("HKU\\S-1-5-18\\Environment")
    base.add("HKCR\\.msu", {"": ("REG_SZ", "Microsoft.System.Update.1")})
    return base


def create_registry(profile: HostProfile) -> Registry:
    """The registry of a host as its profile describes it."""
    registry = Registry(_base(profile.system, profile.language))
    registry.set(_TERMINAL, "fDenyTSConnections", 0 if profile.rdp.enabled else 1)
    registry.set(_TERMINAL, "TSAppCompat", 1 if profile.rdp.application_server else 0)
    if not (profile.os.core and not profile.rdp.enabled):
        tcp = f"{_TERMINAL}\\WinStations\\RDP-Tcp"
        registry.set(tcp, "UserAuthentication", 1 if profile.rdp.nla else 0)
        registry.set(tcp, "SecurityLayer", profile.rdp.security_layer)
        registry.set(tcp, "PortNumber", profile.rdp.port)
    if profile.max_token_size is not None:
        registry.set(_KERBEROS, "MaxTokenSize", profile.max_token_size)
    if profile.pending_renames:
        registry.set(SESSION_MANAGER, "PendingFileRenameOperations", profile.pending_renames)
    name = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName"
    registry.set(name, "ComputerName", profile.netbios_name)
    if profile.cluster_node:
        registry.create("HKLM\\Cluster")
    if profile.files == "fixed":
        architecture = IDENTITY_ARCHITECTURES[profile.os.architecture]
        for name in ("Package_for_KB978918", "Package_for_KB978918_RTM", "Package_1_for_KB978918"):
            key = f"{PACKAGES}\\{name}~{TOKEN}~{architecture}~~6.1.1.0"
            registry.set(key, "CurrentState", 0x70)
            registry.set(key, "InstallTimeHigh", 30016342)
            registry.set(key, "InstallTimeLow", 3577293306)
    for identity, state in profile.packages.items():
        registry.set(f"{PACKAGES}\\{identity}", "CurrentState", state)
    return registry
