# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the versions of files on a host."""

from __future__ import annotations

from typing import Any, ClassVar

from ..plugin_utils._windows.file_version_info import check_paths, read_file_versions
from ..plugin_utils._wsman.host_action import HostAction
from ..plugin_utils._wsman.session import Session


class ActionModule(HostAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "paths": {"type": "list", "elements": "str", "required": True},
    }

    def prepare(self, arguments: dict[str, Any]) -> list[str]:
        paths: list[str] = arguments["paths"]
        check_paths(paths)
        return paths

    def run_on_host(self, session: Session, request: list[str]) -> dict[str, Any]:
        return {"files": read_file_versions(session, request)}
