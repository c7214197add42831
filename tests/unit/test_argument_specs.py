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
ON_CONTROLLER = {"definition", "fleet_info", "rdp_info", "refuse", "report", "settings", "token_report"}
ON_HOSTS = sorted(set(MODULES) - ON_CONTROLLER)
ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("*.py") if path.stem != "__init__")

# Options of one name that mean something else, or take something else, in one plugin.
OF_ITS_OWN = {
    ("ca_path", "definition"): "of those who sign packages, not of a server",
    ("host", "rdp_info"): "a name or an address to connect to, not one of the inventory",
    ("hosts", "fleet_info"): "the hosts to look at, and required",
    ("hotfix", "definition"): "chooses packages; nothing is looked up in the catalogue",
    ("hotfix", "report"): "chooses rows; nothing is looked up in the catalogue",
    ("hotfix", "restart"): "names the task; any KB number will do",
    ("path", "definition"): "a definition, not a report",
    ("path", "field_check"): "the file of one host's recordings, and optional",
    ("select", "report"): "has to choose whole rows",
    ("state", "restart"): "of a restart, not of a package",
    ("state", "unproven"): "a state that a host was brought to; each is required",
    ("timeout", "hotfix"): "until the host's task ends",
    ("timeout", "rdp_info"): "of a probe, which is short",
    ("timeout", "restart"): "until the host has restarted",
}


def text_constants(path: Path) -> dict[str, str]:
    """The texts assigned to names in a file, at its top or in a class, without importing it."""
    return {
        target.id: node.value.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def documentation(name: str, kind: str = "modules") -> dict[str, Any]:
    """A plugin's documentation, with the options and attributes of our own fragments."""
    document = yaml.safe_load(text_constants(PLUGINS / kind / f"{name}.py")["DOCUMENTATION"])
    merged = {
        "options": dict(document.get("options") or {}),
        "attributes": dict(document.get("attributes") or {}),
    }
    for used in document.get("extends_documentation_fragment") or []:
        assert used.startswith(f"{COLLECTION}."), f"{used} is not of this collection"
        file, _unused, part = used.removeprefix(f"{COLLECTION}.").partition(".")
        plugin = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.doc_fragments.{file}")
        fragment = yaml.safe_load(getattr(plugin.ModuleDocFragment, part.upper() or "DOCUMENTATION"))
        for section, entries in merged.items():
            # Ansible would let the plugin's own entry hide that of the fragment.
            assert not set(entries) & set(fragment.get(section) or {}), f"{name} repeats {section} of {used}"
            entries |= fragment.get(section) or {}
    return {**document, **merged}


def action_class(action: str) -> type:
    plugin = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{action}")
    return plugin.ActionModule


def argument_spec(action: str) -> dict[str, Any]:
    return action_class(action).ARGUMENT_SPEC


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


@pytest.mark.parametrize("name", MODULES)
def test_no_result_has_a_name_that_ansible_gives_a_meaning(name):
    # With `skipped` in a result, Ansible evaluates neither changed_when nor failed_when.
    returned = yaml.safe_load(text_constants(PLUGINS / "modules" / f"{name}.py")["RETURN"])
    assert not set(returned) & {"changed", "failed", "skipped", "unreachable", "results", "exception"}


# fleet_info can write a report.
@pytest.mark.parametrize(
    "name", [name for name in MODULES if name.endswith("_info") and name != "fleet_info"]
)
def test_modules_that_only_tell_say_that_diff_mode_means_nothing(name):
    assert documentation(name)["attributes"]["diff_mode"]["support"] == "N/A"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_that_works_on_a_host_says_what_it_requires(name):
    fragments = documentation(name).get("extends_documentation_fragment", [])
    assert (f"{COLLECTION}.host" in fragments) == (name in ON_HOSTS)


def test_the_action_group_has_exactly_the_modules_that_work_on_a_host():
    runtime = yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"].keys() == {"hotfix"}
    assert sorted(runtime["action_groups"]["hotfix"]) == ON_HOSTS


def described_options() -> dict[str, dict[str, Any]]:
    """Every documented option by name, then by plugin: its text, type, choices and default."""
    parts = ("description", "type", "elements", "choices", "default")
    options: dict[str, dict[str, Any]] = {}
    for kind in ("modules", "lookup", "filter"):
        for path in (PLUGINS / kind).glob("*.py"):
            for name, option in documentation(path.stem, kind)["options"].items():
                if not name.startswith("_"):  # what a lookup or a filter is applied to
                    described = {part: option.get(part) for part in parts}
                    options.setdefault(name, {})[path.stem] = described
    return options


def test_an_option_is_described_alike_wherever_it_stands():
    for name, described in described_options().items():
        alike = [text for plugin, text in described.items() if (name, plugin) not in OF_ITS_OWN]
        assert all(text == alike[0] for text in alike), f"{name} of {', '.join(described)}"


@pytest.mark.parametrize(("name", "plugin"), OF_ITS_OWN)
def test_an_option_with_a_meaning_of_its_own_is_still_described_so(name, plugin):
    described = described_options()[name]
    assert described.pop(plugin) not in described.values()
    assert described, "no other plugin has it, so it needs no exception"
