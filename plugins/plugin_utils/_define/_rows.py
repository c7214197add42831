# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge the components of one build into the rows of a definition: one for each path, with both branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from .._package.assemblies import AssemblyFile
from .._package.contents import PackageContents
from .._package.payload_index import PayloadFile
from .._windows.file_version import FileVersion
from ._components import Usable
from .destinations import PLATFORMS, place
from .file_rules import BRANCHES_DIFFER, CARRIED, COMPONENTS_DIFFER, HASH, Judged, judge

# Between the names of components that bring the same file.
BOTH = " / "


@dataclass(frozen=True)
class Row:
    """One file of a definition: its versions by branch, and the rule by which it decides or does not.

    Size, date and hashes are those of the LDR branch where the package has both. Where several components
    bring the file, ``component`` names all of them.
    """

    path: str
    component: str
    required: bool
    platform: str
    judged: Judged
    gdr_version: FileVersion | None
    size: int | None
    date: datetime | None
    sha256: str
    sha1: str


@dataclass(frozen=True)
class Unplaced:
    """A file whose path is not known, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class _Variant:
    """A file in one branch."""

    file: AssemblyFile
    held: PayloadFile | None
    judged: Judged


def rows_of(
    contents: PackageContents, usable: Sequence[Usable], architecture: str, made: datetime | None
) -> tuple[list[Row], list[Unplaced]]:
    """Return the files of all components of one build, sorted by component and path.

    Args:
        contents: The package.
        usable: Its components of that build.
        architecture: That of Windows.
        made: When the package was made.
    """
    rows: list[Row] = []
    unplaced: list[Unplaced] = []
    for _group, branches in groupby(sorted(usable, key=lambda each: each.group), key=lambda each: each.group):
        for found in _of_component(contents, list(branches), architecture, made):
            if isinstance(found, Row):
                rows.append(found)
            else:
                unplaced.append(found)
    return list(_one_for_each_path(rows)), list(dict.fromkeys(unplaced))


def _of_component(
    contents: PackageContents, branches: Sequence[Usable], architecture: str, made: datetime | None
) -> Iterator[Row | Unplaced]:
    # Of several versions in one branch the highest is what servicing installs.
    by_branch = {each.version.is_ldr: each for each in sorted(branches, key=lambda each: each.version)}
    variants = {ldr: _variants(contents, each, made) for ldr, each in by_branch.items()}
    ldr, gdr = variants.get(True, {}), variants.get(False, {})
    component = branches[0]
    theirs = component.brought.component.identity.architecture.lower()
    for key in dict.fromkeys((*ldr, *gdr)):
        first = ldr.get(key) or gdr[key]
        placed = place(first.file.name, first.file.destination, theirs, architecture)
        if placed.problem:
            yield Unplaced(f"{component.name}: {first.file.name}", placed.problem)
            continue
        judged, gdr_version = _both(ldr.get(key), gdr.get(key), two_branches=len(variants) > 1)
        held = first.held
        yield Row(
            path=placed.path,
            component=component.name,
            required=any(each.required for each in branches),
            platform=PLATFORMS[theirs],
            judged=judged,
            gdr_version=gdr_version,
            size=held.size if held else None,
            date=held.time if held else None,
            sha256=first.file.sha256,
            sha1=held.sha1 if held else "",
        )


def _variants(
    contents: PackageContents, each: Usable, made: datetime | None
) -> dict[tuple[str, str], _Variant]:
    component = each.brought.component
    names = [file.name for file in component.files]
    held = [
        contents.payload.get(f"{component.identity.key_form}\\{name}".lower().replace("/", "\\"))
        for name in names
    ]
    judged = judge(names, held, each.version, made)
    return {
        (file.name.lower(), file.destination.lower()): _Variant(file, of_file, verdict)
        for file, of_file, verdict in zip(component.files, held, judged, strict=True)
    }


def _both(
    ldr: _Variant | None, gdr: _Variant | None, *, two_branches: bool
) -> tuple[Judged, FileVersion | None]:
    """Return what decides for both branches, and the version of the GDR branch beside that of LDR."""
    one = ldr or gdr
    if one is None:
        raise ValueError("neither branch has the file")
    if ldr is None or gdr is None:
        alone = two_branches and one.judged.deciding
        return (Judged(BRANCHES_DIFFER) if alone else one.judged), None
    if not ldr.judged.deciding and not gdr.judged.deciding:
        same = ldr.judged == gdr.judged
        return (ldr.judged if same else Judged(ldr.judged.rule)), None
    if ldr.judged.rule == gdr.judged.rule == HASH and ldr.file.sha256 == gdr.file.sha256:
        return ldr.judged, None
    if ldr.judged.version and gdr.judged.version and ldr.judged.deciding and gdr.judged.deciding:
        return ldr.judged, gdr.judged.version
    return Judged(BRANCHES_DIFFER), None


def _one_for_each_path(rows: Sequence[Row]) -> Iterator[Row]:
    """Merge rows for the same path.

    A server and a client component may bring the same file, and so may the native and the 32-bit part of one
    component, outside of System32. The file is native then.
    """
    for _path, group in groupby(sorted(rows, key=_place_of), key=_place_of):
        same = sorted(group, key=_rank)
        first, names = same[0], sorted({row.component for row in same})
        decided = {(row.judged.version, row.gdr_version, row.judged.rule) for row in same}
        if len(decided) > 1:
            rule = CARRIED if not any(row.judged.deciding for row in same) else COMPONENTS_DIFFER
            first = replace(first, judged=Judged(rule), gdr_version=None)
        if len({row.size for row in same}) > 1:
            first = replace(first, size=None)
        if len({row.date for row in same}) > 1:
            first = replace(first, date=None)
        if len({row.sha256 for row in same}) > 1:
            first = replace(first, sha256="", sha1="")
        # Apart from the other files of each: a host may have the one component or the other.
        required = any(row.required for row in same)
        yield replace(first, component=BOTH.join(names), required=required)


def _place_of(row: Row) -> str:
    return row.path.lower()


def _rank(row: Row) -> tuple[bool, bool, bool, str]:
    return not row.judged.deciding, row.platform == PLATFORMS["x86"], not row.required, row.component
