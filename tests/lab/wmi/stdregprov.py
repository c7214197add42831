# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""StdRegProv: the registry through WMI methods ([MS-WMI] StdRegProv, answers as recorded)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.lab.windows.registry import ROOT_HANDLES, Value

if TYPE_CHECKING:
    from tests.lab.windows.accounts import Account
    from tests.lab.windows.host import WindowsHost

OK, NOT_FOUND, ACCESS_DENIED, INVALID_PARAMETER = 0, 2, 5, 87
_LOCAL_MACHINE = 0x80000002
Arguments = Mapping[str, "list[str]"]
Method = Callable[["WindowsHost", "Account", Arguments], "dict[str, Any]"]

_TYPE_NUMBERS = {
    "REG_SZ": 1,
    "REG_EXPAND_SZ": 2,
    "REG_BINARY": 3,
    "REG_DWORD": 4,
    "REG_MULTI_SZ": 7,
    "REG_QWORD": 11,
}
#: Method name to the out parameter and the registry type it reads.
_GETTERS = {
    "GetDWORDValue": ("uValue", ("REG_DWORD",)),
    "GetQWORDValue": ("uValue", ("REG_QWORD",)),
    "GetStringValue": ("sValue", ("REG_SZ",)),
    "GetExpandedStringValue": ("sValue", ("REG_EXPAND_SZ", "REG_SZ")),
    "GetMultiStringValue": ("sValue", ("REG_MULTI_SZ",)),
    "GetBinaryValue": ("uValue", ("REG_BINARY",)),
}
_SETTERS = {
    "SetDWORDValue": ("uValue", "REG_DWORD"),
    "SetQWORDValue": ("uValue", "REG_QWORD"),
    "SetStringValue": ("sValue", "REG_SZ"),
    "SetExpandedStringValue": ("sValue", "REG_EXPAND_SZ"),
    "SetMultiStringValue": ("sValue", "REG_MULTI_SZ"),
    "SetBinaryValue": ("uValue", "REG_BINARY"),
}


def methods() -> dict[str, Method]:
    """All methods by name; each returns out parameters with ReturnValue last."""
    found: dict[str, Method] = {
        "EnumKey": _enum_key,
        "EnumValues": _enum_values,
        "CreateKey": _create_key,
        "DeleteKey": _delete_key,
        "DeleteValue": _delete_value,
        "CheckAccess": _check_access,
    }
    for name, (out, types) in _GETTERS.items():
        found[name] = partial(_get, out, types)
    for name, (parameter, kind) in _SETTERS.items():
        found[name] = partial(_set, parameter, kind)
    return found


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


def _set(name: str, kind: str, host: WindowsHost, account: Account, arguments: Arguments) -> dict[str, Any]:
    path, given = _path(arguments), arguments.get(name)
    if path is None or given is None:
        return {"ReturnValue": INVALID_PARAMETER}
    if not account.may_administer:
        return {"ReturnValue": ACCESS_DENIED}
    if not host.registry.exists(path):
        return {"ReturnValue": NOT_FOUND}
    data: Any = given[0] if given else ""
    if kind in ("REG_DWORD", "REG_QWORD"):
        data = int(data) & (0xFFFFFFFF if kind == "REG_DWORD" else 0xFFFFFFFFFFFFFFFF)
    elif kind == "REG_MULTI_SZ":
        data = tuple(given)
    elif kind == "REG_BINARY":
        data = bytes(int(item) for item in given)
    host.registry.set(path, _name(arguments), data, kind)
    return {"ReturnValue": OK}


def _enum_key(host: WindowsHost, _account: Account, arguments: Arguments) -> dict[str, Any]:
    path = _path(arguments)
    if path is None or not host.registry.exists(path):
        return {"sNames": None, "ReturnValue": NOT_FOUND}
    return {"sNames": host.registry.subkeys(path) or None, "ReturnValue": OK}


def _enum_values(host: WindowsHost, _account: Account, arguments: Arguments) -> dict[str, Any]:
    path = _path(arguments)
    if path is None or not host.registry.exists(path):
        return {"sNames": None, "Types": None, "ReturnValue": NOT_FOUND}
    values = host.registry.values(path)
    return {
        "sNames": [value.name for value in values] or None,
        "Types": [_TYPE_NUMBERS[value.type] for value in values] or None,
        "ReturnValue": OK,
    }


def _create_key(host: WindowsHost, account: Account, arguments: Arguments) -> dict[str, Any]:
    def create(path: str) -> bool:
        host.registry.create(path)
        return True

    return _change(host, account, arguments, create)


def _delete_key(host: WindowsHost, account: Account, arguments: Arguments) -> dict[str, Any]:
    path = _path(arguments)
    if path is not None and host.registry.subkeys(path):
        # A key with subkeys cannot be deleted by one call.
        return {"ReturnValue": ACCESS_DENIED}
    return _change(host, account, arguments, host.registry.delete)


def _delete_value(host: WindowsHost, account: Account, arguments: Arguments) -> dict[str, Any]:
    return _change(host, account, arguments, lambda path: host.registry.delete_value(path, _name(arguments)))


def _change(
    host: WindowsHost, account: Account, arguments: Arguments, change: Callable[[str], bool]
) -> dict[str, Any]:
    path = _path(arguments)
    if path is None:
        return {"ReturnValue": INVALID_PARAMETER}
    if not account.may_administer:
        return {"ReturnValue": ACCESS_DENIED}
    return {"ReturnValue": OK if change(path) else NOT_FOUND}


def _check_access(host: WindowsHost, account: Account, arguments: Arguments) -> dict[str, Any]:
    path = _path(arguments)
    if path is None or not host.registry.exists(path):
        return {"bGranted": False, "ReturnValue": NOT_FOUND}
    granted = account.may_administer
    return {"bGranted": granted, "ReturnValue": OK if granted else ACCESS_DENIED}
