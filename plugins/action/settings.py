# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the settings of a run from variables. Runs on the controller and talks to no host."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import Templar
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ..plugin_utils._role.definition_file import FOLDER, ChosenHotfix, asked_for, choose_hotfix
from ..plugin_utils._role.run_settings import OF_RUN, differences, without_effect
from ..plugin_utils._role.settings import ReadSettings, Settings, contradictions, read_settings
from ..plugin_utils._role.variables import PREFIX, variables
from ..plugin_utils._wsman.errors import InputError
from ..plugin_utils._wsman.said_once import said_once

_OF_PLAY = ("hotfix__", "ansible_play_", "hostvars", "ansible_check_mode")
"""The beginnings of variables that do not depend on the host."""


@dataclass(frozen=True)
class _Read:
    """What the variables of a host come to; `refusal` says what is wrong, and is empty if nothing is."""

    kb: str
    definition: Any
    defined: bool
    values: dict[str, Any]
    refusal: str


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "of_hosts": {"type": "list", "elements": "str"},
        "remediate": {"type": "bool", "default": False},
        "define": {"type": "bool", "default": True},
        "here": {"type": "path", "default": "."},
    }

    @said_once
    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        known = task_vars or {}
        if arguments["of_hosts"] is not None:
            return {**result, **self._of_all(known, arguments)}
        read = self._of_host(known, arguments, self._templar)
        if read.refusal:
            # Ansible prints a failed result whole: a definition would hide the message.
            return {**result, "changed": False, "kb": read.kb, "failed": True, "msg": read.refusal}
        answer = {"changed": False, "kb": read.kb, "settings": read.values}
        return {**result, **answer, **({"definition": _as_text(read.definition)} if read.defined else {})}

    def _of_all(self, known: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        """Read the settings of many hosts in one task: a task a host would cost more than they do."""
        play = self._task.get_play()
        shared = {name: value for name, value in known.items() if name.startswith(_OF_PLAY)}
        shared |= play.get_vars() if play else {}
        given: dict[str, _Read] = {}
        reads = {}
        for host in arguments["of_hosts"]:
            # The command line wins over the play, and the play over the inventory.
            its = {**known["hostvars"].raw_get(host), **shared, **load_extra_vars(self._loader)}
            said = _said(its)
            if "{{" in said or "{%" in said or said not in given:
                given[said] = self._of_host(its, arguments, Templar(loader=self._loader, variables=its))
            reads[host] = given[said]
        taken = next((read for read in reads.values() if not read.refusal), next(iter(reads.values())))
        return {
            "changed": False,
            "kb": taken.kb,
            "definition": _as_text(taken.definition),
            "refused": {host: read.refusal for host, read in reads.items() if read.refusal},
            "probed": [host for host, read in reads.items() if read.values["probe_rdp"]],
            "states": {host: read.values["state"] for host, read in reads.items()},
        }

    def _of_host(self, known: dict[str, Any], arguments: dict[str, Any], templar: Any) -> _Read:
        given, unreadable = _given(known, templar)
        read = read_settings(given, known, load_extra_vars(self._loader))
        problems = [*unreadable, *read.problems, *self._of_run(known, read, templar)]
        for warning in read.warnings:
            Display().warning(warning)
        text = str(read.values["definition"])
        kb, definition, defined = asked_for(text), None, False
        try:
            chosen = self._choose(read, text, Path(arguments["here"]), known)
            kb, definition, defined = chosen.kb, chosen.definition, True
        except InputError as error:
            problems += [str(error)] if arguments["define"] else []
        if arguments["remediate"]:
            settings = Settings.of(read.values)
            problems += contradictions(settings, kb, known.get("groups") or {}, read.wrong)
        read.values["restart_message"] = read.values["restart_message"] or _message(kb)
        return _Read(kb, definition, defined, read.values, _refusal(problems))

    def _of_run(self, known: dict[str, Any], read: ReadSettings, templar: Any) -> Iterator[str]:
        """Yield what the host's variables say of the whole run, and cannot decide."""
        hosts = known.get("ansible_play_hosts_all") or []
        if not hosts or "hostvars" not in known:
            return
        # The variables of playbooks/vars/run.yml: a play of the operator's own has its own hosts and batches.
        ours = "hotfix__pattern" in known
        first = known["hostvars"][hosts[0]]
        shared = {name: first.get(PREFIX + name) for name in (OF_RUN if ours else OF_RUN[:1])}
        yield from differences(read.values, shared, hosts[0])
        play = self._task.get_play() if ours else None
        if play and play.hosts != ["localhost"] and "hosts" not in read.wrong:
            own = templar.template(known["hotfix__pattern"])
            yield from without_effect("hosts", own.split(","), ",".join(play.hosts).split(","))
        given = {**play.get_vars(), **load_extra_vars(self._loader)} if play else {}
        if read.values["scan"] and hosts != ["localhost"]:
            yield from _of_scan(given)
        if play and play.serial and "batches" not in read.wrong:
            own = templar.template(known["hotfix__batches"])
            yield from without_effect("batches", own if isinstance(own, list) else [own], play.serial)

    def _choose(self, read: ReadSettings, text: str, here: Path, known: dict[str, Any]) -> ChosenHotfix:
        folder = read.values["definition_dir"]
        if folder:
            return choose_hotfix(text, here / folder, here)
        return choose_hotfix(text, Path(str(known.get("inventory_dir") or here)) / FOLDER, here)


def _of_scan(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield why `hotfix_scan` has no effect.

    Args:
        given: The variables of the play and of the command line.
    """
    if "hotfix__can_scan" not in given:
        yield (
            f"{PREFIX}scan has no effect here: only the playbooks verify and list_restarts look at the hosts "
            "by it. To assess by a scan, run the playbook scan without it"
        )
    elif f"{PREFIX}scan" not in given:
        yield from without_effect("scan", [True], [False])


def _said(known: dict[str, Any]) -> str:
    """Return what the settings of a host depend on: two hosts that say the same have the same settings.

    The names count of all variables, as one may be a setting with a misspelt prefix.
    """
    own = [name for name in known if not name.startswith(_OF_PLAY)]
    values = {name: known[name] for name in own if name == "inventory_dir" or PREFIX.rstrip("_") in name}
    return repr((sorted(own), sorted(values.items())))


def _given(known: dict[str, Any], templar: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the variables that are known, and what cannot be evaluated."""
    given, problems = {}, []
    for name in variables():
        if name in known:
            try:
                given[name] = templar.template(known[name])
            except AnsibleError as error:
                problems.append(f"{name} cannot be evaluated: {error.message.rstrip('.')}")
    return given, problems


def _refusal(problems: list[str]) -> str:
    sentences = [problem if problem.endswith("?") else f"{problem}." for problem in problems]
    return " ".join([*sentences, "Nothing was changed."]) if problems else ""


def _message(kb: str) -> str:
    return f"This computer restarts to complete the security update {kb}. Please save your work."


def _as_text(definition: dict[str, Any] | None) -> str | None:
    """Return a definition as JSON, which every module takes for `definition`.

    Ansible looks for templates in every value of an argument, on each host and in each task: of a definition
    of 60 files that took 40 ms of processor, and of a text it takes none.
    """
    return None if definition is None else json.dumps(definition, default=lambda day: day.isoformat())
