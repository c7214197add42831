# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of all action plugins that work on a Windows host."""

from __future__ import annotations

import traceback
from abc import abstractmethod
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.compat.version import LooseVersion
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ._connect import masked
from .errors import ConnectionLost, InputError, RemoteError, WsmanFault
from .session import Session

# The first that raises WS-Management faults as exceptions of their own (WSManFaultError).
MINIMUM_PYWINRM = "0.5.0"

_CONNECTION_VARIABLES = (
    "Set ansible_connection: winrm (ansible.builtin.winrm) with ansible_port: 5985 and "
    "ansible_winrm_scheme: http (or 5986 and https), ansible_winrm_transport: ntlm (or kerberos), "
    "ansible_user and ansible_password."
)
_HOW_TO_INSTALL = f"Install it for Ansible's Python: python -m pip install 'pywinrm>={MINIMUM_PYWINRM}'."


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

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module on the host; Ansible calls this."""
        request = self._request()
        self._refuse_what_cannot_work()
        result: dict[str, Any] = super().run(None, task_vars)
        host = str(self._task.delegate_to or (task_vars or {}).get("inventory_hostname") or "host")
        if getattr(self._connection, "become", None):
            Display().warning(
                f"{host}: become has no effect with {self._task.action}; what needs SYSTEM runs as SYSTEM."
            )
        session = Session(self._connection, host, lambda message: Display().display(f"{host}: {message}"))
        try:
            session.connect()
            result |= {"changed": False, **self.run_on_host(session, request)}
        except ConnectionLost as error:
            raise AnsibleConnectionFailure(masked(str(error), self._connection)) from None
        except InputError as error:
            result |= {"failed": True, "msg": masked(f"{host}: {error}", self._connection)}
        except RemoteError as error:
            self._explain(error, host)
            result |= self._failure(error)
        except AnsibleError:
            raise
        except Exception as error:
            self._explain(error, host)
            message = f"{host}: {self._task.action} failed unexpectedly ({type(error).__name__}: {error}). "
            message += "Run again with -vvv and report the details as a defect of the collection."
            result |= {"failed": True, "msg": masked(message, self._connection)}
        return result

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
        plugin = self._connection.transport
        if plugin != "winrm":
            raise AnsibleActionFail(
                f"{action} needs the winrm connection, and this host uses '{plugin}'. {_CONNECTION_VARIABLES}"
            )
        try:
            installed = version("pywinrm")
        except PackageNotFoundError:
            raise AnsibleActionFail(f"{action} needs pywinrm on the controller. {_HOW_TO_INSTALL}") from None
        if LooseVersion(installed) < LooseVersion(MINIMUM_PYWINRM):
            raise AnsibleActionFail(
                f"{action} needs pywinrm {MINIMUM_PYWINRM} or newer, not {installed}. {_HOW_TO_INSTALL}"
            )

    def _failure(self, error: RemoteError) -> dict[str, Any]:
        failure: dict[str, Any] = {"failed": True, "msg": masked(str(error), self._connection)}
        if isinstance(error, WsmanFault):
            failure["fault"] = {
                "code": error.code,
                "subcode": error.subcode,
                "provider_code": error.provider_code,
                "reason": masked(error.reason, self._connection),
            }
        return failure

    def _explain(self, error: Exception, host: str) -> None:
        details = "".join(traceback.format_exception(error))
        Display().vvv(masked(details, self._connection), host=host)
