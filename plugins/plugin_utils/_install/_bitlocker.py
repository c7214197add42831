# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out whether BitLocker lets a host start with nobody there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._wsman.errors import RemoteError, WsmanFault
from .._wsman.wmi_values import as_int, quote_wql

if TYPE_CHECKING:
    from .._wsman.session import Session

_NAMESPACE = "root/cimv2/Security/MicrosoftVolumeEncryption"
_VOLUME = "Win32_EncryptableVolume"
# GetProtectionStatus of the Windows documentation: 0 protection off or suspended, 1 on, 2 unknown.
_PROTECTION_OFF = 0
# KeyProtectorType of GetKeyProtectors in the same documentation. The TPM alone needs nobody.
_TPM = 1
# "TPM And PIN", "TPM And Startup Key", "TPM And PIN And Startup Key". An external key (2) and a numerical
# password (3) are the ways in for recovery of a drive that the TPM opens; without the TPM, somebody has to
# bring them at every start.
_ATTENDED = (4, 5, 6)


def starts_unattended(session: Session, drive: str) -> bool:
    """Return whether BitLocker opens a drive, such as ``C:``, with nobody there.

    It does if the host has no BitLocker, if protection is off, or if the TPM alone opens the drive.

    Raises:
        RemoteError: The host did not show it.
    """
    query = f"SELECT DeviceID FROM {_VOLUME} WHERE DriveLetter={quote_wql(drive)}"
    try:
        volumes = session.query(query, namespace=_NAMESPACE)
    except WsmanFault as fault:
        # BitLocker is an optional feature of servers, and brings this namespace.
        if fault.no_such_class:
            return True
        raise
    return all(_opens_alone(session, str(volume.get("DeviceID"))) for volume in volumes)


def _opens_alone(session: Session, volume: str) -> bool:
    selectors = {"DeviceID": volume}
    status = session.invoke(
        _VOLUME, "GetProtectionStatus", {}, selectors=selectors, namespace=_NAMESPACE, repeatable=True
    )
    answered = as_int(status.get("ReturnValue")) == 0
    if answered and as_int(status.get("ProtectionStatus")) == _PROTECTION_OFF:
        return True

    def has(kind: int) -> bool:
        answer = session.invoke(
            _VOLUME,
            "GetKeyProtectors",
            {"KeyProtectorType": kind},
            selectors=selectors,
            namespace=_NAMESPACE,
            repeatable=True,
        )
        code = as_int(answer.get("ReturnValue"))
        if code != 0:
            raise RemoteError(session.host, f"{_VOLUME}.GetKeyProtectors returned {code}.")
        return bool(answer.get("VolumeKeyProtectorID"))

    return has(_TPM) and not any(has(kind) for kind in _ATTENDED)
