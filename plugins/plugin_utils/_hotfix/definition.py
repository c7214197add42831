# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hotfix definitions: those of the catalogue, and those that users write themselves.

docs/guide/another-hotfix.md documents the schema. Each message names the field by its path, such as
``definition.products[1].files[3].version``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ansible.module_utils.common.yaml import yaml_load

from .._windows.file_version import FileVersion
from .._windows.operating_system import SUPPORTED_PRODUCTS
from .._wsman.errors import InputError
from ._version_rules import refuse_other_build, refuse_wrong_branch
from .fields import KB_NUMBER, SYSTEM_ROOT, Fields

ARCHITECTURES = ("x86", "x64", "ia64")
SERVICE_PACKS = {7600: 0, 7601: 1}

_CATALOG = Path(__file__).parent / "catalog"
_FILE_NAME = re.compile(r'[^\\/:*?"<>|%]+')


@dataclass(frozen=True)
class HotfixFile:
    """One file that the hotfix ships; size in bytes, date of the build in UTC, None where not given.

    Its paths on the host begin with ``%SystemRoot%`` or a drive; it may be at one of the others instead.
    The file is built for the ``platform`` (``x86``, ``x64`` or ``ia64``). The hotfix's status depends on it
    if it is ``deciding``. A healthy host may lack its component if it is ``optional``.

    ``gdr_version`` is the version of the GDR branch where the hotfix ships both branches; ``version`` is then
    that of the LDR branch. ``sha256`` and ``sha1`` (lower case) prove a file that has no version.
    """

    path: str
    other_paths: tuple[str, ...]
    component: str
    platform: str
    version: FileVersion | None
    size: int | None
    date: datetime | None
    deciding: bool
    optional: bool
    gdr_version: FileVersion | None = None
    sha256: str | None = None
    sha1: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Every place where the file may be, the likeliest first."""
        return (self.path, *self.other_paths)

    @property
    def by_hash(self) -> bool:
        """Whether only its hash proves it."""
        return self.deciding and self.version is None


@dataclass(frozen=True)
class Manifest:
    """A component manifest that the hotfix adds to the component store; size in bytes."""

    name: str
    size: int | None
    date: datetime | None

    @property
    def path(self) -> str:
        """Its path on the host; the component store keeps manifests in lower case."""
        return rf"{SYSTEM_ROOT}\winsxs\Manifests\{self.name.lower()}"


@dataclass(frozen=True)
class ProductFiles:
    """The files and manifests that the hotfix installs on one architecture of the named products.

    They are for hosts with this ``build`` (7600, 7601); None for every build.
    """

    names: tuple[str, ...]
    architecture: str
    files: tuple[HotfixFile, ...]
    manifests: tuple[Manifest, ...]
    build: int | None = None

    def __str__(self) -> str:
        build = f" (build {self.build})" if self.build else ""
        return ", ".join(f"{name} {self.architecture}{build}" for name in self.names)


@dataclass(frozen=True)
class Sibling:
    """Another hotfix that repairs the same error on the named products, which this one is not for."""

    kb: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class HotfixDefinition:
    """A hotfix: its article, its files for each product and architecture, and its siblings."""

    kb: str
    title: str
    symptom: str
    prerequisites: str
    restart_required: bool
    supersedes: tuple[str, ...]
    products: tuple[ProductFiles, ...]
    siblings: tuple[Sibling, ...] = ()

    def sibling_for(self, name: str | None) -> Sibling | None:
        """Return the hotfix that repairs the same error on another product; None where none is known."""
        return next((sibling for sibling in self.siblings if name in sibling.names), None)

    def entries_for(self, name: str | None, architecture: str | None) -> list[ProductFiles]:
        """Return the files for a product and architecture, for each build apart, the lowest first."""
        found = [each for each in self.products if name in each.names and each.architecture == architecture]
        return sorted(found, key=lambda each: each.build or 0)

    def product_for(
        self, name: str | None, architecture: str | None, build: int | None = None
    ) -> ProductFiles | None:
        """Return the files for a host; None where the hotfix is not for it, or a needed build is not known.

        A host whose build is above every entry gets the highest one.
        """
        found = self.entries_for(name, architecture)
        fit = [each for each in found if each.build is None or (build is not None and each.build <= build)]
        return fit[-1] if fit else None

    def service_pack_for(self, name: str | None, architecture: str | None, build: int | None) -> int | None:
        """Return the service pack that a host needs first; None where its build is not below every entry."""
        lowest = next((each.build for each in self.entries_for(name, architecture)), None)
        return SERVICE_PACKS[lowest] if lowest and build is not None and build < lowest else None


def known_hotfixes() -> list[str]:
    """Return the names in the catalogue, sorted."""
    return sorted(path.stem for path in _CATALOG.glob("KB*.yml"))


def load_definition(source: str | Mapping[str, Any]) -> HotfixDefinition:
    """Load a hotfix from the catalogue by its name (``KB978918``), or check a definition given as data.

    Raises:
        InputError: The catalogue has no such hotfix, or a field is wrong.
    """
    if isinstance(source, Mapping):
        return _definition(Fields(source, "definition"))
    names = known_hotfixes()
    name = str(source).strip().upper()
    if name not in names:
        raise InputError(
            f"hotfix is {source!r}: the catalogue has {', '.join(names)}. "
            "Describe another hotfix with definition; the module winfleet.hotfix.definition derives one from "
            "packages (see docs/guide/another-hotfix.md)."
        )
    return _shipped(name)


@cache
def _shipped(name: str) -> HotfixDefinition:
    """Read a file of the catalogue, once per process."""
    # Ansible's loader uses libyaml where it is installed.
    return load_definition(yaml_load((_CATALOG / f"{name}.yml").read_text(encoding="utf-8")))


def _definition(fields: Fields) -> HotfixDefinition:
    kb = _kb(fields)
    required = {
        name: component.flag("required") for name, component in fields.mapping_of_mappings("components")
    }
    definition = HotfixDefinition(
        kb=kb,
        title=fields.text("title"),
        symptom=fields.text("symptom", ""),
        prerequisites=fields.text("prerequisites", ""),
        restart_required=fields.flag("restart_required"),
        supersedes=tuple(fields.texts("supersedes", empty=True)),
        products=tuple(_product(product, required) for product in fields.mappings("products")),
        siblings=tuple(_sibling(sibling) for sibling in fields.mappings("siblings", empty=True)),
    )
    fields.refuse_others()
    _refuse_doubles(fields, definition)
    return definition


def _kb(fields: Fields) -> str:
    kb = fields.text("kb").upper()
    if not KB_NUMBER.fullmatch(kb):
        raise fields.wrong("kb", kb, "it must be a KB number such as KB978918")
    return kb


def _sibling(fields: Fields) -> Sibling:
    sibling = Sibling(_kb(fields), tuple(fields.texts("names")))
    fields.refuse_others()
    return sibling


def _refuse_doubles(fields: Fields, definition: HotfixDefinition) -> None:
    """Refuse two entries for one product and architecture: chance would decide between them."""
    ours = {name for product in definition.products for name in product.names}
    for index, sibling in enumerate(definition.siblings):
        for name in sibling.names:
            if name in ours:
                valid = "this hotfix or another sibling is for it already"
                raise fields.wrong(f"siblings[{index}].names", name, valid)
        ours.update(sibling.names)
    seen: dict[tuple[str, str], set[int | None]] = {}
    for index, product in enumerate(definition.products):
        for name in product.names:
            builds = seen.setdefault((name, product.architecture), set())
            # An entry without a build is for every build.
            if product.build in builds or (builds and None in {product.build, *builds}):
                which = f" build {product.build}" if product.build in builds and product.build else ""
                valid = f"an entry for {name} {product.architecture}{which} exists already"
                raise fields.wrong(f"products[{index}].names", name, valid)
            builds.add(product.build)


def _product(fields: Fields, required: Mapping[str, bool]) -> ProductFiles:
    architecture = fields.choice("architecture", ARCHITECTURES)
    build = fields.build("build")
    names = tuple(fields.texts("names"))
    for name in names:
        if name not in SUPPORTED_PRODUCTS:
            raise fields.wrong("names", name, f"this collection is for {' and '.join(SUPPORTED_PRODUCTS)}")
    product = ProductFiles(
        names=names,
        architecture=architecture,
        files=tuple(_file(file, architecture, build, required) for file in fields.mappings("files")),
        manifests=tuple(_manifest(manifest) for manifest in fields.mappings("manifests", empty=True)),
        build=build,
    )
    fields.refuse_others()
    if not any(file.deciding for file in product.files):
        valid = "at least one must be `deciding: true`, or no file would prove the hotfix"
        raise fields.wrong("files", product.files, valid)
    return product


def _file(fields: Fields, architecture: str, build: int | None, required: Mapping[str, bool]) -> HotfixFile:
    component = fields.choice("component", tuple(required))
    platform = fields.choice("platform", ARCHITECTURES)
    file = HotfixFile(
        path=fields.host_path("path"),
        other_paths=tuple(fields.host_paths("other_paths")),
        component=component,
        platform=platform,
        version=fields.version("version"),
        size=fields.integer("size"),
        date=fields.time("date"),
        deciding=fields.flag("deciding", False),
        # WOW64 is a feature of its own: Server Core can lack it.
        optional=platform != architecture or not required[component],
        gdr_version=fields.version("gdr_version"),
        sha256=fields.digest("sha256", 64),
        sha1=fields.digest("sha1", 40),
    )
    fields.refuse_others()
    if file.by_hash and not (file.sha256 or file.sha1):
        valid = "a file that is `deciding: true` needs a version, or sha256 or sha1 where no version is known"
        raise fields.wrong("version", None, valid)
    refuse_other_build(fields, file.version, build, file.deciding)
    refuse_wrong_branch(fields, file.version, file.gdr_version)
    return file


def _manifest(fields: Fields) -> Manifest:
    name = fields.text("name")
    if not _FILE_NAME.fullmatch(name):
        raise fields.wrong("name", name, "it must be a file name without a folder")
    manifest = Manifest(name=name, size=fields.integer("size"), date=fields.time("date"))
    fields.refuse_others()
    return manifest
