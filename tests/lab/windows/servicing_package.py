# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servicing reads of a package: its identity, its members, and where its files go on a system."""

from __future__ import annotations

from tests.lab.packages.builder import component_folder
from tests.lab.packages.manifest import PackageManifest, parse_component, parse_package

from .cabinet import CabinetError, read_cabinet
from .profile import SystemInfo

_MANIFESTS = "C:\\Windows\\winsxs\\Manifests"


def open_package(data: bytes) -> tuple[PackageManifest | None, dict[str, bytes]]:
    """The manifest of a package cabinet (None if there is none) and its files by lower-case name."""
    try:
        files = {name.lower(): content for name, content in read_cabinet(data).items()}
    except CabinetError:
        return None, {}
    return parse_package(files.get("update.mum", b"")), files


def members_of(identity: str, files: dict[str, bytes]) -> list[str]:
    """The package and its Package_N_for_… children."""
    name, _unused, rest = identity.partition("~")
    children = {f"{name.replace('Package_for', 'Package_1_for')}~{rest}"}
    children |= {
        str(package.identity)
        for path, data in files.items()
        if path.endswith(".mum") and (package := parse_package(data))
    }
    return sorted({identity} | children)


def payload_of(files: dict[str, bytes], system: SystemInfo) -> dict[str, bytes | None]:
    """Where each file of the package goes; parts for components that the system lacks are left out."""
    result: dict[str, bytes | None] = {}
    for name, data in files.items():
        if not name.endswith(".manifest"):
            continue
        architecture, members = parse_component(data)
        native = architecture != "x86" or system.architecture == "x86"
        if not native and not system.wow64:
            continue
        result[f"{_MANIFESTS}\\{name}"] = data
        root = "C:\\Windows\\System32" if native else "C:\\Windows\\SysWOW64"
        folders = {
            "$(runtime.system32)\\": root,
            "$(runtime.drivers)\\": f"{root}\\drivers",
            "$(runtime.wbem)\\": f"{root}\\wbem",
        }
        for member in members:
            content = files.get(f"{component_folder(name)}\\{member.name.lower()}")
            if content is not None:
                result[f"{folders[member.destination]}\\{member.name.lower()}"] = content
    return result
