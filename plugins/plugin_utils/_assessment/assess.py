# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assess a host with few requests.

Three queries read the platform; a host that the hotfix is not for gets no others. For the rest, a query for
each 50 names reads all files, and one command line prints the contents of the registry and the staging
folder, with the hashes of files that nothing else proves; a second one prints those that it has no room for.
Where servicing has a package, one more query reads the list of updates.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .._hotfix.current_run import CurrentRun, current_run_command, parse_current_run
from .._hotfix.fields import SYSTEM_ROOT
from .._hotfix.last_attempt import LastAttempt, last_attempt_command, read_attempt, settle_attempt
from .._restart.scheduled import Phase, ScheduledRestart, phase_of, read_scheduled, scheduled_command
from .._windows.clock import HostClock
from .._windows.disk_files import path_key, read_files
from .._windows.file_hashes import hash_parts, hashes_by_path
from .._windows.joined_command import ask_in_one_command, command_lines
from .._windows.operating_system import OperatingSystem, read_operating_system
from .._windows.packages import packages_command, packages_from_answer
from .._windows.pending_restart import PendingRestart, pending_command, read_pending
from .._windows.registry_keys import read_keys
from .._wsman.errors import ConnectionLost, RemoteError
from .._wsman.wmi_values import quote_wql
from ._compare import Builds
from ._file_states import file_states
from .exposure import EXPOSURE_KEYS, ROLES, Exposure, exposure_command, exposure_of, not_exposed
from .result import HotfixInfo, Manifests
from .verdict import Verdict, decide, missing_platform, why_not_applicable

if TYPE_CHECKING:
    from .._hotfix.definition import HotfixDefinition, ProductFiles
    from .._windows.disk_files import DiskFile
    from .._wsman.session import Session

Result = TypeVar("Result")


def assess(
    session: Session,
    definition: HotfixDefinition,
    *,
    exposure: bool = False,
    exposure_roles: Collection[str] = ROLES,
) -> HotfixInfo:
    """Assess where a host stands with a hotfix, and its exposure too if you ask for that.

    The reasons of the verdict name evidence that could not be read. Only these roles count for ``at_risk``.

    Raises:
        RemoteError: The host is gone, or does not answer which Windows it runs.
    """
    system = read_operating_system(session)
    product = definition.product_for(system.product, system.architecture, system.build)
    if product is None:
        return _without_product(definition, system, exposure)

    kb = definition.kb
    causes: list[str] = []
    on_disk = _attempt(causes, partial(_read_disk, session, system, product))
    to_hash = _to_hash(system, product, on_disk or {})
    answers: dict[str, str] = {}
    for line in command_lines({**assessment_commands(kb, exposure=exposure), **hash_parts(to_hash)}):
        answers |= _attempt(causes, partial(ask_in_one_command, session, line)) or {}
    if on_disk is not None:
        on_disk = _with_hashes(on_disk, hashes_by_path(to_hash, answers))
    packages = None
    if "packages" in answers:
        packages = _attempt(causes, partial(packages_from_answer, session, kb, answers["packages"]))
    builds = Builds(product.build, system.build)
    files = file_states(product.files, on_disk, partial(_locate, system), builds)
    attempt, unread_attempt = read_attempt(kb, answers.get("attempt", ""))
    last_attempt = settle_attempt(attempt, packages)
    current_run = parse_current_run(kb, answers.get("run", ""))
    unread_run = (current_run.cause if current_run else "", unread_attempt)
    unread: list[str] = []
    unread_exposure: list[str] = []
    restart = _attempt(unread, partial(read_scheduled, session, kb, answers.get("scheduled", "")))
    ahead, missed = _ahead_and_missed(restart, system)
    pending = _read_pending(unread, session, answers.get("pending", ""))
    verdict = decide(kb, causes=causes, files=files, packages=packages)
    return HotfixInfo(
        definition=definition,
        verdict=_remember(verdict, kb, last_attempt, missed, current_run),
        system=system,
        product=product,
        files=tuple(files),
        manifests=_manifests(product, on_disk, system),
        packages=None if packages is None else tuple(packages),
        # The list does not decide, so the assessment can do without it. Windows makes it from servicing
        # (documentation of Win32_QuickFixEngineering), so a hotfix without a package is not in it.
        quick_fix_engineering=False if packages == [] else _attempt([], partial(_is_listed, session, kb)),
        pending=pending,
        scheduled=ahead,
        missed=missed,
        last_attempt=last_attempt,
        current_run=current_run,
        exposure=_read_exposure(unread_exposure, session, answers.get("exposure", ""), system, exposure_roles)
        if exposure
        else None,
        unread_run=tuple(filter(None, unread_run)),
        unread_restart=tuple(unread),
        unread_exposure=tuple(unread_exposure),
    )


def _read_pending(unread: list[str], session: Session, text: str) -> PendingRestart:
    pending = read_pending(session, text)
    if pending.unread:
        unread.append(f"These signs of a restart are not known: {', '.join(pending.unread)}. {pending.cause}")
    return pending


def _read_exposure(
    unread: list[str], session: Session, text: str, system: OperatingSystem, roles: Collection[str]
) -> Exposure:
    keys, cause = read_keys(session, text, EXPOSURE_KEYS)
    if cause:
        unread.append(f"The exposure is not known completely: {cause}")
    return exposure_of(keys, system.domain_member, roles)


