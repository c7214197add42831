# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assess many hosts at the same time, from the controller."""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils._assessment.assess import assess
from ..plugin_utils._assessment.exposure import ROLES
from ..plugin_utils._fleet.look import Looker
from ..plugin_utils._fleet.progress import Progress
from ..plugin_utils._fleet.reach import Inventory, Reach
from ..plugin_utils._fleet.scan import scan
from ..plugin_utils._fleet.sharing import affordable, deal
from ..plugin_utils._hotfix.arguments import HOTFIX_ARGUMENTS, chosen_definition
from ..plugin_utils._report.host_rows import build_rows
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.host_work import without_pywinrm
from ..plugin_utils._wsman.waiting import Clock

MOST_NAMED = 20
"""Hosts that cannot be tried are named one by one, up to so many."""


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **HOTFIX_ARGUMENTS,
        "hosts": {"type": "list", "elements": "str", "required": True},
        "exposure": {"type": "bool", "default": False},
        "exposure_roles": {
            "type": "list",
            "elements": "str",
            "choices": list(ROLES),
            "default": list(ROLES),
        },
        "concurrency": {"type": "int", "default": 64},
        "host_timeout": {"type": "int", "default": 120},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        _validation, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            definition = chosen_definition(arguments)
            _check_numbers(arguments)
        except InputError as error:
            raise AnsibleActionFail(str(error)) from None
        if refused := without_pywinrm(self._task.action):
            raise AnsibleActionFail(refused)
        look = partial(
            assess,
            definition=definition,
            exposure=arguments["exposure"],
            exposure_roles=arguments["exposure_roles"],
        )
        inventory = self._inventory(task_vars or {})
        reaches = self._reaches(inventory, arguments["hosts"])
        answers: dict[str, dict[str, Any]] = {}
        progress = Progress(len(reaches), Display().display, Clock())

        def take(host: str, answer: dict[str, Any]) -> None:
            answers[host] = answer
            progress.add(*build_rows([{"host": host, **answer}], hotfix=definition.kb))

        for reach in reaches:
            if reach.problem:
                take(reach.host, {"failed": True, "msg": reach.problem})
        processes = len(os.sched_getaffinity(0))
        ended = scan(
            deal(
                [reach for reach in reaches if not reach.problem],
                concurrency=_concurrency(arguments["concurrency"], processes),
                processes=processes,
            ),
            Looker(inventory, self._task.action, lambda session: look(session).to_module_result()),
            host_timeout=arguments["host_timeout"],
            take=take,
            tick=progress.tick,
        )
        if not ended.complete:
            os._exit(1)
        Display().display(progress.line())
        return {**result, "changed": False, "hosts": answers}

    def _inventory(self, task_vars: Mapping[str, Any]) -> Inventory:
        hostvars = task_vars["hostvars"]
        return Inventory(
            task=self._task,
            play_context=self._play_context,
            templar=self._templar,
            hostvars=hostvars,
            shared=self._task.get_vars(),
            extra=hostvars._variable_manager.extra_vars,
        )

    def _reaches(self, inventory: Inventory, hosts: Sequence[str]) -> list[Reach]:
        """Read the connection variables of all hosts, and say which hosts cannot be tried."""
        hosts = list(dict.fromkeys(hosts))
        unknown = set(inventory.unknown(hosts))
        reaches = [
            Reach(host, problem="The inventory has no host of this name.")
            if host in unknown
            else inventory.reach(host, self._task.action)
            for host in hosts
        ]
        refused = [reach for reach in reaches if reach.problem]
        for reach in refused[:MOST_NAMED]:
            Display().warning(f"{reach.host} cannot be assessed. {reach.problem}")
        if len(refused) > MOST_NAMED:
            Display().warning(
                f"{len(refused) - MOST_NAMED} more hosts cannot be assessed; the result has them."
            )
        return reaches


def _check_numbers(arguments: Mapping[str, Any]) -> None:
    for name in ("concurrency", "host_timeout"):
        if arguments[name] < 1:
            raise InputError(f"{name} is {arguments[name]}: it must be at least 1")


def _concurrency(wanted: int, processes: int) -> int:
    """Return how many hosts to look at at the same time, fewer than wanted if too few files can be open."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    possible = affordable(wanted, processes, descriptors)
    if possible < wanted:
        Display().warning(
            f"concurrency is lowered from {wanted} to {possible}: a process of this controller may open "
            f"{descriptors} files. Raise the limit (ulimit -n) for more."
        )
    return possible
