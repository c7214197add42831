# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every snippet of the documentation is what it claims to be, and names nothing that does not exist."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.docs import collection
from tests.unit.docs.pages import PAGES, ROOT, Snippet, commands, snippets

PROGRAMS = Path(sys.executable).parent
YAML = snippets("yaml", "yml")
COMMANDS = [pytest.param(snippet, line, id=f"{snippet.place} {line[:40]}") for snippet, line in commands()]
# Folders in the examples that a reader has and this machine has not.
FOREIGN = ("/srv/", "packages/", "group_vars/", "host_vars/")

each_yaml = pytest.mark.parametrize("snippet", YAML, ids=lambda snippet: snippet.place)


def kind(document: Any) -> str:
    """What a YAML snippet shows."""
    if isinstance(document, list):
        return (
            "plays"
            if any("hosts" in entry or "import_playbook" in str(entry) for entry in document)
            else "tasks"
        )
    if set(document) <= {"all"} or "hosts" in document:
        return "inventory"
    return "definition" if "kb" in document else "settings"


def of_kind(wanted: str) -> list[Any]:
    return [
        pytest.param(snippet, yaml.safe_load(snippet.text), id=snippet.place)
        for snippet in YAML
        if kind(yaml.safe_load(snippet.text)) == wanted
    ]


