# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: what is asked for a hotfix on a host, and the answers to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._assessment.verdict import RESTART_PENDING
from .._hotfix.last_attempt import LastAttempt, staging_folder
from .._windows.packages import (
    INSTALL_PENDING,
    INSTALLED,
    NOT_PRESENT,
    UNINSTALL_PENDING,
    PackageState,
    parent_package,
)
from ._run import task_name
from ._stages import Servicing, explain_failure, needs_restart, servicing_of, succeeded

if TYPE_CHECKING:
    from .._assessment.result import HotfixInfo
    from .._hotfix.definition import HotfixDefinition
    from ._delivery import Delivery
    from .source import PackageSource

PRESENT = "present"
ABSENT = "absent"
DOWNLOADED = "downloaded"


@dataclass(frozen=True)
class HotfixRequest:
    """What is asked for.

    Attributes:
        definition: the hotfix.
        state: `present`, `absent` or `downloaded`.
        source: where its package is; None where none was given.
        timeout: seconds to wait for the host's task.
        keep_files: leave package and script on the host.
        check_mode: change nothing, predict.
    """

    definition: HotfixDefinition
    state: str
    source: PackageSource | None
    timeout: float
    keep_files: bool
    check_mode: bool


@dataclass(frozen=True)
class HotfixOutcome:
    """What came of a request.

    Attributes:
        changed: whether the host was, or would be, changed.
        status: of the host now; in check mode before the change.
        restart_required: whether a restart completes it.
        servicing: package, exit code and log.
        before: for the diff.
        after: for the diff; in check mode the prediction.
        failure: the message of a failure; None otherwise.
    """

    changed: bool
    status: str
    restart_required: bool
    servicing: Servicing = field(default_factory=Servicing)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None


class Answers:
    """The answers to a request, from the host's assessment before it."""

    def __init__(self, request: HotfixRequest, info: HotfixInfo) -> None:
        self.request = request
        self.info = info
        self.kb = request.definition.kb
        self.windows_directory = info.system.windows_directory
        self.parent = parent_package(list(info.packages or ()))

    def of_run(
        self, record: LastAttempt, now: HotfixInfo, delivery: Delivery | None = None, log_tail: str = ""
    ) -> HotfixOutcome:
        """Tell what came of a run, by its record and the host's assessment after it."""
        took = succeeded(record)
        package = parent_package(list(now.packages or ()))
        parent = package or self.parent
        identity = parent.identity if parent else delivery.identity if delivery else None
        return HotfixOutcome(
            changed=took,
            status=now.verdict.status,
            restart_required=needs_restart(record) or now.verdict.status == RESTART_PENDING,
            servicing=servicing_of(record, identity, log_tail),
            before=_shown(self.parent),
            after=self._after(delivery, _state(package)),
            failure=None if took else explain_failure(self.kb, record),
        )

    def unchanged(self, attempt: LastAttempt | None = None) -> HotfixOutcome:
        """Tell that nothing was to be done, with the result of the last attempt if that is given."""
        identity = self.parent.identity if self.parent else None
        return HotfixOutcome(
            changed=False,
            status=self.info.verdict.status,
            restart_required=self.info.verdict.status == RESTART_PENDING,
            servicing=servicing_of(attempt, identity) if attempt else Servicing(identity),
            before=_shown(self.parent),
            after=_shown(self.parent),
        )

    def refused(self) -> HotfixOutcome:
        """Refuse to act on missing evidence."""
        reasons = " ".join(self.info.verdict.reasons) or "The servicing state could not be read."
        return HotfixOutcome(
            changed=False,
            status=self.info.verdict.status,
            restart_required=False,
            failure=f"The state of {self.kb} is not known, so nothing was changed. {reasons}",
        )

    def stored(self, delivery: Delivery) -> HotfixOutcome:
        """Tell that the package lies on the host now."""
        return HotfixOutcome(
            changed=True,
            status=self.info.verdict.status,
            restart_required=False,
            servicing=Servicing(delivery.identity),
            before=_shown(self.parent),
            after=self._after(delivery, _state(self.parent)),
        )

    def predicted(self, delivery: Delivery | None) -> HotfixOutcome:
        """Tell what a run outside of check mode would report."""
        restart = self.request.state != DOWNLOADED and self.request.definition.restart_required
        state = {
            PRESENT: INSTALL_PENDING if restart else INSTALLED,
            ABSENT: UNINSTALL_PENDING if restart else NOT_PRESENT,
            DOWNLOADED: _state(self.parent),
        }[self.request.state]
        identity = self.parent.identity if self.parent else delivery.identity if delivery else None
        return HotfixOutcome(
            changed=True,
            status=self.info.verdict.status,
            restart_required=restart,
            servicing=Servicing(identity),
            before=_shown(self.parent),
            after=self._after(delivery, state),
        )

    def _after(self, delivery: Delivery | None, state: str) -> dict[str, Any]:
        """Return the diff's after: the package's state, and by what it comes to it."""
        shown: dict[str, Any] = {"state": state}
        if delivery:
            shown |= {
                "package": delivery.shown,
                "sha256": delivery.sha256,
                "folder": staging_folder(self.kb, self.windows_directory),
            }
        if self.request.state != DOWNLOADED:
            shown["task"] = task_name(self.kb)
        return shown


def _state(package: PackageState | None) -> str:
    return package.state if package else NOT_PRESENT


def _shown(package: PackageState | None) -> dict[str, Any]:
    return {"state": _state(package)}
