# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Derive the definition of a hotfix from its packages. Runs on the controller and talks to no host."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from ..plugin_utils._controller.paths import local_path
from ..plugin_utils._define.define import Definition, define
from ..plugin_utils._define.definition_text import write_definition
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.said_once import said_once


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "packages": {"type": "list", "elements": "path", "required": True},
        "path": {"type": "path", "required": True},
        "hotfix": {"type": "str"},
        "ca_path": {"type": "path"},
        "force": {"type": "bool", "default": False},
    }

    @said_once
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        roots = arguments["ca_path"]
        try:
            found = define(
                [self._here("packages", each) for each in arguments["packages"]],
                arguments["hotfix"],
                self._here("path", arguments["path"]),
                self._here("ca_path", roots) if roots else None,
            )
            changed = found.differs(force=arguments["force"])
            if changed and not self._task.check_mode:
                write_definition(found.path, found.text)
        except InputError as error:
            why = str(error).rstrip(".")
            return {**result, "failed": True, "msg": f"{why}. Nothing was written."}
        except OSError as error:
            return {**result, "failed": True, "msg": f"path cannot be written: {error}. Nothing was written."}
        result |= {"changed": changed, **_result(found)}
        return {**result, "diff": _diff(found)} if self._task.diff and changed else result

    def _here(self, field: str, path: str) -> Path:
        return Path(self._loader.path_dwim(local_path(path, field=field)))


def _result(found: Definition) -> dict[str, Any]:
    return {
        "path": str(found.path),
        "definition": found.derived.definition,
        "underived": [asdict(each) for each in found.derived.underived],
        "rules": [asdict(each) for each in found.derived.rules],
        "packages": [
            {
                "path": str(each.package.path),
                "sha256": each.package.sha256,
                "architecture": each.package.architectures[0],
                "identity": each.package.identity(found.derived.kb),
                "note": each.note,
            }
            for each in found.packages
        ],
        "signature": [
            {"path": str(each.package.path), **asdict(signature)}
            for each, signature in zip(found.packages, found.signatures, strict=True)
        ],
    }


def _diff(found: Definition) -> dict[str, str]:
    return {
        "before_header": str(found.path),
        "after_header": str(found.path),
        "before": found.before or "",
        "after": found.text,
    }
