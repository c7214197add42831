# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every action plugin takes exactly the arguments that its module documents.

ansible-test compares the two for modules only, not for action plugins.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
COLLECTION = "winfleet.hotfix"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")
ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("*.py") if path.stem != "__init__")


def text_constants(path: Path) -> dict[str, str]:
    """The texts assigned to names in a file, at its top or in a class, without importing it."""
    return {
        target.id: node.value.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def documentation(module: str) -> dict[str, Any]:
    """A module's documentation, with the options and attributes of our own fragments."""
    document = yaml.safe_load(text_constants(PLUGINS / "modules" / f"{module}.py")["DOCUMENTATION"])
    merged = {
        "options": dict(document.get("options") or {}),
        "attributes": dict(document.get("attributes") or {}),
    }
    for name in document.get("extends_documentation_fragment") or []:
        assert name.startswith(f"{COLLECTION}."), f"{name} is not of this collection"
        file, _unused, part = name.removeprefix(f"{COLLECTION}.").partition(".")
        texts = text_constants(PLUGINS / "doc_fragments" / f"{file}.py")
        fragment = yaml.safe_load(texts[part.upper() or "DOCUMENTATION"])
        for section, entries in merged.items():
            entries |= fragment.get(section) or {}
    return {**document, **merged}


def argument_spec(action: str) -> dict[str, Any]:
    plugin = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{action}")
    return plugin.ActionModule.ARGUMENT_SPEC


def documented(options: dict[str, Any]) -> dict[str, Any]:
    """Documented options as plain data, with what is left out written out."""
    return {
        name: {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "choices": list(option["choices"]) if option.get("choices") else None,
            "default": option.get("default"),
            "required": option.get("required", False),
            "aliases": sorted(option.get("aliases", [])),
            "options": documented(option["suboptions"]) if "suboptions" in option else None,
        }
        for name, option in options.items()
    }


def specified(spec: dict[str, Any]) -> dict[str, Any]:
    """An argument spec in the same form."""
    return {
        name: {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "choices": list(option["choices"]) if option.get("choices") else None,
            "default": option.get("default"),
            "required": option.get("required", False),
            "aliases": sorted(option.get("aliases", [])),
            "options": specified(option["options"]) if option.get("options") else None,
        }
        for name, option in spec.items()
    }


def test_every_module_has_its_action_plugin():
    assert MODULES == ACTIONS


@pytest.mark.parametrize("name", ACTIONS)
def test_the_documentation_has_the_arguments_of_the_action_plugin(name):
    assert documented(documentation(name)["options"]) == specified(argument_spec(name))


@pytest.mark.parametrize("name", MODULES)
def test_the_documentation_names_its_module_and_its_modes(name):
    document = documentation(name)
    assert document["module"] == name
    assert {"check_mode", "diff_mode"} <= set(document["attributes"])
    assert document["attributes"]["check_mode"]["support"] == "full"


@pytest.mark.parametrize("name", MODULES)
def test_every_example_gives_arguments_that_exist(name):
    examples = yaml.safe_load(text_constants(PLUGINS / "modules" / f"{name}.py")["EXAMPLES"])
    tasks = [task for entry in examples for task in entry.get("tasks", [entry])]
    given = [task[f"{COLLECTION}.{name}"] for task in tasks if f"{COLLECTION}.{name}" in task]
    assert given, "no example uses the module"
    known = set(argument_spec(name))
    assert all(set(arguments or {}) <= known for arguments in given)


@pytest.mark.parametrize("name", [name for name in MODULES if name.endswith("_info")])
def test_modules_that_only_tell_say_that_diff_mode_means_nothing(name):
    assert documentation(name)["attributes"]["diff_mode"]["support"] == "N/A"


def test_the_action_group_has_every_module():
    runtime = yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert set(MODULES) <= set(runtime["action_groups"]["hotfix"])
