# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs, removes or stores a hotfix on a host."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail, AnsibleError

from ..plugin_utils._hotfix.arguments import HOTFIX_ARGUMENTS, chosen_definition
from ..plugin_utils._hotfix.package import PackageError
from ..plugin_utils._install.ensure import ensure_hotfix
from ..plugin_utils._install.outcome import ABSENT, DOWNLOADED, PRESENT, HotfixOutcome, HotfixRequest
from ..plugin_utils._install.source import CONTROLLER, HOST, URL, PackageSource, SourceError, parse_source
from ..plugin_utils._wsman.errors import RemoteError
from ..plugin_utils._wsman.host_action import HostAction
from ..plugin_utils._wsman.session import Session


class ActionModule(HostAction):
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **HOTFIX_ARGUMENTS,
        "state": {"type": "str", "choices": [PRESENT, ABSENT, DOWNLOADED], "default": PRESENT},
        "package": {"type": "str"},
        "package_location": {"type": "str", "choices": [CONTROLLER, URL, HOST], "default": CONTROLLER},
        "sha256": {"type": "str"},
        "timeout": {"type": "int", "default": 3600},
        "keep_files": {"type": "bool", "default": False},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        # Wrong arguments are refused before a connection is made, which may take its time.
        self._request()
        return super().run(tmp, task_vars)

    def run_on_host(self, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            outcome = ensure_hotfix(session, self._request())
        except PackageError as error:
            raise RemoteError(session.host, str(error)) from error
        return self._result(session, outcome)

    def _request(self) -> HotfixRequest:
        arguments = self._arguments()
        try:
            return HotfixRequest(
                definition=chosen_definition(arguments),
                state=arguments["state"],
                source=self._source(arguments),
                timeout=_positive(arguments["timeout"]),
                keep_files=arguments["keep_files"],
                check_mode=self.check_mode,
            )
        except SourceError as error:
            raise AnsibleActionFail(str(error)) from None

    def _source(self, arguments: dict[str, Any]) -> PackageSource | None:
        package = arguments["package"]
        if not package:
            return None
        location = arguments["package_location"]
        if location == CONTROLLER:
            package = self._find(package)
        return parse_source(location, package, arguments["sha256"])

    def _find(self, package: str) -> str:
        """Look for a relative path as Ansible does for files: in the role's files, beside the playbook."""
        try:
            return str(self._find_needle("files", package))
        except AnsibleError:
            # A host that has the hotfix does not need the file; where it is needed its absence is named.
            return str(self._loader.path_dwim(package))

    def _result(self, session: Session, outcome: HotfixOutcome) -> dict[str, Any]:
        result: dict[str, Any] = {
            "changed": outcome.changed,
            "status": outcome.status,
            "restart_required": outcome.restart_required,
            "servicing": outcome.servicing.to_result(),
        }
        if self.diff_mode and outcome.changed:
            result["diff"] = {"before": outcome.before, "after": outcome.after}
        if outcome.failure:
            result |= {"failed": True, "msg": f"{session.host}: {outcome.failure}"}
        return result


def _positive(timeout: int) -> int:
    if timeout < 1:
        raise SourceError(f"timeout: {timeout} is no number of seconds above 0")
    return timeout
