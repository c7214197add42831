# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CIM_DataFile: read from the files on the host's disk at the moment of the query."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.lab.packages.content import branch_tail
from tests.lab.windows.disk import DiskError, FileInfo
from tests.lab.wmi import wql

if TYPE_CHECKING:
    from tests.lab.windows.host import WindowsHost

_NAMES = """
AccessMask Archive Caption Compressed CompressionMethod CreationClassName CreationDate
CSCreationClassName CSName Description Drive EightDotThreeFileName Encrypted EncryptionMethod Extension
FileName FileSize FileType FSCreationClassName FSName Hidden InstallDate InUseCount LastAccessed
LastModified Manufacturer Name Path Readable Status System Version Writeable
"""
PROPERTIES = tuple(_NAMES.split())


def walks_the_disk(query: wql.Query) -> bool:
    """True for a query that does not name its files: WMI then walks the whole disk, which is slow."""
    return wql.key_values(query.where, "Name") is None


def data_files(host: WindowsHost, query: wql.Query) -> Iterator[dict[str, Any]]:
    """The files a query can mean: those named by `Name =`, else every file of the disk."""
    asked = {name.lower() for name in (*query.properties, *wql.names(query.where))}
    with_version = not query.properties or "version" in asked
    named = wql.key_values(query.where, "Name")
    if named is None:
        for info in _all_files(host.disk.root):
            yield _row(host, info, info.path.lower(), with_version)
        return
    for name in named:
        found = _named(host, name)
        if found is not None:
            yield _row(host, found, name, with_version)


def _all_files(root: Path) -> Iterator[FileInfo]:
    for folder, _unused, names in os.walk(root):
        windows = "\\".join(("C:", *Path(folder).relative_to(root).parts))
        for name in names:
            status = Path(folder, name).stat()
            modified = datetime.fromtimestamp(status.st_mtime, timezone.utc)
            yield FileInfo(f"{windows}\\{name}", name, False, status.st_size, modified)


def _named(host: WindowsHost, name: str) -> FileInfo | None:
    # WMI wants a full path on a local fixed disk; environment variables and relative names find nothing.
    if name[1:3] != ":\\":
        return None
    try:
        path = host.disk.absolute(name)
    except DiskError:
        return None
    info = host.disk.info(path)
    return None if info is None or info.is_folder else info


def _row(host: WindowsHost, info: FileInfo, name: str, with_version: bool) -> dict[str, Any]:
    folder, _unused, leaf = name.rpartition("\\")
    stem, dot, extension = leaf.rpartition(".")
    return {
        **dict.fromkeys(PROPERTIES),
        "AccessMask": 18809343,
        "Archive": True,
        "Caption": name,
        "Compressed": False,
        "CreationClassName": "CIM_LogicalFile",
        "CreationDate": info.modified,
        "CSCreationClassName": "Win32_ComputerSystem",
        "CSName": host.profile.netbios_name,
        "Description": name,
        "Drive": name[:2].lower(),
        "EightDotThreeFileName": name.lower(),
        "Encrypted": False,
        "Extension": extension if dot else "",
        "FileName": stem if dot else leaf,
        "FileSize": info.size,
        "FileType": f"{extension} File",
        "FSCreationClassName": "Win32_FileSystem",
        "FSName": "NTFS",
        "Hidden": False,
        "InstallDate": info.modified,
        "LastAccessed": info.modified,
        "LastModified": info.modified,
        "Manufacturer": "Microsoft Corporation" if extension.lower() in ("dll", "exe", "sys") else None,
        "Name": name,
        "Path": folder[2:] + "\\",
        "Readable": True,
        "Status": "OK",
        "System": False,
        "Version": _version(host, info.path) if with_version else None,
        "Writeable": True,
    }


def _version(host: WindowsHost, path: str) -> str | None:
    version = host.disk.version(path)
    if version is not None and host.has_fault("file_version_tail"):
        return f"{version} ({branch_tail(version)})"
    return version
