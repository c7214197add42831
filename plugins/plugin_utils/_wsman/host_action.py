# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: the base of all action plugins that work on a Windows host."""

from __future__ import annotations

import traceback
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ._connect import masked
from .errors import ConnectionLost, RemoteError, WsmanFault
from .session import Session

MINIMUM_PYWINRM = (0, 5, 0)
"""The first that tells WS-Management faults as exceptions of their own (WSManFaultError)."""

_CONNECTION_VARIABLES = (
    "Set ansible_connection: winrm (ansible.builtin.winrm) with ansible_port: 5985 and "
    "ansible_winrm_scheme: http (or 5986 and https), ansible_winrm_transport: ntlm (or kerberos), "
    "ansible_user and ansible_password."
)
_HOW_TO_INSTALL = "Install it into the Python that runs Ansible: python -m pip install 'pywinrm>=0.5.0'."


class HostAction(ActionBase):
    """An action plugin that works on a host through WS-Management, with nothing of ours on the host.

    A module names its arguments and implements :meth:`run_on_host`. This class validates the arguments,
    refuses what cannot work (another connection plugin, an old pywinrm, ``async``), makes the connection and
    turns errors into results: a host that cannot be reached is UNREACHABLE, whatever else goes wrong on it is
    a failure with a message, a code and no traceback.

    Attributes:
        ARGUMENT_SPEC: Ansible's argument spec.
        MUTUALLY_EXCLUSIVE: As in Ansible's argument spec; so the four that follow.
    """

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {}
    MUTUALLY_EXCLUSIVE: ClassVar[Sequence[Sequence[str]]] = ()
    REQUIRED_TOGETHER: ClassVar[Sequence[Sequence[str]]] = ()
    REQUIRED_ONE_OF: ClassVar[Sequence[Sequence[str]]] = ()
    REQUIRED_IF: ClassVar[Sequence[Sequence[Any]]] = ()
    REQUIRED_BY: ClassVar[Mapping[str, Sequence[str]]] = {}

    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    @abstractmethod
    def run_on_host(self, session: Session, arguments: dict[str, Any]) -> dict[str, Any]:
        """Does the module's work.

        Args:
            session: The connected host.
            arguments: Validated, with the defaults of the spec.

        Returns:
            The result; ``changed`` is false unless it says otherwise.

        Raises:
            RemoteError: Becomes a failure with its message.
        """

    @property
    def check_mode(self) -> bool:
        """Whether nothing may be changed."""
        return bool(self._task.check_mode)

    @property
    def diff_mode(self) -> bool:
        """Whether a diff is asked for."""
        return bool(self._task.diff)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Runs the module on the host; called by Ansible."""
        arguments = self._arguments()
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
            result |= {"changed": False, **self.run_on_host(session, arguments)}
        except ConnectionLost as error:
            raise AnsibleConnectionFailure(masked(str(error), self._connection)) from None
        except RemoteError as error:
            self._explain(error, host)
            result |= self._failure(error)
        except AnsibleError:
            raise
        except Exception as error:
            self._explain(error, host)
            message = f"{host}: {self._task.action} failed unexpectedly ({type(error).__name__}: {error}). "
            message += "Run again with -vvv for the details, and report them as a defect of the collection."
            result |= {"failed": True, "msg": masked(message, self._connection)}
        return result

    def _arguments(self) -> dict[str, Any]:
        _result, arguments = self.validate_argument_spec(
            self.ARGUMENT_SPEC,
            mutually_exclusive=self.MUTUALLY_EXCLUSIVE,
            required_together=self.REQUIRED_TOGETHER,
            required_one_of=self.REQUIRED_ONE_OF,
            required_if=self.REQUIRED_IF,
            required_by=self.REQUIRED_BY,
        )
        return dict(arguments)

    def _refuse_what_cannot_work(self) -> None:
        action = self._task.action
        if self._task.async_val:
            raise AnsibleActionFail(
                f"{action} does not support async: it runs on the controller, and what takes long on the "
                "host runs there as a task of its own. Remove async and poll; some modules have a timeout."
            )
        plugin = self._connection.transport
        if plugin != "winrm":
            raise AnsibleActionFail(
                f"{action} works over the winrm connection only, and this host has '{plugin}'. "
                + _CONNECTION_VARIABLES
            )
        try:
            installed = version("pywinrm")
        except PackageNotFoundError:
            raise AnsibleActionFail(f"{action} needs pywinrm on the controller. {_HOW_TO_INSTALL}") from None
        if _numbers(installed) < MINIMUM_PYWINRM:
            raise AnsibleActionFail(
                f"{action} needs pywinrm 0.5.0 or newer, and {installed} is installed. {_HOW_TO_INSTALL}"
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


def _numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: ``0.5.0rc1`` is (0, 5, 0)."""
    numbers = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)
