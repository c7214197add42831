# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assess many hosts at the same time, from the controller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils._assessment.exposure import ROLES
from ..plugin_utils._controller.paths import local_path
from ..plugin_utils._fleet.look import Looker
from ..plugin_utils._fleet.questions import Questions
from ..plugin_utils._fleet.reach import Inventory
from ..plugin_utils._fleet.scan_fleet import scan_fleet
from ..plugin_utils._fleet.seen import Seen
from ..plugin_utils._fleet.stopping import Stop, stop_at_signals
from ..plugin_utils._hotfix.arguments import HOTFIX_ARGUMENTS, chosen_definition
from ..plugin_utils._report.host_row import HostRow
from ..plugin_utils._report.inputs import ReportInputError
from ..plugin_utils._report.publish import publish
from ..plugin_utils._report.request import REPORT_ARGUMENTS, ReportRequest
from ..plugin_utils._role.next_step import PROOF, not_verified
from ..plugin_utils._role.outcome import outcomes
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.host_work import without_pywinrm
from ..plugin_utils._wsman.said_once import FailedOnce, said_once


@dataclass(frozen=True)
class _Wanted:
    """What the arguments ask for.

    Attributes:
        hosts: The hosts to look at.
        meant: Those and the others that the report has a row for.
        refused: Those that are not asked, with the reason.
        refused_everywhere: Whether these are all.
        hotfix: The hotfix.
        questions: What to ask the hosts.
        report: None where the answers are returned instead.
    """

    hosts: list[str]
    meant: list[str]
    refused: Mapping[str, str]
    refused_everywhere: bool
    hotfix: str
    questions: Questions
    report: ReportRequest | None


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        **HOTFIX_ARGUMENTS,
        "hosts": {"type": "list", "elements": "str", "required": True},
        "refused": {"type": "dict", "default": {}},
        "exposure": {"type": "bool", "default": False},
        "exposure_roles": {
            "type": "list",
            "elements": "str",
            "choices": list(ROLES),
            "default": list(ROLES),
        },
        "states": {"type": "dict", "default": {}},
        "verify": {"type": "bool", "default": False},
        "restart_required": {"type": "bool", "default": False},
        "probed": {"type": "list", "elements": "str", "default": []},
        "concurrency": {"type": "int", "default": 64},
        "host_timeout": {"type": "int", "default": 120},
        "report": {
            "type": "dict",
            "options": {**REPORT_ARGUMENTS, "hosts": {"type": "list", "elements": "str", "default": []}},
        },
    }

    @said_once
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        _validation, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            wanted = self._wanted(arguments)
            if lacking := without_pywinrm(self._task.action):
                raise InputError(lacking)
            with stop_at_signals() as stop:
                try:
                    return {**result, **self._scan(wanted, arguments, task_vars or {}, stop)}
                finally:
                    stop.leave()
        except (InputError, ReportInputError) as error:
            raise FailedOnce(str(error)) from None

    def _wanted(self, arguments: Mapping[str, Any]) -> _Wanted:
        hosts = list(dict.fromkeys(arguments["hosts"]))
        # The definition may be the reason why all are refused, and then nobody needs it.
        everywhere = bool(hosts) and set(hosts) <= set(arguments["refused"])
        definition = None if everywhere else chosen_definition(arguments)
        hotfix = definition.kb if definition else arguments["hotfix"]
        if not everywhere:
            _check_numbers(arguments)
            _check_states(arguments["states"])
        request = None
        if arguments["report"] is not None:
            request = ReportRequest.of(arguments["report"], hotfix, self._here)
            request = request.of_refused_run() if everywhere else request
            request.check_writable(hotfix)
        probed = frozenset(arguments["probed"])
        questions = Questions(definition, arguments["exposure"], arguments["exposure_roles"], probed)
        meant = list(dict.fromkeys([*hosts, *(arguments["report"] or {}).get("hosts", ())]))
        return _Wanted(hosts, meant, arguments["refused"], everywhere, hotfix, questions, request)

    def _scan(
        self, wanted: _Wanted, arguments: Mapping[str, Any], known: dict[str, Any], stop: Stop
    ) -> dict[str, Any]:
        """Look at the hosts, and return their answers, or write the report and return what it says."""
        file = None
        if wanted.report and not self._task.check_mode and not wanted.refused_everywhere:
            file = wanted.report.row_file(wanted.hotfix, wanted.meant)
            Display().display(
                f"Looking at {len(wanted.hosts)} hosts. If the run is stopped, the report of what it saw is "
                f"{wanted.report.of_stopped_run().path}"
            )
        seen, answers = Seen(wanted.hotfix, known.get("groups") or {}, file), {}

        def take(host: str, answer: dict[str, Any]) -> HostRow:
            if wanted.report is None:
                answers[host] = answer
            return seen.add(_outcome(host, answer, arguments))

        inventory = Inventory(
            task=self._task, play_context=self._play_context, templar=self._templar, known=known
        )
        scan_fleet(
            inventory.reaches(wanted.hosts, wanted.refused, self._task.action, stop),
            Looker(inventory, self._task.action, wanted.questions),
            concurrency=arguments["concurrency"],
            host_timeout=arguments["host_timeout"],
            take=take,
            stop=stop,
        )
        if wanted.report is None:
            return {"changed": False, "hosts": answers}
        written = self._report(wanted, wanted.report, seen.rows(wanted.meant), known, stop)
        if file:
            file.remove()
        return written

    def _report(
        self,
        wanted: _Wanted,
        request: ReportRequest,
        rows: list[HostRow],
        known: dict[str, Any],
        stop: Stop,
    ) -> dict[str, Any]:
        incomplete = stop.why if any(row.status == "not_attempted" for row in rows) else ""
        rehearsal = wanted.refused_everywhere
        report = request.report(rows, wanted.hotfix, known, rehearsal=rehearsal, incomplete=incomplete)
        return publish(
            report,
            request.of_stopped_run() if incomplete else request,
            check_mode=self._task.check_mode,
            diff=self._task.diff,
        )

    def _here(self, field: str, path: str) -> Path:
        return Path(self._loader.path_dwim(local_path(path, field=f"report.{field}")))


def _check_states(states: Mapping[str, Any]) -> None:
    for host, state in states.items():
        if state not in PROOF:
            raise InputError(f"states has {state} for {host}: it must be one of {', '.join(PROOF)}")


def _outcome(host: str, answer: dict[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the report says of a host, from what tasks of its own would have registered."""
    states, info = arguments["states"], answer.get("hotfix_info")
    why = ""
    if arguments["verify"] and host in states and info:
        why = not_verified(host, info, states[host], arguments["restart_required"])
    said = {"failed": True, "msg": why} if why else {}
    known = {"hotfix__assessed": answer, "hotfix__refused": said, "hotfix__run": {"states": states}}
    (outcome,) = outcomes({host: known})
    return outcome


def _check_numbers(arguments: Mapping[str, Any]) -> None:
    for name in ("concurrency", "host_timeout"):
        if arguments[name] < 1:
            raise InputError(f"{name} is {arguments[name]}: it must be at least 1")
