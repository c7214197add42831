# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the version of a file with those that the hotfix ships, by build and branch.

Numbers alone would lie. The file of a service pack has a higher number than a fixed file of the build before
it, and an LDR file from before the hotfix a higher number than the fixed GDR file. So a version is compared
only with that of its own build and branch. A file that nothing fits is undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._windows.file_version import RELEASED, FileVersion

if TYPE_CHECKING:
    from .._hotfix.definition import HotfixFile

FIXED = "fixed"  # at the shipped version; or without a version, and it exists
NEWER = "newer"
OLDER = "older"
MISSING = "missing"
ABSENT = "absent"  # missing, and so is its whole component
UNREADABLE = "unreadable"
UNDECIDED = "undecided"  # it was read, and does not show whether it has the fix
STATES = (FIXED, NEWER, OLDER, MISSING, ABSENT, UNREADABLE, UNDECIDED)


@dataclass(frozen=True)
class Builds:
    """The build of Windows that the files are for, None for every build, and the build of the host."""

    entry: int | None = None
    host: int | None = None

    @property
    def later(self) -> bool:
        """Whether the host has a later service pack than any that the hotfix has files for."""
        return self.entry is not None and self.host is not None and self.host > self.entry


EVERY_BUILD = Builds()


@dataclass(frozen=True)
class Comparison:
    """The state of a file, the version that decided, and why the two are not compared by their numbers."""

    state: str
    expected: FileVersion
    why: str = ""


def compare(file: HotfixFile, found: FileVersion, builds: Builds) -> Comparison:
    """Compare the version found on a host with a file that has a version."""
    shipped = file.version
    if shipped is None:
        raise ValueError(f"{file.path} has no version")
    if builds.later:
        return _on_later_build(shipped, found, builds)
    if found.line < shipped.line:
        return Comparison(OLDER, shipped)
    if found.line > shipped.line:
        if builds.entry is None:
            # Without a build, the definition trusts the policy on service packs: they contain all hotfixes
            # that were released before ("Branching Out", "Service Packs: Levels vs Installers", 2009).
            return Comparison(NEWER, shipped)
        why = f"of a later build than {shipped}, which the hotfix ships for build {builds.entry}"
        return Comparison(UNDECIDED, shipped, why)
    return _in_one_line(file, shipped, found)


def compare_hashes(file: HotfixFile, found: Sequence[str], builds: Builds) -> tuple[str, str]:
    """Return the state of a file that only its hash proves, and why it is undecided.

    Another hash decides nothing: the file of a later update differs too.
    """
    shipped = {len(digest): digest for digest in (file.sha256, file.sha1) if digest}
    same = [shipped[len(digest)] == digest for digest in found if len(digest) in shipped]
    if not same:
        return UNREADABLE, ""
    if all(same) and not builds.later:
        return FIXED, ""
    if all(same):
        return (
            UNDECIDED,
            f"the hash of the hotfix's file, but the hotfix has no files for build {builds.host}",
        )
    return UNDECIDED, "another hash than the hotfix's file, and the file of a later update differs too"


def _on_later_build(shipped: FileVersion, found: FileVersion, builds: Builds) -> Comparison:
    same_product = (found.major, found.minor) == (shipped.major, shipped.minor)
    if same_product and found.build == builds.host:
        why = f"of the host's build {builds.host}. This service pack is later than the hotfix and contains it"
        return Comparison(NEWER, shipped, why)
    why = f"not of the host's build {builds.host}, and the hotfix has no files for that build"
    return Comparison(UNDECIDED, shipped, why)


def _in_one_line(file: HotfixFile, shipped: FileVersion, found: FileVersion) -> Comparison:
    """Compare two versions that differ at most in their revision."""
    # Both branches contain what the build was released with.
    plain = not shipped.has_branches or shipped.revision == RELEASED[shipped.build]
    versions = [each for each in (shipped, file.gdr_version) if each]
    expected = next((each for each in versions if plain or each.is_ldr == found.is_ldr), None)
    if expected is None:
        if found.is_ldr:
            why = f"of the LDR branch, and the definition has only {shipped} of the GDR branch"
            return Comparison(UNDECIDED, shipped, why)
        return Comparison(OLDER, shipped)  # only LDR has the fix
    if found > expected and not shipped.has_branches:
        why = f"later than {expected}, but the branches of build {shipped.build} are not known"
        return Comparison(UNDECIDED, expected, why)
    return Comparison(FIXED if found == expected else NEWER if found > expected else OLDER, expected)
