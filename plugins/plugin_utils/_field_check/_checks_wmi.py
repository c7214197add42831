# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the answers of WMI, StdRegProv and WinRM itself."""

from __future__ import annotations

from .._windows.clock import read_clock
from .._windows.file_version import FileVersion
from .._windows.operating_system import read_operating_system
from .._wsman.errors import WsmanFault
from .._wsman.registry import read_dword, read_string
from .._wsman.wmi_values import as_int
from ._assumptions import UNDECIDED, Finding, found
from ._host import Check, CheckedHost

_PROGRAMS = (
    *("certutil", "dism", "expand", "findstr", "icacls"),
    *("reg", "schtasks", "shutdown", "wevtutil", "whoami"),
)
_SESSION_PROGRAMS = ("change", "chglogon", "msg")
_NO_SUCH_FILE = "winfleet-no-such-file.dll"
_NO_SUCH_NAMESPACE = "root/cimv2/winfleet-no-such-namespace"
_MANY = 20
_CURRENT_VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
_NT_VERSION = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"

# What the collection needs for a piece of input, for its longest wait and for its shells.
_LEAST_LIMITS = {"MaxEnvelopeSizekb": 150, "MaxTimeoutms": 60000, "Winrs/MaxShellsPerUser": 5}


def _architecture(host: CheckedHost) -> Finding:
    system = read_operating_system(host.session)
    evidence = f"{system.architecture_evidence}: {system.architecture or 'they contradict each other'}"
    return found(system.architecture is not None, evidence)


def _dates(host: CheckedHost) -> Finding:
    clock = read_clock(host.session)
    return found(clock.boot < clock.now, f"started {clock.boot.isoformat()}, now {clock.now.isoformat()}")


def _file_version_form(host: CheckedHost) -> Finding:
    paths = host.in_system32("credssp.dll", "tspkg.dll", "icaapi.dll")
    versions = {path: file.version for path, file in host.files(paths).items()}
    if not versions:
        return Finding(UNDECIDED, "none of the three files exists")
    evidence = ", ".join(f"{path.rpartition(chr(92))[2]} {text!r}" for path, text in versions.items())
    return found(all(text and _parses(text) for text in versions.values()), evidence)


def _parses(version: str) -> bool:
    try:
        FileVersion.parse(version)
    except ValueError:
        return False
    return True


def _many_names_in_one_query(host: CheckedHost) -> Finding:
    there = host.in_system32("certutil.exe", "credssp.dll")
    missing = host.in_system32(*(f"{number}-{_NO_SUCH_FILE}" for number in range(_MANY - len(there))))
    together = host.files([*missing, *there])
    one_by_one = {path: file for name in there for path, file in host.files([name]).items()}
    evidence = f"{len(together)} rows for {_MANY} names, {len(one_by_one)} for {len(there)} names one by one"
    return found(bool(together) and together == one_by_one, evidence)


def _zero_rows(host: CheckedHost) -> Finding:
    count = host.count_rows(*host.in_system32(_NO_SUCH_FILE))
    return found(count == 0, f"{count} rows")


def _missing_namespace(host: CheckedHost) -> Finding:
    try:
        rows = host.session.query("SELECT Name FROM Win32_Nothing", namespace=_NO_SUCH_NAMESPACE)
    except WsmanFault as fault:
        codes = f"fault {fault.code}, provider code {fault.provider_code}, subcode {fault.subcode}"
        return found(fault.no_such_class, codes)
    return found(False, f"{len(rows)} rows")


def _file_folders(host: CheckedHost) -> Finding:
    return _all_there(host, "Credssp.dll", "Tspkg.dll", "Icaapi.dll", "drivers\\Tssecsrv.sys")


def _tspkg_mof_folder(host: CheckedHost) -> Finding:
    there = host.files(host.in_system32("wbem\\Tspkg.mof", "Tspkg.mof"))
    return found(bool(there), ", ".join(there) or "in neither folder")


def _programs(host: CheckedHost) -> Finding:
    return _all_there(host, *(f"{name}.exe" for name in _PROGRAMS))


def _session_host_programs(host: CheckedHost) -> Finding:
    return _all_there(host, *(f"{name}.exe" for name in _SESSION_PROGRAMS))


def _all_there(host: CheckedHost, *names: str) -> Finding:
    paths = host.in_system32(*names)
    there = host.files(paths)
    missing = [path for path in paths if path not in there]
    return found(not missing, f"missing: {', '.join(missing)}" if missing else f"all {len(paths)} exist")


def _sixty_four_bit_registry(host: CheckedHost) -> Finding:
    if not host.is_64_bit:
        return Finding(UNDECIDED, f"{host.system.architecture} has one registry")
    by_wmi = read_string(host.session, _CURRENT_VERSION, "ProgramFilesDir")
    printed = host.session.run(f'reg query "{_CURRENT_VERSION}" /v ProgramFilesDir').stdout
    evidence = f"StdRegProv {by_wmi!r}, reg.exe {' '.join(printed.split()[-3:])!r}"
    if by_wmi is None or "ProgramFilesDir" not in printed:
        return Finding(UNDECIDED, evidence)
    return found("(x86)" not in by_wmi and "(x86)" not in printed, evidence)


def _registry_wrong_type(host: CheckedHost) -> Finding:
    number = read_dword(host.session, _NT_VERSION, "ProductName")
    text = read_string(host.session, _NT_VERSION, "ProductName")
    return found(number is None and bool(text), f"as a number {number}, as text {text!r}")


def _winrm_limits(host: CheckedHost) -> Finding:
    try:
        config = host.session.winrm_config()
    except WsmanFault as fault:
        return Finding(UNDECIDED, fault.message)
    limits = {name: as_int(config.get(name)) for name in _LEAST_LIMITS}
    evidence = ", ".join(
        f"{name} {'not shown' if value is None else value}" for name, value in limits.items()
    )
    known = {name: value for name, value in limits.items() if value is not None}
    return found(bool(known) and all(value >= _LEAST_LIMITS[name] for name, value in known.items()), evidence)


CHECKS: dict[str, Check] = {
    "architecture": _architecture,
    "dates": _dates,
    "file-version-form": _file_version_form,
    "many-names-in-one-query": _many_names_in_one_query,
    "zero-rows": _zero_rows,
    "missing-namespace": _missing_namespace,
    "file-folders": _file_folders,
    "tspkg-mof-folder": _tspkg_mof_folder,
    "programs": _programs,
    "session-host-programs": _session_host_programs,
    "sixty-four-bit-registry": _sixty_four_bit_registry,
    "registry-wrong-type": _registry_wrong_type,
    "winrm-limits": _winrm_limits,
}
