# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply the JMESPath expression of the option `select`."""

from __future__ import annotations

import importlib
from collections.abc import Callable


class SelectionError(ValueError):
    """The expression cannot be used; the message says why."""


def compile_selection(expression: str) -> Callable[[object], object]:
    """Return a function that applies a JMESPath expression to JSON data and raises `SelectionError`.

    Raises:
        SelectionError: JMESPath is not installed, or the expression is malformed.
    """
    try:
        jmespath = importlib.import_module("jmespath")
    except ImportError:
        raise SelectionError(
            "select needs the Python library jmespath on the controller: pip install jmespath"
        ) from None

    def search(data: object) -> object:
        try:
            found: object = compiled.search(data)
        except jmespath.exceptions.JMESPathError as error:
            raise SelectionError(f"select {expression!r} cannot be applied: {error}") from None
        return found

    try:
        compiled = jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        raise SelectionError(f"select is not a JMESPath expression: {error}") from None
    return search