def all_tasks(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The tasks in plays, blocks and lists of tasks."""
    for entry in entries:
        nested = [
            entry[key]
            for key in ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always")
            if key in entry
        ]
        for tasks in nested:
            yield from all_tasks(tasks)
        if not nested:
            yield entry


def module_calls(entries: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls of this collection's modules: name and arguments."""
    for task in all_tasks(entries):
        for key, value in task.items():
            if key.startswith("winfleet.hotfix.") and key.rpartition(".")[2] in collection.modules():
                yield key.rpartition(".")[2], value or {}


def settings_in(document: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of variables in an inventory, in settings, or in `vars` of plays and roles."""
    if isinstance(document, dict):
        if any(str(key).startswith(("hotfix_", "hotfix_")) for key in document):
            yield document
        for value in document.values():
            yield from settings_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from settings_in(value)


def check_syntax(playbooks: dict[str, Any], folder: Path) -> None:
    """Have Ansible read playbooks, all at once, since it takes a second to start."""
    for name, plays in playbooks.items():
        path = folder / f"{name}.yml"
        path.write_text(yaml.safe_dump(plays, allow_unicode=True, sort_keys=False), "utf-8")
    command = [str(PROGRAMS / "ansible-playbook"), "--syntax-check", "-i", "localhost,"]
    command += [str(path) for path in sorted(folder.glob("*.yml"))]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def as_plays(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Plays as they are, and tasks in a play."""
    if any("hosts" in entry for entry in entries):
        return entries
    return [{"hosts": "all", "gather_facts": False, "tasks": entries}]


def name_of(snippet: Snippet) -> str:
    """The place of a snippet as the name of a file."""
    return re.sub(r"\W", "-", snippet.place)


@each_yaml
def test_yaml_snippets_parse(snippet: Snippet) -> None:
    assert yaml.safe_load(snippet.text)


@pytest.mark.parametrize("snippet", snippets("json"), ids=lambda snippet: snippet.place)
def test_json_snippets_parse(snippet: Snippet) -> None:
    assert json.loads(snippet.text)


def test_plays_and_tasks_in_the_documentation_are_understood(tmp_path: Path) -> None:
    found = [case.values for kind_of_yaml in ("plays", "tasks") for case in of_kind(kind_of_yaml)]
    check_syntax({name_of(snippet): as_plays(entries) for snippet, entries in found}, tmp_path)


@pytest.mark.parametrize(("snippet", "plays"), of_kind("plays"))
def test_playbooks_in_the_documentation_do_not_gather_facts(snippet: Snippet, plays: Any) -> None:
    assert all(play.get("gather_facts") is False for play in plays if "hosts" in play)


def test_inventories_in_the_documentation_are_read(tmp_path: Path) -> None:
    command = [str(PROGRAMS / "ansible-inventory"), "--list"]
    for snippet, _unused in (case.values for case in of_kind("inventory")):
        path = tmp_path / f"{name_of(snippet)}.yml"
        path.write_text(snippet.text, "utf-8")
        command += ["-i", str(path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "WARNING" not in done.stderr
    hosts = json.loads(done.stdout)["_meta"]["hostvars"]
    assert hosts
    for variables in hosts.values():
        assert variables.get("ansible_connection", "winrm") == "winrm"


@each_yaml
def test_modules_in_the_documentation_get_right_arguments(snippet: Snippet) -> None:
    document = yaml.safe_load(snippet.text)
    calls = list(module_calls(document)) if isinstance(document, list) else []
    assert [said for module, given in calls for said in collection.complaints(module, given)] == []


@each_yaml
def test_variables_in_the_documentation_have_right_values(snippet: Snippet) -> None:
    for settings in settings_in(yaml.safe_load(snippet.text)):
        assert collection.role_complaints(settings) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    # Not a folder or a task of the host (`\winfleet.hotfix\…`), nor a host name.
    named = set(re.findall(r"(?<![\\/\w])winfleet\.hotfix\.([a-z]\w*)", text))
    assert named - collection.names() == set()
    variables = set(re.findall(r"(?<![\w.\\/-])(hotfix_[a-z]\w*)(?![\w*]|\.\w)", text))
    known = collection.variables() | collection.names()
    assert variables - known == set()


@pytest.mark.parametrize(("snippet", "line"), COMMANDS)
def test_commands_name_what_exists(snippet: Snippet, line: str) -> None:
    words = shlex.split(line.replace("\\", "\\\\"))
    program = words[1] if words[0] == "sudo" else words[0]
    if program == "make":
        targets = {word for word in words[words.index("make") + 1 :] if "=" not in word}
        makefile = (ROOT / "Makefile").read_text("utf-8")
        assert {
            target for target in targets if not re.search(rf"^{re.escape(target)}:", makefile, re.M)
        } == set()
    if program == "ansible-playbook":
        playbooks = [word for word in words if word.startswith("winfleet.hotfix.")]
        files = [word for word in words if word.startswith("playbooks/")]
        assert playbooks or files, "no playbook"
        assert {name.removeprefix("winfleet.hotfix.") for name in playbooks} <= collection.playbooks()
        assert all((ROOT / file).is_file() for file in files)
        assert set(extra_variables(words)) <= collection.variables()
    if "-m" in words and program.startswith("python"):
        module = words[words.index("-m") + 1]
        assert importlib.util.find_spec(module), module


def extra_variables(words: list[str]) -> dict[str, Any]:
    """The variables of `-e`, but for those in files."""
    given = [words[number + 1] for number, word in enumerate(words) if word in ("-e", "--extra-vars")]
    found: dict[str, Any] = {}
    for text in given:
        if text.startswith("{"):
            found |= json.loads(text)
        elif not text.startswith("@"):
            found |= dict(pair.split("=", 1) for pair in shlex.split(text))
    return found


@pytest.mark.parametrize(
    ("snippet", "line"), [case for case in COMMANDS if "ansible-playbook" in case.values[1]]
)
def test_files_that_commands_read_are_shown_on_the_same_page(snippet: Snippet, line: str) -> None:
    shown = {each.file_name for each in YAML if each.page == snippet.page}
    words = line.split()
    files = [word.removeprefix("@") for word in words if word.startswith("@")]
    files += [words[number + 1] for number, word in enumerate(words) if word == "-i"]
    plain = {file for file in files if "/" not in file and not file.endswith(",")}
    assert plain - shown - {"inventory.yml"} == set()


@pytest.mark.parametrize("name", sorted(collection.modules()))
def test_the_examples_of_a_module_give_it_right_arguments(name: str) -> None:
    source = (ROOT / "plugins" / "modules" / f"{name}.py").read_text("utf-8")
    (examples,) = re.findall(r'^EXAMPLES = r?"""(.*?)"""', source, re.M | re.S)
    calls = list(module_calls(yaml.safe_load(examples)))
    assert name in {module for module, _unused in calls}
    assert [said for module, given in calls for said in collection.complaints(module, given)] == []


def test_the_examples_of_plugins_are_understood(tmp_path: Path) -> None:
    playbooks = {}
    for path in [
        path
        for kind in ("modules", "lookup", "filter")
        for path in (ROOT / "plugins" / kind).glob("[!_]*.py")
    ]:
        (examples,) = re.findall(r'EXAMPLES = r?"""(.*?)"""', path.read_text("utf-8"), re.S)
        playbooks[path.stem] = as_plays(yaml.safe_load(examples))
    check_syntax(playbooks, tmp_path)


@pytest.mark.parametrize(("snippet", "line"), COMMANDS)
def test_the_commands_of_guides_work_where_the_collection_is_installed(snippet: Snippet, line: str) -> None:
    needs_a_checkout = "ansible-playbook playbooks/" in line or "-m tests." in line or "-m pytest" in line
    if needs_a_checkout and not snippet.place.startswith("tests/"):
        assert "in a checkout" in snippet.page.read_text("utf-8").lower()
    assert "-e @settings.yml" not in line
