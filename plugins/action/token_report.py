# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the token report, on the controller and with no connection but the directory's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from ansible.module_utils.basic import env_fallback
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils._controller.paths import local_path
from ..plugin_utils._directory.problems import DirectoryError
from ..plugin_utils._directory.progress import Progress
from ..plugin_utils._report.files import report_paths, report_time, unwritable
from ..plugin_utils._tokens.lookup_items import ldap_options, token_rules
from ..plugin_utils._tokens.report_files import write_report
from ..plugin_utils._tokens.survey import Survey
from ..plugin_utils._tokens.totals import FleetSide, fleet_side
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.said_once import said_once

display = Display()


def _from_environment(name: str) -> tuple[Any, list[str]]:
    return (env_fallback, [f"WINFLEET_LDAP_{name}"])


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "sources": {"type": "list", "elements": "str", "required": True},
        "path": {"type": "path", "required": True},
        "formats": {
            "type": "list",
            "elements": "str",
            "choices": ["json", "csv", "html"],
            "default": ["json", "csv", "html"],
        },
        "include": {"type": "str", "choices": ["flagged", "all"], "default": "flagged"},
        "fleet_report": {"type": "path"},
        "limit": {"type": "int", "default": 16384},
        "warn_percent": {"type": "float", "default": 80},
        "kdc": {"type": "str", "choices": ["2008r2", "2012"], "default": "2008r2"},
        "resource_sid_compression": {"type": "bool", "default": True},
        "delegation": {"type": "bool", "default": False},
        "base": {"type": "str", "fallback": _from_environment("BASE")},
        "bind_dn": {"type": "str", "fallback": _from_environment("BIND_DN")},
        "bind_password": {"type": "str", "no_log": True, "fallback": _from_environment("BIND_PASSWORD")},
        "auth": {
            "type": "str",
            "choices": ["simple", "gssapi"],
            "default": "simple",
            "fallback": _from_environment("AUTH"),
        },
        "start_tls": {"type": "bool", "default": False, "fallback": _from_environment("START_TLS")},
        "ca_path": {"type": "path", "fallback": _from_environment("CA_PATH")},
        "validate_certs": {"type": "bool", "default": True, "fallback": _from_environment("VALIDATE_CERTS")},
        "timeout": {"type": "float", "default": 30, "fallback": _from_environment("TIMEOUT")},
    }

    @said_once
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        _validation, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            path = self._here("path", arguments["path"])
            survey = Survey(
                arguments["sources"],
                token_rules(arguments),
                ldap=ldap_options(arguments),
                progress=Progress(display.display),
                find_file=self._loader.path_dwim,
            )
            try:
                written = write_report(
                    survey,
                    report_paths(path, arguments["formats"], "token-report"),
                    everyone=arguments["include"] == "all",
                    generated_at=report_time(),
                    fleet=self._fleet(arguments["fleet_report"]),
                    keep=not self._task.check_mode,
                )
            finally:
                survey.close()
        except (DirectoryError, InputError) as problem:
            return {**result, "failed": True, "msg": str(problem)}
        except OSError as problem:
            return {**result, "failed": True, "msg": unwritable("The token report", problem)}
        summary = written.totals.to_json()
        return {
            **result,
            "changed": written.changed,
            "files": {name: str(file) for name, file in written.files.items()},
            "counts": summary["counts"],
            "top_groups": summary["top_groups"],
            "warnings": [*result.get("warnings", []), *survey.notes],
        }

    def _fleet(self, given: str | None) -> FleetSide | None:
        if not given:
            return None
        path = self._here("fleet_report", given)
        try:
            return fleet_side(json.loads(path.read_bytes().decode("utf-8-sig")))
        except (OSError, ValueError) as problem:
            raise DirectoryError(f"The fleet report {path} cannot be used: {problem}") from None

    def _here(self, field: str, path: str) -> Path:
        return Path(self._loader.path_dwim(local_path(path, field=field)))
