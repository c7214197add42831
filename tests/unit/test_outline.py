# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and playbooks read like an outline: the decisions are Python, and no program is left in Jinja."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TASKS = sorted(ROOT.glob("roles/*/tasks/*.yml"))
VARIABLES = sorted(ROOT.glob("roles/*/vars/main.yml"))
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
FILES = [*TASKS, *VARIABLES, *sorted(ROOT.glob("playbooks/**/*.yml"))]


def lines(file: Path) -> int:
    return len(file.read_text("utf-8").splitlines())


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_expression_is_longer_than_a_line(file: Path) -> None:
    assert [found for found in EXPRESSION.findall(file.read_text("utf-8")) if "\n" in found] == []


def test_the_roles_need_few_variables_of_their_own() -> None:
    assert VARIABLES and sum(map(lines, VARIABLES)) <= 40


@pytest.mark.parametrize("file", TASKS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_task_file_fits_a_screen(file: Path) -> None:
    assert lines(file) <= 60
