# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WMI repository of a host: which classes and methods there are, in which namespace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.lab.windows.host import ProgramNotFoundError
from tests.lab.windows.streams import NullWriter, Streams
from tests.lab.wmi import files, machine, stdregprov, wql
from tests.lab.wmi.render import Instance

if TYPE_CHECKING:
    from tests.lab.windows.accounts import Account
    from tests.lab.windows.host import WindowsHost

CIMV2, DEFAULT = "root/cimv2", "root/default"
ENCRYPTION = "root/cimv2/security/microsoftvolumeencryption"
NAMESPACES = (CIMV2, DEFAULT, ENCRYPTION)
#: A namespace with this in its name is none that any Windows has.
_NEVER = "winfleet-no-such"
#: Seconds of real time that a query takes which walks the disk.
WALK_SECONDS = 0.5
_MISSING_CLASS = "The specified class does not exist in the given namespace. "
_INVALID_QUERY = "The WMI service or the WMI provider returned an unknown error: HRESULT 0x80041017 "

Arguments = Mapping[str, "list[str]"]
Method = Callable[["WindowsHost", "Account", Arguments], dict[str, Any] | Awaitable[dict[str, Any]]]


class WmiError(Exception):
    """WMI refuses a query: unknown class, unknown property or no WQL.

    `expected`: the host is known to lack the class.
    """

    def __init__(self, text: str, *, expected: bool = False) -> None:
        super().__init__(text)
        self.expected = expected


class UnknownMethodError(Exception):
    """The class has no such method."""


class UnknownParameterError(Exception):
    """The method has no such parameter."""


@dataclass(frozen=True)
class _Class:
    name: str
    rows: Callable[[WindowsHost, wql.Query], Iterable[dict[str, Any]]]
    properties: tuple[str, ...] = ()


def _simple(name: str, rows: Callable[[WindowsHost], list[dict[str, Any]]], properties: str = "") -> _Class:
    return _Class(name, lambda host, query: rows(host), tuple(properties.split()))


_HOTFIX = """
Caption CSName Description FixComments HotFixID InstallDate InstalledBy InstalledOn Name
ServicePackInEffect Status
"""
_SESSION = "AuthenticationPackage LogonId LogonType Name StartTime Status"
_CLASSES: dict[str, dict[str, _Class]] = {
    CIMV2: {
        item.name.lower(): item
        for item in (
            _simple("Win32_OperatingSystem", machine.operating_system),
            _simple("Win32_ComputerSystem", machine.computer_system),
            _simple("Win32_Processor", machine.processor),
            _simple("Win32_LogicalDisk", machine.logical_disk),
            _simple("Win32_Service", machine.services),
            _simple("Win32_QuickFixEngineering", machine.quick_fixes, _HOTFIX),
            _simple("Win32_TimeZone", machine.time_zone),
            _simple("Win32_LogonSession", machine.logon_sessions, _SESSION),
            _Class("CIM_DataFile", files.data_files, files.PROPERTIES),
        )
    },
    DEFAULT: {},
    ENCRYPTION: {"win32_encryptablevolume": _simple("Win32_EncryptableVolume", machine.encryptable_volumes)},
}


def lacks_namespace(host: WindowsHost, namespace: str) -> bool:
    """Whether the host is known not to have a namespace, as a Windows without that feature."""
    return _NEVER in namespace or (namespace == ENCRYPTION and not host.profile.has_bitlocker)


def lacks_class(host: WindowsHost, name: str) -> bool:
    """Whether the host is known not to have a class."""
    return name.lower() in (missing.lower() for missing in host.profile.missing_classes)


async def select(host: WindowsHost, namespace: str, text: str) -> tuple[wql.Query, list[Instance]]:
    """Run a query.

    Raises:
        WmiError: the class or a property is not there, or the text is no WQL.
    """
    try:
        query = wql.parse(text)
    except wql.QueryError:
        raise WmiError(_INVALID_QUERY) from None
    entry = _CLASSES[namespace].get(query.class_name.lower())
    if lacks_class(host, query.class_name):
        raise WmiError(_MISSING_CLASS, expected=True)
    if entry is None:
        raise WmiError(_MISSING_CLASS)
    _check_properties(query, entry.properties)
    if entry.name == "CIM_DataFile" and files.walks_the_disk(query):
        await asyncio.sleep(WALK_SECONDS)
    rows = list(entry.rows(host, query))
    _check_properties(query, rows[0] if rows else entry.properties)
    instances = [Instance(entry.name, row) for row in rows]
    return query, [item for item in instances if wql.matches(query.where, item.by_lower_name())]


