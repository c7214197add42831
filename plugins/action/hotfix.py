# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install, remove or store a hotfix on a host."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from ansible.errors import AnsibleError

from ..plugin_utils._controller.paths import local_path
from ..plugin_utils._hotfix.arguments import HOTFIX_ARGUMENTS, chosen_definition
from ..plugin_utils._install.ensure import ensure_hotfix
from ..plugin_utils._install.outcome import ABSENT, DOWNLOADED, PRESENT, SETTLED, HotfixRequest
from ..plugin_utils._install.source import (
    CONTROLLER,
    HOST,
    OTHER_LOCATIONS,
    URL,
    PackageSource,
    parse_source,
)
from ..plugin_utils._role.playbook_action import PlaybookAction
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.session import Session


class ActionModule(PlaybookAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **HOTFIX_ARGUMENTS,
        "state": {"type": "str", "choices": [PRESENT, ABSENT, DOWNLOADED, SETTLED], "default": PRESENT},
        "package": {"type": "str"},
        "package_location": {"type": "str", "choices": [CONTROLLER, URL, HOST], "default": CONTROLLER},
        "sha256": {"type": "str"},
        "timeout": {"type": "int", "default": 3600},
        "keep_files": {"type": "bool", "default": False},
    }

    def prepare(self, arguments: dict[str, Any]) -> HotfixRequest:
        if arguments["timeout"] < 1:
            raise InputError(f"timeout is {arguments['timeout']}: it must be at least 1 second")
        return HotfixRequest(
            definition=chosen_definition(arguments),
            state=arguments["state"],
            source=self._source(arguments),
            timeout=arguments["timeout"],
            keep_files=arguments["keep_files"],
            check_mode=self.check_mode,
        )

    def run_on_host(self, session: Session, request: HotfixRequest) -> dict[str, Any]:
        outcome = ensure_hotfix(session, request)
        result: dict[str, Any] = {
            "changed": outcome.changed,
            "status": outcome.status,
            "restart_required": outcome.restart_required,
            "servicing": asdict(outcome.servicing),
            "last_attempt": outcome.last_attempt and outcome.last_attempt.to_result(),
        }
        if self.diff_mode and outcome.changed:
            result["diff"] = {"before": outcome.before, "after": outcome.after}
        if outcome.failure:
            result |= {"failed": True, "msg": f"{session.host}: {outcome.failure}"}
        return result

    def _source(self, arguments: dict[str, Any]) -> PackageSource | None:
        package, location = arguments["package"], arguments["package_location"]
        if not package:
            return None
        if location == CONTROLLER:
            package = self._find(local_path(package, field="package", **OTHER_LOCATIONS))
        return parse_source(location, package, arguments["sha256"])

    def _find(self, package: str) -> str:
        """Look for a relative path where Ansible looks for files: in the role and beside the playbook."""
        try:
            return str(self._find_needle("files", package))
        except AnsibleError:
            # Only a host that needs the package fails because the file is missing.
            return str(self._loader.path_dwim(package))
