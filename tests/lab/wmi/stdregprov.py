# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""StdRegProv: the registry, read through WMI methods ([MS-WMI] StdRegProv, answers as recorded)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.lab.windows.registry import ROOT_HANDLES, TYPES, Value

if TYPE_CHECKING:
    from tests.lab.windows.accounts import Account
    from tests.lab.windows.host import WindowsHost

OK, NOT_FOUND, DENIED = 0, 2, 5
_LOCAL_MACHINE = 0x80000002
Arguments = Mapping[str, "list[str]"]
Method = Callable[["WindowsHost", "Account", Arguments], "dict[str, Any]"]

#: Method name to the out parameter and the registry type it reads.
_GETTERS = {
    "GetDWORDValue": ("uValue", ("REG_DWORD",)),
    "GetQWORDValue": ("uValue", ("REG_QWORD",)),
    "GetStringValue": ("sValue", ("REG_SZ",)),
    "GetExpandedStringValue": ("sValue", ("REG_EXPAND_SZ", "REG_SZ")),
    "GetMultiStringValue": ("sValue", ("REG_MULTI_SZ",)),
    "GetBinaryValue": ("uValue", ("REG_BINARY",)),
}


def methods() -> dict[str, Method]:
    """All methods by name; each returns out parameters with ReturnValue last."""
    getters = {name: partial(_get, out, types) for name, (out, types) in _GETTERS.items()}
    return {"EnumKey": _enum_key, "EnumValues": _enum_values, **getters}


def _path(arguments: Arguments) -> str | None:
    text = (arguments.get("hDefKey") or [str(_LOCAL_MACHINE)])[0]
    root = ROOT_HANDLES.get(int(text) & 0xFFFFFFFF) if text.lstrip("-").isdigit() else None
    if root is None:
        return None
    key = (arguments.get("sSubKeyName") or [""])[0].strip("\\")
    return f"{root}\\{key}" if key else root


def _name(arguments: Arguments) -> str:
    return (arguments.get("sValueName") or [""])[0]


def _get(
    out: str, types: tuple[str, ...], host: WindowsHost, _account: Account, arguments: Arguments
) -> dict[str, Any]:
    path = _path(arguments)
    if host.has_fault("stdregprov_denied"):
        return {out: None, "ReturnValue": DENIED}
    value = host.registry.get(path, _name(arguments)) if path else None
    if value is None:
        return {out: None, "ReturnValue": NOT_FOUND}
    if value.type not in types:
        # StdRegProv answers WBEM_E_TYPE_MISMATCH to a value of another type.
        return {out: None, "ReturnValue": 0x80041005}
    return {out: _out(value), "ReturnValue": OK}


def _out(value: Value) -> Any:
    data: Any = value.data
    if isinstance(data, bytes):
        return list(data)
    if isinstance(data, tuple):
        return list(data)
    if value.type == "REG_EXPAND_SZ":
        return _expanded(str(data))
    return data


_VARIABLES = {
    "systemroot": "C:\\Windows",
    "windir": "C:\\Windows",
    "systemdrive": "C:",
    "programdata": "C:\\ProgramData",
}


def _expanded(text: str) -> str:
    """The variables that WMI's own process knows."""
    return re.sub(r"%([^%]+)%", lambda match: _VARIABLES.get(match.group(1).lower(), match.group()), text)


def _enum_key(host: WindowsHost, _account: Account, arguments: Arguments) -> dict[str, Any]:
    path = _path(arguments)
    if host.has_fault("stdregprov_denied"):
        return {"sNames": None, "ReturnValue": DENIED}
    if path is None or not host.registry.exists(path):
        return {"sNames": None, "ReturnValue": NOT_FOUND}
    return {"sNames": host.registry.subkeys(path) or None, "ReturnValue": OK}


def _enum_values(host: WindowsHost, _account: Account, arguments: Arguments) -> dict[str, Any]:
    path = _path(arguments)
    if host.has_fault("stdregprov_denied"):
        return {"sNames": None, "Types": None, "ReturnValue": DENIED}
    if path is None or not host.registry.exists(path):
        return {"sNames": None, "Types": None, "ReturnValue": NOT_FOUND}
    values = host.registry.values(path)
    numbers = {name: number for number, name in TYPES.items()}
    return {
        "sNames": [value.name for value in values] or None,
        "Types": [numbers[value.type] for value in values] or None,
        "ReturnValue": OK,
    }
