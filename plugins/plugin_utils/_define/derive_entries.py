# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Derive the entry of a definition for one architecture and build from a package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .._package.contents import PackageContents
from .._package.package_description import ARCHITECTURES
from .._windows.file_version import RELEASED
from ._components import Usable, sort_out
from ._refusals import refuse, refuse_kind, refuse_without_components
from ._rows import BOTH, Row, rows_of
from ._tree import Brought, walk
from .file_rules import COMPONENT_VERSION, HASH, RULES, UNSURE

# Which products Microsoft made for an architecture: Windows 7 was never made for Itanium, nor Windows Server
# 2008 R2 for x86 (as in the headings of every article's tables).
PRODUCTS = {
    "x86": ("Windows 7",),
    "x64": ("Windows 7", "Windows Server 2008 R2"),
    "ia64": ("Windows Server 2008 R2",),
}
# The files of Service Pack 1 are of this day. It contains the hotfixes that were made before.
_SERVICE_PACK_1 = datetime(2010, 11, 20, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Underived:
    """Something that the package does not show, and why; ``what`` is a field, a file or a component."""

    what: str
    why: str


@dataclass(frozen=True)
class Entry:
    """The files of one build on one architecture; ``build`` is None for every build."""

    architecture: str
    build: int | None
    rows: tuple[Row, ...]
    manifests: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class FromPackage:
    """What one package gives: its hotfix, its entries, and what it does not show."""

    kb: str
    architecture: str
    description: str
    support: str
    restart_required: bool
    entries: tuple[Entry, ...]
    underived: tuple[Underived, ...]


def derive_entries(contents: PackageContents) -> FromPackage:
    """Derive all that a package shows.

    Raises:
        InputError: No definition follows from it; the message says why.
    """
    refuse_kind(contents)
    kb, architecture = _for_what(contents)
    try:
        tree = walk(contents)
    except ValueError as error:
        raise refuse(contents, str(error)) from error
    usable, unusable = sort_out(contents, tree.brought)
    refuse_without_components(contents, usable, unusable, embedded=tree.embedded)
    made = max((each.created for each in contents.updates if each.created), default=None)
    underived = [Underived(each.name, each.why) for each in unusable]
    underived += [
        Underived(name, "this part of the package is of no kind that is known") for name in tree.unknown
    ]
    if tree.embedded:
        underived.append(Underived("Windows Embedded", "the definition leaves out the parts for it"))
    entries = []
    for build in sorted(
        {each.build for each in usable} | {each.build for each in tree.brought if each.build}
    ):
        of_build = [each for each in usable if each.build == build]
        rows, unplaced = rows_of(contents, of_build, architecture, made)
        if not any(row.judged.deciding for row in rows):
            raise refuse(contents, f"none of its files proves it on build {build}")
        underived += [Underived(each.name, each.why) for each in unplaced]
        underived += _doubts(rows, build)
        manifests = tuple(_manifests(contents, [each.brought for each in of_build]))
        entries.append(Entry(architecture, build, tuple(rows), manifests))
    if made and made < _SERVICE_PACK_1 and [entry.build for entry in entries] == [min(RELEASED)]:
        entries = [Entry(architecture, None, entries[0].rows, entries[0].manifests)]
    root = contents.updates[0]
    return FromPackage(
        kb=kb,
        architecture=architecture,
        description=root.description,
        support=root.support,
        restart_required=any(each.restart == "required" for each in contents.updates),
        entries=tuple(entries),
        underived=tuple(dict.fromkeys((*underived, *_optional(usable, entries)))),
    )


def _for_what(contents: PackageContents) -> tuple[str, str]:
    """Return the KB number and the architecture of a package."""
    kbs, found = contents.package.kbs, contents.package.architectures
    if len(kbs) != 1:
        raise refuse(contents, f"it is of {' and '.join(kbs) or 'no KB number'}, not of one")
    if len(found) != 1 or found[0] not in ARCHITECTURES.values():
        raise refuse(contents, f"its architecture is {' and '.join(found) or 'not named'}")
    return kbs[0], found[0]


def _doubts(rows: Sequence[Row], build: int) -> Iterator[Underived]:
    for row in rows:
        if row.judged.rule in UNSURE:
            yield Underived(f"{row.path} (build {build})", RULES[row.judged.rule])
    for rule, why in (
        (
            COMPONENT_VERSION,
            "their versions are those of their components, for the package has only differences",
        ),
        (HASH, "their hashes prove them, for the package shows no version"),
    ):
        names = sorted({row.path.rpartition("\\")[2] for row in rows if row.judged.rule == rule})
        if names:
            yield Underived(f"versions of {', '.join(names)} (build {build})", why)


def _optional(usable: Sequence[Usable], entries: Sequence[Entry]) -> Iterator[Underived]:
    rows = [row for entry in entries for row in entry.rows]
    required = {row.component for row in rows if row.required}
    for name in dict.fromkeys(row.component for row in rows if row.component not in required):
        within = [each for each in usable if each.name in name.split(BOTH)]
        parents = sorted({parent for each in within for parent in each.brought.parents})
        yield Underived(
            f"components.{name}.required",
            f"it comes with {' or '.join(parents) or 'no named package'}, and the package does not say "
            "whether every host has that; false means that hosts without it are not judged by it",
        )


def _manifests(contents: PackageContents, brought: Sequence[Brought]) -> Iterator[dict[str, Any]]:
    for name in sorted({f"{key_form}.manifest" for each in brought for key_form in each.manifests}):
        held = contents.payload.get(name)
        manifest: dict[str, Any] = {"name": name}
        if held:
            manifest["size"] = held.size
            manifest |= {"date": minute(held.time)} if held.time else {}
        yield manifest


def minute(time: datetime) -> str:
    """Return a time as definitions have it: ISO 8601 in UTC, to the minute."""
    return time.strftime("%Y-%m-%dT%H:%MZ")
