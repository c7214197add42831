# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request that a module makes for a hotfix on a host, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .._assessment.verdict import RESTART_PENDING
from .._hotfix.current_run import task_name
from .._hotfix.last_attempt import LastAttempt, staging_folder
from .._windows.packages import (
    INSTALL_PENDING,
    INSTALLED,
    NOT_PRESENT,
    UNINSTALL_PENDING,
    PackageState,
    parent_package,
)
from ._stages import Servicing, explain_failure, needs_restart, servicing_of, succeeded

if TYPE_CHECKING:
    from .._assessment.result import HotfixInfo
    from .._hotfix.definition import HotfixDefinition
    from ._delivery import Delivery
    from .source import PackageSource

PRESENT = "present"
ABSENT = "absent"
DOWNLOADED = "downloaded"
SETTLED = "settled"

# The states of the package that show the wanted state. A download does not show there.
_REACHED = {
    PRESENT: (INSTALL_PENDING, INSTALLED),
    ABSENT: (UNINSTALL_PENDING, NOT_PRESENT),
    DOWNLOADED: (),
    SETTLED: (),
}


@dataclass(frozen=True)
class HotfixRequest:
    """A state (`present`, `absent`, `downloaded` or `settled`) that a hotfix should have on a host.

    `source` is None if no package was given. `timeout` is the time to wait for the host's task, in seconds.
    `keep_files` leaves package and script on the host.
    """

    definition: HotfixDefinition
    state: str
    source: PackageSource | None
    timeout: float
    keep_files: bool
    check_mode: bool


@dataclass(frozen=True)
class HotfixOutcome:
    """The outcome of a request, with both sides of the diff, and the message if the request failed.

    In check mode, `changed` and `after` are predictions, and `status` is the one before the change.
    `last_attempt` is that of the last installation, of this call or before it.
    """

    changed: bool
    status: str
    restart_required: bool
    servicing: Servicing = field(default_factory=Servicing)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    last_attempt: LastAttempt | None = None
    failure: str | None = None


def installed_package(info: HotfixInfo) -> PackageState | None:
    """Return the package of the hotfix that servicing knows; None if it knows none or was not readable."""
    return parent_package(list(info.packages or ()))


def make_outcome(
    request: HotfixRequest,
    before: HotfixInfo,
    after: HotfixInfo | None = None,
    *,
    record: LastAttempt | None = None,
    delivery: Delivery | None = None,
    log_tail: str = "",
    changed: bool = False,
) -> HotfixOutcome:
    """Return the outcome of a request that did not fail.

    `before` and `after` are assessments of the host; give no `after` if it was not assessed again. `record`
    is that of the run, or of an earlier one if nothing was changed.
    """
    after = after or before
    status = after.verdict.status
    restart = status == RESTART_PENDING or (changed and record is not None and needs_restart(record))
    package = installed_package(after) or installed_package(before)
    identity = package.identity if package else delivery.identity if delivery else None
    shown = _shown(after)
    if changed:
        shown |= _means(request, before, delivery)
    return HotfixOutcome(
        changed=changed,
        status=status,
        restart_required=restart,
        servicing=servicing_of(record, identity, log_tail) if record else Servicing(identity),
        before=_shown(before),
        after=shown,
        last_attempt=record if record and request.state == PRESENT else after.last_attempt,
    )


def run_outcome(
    request: HotfixRequest,
    before: HotfixInfo,
    after: HotfixInfo,
    record: LastAttempt,
    delivery: Delivery | None = None,
    log_tail: str = "",
) -> HotfixOutcome:
    """Return the outcome of a run that has ended, successfully or not."""
    took = succeeded(record)
    outcome = make_outcome(
        request, before, after, record=record, delivery=delivery, log_tail=log_tail, changed=took
    )
    return (
        outcome
        if took
        else replace(outcome, failure=explain_failure(request.definition.kb, record, log_tail))
    )


def count_change_by_others(
    outcome: HotfixOutcome, request: HotfixRequest, first: HotfixInfo
) -> HotfixOutcome:
    """Return the outcome as a change if a run of others has brought the host into the state since `first`.

    `first` is the assessment at the beginning of the call.
    """
    was, now = _shown(first), outcome.before
    if outcome.failure or outcome.changed or now == was or now.get("state") not in _REACHED[request.state]:
        return outcome
    return replace(outcome, changed=True, before=was)


def predicted_outcome(
    request: HotfixRequest, before: HotfixInfo, delivery: Delivery | None = None
) -> HotfixOutcome:
    """Return the outcome that the request would have outside of check mode."""
    outcome = make_outcome(request, before, delivery=delivery, changed=True)
    if request.state == DOWNLOADED:
        return outcome
    restart = request.definition.restart_required
    if request.state == PRESENT:
        state = INSTALL_PENDING if restart else INSTALLED
    else:
        state = UNINSTALL_PENDING if restart else NOT_PRESENT
    return replace(outcome, restart_required=restart, after=outcome.after | {"state": state})


def unknown_outcome(request: HotfixRequest, before: HotfixInfo) -> HotfixOutcome:
    """Refuse to act on a host whose state is unknown."""
    reasons = " ".join(before.verdict.reasons) or "The servicing state could not be read."
    return HotfixOutcome(
        changed=False,
        status=before.verdict.status,
        restart_required=False,
        last_attempt=before.last_attempt,
        failure=f"The state of {request.definition.kb} is unknown, so nothing was changed. {reasons}",
    )


def _shown(info: HotfixInfo) -> dict[str, Any]:
    package = installed_package(info)
    return {"state": package.state if package else NOT_PRESENT}


def _means(request: HotfixRequest, info: HotfixInfo, delivery: Delivery | None) -> dict[str, Any]:
    """Return what a diff shows of the way to the new state."""
    kb = request.definition.kb
    shown: dict[str, Any] = {}
    if delivery:
        folder = staging_folder(kb, info.system.windows_directory)
        shown = {"package": delivery.shown, "sha256": delivery.sha256, "folder": folder}
    return shown if request.state == DOWNLOADED else shown | {"task": task_name(kb)}
