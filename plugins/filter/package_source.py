# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the package for a host: from what was declared for its architecture, or from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: package_source
version_added: 0.1.0
author:
  - The winfleet.hotfix developers (@winfleet)
short_description: Choose the hotfix package for an architecture
description:
  - Returns the package arguments of M(winfleet.hotfix.hotfix) for one architecture.
  - A package declared for the architecture wins over one found in the folder.
  - The folder is searched for C(*KB-ARCHITECTURE.msu) without regard to case, as in
    C(Windows6.1-KB978918-x64.msu).
positional: _input, hotfix
options:
  _input:
    description: The architecture of the package.
    type: str
    required: true
    choices: [x86, x64, ia64]
  hotfix:
    description: The KB number, such as V(KB978918).
    type: str
    required: true
  packages:
    description:
      - Packages by architecture. Each has exactly one of C(path) (a file on the controller), C(url) (the host
        downloads it) and C(host_path) (a local or UNC path that the host reads), and C(sha256).
      - C(sha256) is mandatory for C(url) and C(host_path).
    type: dict
    default: {}
  package_dir:
    description: A folder on the controller that is searched when nothing is declared for the architecture.
    type: str
    default: ''
  base:
    description: The folder that relative paths start from.
    type: str
    default: .
"""

EXAMPLES = r"""
- name: Install the package that fits the host
  winfleet.hotfix.hotfix:
    hotfix: KB978918
    package: "{{ chosen.package }}"
    package_location: "{{ chosen.package_location }}"
    sha256: "{{ chosen.sha256 or omit }}"
  vars:
    chosen: "{{ 'x64' | winfleet.hotfix.package_source('KB978918', package_dir='/srv/packages') }}"
"""

RETURN = r"""
_value:
  description:
    - C(package), C(package_location) (V(controller), V(url) or V(host)) and C(sha256), which may be empty.
  type: dict
"""

# The key that declares a package, and where M(winfleet.hotfix.hotfix) then finds it.
LOCATIONS = {"path": "controller", "url": "url", "host_path": "host"}


def _declared(architecture: str, entry: Any, base: Path) -> dict[str, str]:
    """Returns the source that the user declared for an architecture."""
    if isinstance(entry, str):
        entry = {"path": entry}
    if not isinstance(entry, dict):
        raise AnsibleFilterError(f"packages.{architecture} must be a path or a mapping, not {entry!r}")
    unknown = sorted(set(entry) - {*LOCATIONS, "sha256"})
    if unknown:
        raise AnsibleFilterError(
            f"packages.{architecture} has unknown keys: {', '.join(unknown)}. "
            "Known are path, url, host_path, sha256."
        )
    given = [key for key in LOCATIONS if entry.get(key)]
    if len(given) != 1:
        raise AnsibleFilterError(f"packages.{architecture} needs exactly one of path, url and host_path")
    key = given[0]
    sha256 = str(entry.get("sha256") or "")
    if key != "path" and not sha256:
        raise AnsibleFilterError(
            f"packages.{architecture}.sha256 is missing: a package that the controller does not hold is "
            "installed only when its SHA-256 is known. Compute it with sha256sum from a copy you trust."
        )
    package = str(base / entry[key]) if key == "path" else str(entry[key])
    return {"package": package, "package_location": LOCATIONS[key], "sha256": sha256}


def _found(architecture: str, hotfix: str, folder: Path) -> dict[str, str]:
    """Returns the one package for the architecture that lies in the folder."""
    if not folder.is_dir():
        raise AnsibleFilterError(
            f"The package folder {folder} does not exist on the controller. "
            "Make it and put the .msu files there, or name the one that has them."
        )
    ending = f"-{architecture}.msu".lower()
    matches = sorted(
        entry
        for entry in folder.iterdir()
        if hotfix.lower() in entry.name.lower() and entry.name.lower().endswith(ending)
    )
    if not matches:
        raise AnsibleFilterError(
            f"There is no package of {hotfix} for {architecture} in {folder}: expected a file like "
            f"Windows6.1-{hotfix}-{architecture}.msu. Put it there, or declare it by architecture."
        )
    if len(matches) > 1:
        raise AnsibleFilterError(
            f"Several packages of {hotfix} for {architecture} lie in {folder}: "
            f"{', '.join(entry.name for entry in matches)}. Keep one, or declare it by architecture."
        )
    return {"package": str(matches[0]), "package_location": "controller", "sha256": ""}


def package_source(
    architecture: str,
    hotfix: str,
    packages: dict[str, Any] | None = None,
    package_dir: str = "",
    base: str = ".",
) -> dict[str, str]:
    """Chooses the package for an architecture.

    Args:
        architecture: x86, x64 or ia64.
        hotfix: the KB number, such as KB978918.
        packages: what the user declared, by architecture.
        package_dir: the controller's folder to search otherwise.
        base: where relative paths start.

    Returns:
        The arguments package, package_location and sha256 of the module `hotfix`.

    Raises:
        AnsibleFilterError: nothing fits, more than one file fits, or the declaration is wrong.
    """
    if packages is not None and not isinstance(packages, dict):
        raise AnsibleFilterError("packages must map architectures (x86, x64, ia64) to packages")
    unknown = sorted(set(packages or {}) - {"x86", "x64", "ia64"})
    if unknown:
        raise AnsibleFilterError(
            f"packages has unknown architectures: {', '.join(unknown)}. Known are x86, x64, ia64."
        )
    root = Path(base).expanduser()
    entry = (packages or {}).get(architecture)
    if entry:
        return _declared(architecture, entry, root)
    if package_dir:
        return _found(architecture, hotfix, root / Path(package_dir).expanduser())
    raise AnsibleFilterError(
        f"No package of {hotfix} is known for {architecture}: "
        "name a folder that holds it, or declare it by architecture."
    )


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Any]:
        """Returns the filter by its name."""
        return {"package_source": package_source}
