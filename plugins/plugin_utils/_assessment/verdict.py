# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of a host, decided from positive evidence alone, with its reasons.

``decide`` tries the rules in order; the first that matches wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._windows.packages import PackageState, parent_package
from ._compare import ABSENT, FIXED, MISSING, NEWER, OLDER, UNDECIDED, UNREADABLE
from ._file_states import FileFinding

if TYPE_CHECKING:
    from .._hotfix.definition import HotfixDefinition
    from .._windows.operating_system import OperatingSystem

NOT_APPLICABLE = "not_applicable"
UNKNOWN = "unknown"
RESTART_PENDING = "restart_pending"
INCONSISTENT = "inconsistent"
VULNERABLE = "vulnerable"
COMPLIANT = "compliant"
STATUSES = (NOT_APPLICABLE, UNKNOWN, RESTART_PENDING, INCONSISTENT, VULNERABLE, COMPLIANT)


@dataclass(frozen=True)
class Verdict:
    """A status, its reasons in full sentences, and what makes a host compliant (``hotfix`` or ``newer``)."""

    status: str
    by: str | None
    reasons: tuple[str, ...]


def why_not_applicable(definition: HotfixDefinition, system: OperatingSystem) -> str | None:
    """Return why a hotfix is not for a host's Windows; None where it is, or where evidence is missing."""
    ours = (system.product, system.architecture, system.build)
    if definition.product_for(*ours) or missing_platform(definition, system):
        return None
    products = ", ".join(str(each) for each in definition.products)
    runs = f"{system.product} {system.architecture or ''}".strip()
    for_others = f"{definition.kb} is for {products}; this host runs {runs} ({system.version})."
    needed = definition.service_pack_for(*ours)
    return f"{for_others} It needs Service Pack {needed} first." if needed else for_others


def missing_platform(definition: HotfixDefinition, system: OperatingSystem) -> str | None:
    """Return the evidence on the platform that is missing; None if it is complete."""
    if system.product is None:
        return f"The host reports Windows version {system.version} but no known product type."
    if system.architecture is None and any(system.product in each.names for each in definition.products):
        return (
            f"The architecture of the installed Windows is not clear: {system.architecture_evidence}. "
            "No package can be chosen for the host."
        )
    entries = definition.entries_for(system.product, system.architecture)
    if system.build is None and any(each.build for each in entries):
        return (
            f"{definition.kb} has different files for each service pack, and the host does not report "
            "its build (Win32_OperatingSystem.BuildNumber). Check WMI there: winmgmt /verifyrepository."
        )
    return None


def decide(
    kb: str,
    *,
    not_applicable: str | None = None,
    causes: Sequence[str] = (),
    files: Sequence[FileFinding] = (),
    packages: Sequence[PackageState] | None = None,
) -> Verdict:
    """Decide the status of a host.

    ``not_applicable`` says why the hotfix is not for this host, ``causes`` why some evidence could not be
    read, each in full sentences. ``packages`` is None where servicing could not be read.
    """
    if not_applicable:
        return Verdict(NOT_APPLICABLE, None, (not_applicable,))

    parent = parent_package(list(packages or ()))
    # A host whose platform is not known was asked for nothing else: the cause alone is true.
    asked = bool(files) or not causes
    missing = [*(_missing_evidence(files, packages, parent) if asked else ()), *causes]
    if missing:
        return Verdict(UNKNOWN, None, tuple(missing))

    notes = tuple(_notes(files, parent))
    if parent and parent.pending:
        reason = f"{parent.identity} is {parent.state}: a restart completes it."
        return Verdict(RESTART_PENDING, None, (reason, *notes))

    deciding = [found for found in files if found.file.deciding]
    contradictions = tuple(_contradictions(deciding, parent))
    if contradictions:
        return Verdict(INCONSISTENT, None, (*contradictions, *notes))

    older = tuple(_against_shipped(found) for found in deciding if found.state == OLDER)
    if older:
        return Verdict(VULNERABLE, None, (*older, *notes))

    newer = tuple(_against_shipped(found) for found in deciding if found.state == NEWER)
    if newer:
        return Verdict(COMPLIANT, "newer", (*newer, *notes))
    at_version = sum(found.state == FIXED for found in deciding)
    hashes = " or hashes" if any(found.file.by_hash for found in deciding) else ""
    reason = f"All {at_version} deciding files that exist have the versions{hashes} that {kb} ships."
    return Verdict(COMPLIANT, "hotfix", (reason, *notes))


def _missing_evidence(
    files: Sequence[FileFinding], packages: Sequence[PackageState] | None, parent: PackageState | None
) -> Iterator[str]:
    deciding = [found for found in files if found.file.deciding]
    unreadable = [found.path for found in deciding if found.state == UNREADABLE and not found.file.by_hash]
    unhashed = [found.path for found in deciding if found.state == UNREADABLE and found.file.by_hash]
    if unreadable:
        yield f"The versions of these files could not be read: {', '.join(unreadable)}."
    if unhashed:
        yield f"The host could not hash these files with certutil: {', '.join(unhashed)}."
    for found in deciding:
        if found.state == UNDECIDED:
            yield (
                f"{found.path} does not show whether it has the fix: it has {_held(found)}. "
                "Compare it by hand, or complete the definition."
            )
    if all(found.state == ABSENT for found in deciding):
        yield "The host has none of the files that decide whether the hotfix is installed."
    if packages is None:
        yield "The state of the hotfix's packages in servicing could not be read."
    if parent and parent.doubt:
        yield parent.doubt


def _contradictions(deciding: Sequence[FileFinding], parent: PackageState | None) -> Iterator[str]:
    older = [found for found in deciding if found.state == OLDER]
    if parent and parent.installed:
        for found in older:
            yield f"{parent.identity} is {parent.state}, but {_against_shipped(found)}"
    for component in dict.fromkeys(found.file.component for found in older):
        of_component = [found for found in deciding if found.file.component == component]
        fixed = [found for found in of_component if found.state in (FIXED, NEWER)]
        behind = [found for found in of_component if found.state == OLDER]
        if fixed:
            yield (
                f"The component {component} is only partly fixed: {fixed[0].path} has {_held(fixed[0])}, "
                f"but {behind[0].path} has {_held(behind[0])}."
            )
    # A required file, or one whose component the host has, as another of its files shows.
    for found in deciding:
        if found.state == MISSING:
            yield f"{found.path} is missing, although its component {found.file.component} is installed."


def _held(found: FileFinding) -> str:
    """Return the version of a file, or what its hash says."""
    if found.version is None:
        return found.why or "the hash of the hotfix's file"
    return f"{found.version}, {found.why}" if found.state == UNDECIDED else str(found.version)


def _against_shipped(found: FileFinding) -> str:
    relation = "older" if found.state == OLDER else "newer"
    if found.version is None:
        return f"{found.path} is of a component that is {relation} than the hotfix's."
    branch = f" ({found.version.branch})" if found.version else ""
    because = f" It is {found.why}." if found.why else ""
    return f"{found.path} has {found.version}{branch}, {relation} than {found.expected}.{because}"


def _notes(files: Sequence[FileFinding], parent: PackageState | None) -> Iterator[str]:
    """Name evidence that does not decide but that somebody may ask about."""
    for found in files:
        if found.state == ABSENT:
            wow64 = " of WOW64" if "\\syswow64\\" in found.path.lower() else ""
            yield (
                f"{found.path} and its component {found.file.component}{wow64} are absent: "
                "this file does not decide."
            )
    if parent and not parent.pending:
        yield f"{parent.identity} is {parent.state} in servicing."
