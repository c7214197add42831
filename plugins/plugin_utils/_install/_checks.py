# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that servicing can work on a host before it is started there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._windows.pending_restart import REBOOT_IN_PROGRESS
from .._wsman.errors import RemoteError
from .._wsman.wmi_values import as_int, quote_wql

if TYPE_CHECKING:
    from .._assessment.result import HotfixInfo
    from .._wsman.session import Session

_MEBIBYTE = 1024 * 1024
# Servicing writes each file to the store, to its backup and to a transaction log. No figure is documented for
# 6.1. Enterprise patch tools ask for 512 MiB; a hotfix of a megabyte needs far less.
_FREE_FOR_SERVICING = 512 * _MEBIBYTE
# Room for the package as it arrives, its copy in base64, the expanded package, and its files.
_COPIES_OF_PACKAGE = 5

_SERVICING = "TrustedInstaller"
_REPAIR_WMI = (
    "Check the service Winmgmt on the host, and run `winmgmt /verifyrepository`; then run this again."
)
# The `PendingRestart.sources` by which servicing itself waits for a restart. DISM refuses a new package then,
# or mixes it with the waiting ones.
_SERVICING_SOURCES = ("RebootPending", "pending.xml")


def check_space(session: Session, info: HotfixInfo, package_size: int = 0, *, servicing: bool = True) -> None:
    """Refuse a system drive that is too full to install a package, or without `servicing` to store it.

    The size is in bytes, 0 if unknown.

    Raises:
        RemoteError: Less space is free than needed, or the host did not show how much is free.
    """
    drive = info.system.windows_directory[:2]
    rows = session.query(f"SELECT FreeSpace FROM Win32_LogicalDisk WHERE DeviceID={quote_wql(drive)}")
    free = as_int(rows[0].get("FreeSpace")) if rows else None
    if free is None:
        raise RemoteError(
            session.host,
            f"The host did not show how much space is free on its system drive {drive} (Win32_LogicalDisk). "
            f"Nothing was changed. {_REPAIR_WMI}",
        )
    needed = package_size * _COPIES_OF_PACKAGE + (_FREE_FOR_SERVICING if servicing else 0)
    if free < needed:
        raise RemoteError(
            session.host,
            f"The system drive {drive} has {free // _MEBIBYTE} MiB free; {info.definition.kb} needs "
            f"{needed // _MEBIBYTE + 1} MiB. Nothing was changed. Free space there, then run this again.",
        )


def service_modes(session: Session, *names: str) -> dict[str, str]:
    """Return the start modes of services by their names, which has no entry for a service that is not there.

    The mode is empty where the host does not show that of a service that is there.

    Every Windows 6.1 has the service TrustedInstaller. Its row proves that the host lists its services, so
    that a service without a row is not there.

    Raises:
        RemoteError: The host does not list its services.
    """
    wanted = " OR ".join(f"Name={quote_wql(name)}" for name in (_SERVICING, *names))
    rows = session.query(f"SELECT Name, StartMode FROM Win32_Service WHERE {wanted}")
    spelled = {name.lower(): name for name in (_SERVICING, *names)}
    modes = {
        spelled.get(str(row.get("Name")).lower(), ""): mode if isinstance(mode, str) else ""
        for row in rows
        for mode in [row.get("StartMode")]
    }
    if not modes.get(_SERVICING):
        raise RemoteError(
            session.host,
            f"The host did not show its services (Win32_Service has no start mode of {_SERVICING}). Nothing "
            f"was changed. {_REPAIR_WMI}",
        )
    return modes


def check_servicing(session: Session, info: HotfixInfo) -> None:
    """Refuse a host whose servicing is disabled, is still at work, or waits for a restart.

    Raises:
        RemoteError: It is one of these, or the host did not show whether it is.
    """
    kb = info.definition.kb
    if service_modes(session)[_SERVICING] == "Disabled":
        raise RemoteError(
            session.host,
            "The service TrustedInstaller (Windows Modules Installer) is disabled, so Windows can neither "
            f"install nor remove {kb}. Nothing was changed. "
            "Run `sc config TrustedInstaller start= demand` on the host, then run this again.",
        )
    if info.pending and (unread := set(info.pending.unread) & {REBOOT_IN_PROGRESS, *_SERVICING_SOURCES}):
        raise RemoteError(
            session.host,
            f"Whether servicing waits for a restart is not known ({', '.join(sorted(unread))}). Nothing was "
            f"changed. {info.pending.cause}",
        )
    sources = info.pending.sources if info.pending else ()
    if REBOOT_IN_PROGRESS in sources:
        raise RemoteError(
            session.host,
            "Servicing is still at work after the last boot (RebootInProgress). Nothing was changed. "
            "Wait until it has finished, then run this again.",
        )
    if waiting := [name for name in sources if name in _SERVICING_SOURCES]:
        raise RemoteError(
            session.host,
            f"Other updates wait for a restart ({', '.join(waiting)}); until then, servicing accepts nothing "
            "new. Nothing was changed. "
            "Restart the host (winfleet.hotfix.restart with only_if_pending: any), then run this again.",
        )
