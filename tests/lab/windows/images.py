# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk templates: the files that hosts of one kind share by hard link, and the reading of their versions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path

import pefile

from tests.lab.packages import article
from tests.lab.packages.manifest import component_manifest
from tests.lab.packages.pe import build_pe

from .profile import HostProfile, SystemInfo

RTM = "6.1.7600.16385"
SP1 = "6.1.7601.17514"
_RTM_DATE = datetime(2009, 7, 14, 1, 14, tzinfo=timezone.utc)

#: Version of the deciding files (Credssp.dll, Tspkg.dll, Tssecsrv.sys) by the profile's `files:`.
_DECIDING = {
    "vulnerable": RTM,
    "gdr": "6.1.7600.17016",
    "fixed": "6.1.7600.20618",
    "ldr": "6.1.7600.21000",
    "sp1": SP1,
    "windows8": "6.2.9200.16384",
}
_CONSTANT = {"sp1": SP1, "windows8": "6.2.9200.16384"}
_TAILS = {
    RTM: "win7_rtm.090713-1255",
    "6.1.7600.20618": "win7_ldr.100114-1541",
    SP1: "win7sp1_rtm.101119-1850",
    "6.2.9200.16384": "win8_rtm.120725-1247",
}

#: Programs of %SystemRoot%\System32 that a simulated host has; what each does is in programs/.
PROGRAMS = [
    "attrib.exe",
    "cacls.exe",
    "certutil.exe",
    "change.exe",
    "chglogon.exe",
    "chcp.com",
    "cmd.exe",
    "dism.exe",
    "expand.exe",
    "find.exe",
    "findstr.exe",
    "fsutil.exe",
    "hostname.exe",
    "icacls.exe",
    "logoff.exe",
    "manage-bde.exe",
    "more.com",
    "msg.exe",
    "net.exe",
    "netsh.exe",
    "PING.EXE",
    "query.exe",
    "quser.exe",
    "qwinsta.exe",
    "reg.exe",
    "sc.exe",
    "schtasks.exe",
    "shutdown.exe",
    "systeminfo.exe",
    "takeown.exe",
    "taskkill.exe",
    "tasklist.exe",
    "timeout.exe",
    "w32tm.exe",
    "wevtutil.exe",
    "where.exe",
    "whoami.exe",
    "winrs.exe",
    "wusa.exe",
    "xcopy.exe",
]
_FOLDERS = (
    "Windows\\System32\\drivers|Windows\\System32\\wbem|Windows\\System32\\config|Windows\\System32\\Tasks\\Microsoft"
    "|Windows\\winsxs\\Manifests|Windows\\winsxs\\Backup|Windows\\servicing\\Packages|Windows\\Logs\\CBS"
    "|Windows\\Logs\\DISM|Windows\\Temp|Windows\\inf|ProgramData|Program Files|Users\\Public"
    "|Users\\Administrator\\AppData\\Local\\Temp"
)


# Versions by (device, inode, change time, size): hosts share most files by hard link.
_VERSIONS: dict[tuple[int, int, int, int], str | None] = {}


@lru_cache(maxsize=128)
def version_of_bytes(content: bytes) -> str | None:
    """The version resource of an image in memory as four numbers; None without one."""
    # pefile collects garbage (60 ms and more) whenever it closes a mapped file or refuses an image.
    if not content.startswith(b"MZ"):
        return None
    try:
        image = pefile.PE(data=content, fast_load=True)
        image.parse_data_directories(directories=[pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]])
        fixed = image.VS_FIXEDFILEINFO[0]
    except (pefile.PEFormatError, AttributeError, IndexError, ValueError):
        return None
    most, least = fixed.FileVersionMS, fixed.FileVersionLS
    return f"{most >> 16}.{most & 0xFFFF}.{least >> 16}.{least & 0xFFFF}"


def read_version(real: Path) -> str | None:
    """The version resource of a real file as four numbers; None without one."""
    try:
        status = real.stat()
    except OSError:
        return None
    if real.suffix.lower() not in (".dll", ".sys", ".exe", ".com", ".cpl", ".ocx"):
        return None
    key = (status.st_dev, status.st_ino, status.st_ctime_ns, status.st_size)
    if key not in _VERSIONS:
        _VERSIONS[key] = version_of_bytes(real.read_bytes())
    return _VERSIONS[key]


def original_content(profile: HostProfile) -> dict[str, bytes | None]:
    """What the article's package replaced on a host that came with it installed; None: was not there."""
    system = profile.os
    result: dict[str, bytes | None] = {}
    for row in article.files(system.architecture):
        if system.wow64 or not row.wow64:
            result[row.path] = file_content(row, RTM) if row.version else file_content(row, "")
    for manifest in article.manifests(system.architecture):
        result[f"C:\\Windows\\winsxs\\Manifests\\{manifest.name.lower()}"] = None
    return result


