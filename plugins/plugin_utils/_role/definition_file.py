# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the definition of a hotfix comes from: the catalogue, the operator's folder, or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ansible.module_utils.common.yaml import yaml_load
from yaml import YAMLError

from .._hotfix.definition import known_hotfixes, load_definition
from .._hotfix.fields import KB_NUMBER
from .._wsman.errors import InputError

DEFAULT = "KB978918"
# Beside the inventory, where hotfix_definition_dir names no other folder.
FOLDER = "hotfixes"
_SUFFIXES = (".yml", ".yaml")
# An .msu or .cab begins with it ([MS-CAB] 2.1).
_CABINET = b"MSCF"


@dataclass(frozen=True)
class ChosenHotfix:
    """A hotfix: its number, and its definition as data; None for one that the collection ships."""

    kb: str
    definition: dict[str, Any] | None


def asked_for(text: str) -> str:
    """Return the name by which reports call a hotfix before, or although nobody finds, its definition."""
    name = Path(text.strip()).name if _is_path(text) else text.strip()
    name = re.sub(r"\.ya?ml$", "", name, flags=re.IGNORECASE)
    if re.fullmatch(r"(KB)?[0-9]{5,8}", name, re.IGNORECASE):
        return "KB" + name.upper().removeprefix("KB")
    return re.sub(r"[^\w.-]+", "_", name)


def choose_hotfix(text: str, folder: Path, here: Path) -> ChosenHotfix:
    """Find a hotfix by its number or by its file, and check its definition.

    Args:
        text: A KB number, or the path of a file.
        folder: The operator's definitions, searched before the catalogue.
        here: Relative paths start from here.

    Raises:
        InputError: Nothing is found, or the definition is wrong.
    """
    if _is_path(text):
        return _read(here / Path(text.strip()).expanduser())
    kb = asked_for(text)
    if not KB_NUMBER.fullmatch(kb):
        raise InputError(
            f"hotfix_definition must be a KB number such as {DEFAULT} or the path of a file, not {text!r}"
        )
    found = _in_folder(kb, folder)
    if found:
        chosen = _read(found)
        if chosen.kb != kb:
            raise InputError(f"hotfix_definition: {found} defines {chosen.kb}, not {kb}; rename the file")
        return chosen
    if kb in known_hotfixes():
        return ChosenHotfix(kb, None)
    raise InputError(
        f"hotfix_definition: nobody defines {kb}. The collection ships {', '.join(known_hotfixes())}. Put "
        f"{kb}.yml into {folder}, or name its folder by hotfix_definition_dir"
    )


def _is_path(text: str) -> bool:
    return "/" in text or text.strip().lower().endswith((*_SUFFIXES, ".msu", ".cab"))


def _in_folder(kb: str, folder: Path) -> Path | None:
    if not folder.is_dir():
        return None
    fitting = [
        each for each in folder.iterdir() if each.stem.upper() == kb and each.suffix.lower() in _SUFFIXES
    ]
    if len(fitting) > 1:
        names = ", ".join(sorted(each.name for each in fitting))
        raise InputError(f"hotfix_definition: {folder} has several files for {kb} ({names}); keep one")
    return fitting[0] if fitting else None


def _read(path: Path) -> ChosenHotfix:
    try:
        content = path.read_bytes()
        if content.startswith(_CABINET):
            raise InputError(
                f"hotfix_definition: {path} is a package, not a definition. Derive the definition by the "
                "playbook winfleet.hotfix.define, review it, and name the file that it writes"
            )
        data = yaml_load(content.decode("utf-8"))
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"hotfix_definition: {path} cannot be read: {error}") from None
    except YAMLError as error:
        raise InputError(f"hotfix_definition: {path} is not YAML: {error}") from None
    try:
        kb = load_definition(data if isinstance(data, dict) else {}).kb
    except InputError as error:
        raise InputError(f"hotfix_definition: {path}: {error}") from None
    return ChosenHotfix(kb, _plain(data))


def _plain(value: Any) -> Any:
    """Return the data with text for dates, as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
