# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of Windows products, editions and architectures by their numbers.

Numbers decide, not names: Windows localises Caption and OSArchitecture ("64-bit", "64 bits", "64 ビット").
"""

from __future__ import annotations

from .._wsman.wmi_values import as_int

# (major, minor) to (workstation, server); Microsoft, "Operating System Version".
_PRODUCTS = {
    (5, 0): ("Windows 2000", "Windows 2000 Server"),
    (5, 1): ("Windows XP", "Windows XP"),
    (5, 2): ("Windows XP", "Windows Server 2003"),
    (6, 0): ("Windows Vista", "Windows Server 2008"),
    (6, 1): ("Windows 7", "Windows Server 2008 R2"),
    (6, 2): ("Windows 8", "Windows Server 2012"),
    (6, 3): ("Windows 8.1", "Windows Server 2012 R2"),
}
# From version 10.0 on, the build decides: the first build of each product, the latest first.
WINDOWS_6_1 = _PRODUCTS[(6, 1)]
_WORKSTATIONS_10 = ((22000, "Windows 11"), (0, "Windows 10"))
_SERVERS_10 = (
    (26100, "Windows Server 2025"),
    (20348, "Windows Server 2022"),
    (17763, "Windows Server 2019"),
    (0, "Windows Server 2016"),
)

# Win32_OperatingSystem.OperatingSystemSKU as documented for it and for GetProductInfo.
EDITIONS = {
    1: "Ultimate",
    2: "Home Basic",
    3: "Home Premium",
    4: "Enterprise",
    5: "Home Basic N",
    6: "Business",
    7: "Standard",
    8: "Datacenter",
    9: "Small Business Server",
    10: "Enterprise Server",
    11: "Starter",
    12: "Datacenter Core",
    13: "Standard Core",
    14: "Enterprise Server Core",
    15: "Enterprise for Itanium-based Systems",
    17: "Web Server",
    26: "Home Premium N",
    27: "Enterprise N",
    28: "Ultimate N",
    29: "Web Server Core",
    33: "Foundation",
    42: "Hyper-V Server",
    48: "Professional",
    49: "Professional N",
    72: "Enterprise Evaluation",
    79: "Standard Evaluation",
    80: "Datacenter Evaluation",
    101: "Home",
}

# Win32_OperatingSystem.ProductType.
PRODUCT_TYPES = {1: "workstation", 2: "domain_controller", 3: "server"}

_PROCESSORS = {0: "x86", 5: "arm", 6: "ia64", 9: "x64", 12: "arm64"}
# Win32_ComputerSystem.SystemType. "64-bit Intel PC" for Itanium is inferred; if an Itanium says something
# else here, Win32_Processor decides.
_SYSTEM_TYPES = {
    "x86-based pc": "x86",
    "x64-based pc": "x64",
    "64-bit intel pc": "ia64",
    "itanium-based pc": "ia64",
    "arm64-based pc": "arm64",
}


def product_name(version: str, product_type: str | None) -> str | None:
    """Return the name of the product, as Microsoft's articles write it.

    Args:
        version: Win32_OperatingSystem.Version, ``6.1.7600``.
        product_type: One of ``PRODUCT_TYPES``; it separates client from server.

    Returns:
        ``Windows Server 2008 R2``, ``Windows 12.3.4`` for an unknown version, or None if the evidence is
        missing.
    """
    numbers = [as_int(number) for number in version.split(".")]
    if product_type is None or len(numbers) < 3 or None in numbers:
        return None
    major, minor, build = (number or 0 for number in numbers[:3])
    workstation = product_type == "workstation"
    if (major, minor) == (10, 0):
        builds = _WORKSTATIONS_10 if workstation else _SERVERS_10
        return next(name for first, name in builds if build >= first)
    names = _PRODUCTS.get((major, minor))
    return names[0 if workstation else 1] if names else f"Windows {version}"


def architecture_name(
    system_type: str | None, processor: int | None, address_width: int | None
) -> str | None:
    """Return the architecture of the installed Windows.

    SystemType describes the system that Windows runs as; ``Win32_Processor.Architecture`` can describe the
    processor instead. Inventory tools (Facter, phpSysInfo) met 9 (x64) beside an AddressWidth of 32 on 32-bit
    Windows on a 64-bit processor. A 64-bit processor with an x86 system therefore means an x86 Windows. Any
    other contradiction is unexplained, and a wrong guess would choose a wrong package: the answer is None.

    Args:
        system_type: Win32_ComputerSystem.SystemType.
        processor: Win32_Processor.Architecture of the first socket.
        address_width: Win32_Processor.AddressWidth: 32 or 64, of the system rather than of the processor.

    Returns:
        ``x86``, ``x64``, ``ia64``, ``arm`` or ``arm64``; None if evidence is missing or contradictory.
    """
    by_system = _SYSTEM_TYPES.get((system_type or "").strip().lower())
    by_processor = None if processor is None else _PROCESSORS.get(processor)
    if by_processor == "x64" and (address_width == 32 or by_system == "x86"):
        by_processor = "x86"
    if by_system and by_processor and by_system != by_processor:
        return None
    return by_system or by_processor
