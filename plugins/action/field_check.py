# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the collection's assumptions about Windows on a real host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from ..plugin_utils._controller.paths import local_path
from ..plugin_utils._field_check.check import field_check
from ..plugin_utils._field_check.result import to_result
from ..plugin_utils._field_check.tls import check_tls
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.host_action import HostAction
from ..plugin_utils._wsman.session import Session

_HTTPS_PORT = 5986


class ActionModule(HostAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "path": {"type": "path"},
        "upload": {"type": "bool", "default": True},
        "note": {"type": "str", "default": ""},
    }

    def prepare(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if not arguments["path"]:
            return arguments
        path = arguments["path"] = local_path(arguments["path"], field="path")
        if Path(path).is_dir():
            raise InputError(f"path is {path}: this is a folder; give the path of a JSON file")
        return arguments

    def run_on_host(self, session: Session, request: dict[str, Any]) -> dict[str, Any]:
        checked = field_check(
            session,
            self._names(session.host),
            upload=request["upload"] and not self.check_mode,
            note=request["note"],
        )
        findings = {**checked.findings, "tls": check_tls(*self._https())}
        result = to_result(findings)
        if checked.folder_left:
            result["warnings"] = [f"{session.host}: {checked.folder_left} could not be removed; remove it."]
        if request["path"] and not self.check_mode:
            result["bundle"] = _write(Path(request["path"]), checked.bundle)
        return result

    def _https(self) -> tuple[str, int]:
        option = self._connection.get_option
        secure = option("scheme") == "https"
        return str(option("remote_addr")), int(option("port")) if secure else _HTTPS_PORT

    def _names(self, host: str) -> dict[str, str]:
        """Return the inventory's names (host, address, account) and what replaces each in the recordings."""
        user = str(self._connection.get_option("remote_user") or "")
        domain, _backslash, name = user.rpartition("\\")
        name, _at, realm = name.partition("@")
        address = str(self._connection.get_option("remote_addr"))
        return {
            address: "host.example.test",
            host: "host",
            domain: "DOMAIN",
            realm: "example.test",
            name: "user",
        }


def _write(path: Path, bundle: dict[str, Any]) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(bundle, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"path is {path}: it cannot be written ({error.strerror})") from None
    return str(path)