def branch_tail(version: str) -> str:
    """The branch that follows the numbers in a FileVersion string."""
    return _TAILS.get(version, "win7_gdr" if ".7600.1" in version else "win7_ldr")


def file_content(row: article.ArticleFile, version: str) -> bytes:
    """The content of one of the article's files at some version; the article's size at its own version.

    Sizes at other versions are made up (the article has none), but never equal the article's.
    """
    if not row.version:
        head = f'#pragma namespace("\\\\\\\\.\\\\root\\\\cimv2")\r\n// {row.name}, simulated\r\n'.encode()
        return head.ljust(row.size, b" ")
    size = row.size if version == row.version else max(4096, row.size - 512)
    date = row.date if version == row.version else _RTM_DATE
    return build_pe(row.name, version, size, row.machine, date, branch_tail(version))


def versions_of(profile: HostProfile) -> dict[str, str]:
    """Path (lower case) → version of the article's files on a host; "" for Tspkg.mof."""
    system = profile.os
    state = profile.files if isinstance(profile.files, str) else "vulnerable"
    own: Mapping[str, str] = {} if isinstance(profile.files, str) else profile.files
    result: dict[str, str] = {}
    for row in article.files(system.architecture):
        if row.wow64 and not system.wow64:
            continue
        if not row.version:
            result[row.path.lower()] = ""
        elif row.version == RTM:
            result[row.path.lower()] = _CONSTANT.get(state, RTM)
        elif state == "partial":
            # The drivers component took, the CredSSP component is half replaced.
            fixed = row.name == "Tssecsrv.sys" or (row.name == "Credssp.dll" and not row.wow64)
            result[row.path.lower()] = row.version if fixed else RTM
        else:
            result[row.path.lower()] = _DECIDING[state]
    for path, version in own.items():
        result[path.lower()] = version
    return {path: version for path, version in result.items() if version != "missing"}


def _program_files(system: SystemInfo) -> dict[str, bytes]:
    result = {}
    for name in PROGRAMS:
        content = build_pe(
            name, RTM if system.build < 9200 else "6.2.9200.16384", 4096, system.architecture, _RTM_DATE
        )
        result[f"Windows\\System32\\{name}"] = content
    if system.powershell:
        result["Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"] = build_pe(
            "powershell.exe", RTM, 4096, system.architecture, _RTM_DATE
        )
    result["Windows\\explorer.exe"] = build_pe("explorer.exe", RTM, 4096, system.architecture, _RTM_DATE)
    return result


def template_files(profile: HostProfile) -> dict[str, bytes]:
    """Every file of a fresh disk: path without drive → content."""
    system = profile.os
    result = _program_files(system)
    rows = {row.path.lower(): row for row in article.files(system.architecture)}
    for path, version in versions_of(profile).items():
        result[(rows[path].path if path in rows else path)[3:]] = file_content(rows[path], version)
    if profile.files == "fixed":
        for manifest in article.manifests(system.architecture):
            if system.wow64 or system.architecture == "x86" or not manifest.name.startswith("X86_"):
                result[f"Windows\\winsxs\\Manifests\\{manifest.name.lower()}"] = component_manifest(manifest)
    result["Windows\\win.ini"] = b"; for 16-bit app support\r\n[fonts]\r\n[extensions]\r\n"
    return result


def _template(profile: HostProfile, cache: Path) -> Path:
    """The folder of a template, made when it is first needed."""
    kind = repr((profile.system, sorted(versions_of(profile).items())))
    folder = cache / f"{profile.system}-{hashlib.sha256(kind.encode()).hexdigest()[:12]}"
    if not (folder / ".complete").exists():
        for path, content in template_files(profile).items():
            real = folder.joinpath(*path.split("\\"))
            real.parent.mkdir(parents=True, exist_ok=True)
            real.write_bytes(content)
            os.utime(real, (_RTM_DATE.timestamp(), _RTM_DATE.timestamp()))
        rows = {row.path.lower(): row for row in article.files(profile.os.architecture)}
        for path, row in rows.items():
            if versions_of(profile).get(path) == row.version:
                os.utime(folder.joinpath(*row.path[3:].split("\\")), (row.date.timestamp(),) * 2)
        (folder / ".complete").touch()
    return folder


def create_disk(profile: HostProfile, root: Path, cache: Path) -> None:
    """Fill a host's folder from the template by hard links."""
    template = _template(profile, cache)
    folders = list(_FOLDERS.split("|"))
    if profile.os.wow64:
        folders.append("Windows\\SysWOW64\\wbem")
    for folder in folders:
        root.joinpath(*folder.split("\\")).mkdir(parents=True, exist_ok=True)
    for current, _unused, names in os.walk(template):
        relative = Path(current).relative_to(template)
        (root / relative).mkdir(parents=True, exist_ok=True)
        for name in names:
            if name != ".complete":
                os.link(Path(current) / name, root / relative / name)
