# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on one host, from the connection to the result that Ansible shows, errors included."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.compat.version import LooseVersion
from ansible.utils.display import Display

from ._connect import masked, take_ticket
from ._lockout import transports_of
from .errors import ConnectionLost, InputError, RemoteError, WsmanFault
from .session import Session

__all__ = ["take_ticket", "transports_of", "without_pywinrm", "without_winrm", "work_on_host"]

# The first that raises WS-Management faults as exceptions of their own (WSManFaultError).
MINIMUM_PYWINRM = "0.5.0"

_CONNECTION_VARIABLES = (
    "Set ansible_connection: winrm (ansible.builtin.winrm) with ansible_port: 5985 and "
    "ansible_winrm_scheme: http (or 5986 and https), ansible_winrm_transport: ntlm (or kerberos), "
    "ansible_user and ansible_password."
)
_HOW_TO_INSTALL = f"Install it for Ansible's Python: python -m pip install 'pywinrm>={MINIMUM_PYWINRM}'."


@cache
def installed_pywinrm() -> str | None:
    """Return the version of pywinrm, None if it is not there; Python reads files to find out."""
    try:
        return version("pywinrm")
    except PackageNotFoundError:
        return None


def without_pywinrm(action: str) -> str:
    """Return why this controller cannot reach any host; empty if its pywinrm is new enough."""
    installed = installed_pywinrm()
    if installed is None:
        return f"{action} needs pywinrm on the controller. {_HOW_TO_INSTALL}"
    if LooseVersion(installed) < LooseVersion(MINIMUM_PYWINRM):
        return f"{action} needs pywinrm {MINIMUM_PYWINRM} or newer, not {installed}. {_HOW_TO_INSTALL}"
    return ""


def without_winrm(action: str, plugin: str) -> str:
    """Return why a host cannot be reached by its connection plugin; empty if the plugin is winrm."""
    if plugin == "winrm":
        return ""
    return f"{action} needs the winrm connection, and this host uses '{plugin}'. {_CONNECTION_VARIABLES}"


def work_on_host(
    connection: Any, host: str, action: str, work: Callable[[Session], dict[str, Any]]
) -> dict[str, Any]:
    """Connect to a host, do the work, and return its result, or a failure with a message and no traceback.

    Args:
        connection: The ``ansible.builtin.winrm`` connection plugin with its options.
        host: Its name in the inventory.
        action: The module, for messages.
        work: Raises InputError or RemoteError where it fails.

    Raises:
        AnsibleConnectionFailure: The host cannot be reached, or was lost.
        AnsibleError: A setting of the connection is wrong.
    """
    session = Session(connection, host, lambda message: Display().display(f"{host}: {message}"))
    try:
        session.connect()
        return {"changed": False, **work(session)}
    except ConnectionLost as error:
        raise AnsibleConnectionFailure(masked(str(error), connection)) from None
    except InputError as error:
        return {"failed": True, "msg": masked(f"{host}: {error}", connection)}
    except RemoteError as error:
        _explain(error, host, connection)
        return _failure(error, connection)
    except AnsibleError:
        raise
    except Exception as error:
        _explain(error, host, connection)
        message = f"{host}: {action} failed unexpectedly ({type(error).__name__}: {error}). "
        message += "Run again with -vvv and report the details as a defect of the collection."
        return {"failed": True, "msg": masked(message, connection)}


def _failure(error: RemoteError, connection: Any) -> dict[str, Any]:
    failure: dict[str, Any] = {"failed": True, "msg": masked(str(error), connection)}
    if isinstance(error, WsmanFault):
        failure["fault"] = {
            "code": error.code,
            "subcode": error.subcode,
            "provider_code": error.provider_code,
            "reason": masked(error.reason, connection),
        }
    return failure


def _explain(error: Exception, host: str, connection: Any) -> None:
    details = "".join(traceback.format_exception(error))
    Display().vvv(masked(details, connection), host=host)
