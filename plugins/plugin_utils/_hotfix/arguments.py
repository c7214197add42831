# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two arguments by which every module chooses a hotfix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .definition import HotfixDefinition, known_hotfixes, load_definition

HOTFIX_ARGUMENTS: dict[str, Any] = {
    "hotfix": {"type": "str", "default": "KB978918"},
    "definition": {"type": "dict"},
}

# Ansible imports an action once and forks a worker for each host, so no worker reads the catalogue again.
for _name in known_hotfixes():
    load_definition(_name)


def chosen_definition(arguments: Mapping[str, Any]) -> HotfixDefinition:
    """Return the given definition, or the one that the catalogue has for ``hotfix``.

    An empty definition is refused: it must not fall back to a hotfix that nobody asked for.

    Raises:
        InputError: The catalogue has no such hotfix, or a field of the definition is wrong.
    """
    own = arguments["definition"]
    return load_definition(arguments["hotfix"] if own is None else own)
