# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the arguments by which the modules are told a hotfix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail

from .definition import HotfixDefinition, known_hotfixes, load_definition
from .fields import DefinitionError

HOTFIX_ARGUMENTS: dict[str, Any] = {
    "hotfix": {"type": "str", "default": "KB978918"},
    "definition": {"type": "dict"},
}

# Ansible imports an action once and forks a worker for every host: what is read here, no worker reads again.
for _name in known_hotfixes():
    load_definition(_name)


def chosen_definition(arguments: Mapping[str, Any]) -> HotfixDefinition:
    """Return the definition that was given, else that of the catalogue.

    An empty definition is refused as one: it must not fall back to a hotfix that nobody asked for.

    Raises:
        AnsibleActionFail: There is no such hotfix, or the definition is wrong; the message names the field.
    """
    own = arguments["definition"]
    try:
        return load_definition(arguments["hotfix"] if own is None else own)
    except DefinitionError as error:
        raise AnsibleActionFail(str(error)) from None
