# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of each of a hotfix's files on a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._hotfix.definition import HotfixFile
from .._windows.disk_files import DiskFile, path_key
from .._windows.file_version import FileVersion
from ._compare import (
    ABSENT,
    EVERY_BUILD,
    FIXED,
    MISSING,
    NEWER,
    OLDER,
    UNDECIDED,
    UNREADABLE,
    Builds,
    compare,
    compare_hashes,
)


@dataclass(frozen=True)
class FileFinding:
    """The state of one of the hotfix's files on a host: one of ``STATES``, with the host's version and size.

    The path is where the host has the file, or the likeliest place. The version is None where the file has
    none or does not exist. ``compared`` is the version with which the host's one was compared, where the
    hotfix ships several. ``why`` says what else than numbers decided.
    """

    file: HotfixFile
    path: str
    state: str
    version: FileVersion | None = None
    size: int | None = None
    compared: FileVersion | None = None
    why: str = ""

    @property
    def expected(self) -> FileVersion | None:
        """The version that the hotfix ships for this build and branch."""
        return self.compared or self.file.version

    def to_result(self) -> dict[str, Any]:
        """Return one entry of ``files`` in the result of ``hotfix_info``."""
        return {
            "path": self.path,
            "platform": self.file.platform,
            "component": self.file.component,
            "deciding": self.file.deciding,
            "expected_version": None if self.expected is None else str(self.expected),
            "version": None if self.version is None else str(self.version),
            "expected_size": self.file.size,
            "size": self.size,
            "state": self.state,
        }


def file_states(
    files: Sequence[HotfixFile],
    on_disk: Mapping[str, DiskFile] | None,
    locate: Callable[[str], str],
    builds: Builds = EVERY_BUILD,
) -> list[FileFinding]:
    """Compare a hotfix's files with those of a host.

    ``on_disk`` has the host's files by ``path_key``; a file that it lacks does not exist. It is None where
    they could not be read. ``locate`` turns a path of the definition into a path on the host.
    """
    if on_disk is None:
        return [FileFinding(file, locate(file.path), UNREADABLE) for file in files]
    findings = [_finding(file, on_disk, locate, builds) for file in files]
    absent = _absent_components(findings)
    findings = [
        replace(found, state=ABSENT) if found.state == MISSING and _component(found) in absent else found
        for found in findings
    ]
    return [_decided_by_component(found, findings) for found in findings]


def _finding(
    file: HotfixFile, on_disk: Mapping[str, DiskFile], locate: Callable[[str], str], builds: Builds
) -> FileFinding:
    places = [locate(path) for path in file.paths]
    place = next((place for place in places if path_key(place) in on_disk), None)
    if place is None:
        return FileFinding(file, places[0], MISSING)
    found = on_disk[path_key(place)]
    if file.by_hash:
        state, why = compare_hashes(file, found.hashes, builds)
        return FileFinding(file, place, state, None, found.size, why=why)
    if file.version is None:
        return FileFinding(file, place, FIXED, None, found.size)
    try:
        version = FileVersion.parse(found.version or "")
    except ValueError:
        return FileFinding(file, place, UNREADABLE, None, found.size)
    found_to_be = compare(file, version, builds)
    return FileFinding(
        file, place, found_to_be.state, version, found.size, found_to_be.expected, found_to_be.why
    )


def _decided_by_component(found: FileFinding, findings: Sequence[FileFinding]) -> FileFinding:
    """Let versions decide a file with another hash: an update brings its component whole."""
    if found.state != UNDECIDED or not found.file.by_hash:
        return found
    others = {
        each.state
        for each in findings
        if _component(each) == _component(found) and each.file.deciding and not each.file.by_hash
    }
    return replace(found, state=others.pop()) if others in ({NEWER}, {OLDER}) else found


def _absent_components(findings: Sequence[FileFinding]) -> set[tuple[str, str]]:
    """Find the optional components of which the host has nothing.

    Files that do not decide do not count here, unless the component has no others. As far as the article's
    manifests show, Icaapi.dll and Tssecsrv.sys belong to one component, but nobody has verified that every
    edition has both, and a host must not look broken for the lack of one.
    """
    absent = set()
    for component in {_component(found) for found in findings if found.file.optional}:
        rows = [found for found in findings if _component(found) == component]
        telling = [found for found in rows if found.file.deciding] or rows
        if all(found.state == MISSING for found in telling):
            absent.add(component)
    return absent


def _component(found: FileFinding) -> tuple[str, str]:
    """Return the component's name and platform: Windows installs its native and WOW64 parts separately."""
    return found.file.component, found.file.platform