def _check_properties(query: wql.Query, known: Iterable[str]) -> None:
    """Refuse names the class does not have; a class that lists none is not known before its rows are."""
    names = {name.lower() for name in known}
    if names and any(name.lower() not in names for name in (*query.properties, *wql.names(query.where))):
        raise WmiError(_INVALID_QUERY)


def class_name(namespace: str, name: str) -> str | None:
    """A class's name as the schema spells it; None if the namespace has no such class."""
    entry = _CLASSES[namespace].get(name.lower())
    if entry is not None:
        return entry.name
    return next(
        (known for space, known in _METHODS if space == namespace and known.lower() == name.lower()), None
    )


async def invoke(
    host: WindowsHost, account: Account, namespace: str, name: str, method: str, arguments: Arguments
) -> dict[str, Any]:
    """Call a method; returns its out parameters.

    Raises:
        UnknownMethodError, UnknownParameterError: there is no such method or parameter.
    """
    known, parameters = _METHODS.get((namespace, name), ({}, frozenset()))
    if method not in known:
        raise UnknownMethodError(f"{name}.{method}")
    for given in arguments:
        if given not in parameters:
            raise UnknownParameterError(given)
    result = known[method](host, account, arguments)
    return result if isinstance(result, dict) else await result


async def _create_process(host: WindowsHost, account: Account, arguments: Arguments) -> dict[str, Any]:
    """Win32_Process.Create: starts a program without cmd.exe and does not wait for it."""
    line = (arguments.get("CommandLine") or [""])[0]
    if not line:
        return {"ProcessId": None, "ReturnValue": 21}
    directory = next(iter(arguments.get("CurrentDirectory", ())), None)
    streams = Streams(stdout=NullWriter(), stderr=NullWriter())
    task = asyncio.ensure_future(host.run_program(line, streams, account, directory=directory))
    await asyncio.wait({task}, timeout=0.02)
    if task.done() and isinstance(task.exception(), ProgramNotFoundError):
        return {"ProcessId": None, "ReturnValue": 9}
    _PROCESSES.add(task)
    task.add_done_callback(_PROCESSES.discard)
    return {"ProcessId": host.next_process_id(), "ReturnValue": 0}


_PROCESSES: set[asyncio.Future[int]] = set()


def _protection_status(host: WindowsHost, _account: Account, _arguments: Arguments) -> dict[str, Any]:
    return {"ProtectionStatus": int(bool(host.profile.bitlocker)), "ReturnValue": 0}


def _key_protectors(host: WindowsHost, _account: Account, arguments: Arguments) -> dict[str, Any]:
    """GetKeyProtectors: the identifiers of the protectors of a type; 0 asks for all."""
    wanted = int((arguments.get("KeyProtectorType") or ["0"])[0])
    kinds = [kind for kind in host.profile.bitlocker or () if wanted in (0, kind)]
    identities = [f"{{1C6E9D0A-52B1-4E2B-A7E7-3D5D9F6A7E{kind:02}}}" for kind in kinds]
    return {"VolumeKeyProtectorID": identities or None, "ReturnValue": 0}


_REGISTRY = (
    stdregprov.methods(),
    frozenset(("hDefKey", "sSubKeyName", "sValueName", "sValue", "uValue", "uRequired")),
)
_METHODS: dict[tuple[str, str], tuple[Mapping[str, Method], frozenset[str]]] = {
    (DEFAULT, "StdRegProv"): _REGISTRY,
    (CIMV2, "StdRegProv"): _REGISTRY,
    (CIMV2, "Win32_Process"): (
        {"Create": _create_process},
        frozenset(("CommandLine", "CurrentDirectory", "ProcessStartupInformation")),
    ),
    (ENCRYPTION, "Win32_EncryptableVolume"): (
        {"GetProtectionStatus": _protection_status, "GetKeyProtectors": _key_protectors},
        frozenset(("KeyProtectorType",)),
    ),
}
