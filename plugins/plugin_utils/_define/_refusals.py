# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse packages from which no definition follows, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from .._package.contents import PackageContents
from .._wsman.errors import InputError
from ._components import Unusable, Usable, is_explorer

_WINDOWS = "6.1"


def refuse(contents: PackageContents, why: str) -> InputError:
    """Return the error for a package that gives no definition; ``why`` has no full stop at its end."""
    return InputError(
        f"packages has {contents.package.path}, from which no definition can be derived: {why}."
    )


def refuse_kind(contents: PackageContents) -> None:
    """Refuse a kind of package that is known not to work.

    Raises:
        InputError: Its payload lies elsewhere, it is a rollup, of Internet Explorer, or for another Windows.
    """
    psf = next((each.psf for each in contents.updates if each.psf), "")
    if psf:
        raise refuse(contents, f"its files lie in {psf}, in a form that only Windows reads")
    if any(each.is_rollup for each in contents.package.packages):
        raise refuse(
            contents,
            "it is a rollup (Package_for_RollupFix), which is not named after a KB number on a host. "
            "Give the package of a single hotfix or security-only update",
        )
    components = [each.identity.name for each in contents.assemblies.values() if each.files]
    for_explorer = any(
        "internetexplorer" in parent.name.lower() for each in contents.updates for parent in each.parents
    )
    if components and (for_explorer or any(is_explorer(name) for name in components)):
        raise refuse(
            contents,
            "it is of Internet Explorer, whose files have other versions than their components. Write the "
            "definition by hand, with the versions of the article",
        )
    others = sorted({each.windows for each in contents.package.packages} - {_WINDOWS})
    if others:
        raise refuse(contents, f"it is for Windows {' and '.join(others)}, not for {_WINDOWS}")


def refuse_without_components(
    contents: PackageContents, usable: Sequence[Usable], unusable: Sequence[Unusable], *, embedded: bool
) -> None:
    """Refuse a package none of whose components can prove it.

    Raises:
        InputError: It has only drivers, only parts for Windows Embedded, or nothing of use.
    """
    if usable:
        return
    if unusable and all(each.kind == "driver" for each in unusable):
        names = ", ".join(each.name for each in unusable)
        raise refuse(
            contents,
            f"it has only drivers ({names}). An .inf file decides where their files go, and only hosts with "
            "the device have them",
        )
    if unusable:
        raise refuse(contents, "; ".join(f"{each.name}: {each.why}" for each in unusable[:5]))
    if embedded:
        raise refuse(contents, "all of it is for Windows Embedded")
    raise refuse(contents, "it brings no component with files")
