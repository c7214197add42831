# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk templates: the files that hosts of one kind share by hard link, and the reading of their versions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import pefile

from tests.lab.packages import article
from tests.lab.packages.article_package import PackageSpec
from tests.lab.packages.builder import manifests
from tests.lab.packages.content import IMAGES, RTM, RTM_DATE, SP1, article_file, other_file
from tests.lab.packages.pe import build_pe

from .profile import HostProfile, SystemInfo

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
    if real.suffix.lower() not in IMAGES:
        return None
    key = (status.st_dev, status.st_ino, status.st_ctime_ns, status.st_size)
    if key not in _VERSIONS:
        _VERSIONS[key] = version_of_bytes(real.read_bytes())
    return _VERSIONS[key]


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
    for path, version in {**own, **profile.more_files}.items():
        result[path.lower()] = version
    return {path: version for path, version in result.items() if version != "missing"}


def _program_files(system: SystemInfo) -> dict[str, bytes]:
    result = {}
    for name in PROGRAMS:
        content = build_pe(
            name, RTM if system.build < 9200 else "6.2.9200.16384", 4096, system.architecture, RTM_DATE
        )
        result[f"Windows\\System32\\{name}"] = content
    if system.powershell:
        result["Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"] = build_pe(
            "powershell.exe", RTM, 4096, system.architecture, RTM_DATE
        )
    result["Windows\\explorer.exe"] = build_pe("explorer.exe", RTM, 4096, system.architecture, RTM_DATE)
    return result


def template_files(profile: HostProfile) -> dict[str, bytes]:
    """Every file of a fresh disk: path without drive → content."""
    system = profile.os
    result = _program_files(system)
    rows = {row.path.lower(): row for row in article.files(system.architecture)}
    own = {} if isinstance(profile.files, str) else profile.files
    spelled = {path.lower(): path for path in (*own, *profile.more_files)}
    for path, version in versions_of(profile).items():
        row = rows.get(path)
        if row is None:
            machine = "x86" if "\\syswow64\\" in path else system.architecture
            name = path.rpartition("\\")[2]
            result[spelled[path][3:]] = other_file(name, version, machine)
        else:
            result[row.path[3:]] = article_file(row, version)
    if profile.files == "fixed":
        for name, manifest in manifests(PackageSpec(system.architecture).update).items():
            if system.wow64 or system.architecture == "x86" or not name.startswith("x86_"):
                result[f"Windows\\winsxs\\Manifests\\{name}"] = manifest.content
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
            os.utime(real, (RTM_DATE.timestamp(), RTM_DATE.timestamp()))
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
