# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which Windows a host runs, from WMI and never from localised text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from locale import windows_locale
from typing import TYPE_CHECKING, Any

from .._wsman.errors import RemoteError
from .._wsman.wmi_values import as_bool, as_datetime, as_int, as_offset_minutes
from ._products import EDITIONS, PRODUCT_TYPES, WINDOWS_6_1, architecture_name, product_name

if TYPE_CHECKING:
    from .._wsman.session import Row, Session

# The products that a definition can be for.
SUPPORTED_PRODUCTS = WINDOWS_6_1
_SYSTEM_QUERY = (
    "SELECT BuildNumber, Caption, CurrentTimeZone, LastBootUpTime, LocalDateTime, OperatingSystemSKU, "
    "OSLanguage, ProductType, ServicePackMajorVersion, Version, WindowsDirectory FROM Win32_OperatingSystem"
)
_COMPUTER_QUERY = "SELECT Domain, Name, PartOfDomain, SystemType FROM Win32_ComputerSystem"
_PROCESSOR_QUERY = "SELECT AddressWidth, Architecture FROM Win32_Processor"


@dataclass(frozen=True)
class OperatingSystem:
    """The operating system of a host; a value that WMI does not return is None.

    Attributes:
        name: The host's own name for it, which may be localised.
        product: ``Windows 7``, ``Windows Server 2008 R2`` …
        version: ``6.1.7600``.
        service_pack: 0 for none.
        edition: English name of the edition, or ``SKU n``.
        product_type: ``workstation``, ``domain_controller`` or ``server``.
        architecture: ``x86``, ``x64``, ``ia64``, ``arm`` or ``arm64``: that of Windows, not of the processor.
        language: Tag such as ``de-DE``.
        computer_name: NetBIOS name.
        domain: The domain, or the workgroup of a host outside a domain.
        boot_time: Last start, in the host's present offset.
        local_time: When the host answered.
        utc_offset_minutes: Today's offset from UTC; daylight saving can change it.
        windows_directory: Usually ``C:\\Windows``.
        architecture_evidence: The values behind ``architecture``, for messages.
    """

    name: str | None
    product: str | None
    version: str
    build: int | None
    service_pack: int | None
    edition: str | None
    sku: int | None
    product_type: str | None
    architecture: str | None
    language: str | None
    computer_name: str | None
    domain: str | None
    domain_member: bool | None
    boot_time: datetime | None
    local_time: datetime | None
    utc_offset_minutes: int | None
    windows_directory: str
    architecture_evidence: str

    def to_result(self) -> dict[str, Any]:
        """Return the ``os`` of the modules' results: plain data, times in ISO 8601 with their offset."""
        internal = ("windows_directory", "architecture_evidence")
        values = {name: value for name, value in asdict(self).items() if name not in internal}
        return {**values, "boot_time": iso_time(self.boot_time), "local_time": iso_time(self.local_time)}


def read_operating_system(session: Session) -> OperatingSystem:
    """Ask a host in three queries which Windows it runs.

    Raises:
        RemoteError: The host refused a query, or WMI is damaged.
    """
    system = _only_row(session, _SYSTEM_QUERY, "Win32_OperatingSystem")
    computer = _only_row(session, _COMPUTER_QUERY, "Win32_ComputerSystem")
    # One row for each socket; all are alike.
    processor = _only_row(session, _PROCESSOR_QUERY, "Win32_Processor")
    version, directory = _text(system, "Version"), _text(system, "WindowsDirectory")
    if version is None or directory is None:
        raise RemoteError(
            session.host, "Win32_OperatingSystem has no Version or no WindowsDirectory. Repair WMI."
        )
    return _operating_system(system, computer, processor, version, directory)


def _only_row(session: Session, wql: str, class_name: str) -> Row:
    rows = session.query(wql, limit=1)
    if not rows:
        # This happens when the WMI repository is damaged; salvaging is the documented repair.
        raise RemoteError(
            session.host,
            f"WMI has no instance of {class_name}. Check WMI there: winmgmt /verifyrepository, then "
            "winmgmt /salvagerepository.",
        )
    return rows[0]


def _operating_system(
    system: Row, computer: Row, processor: Row, version: str, windows_directory: str
) -> OperatingSystem:
    product_type = PRODUCT_TYPES.get(as_int(system.get("ProductType")) or 0)
    sku = as_int(system.get("OperatingSystemSKU"))
    offset = as_offset_minutes(system.get("CurrentTimeZone"))
    system_type = _text(computer, "SystemType")
    architecture, width = as_int(processor.get("Architecture")), as_int(processor.get("AddressWidth"))
    return OperatingSystem(
        name=_text(system, "Caption"),
        product=product_name(version, product_type),
        version=version,
        build=as_int(system.get("BuildNumber")),
        service_pack=as_int(system.get("ServicePackMajorVersion")),
        edition=None if sku is None else EDITIONS.get(sku, f"SKU {sku}"),
        sku=sku,
        product_type=product_type,
        architecture=architecture_name(system_type, architecture, width),
        language=_language(as_int(system.get("OSLanguage"))),
        computer_name=_text(computer, "Name"),
        domain=_text(computer, "Domain"),
        domain_member=as_bool(computer.get("PartOfDomain")),
        boot_time=_in_offset(as_datetime(system.get("LastBootUpTime")), offset),
        local_time=_in_offset(as_datetime(system.get("LocalDateTime")), offset),
        utc_offset_minutes=offset,
        windows_directory=windows_directory.rstrip("\\"),
        architecture_evidence=(
            f"SystemType {system_type or 'not given'}, processor architecture "
            f"{'not given' if architecture is None else architecture}"
        ),
    )


def iso_time(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 with seconds and offset."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def _text(row: Row, name: str) -> str | None:
    value = row.get(name)
    # Recorded captions end with a space.
    return value.strip() or None if isinstance(value, str) else None


def _language(lcid: int | None) -> str | None:
    if lcid is None:
        return None
    return windows_locale.get(lcid, f"LCID {lcid}").replace("_", "-")


def _in_offset(moment: datetime | None, minutes: int | None) -> datetime | None:
    """Return a moment in the host's own offset; recorded hosts returned UTC."""
    if moment is None or minutes is None:
        return moment
    return moment.astimezone(timezone(timedelta(minutes=minutes)))
