# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The house rules: which rooms plugin_utils has, which way imports point, and which files are private.

The table of rooms is read from CONTRIBUTING.md, so the documentation and these tests cannot disagree. A lab
that shared code with the collection would share its mistakes, and no test would show them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN_UTILS = ROOT / "plugins" / "plugin_utils"
UTILS = ("plugins", "plugin_utils")
ROW = re.compile(r"^\| `(?P<room>_\w+)` \| (?P<below>[^|]*) \| (?P<files>.*) \|$", re.MULTILINE)


class Room(NamedTuple):
    """A row of the table: the rooms that this one may import, and the files that it names."""

    below: frozenset[str]
    files: frozenset[str]


def quoted(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"`([^`]+)`", text))


ROOMS = {
    row["room"]: Room(quoted(row["below"]), quoted(row["files"]))
    for row in ROW.finditer((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
}

Name = tuple[str, ...]


def imports(folder: Path) -> Iterator[tuple[Path, Name]]:
    """Yield every name imported below a folder, as a path from ROOT; imports inside functions too."""
    for file in sorted(folder.rglob("*.py")):
        package = file.relative_to(ROOT).with_suffix("").parts[:-1]
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((file, _from_root(tuple(alias.name.split(".")))) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else ()
                module = (*above, *(node.module.split(".") if node.module else ()))
                yield file, _from_root(module)
                yield from ((file, _from_root((*module, alias.name))) for alias in node.names)


def _from_root(name: Name) -> Name:
    return name[3:] if name[:3] == ("ansible_collections", "winfleet", "hotfix") else name


def offenders(folder: str, *forbidden: Name) -> set[str]:
    return {
        f"{file.relative_to(ROOT)} imports {'.'.join(name)}"
        for file, name in imports(ROOT / folder)
        if any(name[: len(prefix)] == prefix for prefix in forbidden)
    }


def strangers(folder: Path) -> set[str]:
    """Name the imports of private files (`_x.py` of a room) from outside their room."""
    found = set()
    for file, name in imports(folder):
        if len(name) < 4 or name[:2] != UTILS or not name[3].startswith("_"):
            continue
        if (PLUGIN_UTILS / name[2] / f"{name[3]}.py").exists() and file.parent != PLUGIN_UTILS / name[2]:
            found.add(f"{file.relative_to(ROOT)} imports {'.'.join(name)}")
    return found


def test_imports_of_every_form_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    lines = ["import x.y", "from x import z", "def f():\n    from ..c import d", "from . import e"]
    lines.append("from ansible_collections.winfleet.hotfix.plugins import p")
    (tmp_path / "a" / "b" / "file.py").write_text("\n".join(lines), "utf-8")
    found = {".".join(name) for _file, name in imports(tmp_path)}
    assert found == {"x.y", "x", "x.z", "a.c", "a.c.d", "a.b", "a.b.e", "plugins", "plugins.p"}


def test_the_lab_does_not_import_the_collection() -> None:
    outside = [("ansible",), ("ansible_collections",), ("plugins",), ("collections", "ansible_collections")]
    assert offenders("tests/lab", *outside) == set()


def test_the_collection_does_not_import_the_lab() -> None:
    assert offenders("plugins", ("tests",)) == set()


def test_the_table_names_every_room_and_no_other() -> None:
    folders = {each.name for each in PLUGIN_UTILS.iterdir() if each.is_dir()}
    assert folders - {"__pycache__"} == ROOMS.keys()
    assert [each.name for each in PLUGIN_UTILS.glob("*.py") if each.name != "__init__.py"] == []


@pytest.mark.parametrize("room", ROOMS)
def test_the_table_names_every_file_of_a_room_and_no_other(room: str) -> None:
    files = {each.name for each in (PLUGIN_UTILS / room).iterdir() if each.is_file()}
    folders = {f"{each.name}/" for each in (PLUGIN_UTILS / room).iterdir() if each.is_dir()}
    assert ROOMS[room].files == files | folders - {"__pycache__/"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    others = [(*UTILS, other) for other in ROOMS if other != room and other not in ROOMS[room].below]
    surface = [("plugins", kind) for kind in ("action", "lookup", "filter", "modules")]
    assert offenders(f"plugins/plugin_utils/{room}", *others, *surface) == set()


def test_a_private_file_is_imported_only_in_its_room() -> None:
    assert strangers(ROOT / "plugins") == set()


def test_a_stranger_to_a_private_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    monkeypatch.setattr(f"{__name__}.PLUGIN_UTILS", tmp_path.joinpath(*UTILS))
    room = tmp_path.joinpath(*UTILS, "_a")
    room.mkdir(parents=True)
    (room / "_private.py").write_text("x = 1", "utf-8")
    (room / "public.py").write_text("from ._private import x", "utf-8")
    assert strangers(tmp_path) == set()
    (tmp_path / "plugins" / "stranger.py").write_text("from .plugin_utils._a import _private", "utf-8")
    assert strangers(tmp_path) == {"plugins/stranger.py imports plugins.plugin_utils._a._private"}


def test_no_files_import_each_other_in_a_circle() -> None:
    graph: dict[Path, set[Path]] = {}
    for file, name in imports(ROOT / "plugins"):
        target = ROOT.joinpath(*name).with_suffix(".py")
        if target.exists():
            graph.setdefault(file, set()).add(target)
    assert len(graph) > len(ROOMS)
    TopologicalSorter(graph).prepare()  # raises CycleError


@pytest.mark.parametrize("room", ROOMS)
def test_unit_tests_mirror_the_rooms(room: str) -> None:
    assert list((ROOT / "tests" / "unit" / room).glob("test_*.py"))


def test_the_guide_draws_the_same_rooms_and_arrows() -> None:
    guide = (ROOT / "docs" / "guide" / "how-it-works.md").read_text("utf-8")
    drawn = dict(re.findall(r"^\| `(_\w+)` \| ([^|]*) \|", guide, re.MULTILINE))
    assert {room: quoted(below) for room, below in drawn.items()} == {
        room: ROOMS[room].below for room in ROOMS
    }


@pytest.mark.parametrize(
    "file", sorted((ROOT / "plugins").rglob("*.py")), ids=lambda each: str(each.relative_to(ROOT))
)
def test_a_plugin_file_stays_readable(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= 330
    lines = [
        line
        for node in ast.parse(text).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    ]
    assert len(lines) <= 25
