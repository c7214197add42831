# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the versions of files on a host, by paths that may hold variables."""

from __future__ import annotations

import ntpath
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._wsman.errors import InputError, RemoteError
from .disk_files import DiskFile, path_key, read_files
from .file_version import FileVersion
from .operating_system import iso_time

if TYPE_CHECKING:
    from .._wsman.session import Session

_VARIABLE = re.compile(r"%([^%]+)%")
_ONE_FILE = "give the full path of one file, such as %SystemRoot%\\System32\\credssp.dll"
_WILDCARD = re.compile(r'[*?"<>|]')
_FULL_PATH = re.compile(r'[A-Za-z]:\\[^:*?"<>|]+')
# Win32_LogicalDisk.DriveType: 3 is a local fixed disk. CIM_DataFile lists only files on these.
_FIXED_DISKS = "SELECT DeviceID FROM Win32_LogicalDisk WHERE DriveType=3"


def read_file_versions(session: Session, paths: Sequence[str]) -> list[dict[str, Any]]:
    """Read the versions of files.

    Args:
        paths: Full paths on local fixed disks; variables such as ``%SystemRoot%`` have the values of the
            account that Ansible logs on with.

    Returns:
        For each path, in the same order: path, exists, version, size in bytes, modified (ISO 8601).

    Raises:
        InputError: A path is not valid on this host.
        RemoteError: The host refused a request, or lists no files at all.
    """
    environment = _environment(session) if any(_VARIABLE.search(path) for path in paths) else {}
    full = [_full_path(path, environment) for path in paths]
    found = read_files(session, full)
    _refuse_other_drives(session, [path for path in full if path_key(path) not in found])
    if full and not found:
        _prove_listing(session)
    return [_result(path, found.get(path_key(path))) for path in full]


def check_paths(paths: Sequence[str]) -> None:
    """Refuse paths that no host can read.

    Raises:
        InputError: A path is not valid on any host.
    """
    for path in paths:
        if not _VARIABLE.search(path):
            _full_path(path, {})
        elif _WILDCARD.search(_VARIABLE.sub("", path)):
            raise InputError(f"paths has {path}: {_ONE_FILE}")


def _environment(session: Session) -> dict[str, str]:
    """Return the environment variables, by lower-case name, of the account that Ansible logs on with.

    If cmd.exe expanded a path, the path could be a command. WMI's Win32_Environment has no SystemRoot.
    """
    lines = session.run("set").stdout.splitlines()
    return {name.lower(): value for name, _unused, value in (line.partition("=") for line in lines) if name}


def _full_path(path: str, environment: Mapping[str, str]) -> str:
    def value(variable: re.Match[str]) -> str:
        try:
            return environment[variable.group(1).lower()]
        except KeyError:
            raise InputError(
                f"paths has {path}: the variable {variable.group(0)} is not set on the host. "
                "Give a variable of the account that Ansible logs on with, or a path without variables."
            ) from None

    expanded = ntpath.normpath(_VARIABLE.sub(value, path.strip()))
    if expanded.startswith("\\\\"):
        raise InputError(
            f"paths has {path}: this is a network or device path, and Windows (CIM_DataFile) reads versions "
            "on local fixed disks only. Give a path that begins with a drive, such as C:\\."
        )
    if not _FULL_PATH.fullmatch(expanded):
        raise InputError(f"paths has {path}: {_ONE_FILE}")
    return expanded


def _refuse_other_drives(session: Session, missing: Sequence[str]) -> None:
    """Refuse missing files on drives that WMI cannot see."""
    if not missing:
        return
    fixed = {str(row.get("DeviceID")).upper() for row in session.query(_FIXED_DISKS)}
    for path in missing:
        drive = path[:2].upper()
        if drive not in fixed:
            raise InputError(
                f"paths has {path}: {drive} is not a local fixed disk of the host. Windows (CIM_DataFile) "
                f"reads versions on {', '.join(sorted(fixed)) or 'no drive'} only."
            )


def _prove_listing(session: Session) -> None:
    """Refuse to call all files missing on a host that does not even list a file that every Windows has."""
    rows = session.query("SELECT WindowsDirectory FROM Win32_OperatingSystem", limit=1)
    known = f"{rows[0].get('WindowsDirectory') if rows else None}\\System32\\ntdll.dll"
    if not read_files(session, [known]):
        raise RemoteError(
            session.host,
            f"WMI (CIM_DataFile) lists no file, not even {known}. Check the service Winmgmt on the host, and "
            "run `winmgmt /verifyrepository`; then run this again.",
        )


def _result(path: str, file: DiskFile | None) -> dict[str, Any]:
    return {
        "path": path,
        "exists": file is not None,
        "version": _version(file.version) if file else None,
        "size": file.size if file else None,
        "modified": iso_time(file.modified) if file else None,
    }


def _version(text: str | None) -> str | None:
    """Return the four numbers, which playbooks can compare; a version of another form unchanged."""
    try:
        return str(FileVersion.parse(text or ""))
    except ValueError:
        return text
