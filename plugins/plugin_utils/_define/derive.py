# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One definition from the packages of a hotfix, and what a person has to review in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._hotfix.definition import known_hotfixes, load_definition
from .._package.contents import PackageContents
from .._wsman.errors import InputError
from ._rows import Row
from .derive_entries import PRODUCTS, Entry, FromPackage, Underived, derive_entries, minute
from .file_rules import HASH, RULES


@dataclass(frozen=True)
class FileRule:
    """By which rule a file decides or does not: a key of ``RULES``, and its sentence."""

    path: str
    architecture: str
    build: int | None
    rule: str
    why: str


@dataclass(frozen=True)
class Derived:
    """A definition as data, which the schema accepts, and what a person has to know about it."""

    kb: str
    definition: dict[str, Any]
    rules: tuple[FileRule, ...]
    underived: tuple[Underived, ...]


def derive(packages: Sequence[PackageContents]) -> Derived:
    """Derive one definition from packages of one hotfix, each for another architecture.

    Raises:
        InputError: No definition follows from one of them, or they are of several hotfixes.
    """
    found = [derive_entries(each) for each in packages]
    kbs = sorted({each.kb for each in found})
    if len(kbs) != 1:
        raise InputError(
            f"packages has packages of {' and '.join(kbs)}: a definition is of one hotfix. Name it by hotfix."
        )
    entries = [entry for each in found for entry in each.entries]
    definition = {
        "kb": kbs[0],
        "title": _printable(found[0].description).strip() or f"Hotfix {kbs[0]}",
        # Both "possible" and nothing leave it open. A needless restart does less harm than a fix not in use.
        "restart_required": True,
        "supersedes": [],
        "components": _components(entries),
        "products": [_product(entry) for entry in entries],
    }
    load_definition(definition)
    rules = (
        FileRule(row.path, entry.architecture, entry.build, row.judged.rule, RULES[row.judged.rule])
        for entry in entries
        for row in entry.rows
    )
    return Derived(kbs[0], definition, tuple(rules), tuple(dict.fromkeys(_underived(found))))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _underived(found: Sequence[FromPackage]) -> list[Underived]:
    article = found[0].support or "the article"
    result = [Underived("title", f"the package has only {found[0].description!r}. See {article}")]
    if not any(each.restart_required for each in found):
        why = "the package says that a restart is possible, as all do; true is the careful value. See "
        result.append(Underived("restart_required", why + article))
    if found[0].kb in known_hotfixes():
        why = (
            "the collection ships a definition of it; this one would win over that in a folder of definitions"
        )
        result.append(Underived("kb", why))
    missing = [each for each in PRODUCTS if each not in {one.architecture for one in found}]
    absent = "no package for it is given: its hosts are not_applicable, whether they need the hotfix or not"
    result += [Underived(f"products for {each}", absent) for each in missing]
    result.append(Underived("supersedes", f"no package names what it replaces. See {article}"))
    return result + [each for one in found for each in one.underived]


def _components(entries: Sequence[Entry]) -> dict[str, Any]:
    required: dict[str, bool] = {}
    for entry in entries:
        for row in entry.rows:
            required[row.component] = required.get(row.component, False) or row.required
    return {name: {"required": required[name]} for name in sorted(required)}


def _product(entry: Entry) -> dict[str, Any]:
    product: dict[str, Any] = {
        "names": list(PRODUCTS[entry.architecture]),
        "architecture": entry.architecture,
    }
    if entry.build:
        product["build"] = entry.build
    product["files"] = [_file(row) for row in entry.rows]
    product["manifests"] = list(entry.manifests)
    return product


def _file(row: Row) -> dict[str, Any]:
    version, gdr = row.judged.version, row.gdr_version
    fields = {
        "path": row.path,
        "component": row.component,
        "platform": row.platform,
        "version": str(version) if version else None,
        "gdr_version": str(gdr) if gdr else None,
        "sha256": row.sha256 or None,
        "sha1": row.sha1 or None if row.judged.rule == HASH else None,
        "size": row.size,
        "date": minute(row.date) if row.date else None,
        "deciding": row.judged.deciding,
    }
    return {name: value for name, value in fields.items() if value is not None}
