# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walk from a package's root to the components that it brings, with the build and the branch of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .._package.assemblies import Assembly, Part, UpdatePackage
from .._package.contents import PackageContents
from .._package.key_form import Identity

# Package_for_KB2465285_RTM and …_SP1, each with the packages for hosts of one build.
_BUILD_SUFFIX = re.compile(r"_(RTM|SP1)(?:_|$)", re.IGNORECASE)
_BUILDS = {"RTM": 7600, "SP1": 7601}
# Packages of Windows Embedded Standard 7, beside those of Windows itself.
_EMBEDDED = "winemb-"


@dataclass(frozen=True)
class Brought:
    """A component that the package brings, and how it got into the package.

    ``build`` is that of the enclosing package (7600, 7601), None where no package names one. ``branch`` is
    ``GDR``, ``LDR`` or empty. Windows installs it where it has any of ``parents``, which are packages of its
    own. ``manifests`` are the key forms of the component and of its deployment.
    """

    component: Assembly
    build: int | None
    branch: str
    parents: tuple[str, ...]
    manifests: tuple[str, ...]


@dataclass(frozen=True)
class Tree:
    """What a package brings to Windows itself, and what else it has.

    ``embedded`` says whether it has parts for Windows Embedded; ``unknown`` names parts of no known kind.
    """

    brought: tuple[Brought, ...]
    embedded: bool
    unknown: tuple[str, ...]


def walk(contents: PackageContents) -> Tree:
    """Return the components below a package's roots.

    Raises:
        ValueError: A package or manifest is named and not there. The message continues "… cannot be used: ".
    """
    packages = {update.identity.name.lower(): update for update in contents.updates}
    below = {part.package.name.lower() for each in contents.updates for part in each.parts if part.package}
    roots = [update for name, update in packages.items() if name not in below]
    if not packages:
        raise ValueError("it has no update.mum")
    if not roots:
        raise ValueError("its packages contain each other")
    brought: list[Brought] = []
    unknown: list[str] = []
    embedded = False
    for leaf, build in _leaves(roots, packages):
        if leaf.parents and all(each.name.lower().startswith(_EMBEDDED) for each in leaf.parents):
            embedded = True
            continue
        for part in leaf.parts:
            if part.installs:
                brought += _components(contents, leaf, part, part.installs, build)
            elif not part.package:
                unknown.append(part.name)
    return Tree(tuple(dict.fromkeys(brought)), embedded, tuple(unknown))


def _leaves(
    roots: list[UpdatePackage], packages: dict[str, UpdatePackage]
) -> Iterator[tuple[UpdatePackage, int | None]]:
    """Yield each package once for each build under which it stands."""
    waiting = [(root, _build(root, None)) for root in roots]
    seen = set()
    while waiting:
        package, build = waiting.pop(0)
        if (package.identity, build) in seen:
            continue
        seen.add((package.identity, build))
        yield package, build
        for part in package.parts:
            if part.package is None:
                continue
            inner = packages.get(part.package.name.lower())
            if inner is None:
                raise ValueError(f"it lacks {part.package.name}, which {package.identity.name} consists of")
            waiting.append((inner, _build(inner, build)))


def _build(package: UpdatePackage, above: int | None) -> int | None:
    found = _BUILD_SUFFIX.search(package.identity.name)
    return _BUILDS[found[1].upper()] if found else above


def _components(
    contents: PackageContents, leaf: UpdatePackage, part: Part, installed: Identity, build: int | None
) -> Iterator[Brought]:
    first = _assembly(contents, installed, leaf.identity.name)
    # A driver is its own deployment, with files.
    found = [first] if first.files or not first.is_deployment else []
    for each in first.installs:
        # "*" stands for whichever languages the host has; those components are not in the package's tree.
        if each.language != "*":
            found.append(_assembly(contents, each, first.identity.name))
    parents = tuple(each.name for each in leaf.parents)
    for component in found:
        names = dict.fromkeys((component.identity.key_form, first.identity.key_form))
        yield Brought(component, build, part.branch, parents, tuple(names))


def _assembly(contents: PackageContents, identity: Identity, needed_by: str) -> Assembly:
    found = contents.assemblies.get(identity.key_form)
    if found is None:
        raise ValueError(f"it lacks the manifest {identity.key_form}, which {needed_by} needs")
    return found