def _remember(
    verdict: Verdict,
    kb: str,
    last_attempt: LastAttempt | None,
    missed: ScheduledRestart | None,
    current_run: CurrentRun | None,
) -> Verdict:
    """Put first the reasons that files alone do not show: a run at work, a missed restart, a rollback."""
    if current_run is not None and current_run.at_work:
        reason = (
            f"A run is at work for {kb} on this host ({current_run.run.action}), so this can change soon. "
            "Assess the host again when it has ended."
        )
        verdict = replace(verdict, reasons=(reason, *verdict.reasons))
    if missed is not None and verdict.status == "restart_pending":
        reason = (
            f"The restart at {missed.scheduled_for} was missed: the host was off, or somebody refused or "
            "cancelled it. The next remediation schedules a new one."
        )
        return replace(verdict, reasons=(reason, *verdict.reasons))
    if last_attempt is None or last_attempt.outcome != "rolled_back" or verdict.status == "compliant":
        return verdict
    undone = (
        f"{kb} was installed at {last_attempt.time} and rolled back at the restart: read CBS.log on the host "
        "for the cause."
    )
    return replace(verdict, reasons=(undone, *verdict.reasons))


def _without_product(definition: HotfixDefinition, system: OperatingSystem, exposure: bool) -> HotfixInfo:
    """Assess a host that the hotfix is not for, or whose platform is not known."""
    missing = missing_platform(definition, system)
    sibling = definition.sibling_for(system.product)
    verdict = decide(
        definition.kb,
        not_applicable=why_not_applicable(definition, system),
        causes=[missing] if missing else [],
    )
    if sibling:
        by_hand = (
            f"{sibling.kb} repairs the same error on {system.product}. This collection does not install it: "
            "somebody has to."
        )
        verdict = replace(verdict, reasons=(*verdict.reasons, by_hand))
    needed = definition.service_pack_for(system.product, system.architecture, system.build)
    # On a sibling's product and before the service pack the error exists too, and nothing shows that it
    # cannot occur.
    at_risk = missing is not None or sibling is not None or needed is not None
    return HotfixInfo(
        definition,
        verdict,
        system,
        packages=None,
        exposure=not_exposed(system.domain_member, at_risk=at_risk) if exposure else None,
    )


def _attempt(causes: list[str], read: Callable[[], Result]) -> Result | None:
    """Read evidence, or keep the cause if the host refuses. A lost connection is still raised."""
    try:
        return read()
    except ConnectionLost:
        raise
    except RemoteError as error:
        causes.append(error.message)
        return None


def _read_disk(session: Session, system: OperatingSystem, product: ProductFiles) -> dict[str, DiskFile]:
    paths = [_locate(system, path) for file in product.files for path in file.paths]
    manifests = [_locate(system, manifest.path) for manifest in product.manifests]
    on_disk = read_files(session, paths + manifests)
    if not any(path_key(path) in on_disk for path in paths):
        # Every Windows has some of them, so this points to a fault of WMI and not to missing files.
        raise RemoteError(
            session.host,
            f"WMI (CIM_DataFile) finds none of the hotfix's {len(product.files)} files below "
            f"{system.windows_directory}. Check on the host that `wmic datafile` finds "
            f"{system.windows_directory}\\System32\\ntdll.dll.",
        )
    return on_disk


def _to_hash(system: OperatingSystem, product: ProductFiles, on_disk: Mapping[str, DiskFile]) -> list[str]:
    """Return the files on the disk that nothing but their hash proves; hashing costs the host time."""
    paths = [_locate(system, path) for file in product.files if file.by_hash for path in file.paths]
    return [path for path in paths if path_key(path) in on_disk]


def _with_hashes(
    on_disk: Mapping[str, DiskFile], hashes: Mapping[str, tuple[str, ...]]
) -> dict[str, DiskFile]:
    return {
        key: replace(file, hashes=hashes[key]) if key in hashes else file for key, file in on_disk.items()
    }


def assessment_commands(kb: str, *, exposure: bool) -> dict[str, str]:
    """Return all that reg.exe and cmd.exe can print for an assessment: parts of one command line by name."""
    parts = {
        # First, so that all answers after it include what a run that ends in between has changed.
        "run": current_run_command(kb),
        "packages": packages_command(kb),
        "pending": pending_command(),
        "scheduled": scheduled_command(kb),
        "attempt": last_attempt_command(kb),
    }
    if exposure:
        parts["exposure"] = exposure_command()
    return parts


def _ahead_and_missed(
    restart: ScheduledRestart | None, system: OperatingSystem
) -> tuple[ScheduledRestart | None, ScheduledRestart | None]:
    """Return the restart first if it lies ahead, second if it was missed: its task stays on the host."""
    if restart is None or system.local_time is None or system.boot_time is None:
        return restart, None
    clock = HostClock(system.local_time, system.boot_time)
    missed = phase_of(restart, clock) is Phase.MISSED
    return restart if restart.is_ahead(clock) else None, restart if missed else None


def _is_listed(session: Session, kb: str) -> bool:
    wql = f"SELECT HotFixID FROM Win32_QuickFixEngineering WHERE HotFixID={quote_wql(kb)}"
    return bool(session.query(wql, limit=1))


def _manifests(
    product: ProductFiles, on_disk: Mapping[str, DiskFile] | None, system: OperatingSystem
) -> Manifests:
    expected = len(product.manifests)
    if on_disk is None:
        return Manifests(expected, None)
    missing = [
        manifest.name
        for manifest in product.manifests
        if path_key(_locate(system, manifest.path)) not in on_disk
    ]
    return Manifests(expected, expected - len(missing), missing)


def _locate(system: OperatingSystem, path: str) -> str:
    """Turn a path of the definition into one of the host."""
    if path.upper().startswith(SYSTEM_ROOT.upper()):
        return system.windows_directory + path[len(SYSTEM_ROOT) :]
    return path
