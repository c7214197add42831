# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down in more than one place says the same in each."""

from __future__ import annotations

import re

import yaml
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.variables import (
    role_variables,
    variables,
)

from tests.tools import role_table, schema_page
from tests.unit.docs import collection
from tests.unit.docs.pages import ROOT, Snippet, snippets


def test_the_table_of_variables_in_the_readme_of_the_role_is_current() -> None:
    page = role_table.PAGE.read_text("utf-8")
    assert role_table.written(page) == page, "run python -m tests.tools.role_table"
    assert all(f"| `{name}` |" in page for name in collection.role_options())


def test_the_guide_describes_the_json_report_as_its_schema_does() -> None:
    page = schema_page.PAGE.read_text("utf-8")
    assert schema_page.written(page) == page, "run python -m tests.tools.schema_page"


def test_the_defaults_of_the_role_are_those_of_the_argument_specs() -> None:
    assert set(collection.role_options()) == set(collection.role_defaults())


def test_the_argument_specs_have_the_defaults() -> None:
    specified = {name: option.get("default") for name, option in collection.role_options().items()}
    assert specified == collection.role_defaults()


def commands_under(heading: str) -> str:
    """The commands in the README under a heading."""
    readme = ROOT / "README.md"
    line = readme.read_text("utf-8").splitlines().index(heading) + 1

    def comes_after(snippet: Snippet) -> bool:
        return snippet.page == readme and snippet.line > line

    return next(snippet.text for snippet in snippets("shell") if comes_after(snippet))


def test_the_gate_runs_the_commands_of_the_readme() -> None:
    gate = (ROOT / ".ci" / "run").read_text("utf-8")
    run = set(re.findall(r"\bmake [a-z-]+", gate))
    assert {"make test", "make check"} <= run
    assert run <= set(re.findall(r"\bmake [a-z-]+", commands_under("## For developers")))


def test_the_readme_lists_everything_that_the_collection_has() -> None:
    table = re.search(
        r"^## What is in it\n+((?:\|.*\n)+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert table
    listed = {
        name for row in table.group(1).splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    # A fragment may have the name of a module.
    assert listed == collection.names() - (collection.fragments() - collection.modules())


def test_the_guide_has_the_variables_of_a_run_with_their_defaults() -> None:
    guide = (ROOT / "docs" / "guide" / "remediate-a-fleet.md").read_text("utf-8")
    table = guide.partition("<!-- table: playbook variables -->\n")[2].partition("<!-- end -->")[0]
    rows = [[cell.strip(" `") for cell in row.split("|")[1:3]] for row in table.splitlines()[2:]]
    known = variables()
    elsewhere = ("merge", "workflow", "awx", "field_check", "token", "package_ca")
    of_playbooks = {name.removeprefix("hotfix_") for name in known} - {each.name for each in role_variables()}
    of_run = {name for name in of_playbooks if not name.startswith(elsewhere)} | {"token_report"}
    assert dict(rows) == {f"hotfix_{name}": _in_words(known[f"hotfix_{name}"].default) for name in of_run}


def _in_words(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return ", ".join(default) if isinstance(default, list) else str("" if default is None else default)


def test_the_changelog_has_every_plugin_of_the_first_release() -> None:
    changelog = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text("utf-8"))
    listed = {
        entry["name"]
        for release in changelog["releases"].values()
        for entries in [release.get("modules", []), *release.get("plugins", {}).values()]
        for entry in entries
    }
    plugins = {
        path.stem
        for kind in ("modules", "lookup", "filter")
        for path in (ROOT / "plugins" / kind).glob("[!_]*.py")
    }
    assert listed == plugins


def test_the_changelog_names_the_version_of_the_collection() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))["version"]
    assert version in yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text("utf-8"))["releases"]
    assert f"v{version}" in (ROOT / "CHANGELOG.rst").read_text("utf-8")
