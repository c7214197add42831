# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a host's registry through StdRegProv."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._responses import Row
from .errors import RegistryError, RemoteError
from .wmi_values import as_int, same_code, unsigned32

if TYPE_CHECKING:
    from .session import Session

HIVES = {"HKCR": 0x80000000, "HKCU": 0x80000001, "HKLM": 0x80000002, "HKU": 0x80000003}
_NOT_FOUND = frozenset({2, 3})
"""ERROR_FILE_NOT_FOUND for a missing key or value, ERROR_PATH_NOT_FOUND for a missing parent."""

_WRONG_TYPE = frozenset({0x80041005, 0x80041008, 1})
"""WBEM_E_TYPE_MISMATCH and WBEM_E_INVALID_PARAMETER, StdRegProv's answers for a value of another type."""


def read_dword(session: Session, key: str, name: str) -> int | None:
    """Return a REG_DWORD as an unsigned number; None if the value is missing or has another type.

    Write the key as ``HKLM\\SYSTEM\\…``. StdRegProv lives in root/cimv2 since Windows Vista, and is 64-bit
    on a 64-bit host.

    Raises:
        RegistryError: The host refused to read the key.
        RemoteError: The host says that there is a number, and does not return one.
    """
    code, answer = _read(session, "GetDWORDValue", key, sValueName=name)
    value = as_int(answer.get("uValue"))
    if code == 0 and value is None:
        raise RemoteError(
            session.host,
            f"StdRegProv.GetDWORDValue returned no number for {name} of {key}. Run the task again.",
        )
    return None if value is None else unsigned32(value)


def read_string(session: Session, key: str, name: str) -> str | None:
    """Return a REG_SZ or an expanded REG_EXPAND_SZ; None if the value is missing or has another type.

    Raises:
        RegistryError: The host refused to read the key.
    """
    code, answer = _read(session, "GetStringValue", key, sValueName=name)
    if code in _WRONG_TYPE:
        _code, answer = _read(session, "GetExpandedStringValue", key, sValueName=name)
    value = answer.get("sValue")
    return value if isinstance(value, str) else None


def read_subkeys(session: Session, key: str) -> list[str]:
    """Return the names of a key's subkeys; none if the key is missing.

    All names must fit into one answer, so do not ask for a key with thousands of them.

    Raises:
        RegistryError: The host refused to read the key.
    """
    return _names(session, "EnumKey", key)


def read_value_names(session: Session, key: str) -> list[str]:
    """Return the names of a key's values, without their data; none if the key is missing.

    Raises:
        RegistryError: The host refused to read the key.
    """
    return _names(session, "EnumValues", key)


def _names(session: Session, method: str, key: str) -> list[str]:
    _code, answer = _read(session, method, key)
    names = answer.get("sNames")
    return [name for name in (names if isinstance(names, list) else [names]) if name]


def _read(session: Session, method: str, key: str, **arguments: object) -> tuple[int, Row]:
    """Return the code and output of a method that reads.

    There is no output if the key or value is missing, or has another type.
    """
    hive, _backslash, path = key.partition("\\")
    answer = session.invoke(
        "StdRegProv",
        method,
        {"hDefKey": HIVES[hive.upper()], "sSubKeyName": path, **arguments},
        repeatable=True,
    )
    code = as_int(answer.get("ReturnValue"))
    if code is None:
        raise RemoteError(
            session.host, f"StdRegProv.{method} returned no code for {key}. Run the task again."
        )
    code = unsigned32(code)
    if code == 0:
        return code, answer
    # Only a value has a type: the same code for a list of names is a call that failed.
    absent = _NOT_FOUND | _WRONG_TYPE if method.startswith("Get") else _NOT_FOUND
    if {*same_code(code)} & absent:
        return code, {}
    raise RegistryError(session.host, code, key)
