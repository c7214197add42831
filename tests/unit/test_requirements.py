# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new machine has what it imports: every library that the code names comes with the README's commands."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "tests" / "requirements"
LAYERS = ("test.txt", "ldap.txt", "kerberos.txt")
OURS = {"ansible_collections", "tests"}
#: Run by Debian's Python, with Debian's packages (system-packages.txt).
OF_DEBIAN = {"samba", "ldb"}


def imported_libraries() -> set[str]:
    """Return the top-level modules of other people that a file of the collection or of its tests imports."""
    found: set[str] = set()
    for path in [*(ROOT / "plugins").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - OURS - OF_DEBIAN - set(sys.stdlib_module_names)


def required(layer: str) -> list[Requirement]:
    """Return the requirements of a layer and of those that it includes."""
    found: list[Requirement] = []
    for line in (REQUIREMENTS / layer).read_text("utf-8").splitlines():
        text = re.sub(r"\s*#.*", "", line)
        if text.startswith("-r "):
            found += required(text[3:].strip())
        elif text:
            found.append(Requirement(text))
    return found


def with_what_they_need(requirements: list[Requirement]) -> set[str]:
    """Return the distributions that pip installs for requirements, as far as they are installed."""
    names: set[str] = set()
    waiting = list(requirements)
    while waiting:
        one = waiting.pop()
        extras = sorted(one.extras) or [""]
        asked = {f"{canonicalize_name(one.name)}[{extra}]" for extra in extras}
        if asked <= names:
            continue
        names |= asked | {canonicalize_name(one.name)}
        try:
            needs = requires(one.name) or []
        except ModuleNotFoundError:
            continue
        for text in needs:
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(need)
    return names


@pytest.mark.parametrize("library", sorted(imported_libraries()))
def test_it_comes_with_a_layer_of_the_environment(library: str) -> None:
    if find_spec(library) is None:
        optional = required("ldap.txt") + required("kerberos.txt")
        named = {canonicalize_name(one.name) for one in optional}
        assert any(library in name for name in named), f"no requirement brings {library}"
        pytest.skip(f"{library} is not installed: its layer could not be built here")
    brought = with_what_they_need([one for layer in LAYERS for one in required(layer)])
    distributions = {canonicalize_name(name) for name in packages_distributions()[library]}
    assert distributions & brought, f"{library} is installed, but no file of tests/requirements asks for it"
