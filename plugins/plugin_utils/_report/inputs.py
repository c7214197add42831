# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the inputs of a report: the JSON of other reports and the JMESPath expression of `select`."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path


class ReportInputError(ValueError):
    """An option or an input file of a report cannot be used; the message says why."""


def read_json(path: Path, name: str) -> object:
    """Read a JSON file; `name` says in an error what it should be, such as "report".

    Raises:
        ReportInputError: The file cannot be read or is not JSON.
    """
    try:
        document: object = json.loads(path.read_bytes())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise ReportInputError(f"The {name} {path} cannot be read: {problem}") from problem
    return document


def compile_selection(expression: str) -> Callable[[object], object]:
    """Return a function that applies a JMESPath expression to JSON data and raises `ReportInputError`.

    Raises:
        ReportInputError: JMESPath is not installed, or the expression is malformed.
    """
    try:
        jmespath = importlib.import_module("jmespath")
    except ImportError:
        raise ReportInputError(
            "select needs the Python library jmespath on the controller: pip install jmespath"
        ) from None

    def search(data: object) -> object:
        try:
            found: object = compiled.search(data)
        except jmespath.exceptions.JMESPathError as error:
            raise ReportInputError(f"select {expression!r} cannot be applied: {error}") from None
        return found

    try:
        compiled = jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        raise ReportInputError(f"select is not a JMESPath expression: {error}") from None
    return search
