# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may import whom: arrows point one way, and the lab and the collection do not know each other.

A lab that shared code with the collection would share its mistakes, and no test would show them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.winfleet.hotfix"
PLUGIN_UTILS = f"{COLLECTION}.plugins.plugin_utils"
# Each room of plugin_utils, and the rooms below it.
BELOW: dict[str, tuple[str, ...]] = {
    "_wsman": (),
    "_windows": ("_wsman",),
    "_hotfix": ("_wsman", "_windows"),
    "_restart": ("_wsman", "_windows", "_hotfix"),
    "_assessment": ("_wsman", "_windows", "_hotfix", "_restart"),
    "_install": ("_wsman", "_windows", "_hotfix", "_restart", "_assessment"),
    "_directory": (),
    "_report": (),
    "_tokens": ("_directory", "_report"),
    "_field_check": ("_wsman", "_windows", "_hotfix", "_restart", "_assessment"),
}


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every module imported below a folder, by absolute name; also what is imported inside of functions."""
    for file in sorted(folder.rglob("*.py")):
        package = file.relative_to(ROOT).with_suffix("").parts[:-1]
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = list(package[: len(package) - node.level + 1]) if node.level else []
                module = ".".join([*above, *([node.module] if node.module else [])])
                yield file, module
                yield from ((file, f"{module}.{alias.name}") for alias in node.names)


def offenders(folder: str, *forbidden: str) -> set[str]:
    return {
        f"{file.relative_to(ROOT)} imports {name}"
        for file, name in imports(ROOT / folder)
        if any(f"{name}.".startswith(f"{prefix}.") for prefix in forbidden)
    }


def test_imports_of_every_form_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    lines = ["import x.y", "from x import z", "def f():\n    from ..c import d", "from . import e"]
    (tmp_path / "a" / "b" / "file.py").write_text("\n".join(lines), "utf-8")
    found = {name for _file, name in imports(tmp_path)}
    assert found == {"x.y", "x", "x.z", "a.c", "a.c.d", "a.b", "a.b.e"}


def test_the_lab_knows_nothing_of_the_collection() -> None:
    assert (
        offenders("tests/lab", "ansible", "ansible_collections", "plugins", "collections.ansible_collections")
        == set()
    )


def test_the_collection_knows_nothing_of_the_lab() -> None:
    assert offenders("plugins", "tests") == set()


@pytest.mark.parametrize("room", BELOW)
def test_a_room_imports_only_those_below_it(room: str) -> None:
    others = {f"{PLUGIN_UTILS}.{other}" for other in BELOW if other != room and other not in BELOW[room]}
    surface = {f"{COLLECTION}.plugins.{kind}" for kind in ("action", "lookup", "filter", "modules")}
    assert offenders(f"plugins/plugin_utils/{room}", *others, *surface, f"{PLUGIN_UTILS}._action") == set()


def test_every_room_has_its_place() -> None:
    rooms = {each.name for each in (ROOT / "plugins" / "plugin_utils").iterdir() if each.is_dir()}
    assert rooms - {"__pycache__"} == BELOW.keys()
