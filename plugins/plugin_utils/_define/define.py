# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From packages to the text of a definition file, which the caller writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.common.yaml import yaml_load
from yaml import YAMLError

from .._hotfix.fields import KB_NUMBER
from .._package.cabinet import CabinetDamagedError, CabinetUnreadableError
from .._package.contents import PackageContents, read_contents
from .._package.package import PackageInfo
from .._wsman.errors import InputError
from .choose_packages import ChosenPackage, choose_packages
from .definition_text import Source, definition_text
from .derive import Derived, derive
from .signature import Signature, check_signature

_SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True)
class Definition:
    """A derived definition, the file that it is for, and what is in that now.

    ``before`` is None where the file does not exist.
    """

    path: Path
    text: str
    before: str | None
    derived: Derived
    packages: tuple[ChosenPackage, ...]
    signatures: tuple[Signature, ...]

    def differs(self, *, force: bool) -> bool:
        """Return whether the file has to be written; other comments alone do not matter.

        Raises:
            InputError: It has another content, which somebody may have reviewed, and ``force`` is not set.
        """
        if self.before is None:
            return True
        if _data(self.before) == _data(self.text):
            return False
        if not force:
            raise InputError(
                f"path is {self.path}, which exists and has another content: somebody may have reviewed it. "
                "Move it away, give another path, or set force to replace it."
            )
        return True


def define(given: Sequence[Path], kb: str | None, path: Path, roots: Path | None) -> Definition:
    """Derive a definition from packages.

    Args:
        given: Packages, and folders with packages.
        kb: The hotfix to search for in folders, and to which files must belong; None takes that of the files.
        path: The file to write, or the folder for it.
        roots: Root certificates for the signatures.

    Raises:
        InputError: No definition follows, a package is damaged or forged, or an argument is wrong.
        OSError: A file cannot be read.
    """
    wanted = kb.strip().upper() if kb else None
    if wanted and not KB_NUMBER.fullmatch(wanted):
        raise InputError(f"hotfix is {kb!r}: it must be a KB number such as KB978918.")
    chosen = choose_packages(given, wanted)
    signatures = tuple(check_signature(each.package.path, roots) for each in chosen)
    derived = derive([_contents(each.package) for each in chosen])
    sources = [
        Source(each.package.path.name, each.package.sha256, signature.says)
        for each, signature in zip(chosen, signatures, strict=True)
    ]
    file = path if path.suffix.lower() in _SUFFIXES else path / f"{derived.kb}.yml"
    return Definition(
        path=file,
        text=definition_text(derived, sources),
        before=_text_of(file),
        derived=derived,
        packages=tuple(chosen),
        signatures=signatures,
    )


def _contents(package: PackageInfo) -> PackageContents:
    try:
        return read_contents(package)
    except CabinetDamagedError as error:
        raise InputError(
            f"packages has {package.path}, which cannot be used: {error}. "
            "Download it again and compare its hash with the publisher's."
        ) from error
    except CabinetUnreadableError as error:
        raise InputError(f"packages has {package.path}, which cannot be read here: {error}.") from error
    except OSError as error:
        raise InputError(f"packages has {package.path}, which cannot be read here: {error}.") from error


def _data(text: str) -> Any:
    try:
        return yaml_load(text)
    except YAMLError:
        return None


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return ""
