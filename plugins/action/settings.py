# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the settings of a run from variables. Runs on the controller and talks to no host."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils._role.definition_file import DEFAULT, FOLDER, ChosenHotfix, asked_for, choose_hotfix
from ..plugin_utils._role.settings import ReadSettings, Settings, contradictions, read_settings
from ..plugin_utils._role.variables import variables
from ..plugin_utils._wsman.errors import InputError


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "remediate": {"type": "bool", "default": False},
        "define": {"type": "bool", "default": True},
        "here": {"type": "path", "default": "."},
    }

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(argument_spec=self.ARGUMENT_SPEC)
        known = task_vars or {}
        given, unreadable = self._given(known)
        read = read_settings(given, known)
        problems = [*unreadable, *read.problems, *_other_hotfix(known, given)]
        for warning in read.warnings:
            Display().warning(warning)
        text = str(read.values["definition"])
        result |= {"changed": False, "kb": asked_for(text)}
        try:
            chosen = self._choose(read, text, Path(arguments["here"]), known)
            result |= {"kb": chosen.kb, "definition": chosen.definition}
        except InputError as error:
            problems += [str(error)] if arguments["define"] else []
        if arguments["remediate"]:
            settings = Settings.of(read.values)
            problems += contradictions(settings, result["kb"], known.get("groups") or {}, read.wrong)
        if problems:
            return {**result, "failed": True, "msg": f"{'. '.join(problems)}. Nothing was changed."}
        read.values["restart_message"] = read.values["restart_message"] or _message(result["kb"])
        return {**result, "settings": read.values}

    def _given(self, known: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return the values of the variables that are known, and what cannot be evaluated."""
        given, problems = {}, []
        for name in variables():
            if name in known:
                try:
                    given[name] = self._templar.template(known[name])
                except AnsibleError as error:
                    problems.append(f"{name} cannot be evaluated: {error.message.rstrip('.')}")
        return given, problems

    def _choose(self, read: ReadSettings, text: str, here: Path, known: dict[str, Any]) -> ChosenHotfix:
        folder = read.values["definition_dir"]
        if folder:
            return choose_hotfix(text, here / Path(folder).expanduser(), here)
        return choose_hotfix(text, Path(str(known.get("inventory_dir") or here)) / FOLDER, here)


def _message(kb: str) -> str:
    return f"This computer restarts to complete the security update {kb}. Please save your work."


def _other_hotfix(known: dict[str, Any], given: dict[str, Any]) -> list[str]:
    """Refuse a host with another hotfix than the first of the play: a run and its report are for one."""
    hosts = known.get("ansible_play_hosts_all") or []
    if not hosts or "hostvars" not in known:
        return []
    wanted = str(known["hostvars"][hosts[0]].get("hotfix_definition") or DEFAULT)
    own = str(given.get("hotfix_definition") or DEFAULT)
    if asked_for(own) == asked_for(wanted):
        return []
    return [
        f"hotfix_definition is {own} here and {wanted} for {hosts[0]}: a run is for one hotfix, so run the "
        "playbook for each of them, with hotfix_hosts"
    ]
