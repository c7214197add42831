# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the failure of a host stand once on the console, under each release of ansible-core.

Since 2.19, ansible-core prints the message of a failed result twice: as ``[ERROR]`` with the place of the
task, and in the line of the host. Before, it does so with an `AnsibleActionFail` ("An exception occurred").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleActionSkip, AnsibleConnectionFailure, AnsibleError

Run = Callable[..., dict[str, Any]]


class FailedOnce(AnsibleActionFail):
    """A failure without the exception that ansible-core would print beside it."""

    omit_exception_key = True  # since 2.19

    def __init__(self, message: str, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, result=dict(result or {}))
        self.result.pop("exception", None)  # before 2.19


class SilentOnce(AnsibleConnectionFailure):
    """A host that cannot be reached, without the exception that ansible-core would print beside it."""

    omit_exception_key = True


def said_once(run: Run) -> Run:
    """Let the method ``run`` of an action plugin raise its failures in a form that is printed once.

    A task that treats a failure in its own way needs the result: only then does ansible-core read `until`,
    `retries` and `failed_when`.
    """

    @wraps(run)
    def run_and_say_once(
        self: Any, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            result = run(self, tmp, task_vars)
        except AnsibleActionSkip:
            raise
        except AnsibleConnectionFailure as error:
            raise SilentOnce(str(error)) from None
        except AnsibleError as error:
            raise FailedOnce(str(error), getattr(error, "result", None)) from None
        task = self._task
        if not result.get("failed") or task.until or task.retries or task.failed_when:
            return result
        if task.delegate_to:  # ansible-core adds this to a result, to name both hosts
            result["_ansible_delegated_vars"] = {"ansible_delegated_host": task.delegate_to}
        raise FailedOnce(str(result["msg"]), result)

    return run_and_say_once
