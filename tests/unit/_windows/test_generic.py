# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two lowest rooms know Windows, not this product: they could serve any collection without PowerShell."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOMS = Path(__file__).resolve().parents[3] / "plugins" / "plugin_utils"
FILES = [
    file
    for room in ("_wsman", "_windows")
    for file in sorted((ROOMS / room).iterdir())
    if file.suffix in (".py", ".j2", ".yml")
]
COPYRIGHT = "Copyright (c) 2026, the winfleet.hotfix developers"


def docstrings(tree: ast.AST) -> set[ast.AST]:
    """Return the strings that stand alone as a statement: those nobody reads at run time."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def test_files_are_found() -> None:
    assert {"session.py", "task.xml.j2", "task_xml.py"} <= {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_file_names_the_collection_or_its_hotfix(file: Path) -> None:
    text = file.read_text("utf-8").replace(COPYRIGHT, "")
    assert re.findall(r".*(?:winfleet|KB978918).*", text, re.IGNORECASE) == []


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if file.suffix == ".py"],
    ids=lambda file: f"{file.parent.name}/{file.name}",
)
def test_no_string_of_the_code_speaks_of_the_hotfix(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings(tree)
    }
    assert [text for text in texts if "hotfix" in text.lower()] == []
