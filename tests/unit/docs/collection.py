# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection has, by the names that documentation calls it."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "hotfix"
_RULES = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")


def _stems(folder: str, pattern: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob(pattern) if not path.stem.startswith("_")}


@cache
def modules() -> frozenset[str]:
    return frozenset(_stems("plugins/modules", "*.py"))


@cache
def playbooks() -> frozenset[str]:
    return frozenset(_stems("playbooks", "*.yml"))


@cache
def fragments() -> frozenset[str]:
    """Parts of documentation, which no page calls by name."""
    return frozenset(_stems("plugins/doc_fragments", "*.py"))


@cache
def names() -> frozenset[str]:
    """Whatever `winfleet.hotfix.NAME` can mean."""
    plugins = _stems("plugins/lookup", "*.py") | _stems("plugins/filter", "*.py")
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    return frozenset(modules() | playbooks() | plugins | fragments() | roles)


@cache
def role_options() -> dict[str, Any]:
    """The role's options, as its argument specs have them."""
    document = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text("utf-8"))
    options: dict[str, Any] = document["argument_specs"]["main"]["options"]
    return options


@cache
def role_defaults() -> dict[str, Any]:
    defaults: dict[str, Any] = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text("utf-8"))
    return defaults


@cache
def variables() -> frozenset[str]:
    """The variables that a user may set or read: those of the role, and what the playbooks mention."""
    texts = [path.read_text("utf-8") for path in (ROOT / "playbooks").rglob("*.yml")]
    texts += [path.read_text("utf-8") for path in (ROLE / "tasks").glob("*.yml")]
    mentioned = {name for text in texts for name in re.findall(r"\bhotfix_[a-z0-9]\w*", text)}
    return frozenset(set(role_options()) | mentioned)


def complaints(module: str, arguments: dict[str, Any]) -> list[str]:
    """What the module would say against its arguments. Those that are templates are taken to be right."""
    plugin = importlib.import_module(
        f"ansible_collections.winfleet.hotfix.plugins.action.{module}"
    ).ActionModule
    plain = {key: value for key, value in arguments.items() if "{{" not in str(value)}
    templates = set(arguments) - set(plain)
    spec = {
        key: {**option, "required": False} if key in templates else option
        for key, option in plugin.ARGUMENT_SPEC.items()
    }
    unknown = [f"{key} is no option" for key in sorted(templates - set(spec))]
    rules = {} if templates else {rule: getattr(plugin, rule.upper(), None) for rule in _RULES}
    return unknown + list(ArgumentSpecValidator(spec, **rules).validate(plain).error_messages)


def role_complaints(settings: dict[str, Any]) -> list[str]:
    """What the role would say against these variables."""
    plain = {
        key: value for key, value in settings.items() if key in role_options() and "{{" not in str(value)
    }
    spec = {
        key: {name: option[name] for name in ("type", "choices", "elements") if name in option}
        for key, option in role_options().items()
    }
    return list(ArgumentSpecValidator(spec).validate(plain).error_messages)
