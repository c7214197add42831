# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of all action plugins that work on a Windows host."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from . import before_fork
from .errors import InputError
from .host_work import without_pywinrm, without_winrm, work_on_host
from .said_once import said_once
from .session import Session


class HostAction(ActionBase):
    """An action plugin that works on a host through WS-Management and copies no module to it.

    A module declares its arguments and implements :meth:`prepare` and :meth:`run_on_host`. This class
    validates the arguments, refuses what cannot work (another connection plugin, an old pywinrm, ``async``),
    and only then connects. It turns errors into results: a host that cannot be reached is UNREACHABLE; any
    other error is a failure with a message, a code and no traceback.
    """

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {}

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    def prepare(self, arguments: dict[str, Any]) -> Any:
        """Make the module's request from its arguments, before any host is contacted.

        Args:
            arguments: Validated, with the defaults of the spec.

        Returns:
            The request for :meth:`run_on_host`; the arguments themselves unless a module overrides this.

        Raises:
            InputError: Becomes a failure with its text.
        """
        return arguments

    @abstractmethod
    def run_on_host(self, session: Session, request: Any) -> dict[str, Any]:
        """Do the module's work and return its result; ``changed`` is false unless it says otherwise.

        Raises:
            InputError: Valid in itself, but not on this host. Becomes a failure that names the host.
            RemoteError: Becomes a failure with its message.
        """

    @property
    def check_mode(self) -> bool:
        """Whether the task runs in check mode."""
        return bool(self._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        """Whether the task runs in diff mode."""
        return bool(self._task.diff)

    @said_once
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module on the host; Ansible calls this."""
        before_fork.keep_shared()
        host = str(self._task.delegate_to or (task_vars or {}).get("inventory_hostname") or "host")
        # Before the arguments: a definition that was refused is not among them, and its absence is no reason.
        refusal = self.refusal(host, task_vars or {})
        if refusal:
            return {**super().run(None, task_vars), "failed": True, "refused": True, "msg": refusal}
        request = self._request()
        self._refuse_what_cannot_work()
        result: dict[str, Any] = super().run(None, task_vars)
        if getattr(self._connection, "become", None):
            Display().warning(
                f"{host}: become has no effect with {self._task.action}; what needs SYSTEM runs as SYSTEM."
            )
        work = partial(self.run_on_host, request=request)
        try:
            result |= work_on_host(self._connection, host, self._task.action, work)
        except AnsibleConnectionFailure as error:
            if not (self._task.ignore_unreachable and self.silence_fails(task_vars or {})):
                raise
            result |= {"failed": True, "silent": True, "msg": error.message}
        return self.completed(result)

    def completed(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result of a host with what is seen of it otherwise, also if it failed or is silent."""
        return result

    def refusal(self, host: str, task_vars: Mapping[str, Any]) -> str:
        """Return why a play has refused the host before this task; empty if it has not."""
        return ""

    def silence_fails(self, task_vars: Mapping[str, Any]) -> bool:
        """Return whether a host that does not answer fails, where its play would go on with it."""
        return False

    def _request(self) -> Any:
        _result, arguments = self.validate_argument_spec(self.ARGUMENT_SPEC)
        try:
            return self.prepare(dict(arguments))
        except InputError as error:
            raise AnsibleActionFail(str(error)) from None

    def _refuse_what_cannot_work(self) -> None:
        action = self._task.action
        if self._task.async_val:
            raise AnsibleActionFail(
                f"{action} does not support async: it runs on the controller, and long work runs on the host "
                "as a task of its own. Remove async and poll; some modules have a timeout."
            )
        refused = without_winrm(action, self._connection.transport) or without_pywinrm(action)
        if refused:
            raise AnsibleActionFail(refused)
