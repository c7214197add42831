# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: the registry of a host, by StdRegProv."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._answers import Row
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._errors import RegistryError, RemoteError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._values import (
    as_int,
    unsigned32,
)

if TYPE_CHECKING:
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._session import Session

HIVES = {
    "HKCR": 0x80000000,
    "HKCU": 0x80000001,
    "HKLM": 0x80000002,
    "HKU": 0x80000003,
}
_NOT_FOUND = frozenset({2, 3})
"""ERROR_FILE_NOT_FOUND for a key or value that is not there, ERROR_PATH_NOT_FOUND for a parent."""

_WRONG_TYPE = frozenset({0x80041005, 0x80041008, 1})
"""WBEM_E_TYPE_MISMATCH and WBEM_E_INVALID_PARAMETER, which StdRegProv gives for a value of another type."""


class Registry:
    """The registry of a host. Keys are written ``HKLM\\SYSTEM\\…``.

    StdRegProv lives in root/cimv2 since Windows Vista, and is 64-bit on a 64-bit host.

    Reads answer None for what is not there, and raise RegistryError for what is denied.

    Args:
        session: The session on the host.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def dword(self, key: str, name: str) -> int | None:
        """A REG_DWORD as an unsigned number."""
        value = as_int(self._read("GetDWORDValue", key, name).get("uValue"))
        return None if value is None else unsigned32(value)

    def string(self, key: str, name: str) -> str | None:
        """A REG_SZ, or a REG_EXPAND_SZ with its variables expanded on the host."""
        code, answer = self._call("GetStringValue", key, sValueName=name)
        if code in _WRONG_TYPE:
            answer = self._read("GetExpandedStringValue", key, name)
        else:
            self._allow(code, key, _NOT_FOUND)
        value = answer.get("sValue")
        return value if isinstance(value, str) else None

    def _read(self, method: str, key: str, name: str) -> Row:
        """The output of a Get method; empty when there is no such value, or one of another type."""
        code, answer = self._call(method, key, sValueName=name)
        self._allow(code, key, _NOT_FOUND | _WRONG_TYPE)
        return answer if code == 0 else {}

    def _call(self, method: str, key: str, **parameters: object) -> tuple[int, Row]:
        hive, _backslash, path = key.partition("\\")
        arguments = {"hDefKey": HIVES[hive.upper()], "sSubKeyName": path, **parameters}
        answer = self._session.invoke("StdRegProv", method, arguments, repeatable=True)
        code = as_int(answer.get("ReturnValue"))
        if code is None:
            raise RemoteError(self._session.host, f"StdRegProv.{method} did not say how it ended for {key}.")
        return unsigned32(code), answer

    def _allow(self, code: int, key: str, harmless: frozenset[int]) -> None:
        if code != 0 and code not in harmless:
            raise RegistryError(self._session.host, code, key)
