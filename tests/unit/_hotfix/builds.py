# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions with several builds and branches, for tests."""

from __future__ import annotations

from typing import Any

PATH = r"%SystemRoot%\System32\drivers\bridge.sys"


def file(version: str | None = None, **changes: Any) -> dict[str, Any]:
    """One deciding file of a definition."""
    given = {"path": PATH, "component": "bridge", "platform": "x64", "version": version, "deciding": True}
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def entry(build: int | None, *files: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One product entry of a definition: x64 of both products, unless changed."""
    names = ["Windows 7", "Windows Server 2008 R2"]
    given = {"names": names, "architecture": "x64", "build": build, "files": list(files)}
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def definition(*entries: dict[str, Any]) -> dict[str, Any]:
    """A definition with these product entries."""
    return {
        "kb": "KB2465285",
        "title": "A file of a bridge",
        "restart_required": True,
        "components": {"bridge": {"required": True}},
        "products": list(entries),
    }
