# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a host's registry through StdRegProv."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._responses import Row
from .errors import RegistryError, RemoteError
from .wmi_values import as_int, unsigned32

if TYPE_CHECKING:
    from .session import Session

HIVES = {
    "HKCR": 0x80000000,
    "HKCU": 0x80000001,
    "HKLM": 0x80000002,
    "HKU": 0x80000003,
}
_NOT_FOUND = frozenset({2, 3})
"""ERROR_FILE_NOT_FOUND for a missing key or value, ERROR_PATH_NOT_FOUND for a missing parent."""

_WRONG_TYPE = frozenset({0x80041005, 0x80041008, 1})
"""WBEM_E_TYPE_MISMATCH and WBEM_E_INVALID_PARAMETER, StdRegProv's answers for a value of another type."""


def read_dword(session: Session, key: str, name: str) -> int | None:
    """Return a REG_DWORD as an unsigned number; None if the value is missing or has another type.

    StdRegProv lives in root/cimv2 since Windows Vista, and is 64-bit on a 64-bit host.

    Args:
        key: Written ``HKLM\\SYSTEM\\…``.

    Raises:
        RegistryError: The host refused to read the key.
    """
    value = as_int(_read(session, "GetDWORDValue", key, name).get("uValue"))
    return None if value is None else unsigned32(value)


def read_string(session: Session, key: str, name: str) -> str | None:
    """Return a REG_SZ or an expanded REG_EXPAND_SZ; None if the value is missing or has another type.

    Raises:
        RegistryError: The host refused to read the key.
    """
    code, answer = _call(session, "GetStringValue", key, name)
    if code in _WRONG_TYPE:
        answer = _read(session, "GetExpandedStringValue", key, name)
    else:
        _allow(session, code, key, _NOT_FOUND)
    value = answer.get("sValue")
    return value if isinstance(value, str) else None


def _read(session: Session, method: str, key: str, name: str) -> Row:
    """Return the output of a Get method; empty when the value is missing or has another type."""
    code, answer = _call(session, method, key, name)
    _allow(session, code, key, _NOT_FOUND | _WRONG_TYPE)
    return answer if code == 0 else {}


def _call(session: Session, method: str, key: str, name: str) -> tuple[int, Row]:
    hive, _backslash, path = key.partition("\\")
    arguments = {"hDefKey": HIVES[hive.upper()], "sSubKeyName": path, "sValueName": name}
    answer = session.invoke("StdRegProv", method, arguments, repeatable=True)
    code = as_int(answer.get("ReturnValue"))
    if code is None:
        raise RemoteError(
            session.host, f"StdRegProv.{method} returned no code for {key}. Run the task again."
        )
    return unsigned32(code), answer


def _allow(session: Session, code: int, key: str, harmless: frozenset[int]) -> None:
    if code != 0 and code not in harmless:
        raise RegistryError(session.host, code, key)
