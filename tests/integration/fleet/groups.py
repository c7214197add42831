# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of a fleet share: packages, patch groups in an inventory of their own, states of hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from tests.integration.conftest import Lab
from tests.lab.packages.builder import PackageSpec, build_msu

INSTALL_PENDING, INSTALLED = 0x60, 0x70


def make_packages(folder: Path, *architectures: str) -> Path:
    """Write the packages of some architectures into a folder; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for architecture in architectures or ("x64",):
        spec = PackageSpec(architecture)
        (folder / f"{spec.stem}.msu").write_bytes(build_msu(spec))
    return folder


def write_groups(
    path: Path,
    groups: Mapping[str, Sequence[str]],
    group_vars: Mapping[str, Mapping[str, Any]] | None = None,
    host_vars: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[str, str]:
    """Write patch groups as an inventory to be read after that of the lab; returns the options for it."""
    children = {
        name: {"hosts": {host: {} for host in hosts}, "vars": dict((group_vars or {}).get(name, {}))}
        for name, hosts in groups.items()
    }
    hosts = {name: dict(values) for name, values in (host_vars or {}).items()}
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts, "children": children}}), "utf-8")
    return "-i", str(path)


def local_now(lab: Lab, host: str) -> datetime:
    """The clock of a host, with its offset."""
    return datetime.fromisoformat(lab.control.host(host)["local_time"])


def package_state(lab: Lab, host: str) -> int | None:
    """The state of KB978918 in servicing; None where it has never been there."""
    packages = lab.control.host(host)["packages"]
    return next((state for identity, state in packages.items() if "KB978918" in identity), None)
