# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse versions of a definition that cannot be meant: of another build, or of the wrong branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._windows.file_version import FileVersion
    from .fields import Fields


def refuse_other_build(
    fields: Fields, version: FileVersion | None, build: int | None, deciding: bool
) -> None:
    """Refuse a version of a build that no host of the entry has; a package may ship older files unchanged."""
    if build is None or version is None or not version.has_branches or version.build == build:
        return
    if deciding or version.build > build:
        valid = f"this entry is for build {build}. Give build {version.build} an entry of its own"
        raise fields.wrong("version", str(version), valid)


def refuse_wrong_branch(fields: Fields, ldr: FileVersion | None, gdr: FileVersion | None) -> None:
    """Refuse two versions that cannot be the GDR and the LDR version of one file."""
    if gdr is None:
        return
    if ldr is None:
        raise fields.wrong("version", None, "a file with a gdr_version needs the LDR version too")
    if gdr.line != ldr.line or gdr >= ldr:
        valid = f"it must be of the same build as version, {ldr}, and lower"
        raise fields.wrong("gdr_version", str(gdr), valid)
    if not gdr.has_branches:
        valid = f"the branches of build {gdr.build} are not known. Give version alone"
        raise fields.wrong("gdr_version", str(gdr), valid)
    if gdr.is_ldr:
        raise fields.wrong("gdr_version", str(gdr), "revisions from 20000 on are of the LDR branch")
    if not ldr.is_ldr:
        valid = "beside gdr_version, it must be the LDR version, whose revision is 20000 or higher"
        raise fields.wrong("version", str(ldr), valid)
