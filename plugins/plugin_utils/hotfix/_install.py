# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: brings a hotfix into the state asked for, and tells what came of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._assessment import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._install_checks import (
    check_servicing,
    check_space,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._install_delivery import (
    Delivery,
    deliver,
    forget_attempt,
    inspect_source,
    is_delivered,
    prepare_folder,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._install_outcome import (
    Servicing,
    explain_failure,
    needs_restart,
    servicing_of,
    succeeded,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._install_run import (
    Run,
    end_run,
    find_run,
    has_leftovers,
    read_log_tail,
    start_run,
    task_name,
    wait_for_run,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._install_script import (
    DOWNLOAD,
    INSTALL,
    REMOVE,
    ScriptHead,
    download_script,
    install_script,
    removal_script,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._servicing import (
    INSTALL_PENDING,
    INSTALLED,
    NOT_PRESENT,
    UNINSTALL_PENDING,
    PackageState,
    parent_package,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._staging import (
    LastAttempt,
    cleanup_command,
    staging_folder,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._verdict import (
    COMPLIANT,
    NOT_APPLICABLE,
    RESTART_PENDING,
    UNKNOWN,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._errors import RemoteError

if TYPE_CHECKING:
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._catalog import HotfixDefinition
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._hotfix_info import HotfixInfo
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils.hotfix._install_source import PackageSource
    from ansible_collections.winfleet.hotfix.plugins.plugin_utils.remote._session import Session

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


def ensure_hotfix(session: Session, request: HotfixRequest) -> HotfixOutcome:
    """Bring a host into the state asked for.

    Raises:
        RemoteError: the host refuses something before anything was changed, or went out of reach; a task
            that is at work there goes on, and the next call picks its result up.
        PackageError: the package on the controller does not fit.
    """
    change = _Change(session, request, assess(session, request.definition))
    if request.state == PRESENT:
        return change.install()
    if request.state == ABSENT:
        return change.remove()
    return change.download()


class _Change:
    """One request on one host, from its assessment on."""

    def __init__(self, session: Session, request: HotfixRequest, info: HotfixInfo) -> None:
        self.session = session
        self.request = request
        self.info = info
        self.kb = request.definition.kb
        self.windows_directory = info.system.windows_directory
        self.parent = parent_package(list(info.packages or ()))

    def install(self) -> HotfixOutcome:
        """Install the package, unless it is there, pending, or already being installed."""
        status = self.info.verdict.status
        if status == NOT_APPLICABLE or (status == COMPLIANT and self.info.last_attempt is None):
            return self._unchanged()
        if status == UNKNOWN:
            return self._refused()
        if status in (COMPLIANT, RESTART_PENDING):
            return self._pick_up()
        running = find_run(self.session, self.kb)
        if running:
            return (
                self._predicted(None) if self.request.check_mode else self._wait_for_other(running, INSTALL)
            )
        delivery = self._inspect()
        check_servicing(self.session, self.info)
        check_space(self.session, self.info, delivery.size, servicing=True)
        if self.request.check_mode:
            return self._predicted(delivery)
        prepare_folder(self.session, self.kb)
        fetch = deliver(self.session, self.info, delivery)
        # Sending takes its time, in which another controller may have begun.
        if running := find_run(self.session, self.kb):
            return self._wait_for_other(running, INSTALL)
        run = self._new_run(INSTALL)
        script = install_script(
            self._head(run),
            architecture=delivery.architecture,
            sha256=delivery.sha256,
            sha1=delivery.sha1,
            fetch=fetch,
        )
        start_run(self.session, run, script, self.windows_directory)
        return self._finish(run, delivery)

    def remove(self) -> HotfixOutcome:
        """Remove the installed package; files that are newer by another update are none of its business."""
        if self.info.verdict.status == NOT_APPLICABLE:
            return self._unchanged()
        if self.info.packages is None or (self.parent and self.parent.code is None):
            return self._refused()
        if self.parent is None or not _can_be_removed(self.parent):
            return self._unchanged()
        running = find_run(self.session, self.kb)
        if running and not self.request.check_mode:
            return self._wait_for_other(running, REMOVE)
        if self.parent.state != INSTALL_PENDING:
            check_servicing(self.session, self.info)
        if self.request.check_mode:
            return self._predicted(None)
        prepare_folder(self.session, self.kb)
        run = self._new_run(REMOVE)
        script = removal_script(self._head(run), identity=self.parent.identity)
        start_run(self.session, run, script, self.windows_directory)
        return self._finish(run, None)

    def download(self) -> HotfixOutcome:
        """Put the package on the host, its hash checked, and leave it there."""
        status = self.info.verdict.status
        if status in (NOT_APPLICABLE, COMPLIANT, RESTART_PENDING):
            return self._unchanged()
        if status == UNKNOWN:
            return self._refused()
        running = find_run(self.session, self.kb)
        if running and not self.request.check_mode:
            return self._wait_for_other(running, DOWNLOAD)
        delivery = self._inspect()
        if is_delivered(self.session, self.info, delivery):
            return self._unchanged()
        check_space(self.session, self.info, delivery.size, servicing=False)
        if self.request.check_mode:
            return self._predicted(delivery)
        prepare_folder(self.session, self.kb)
        fetch = deliver(self.session, self.info, delivery)
        if fetch is None:
            return self._changed(delivery)
        run = self._new_run(DOWNLOAD)
        script = download_script(self._head(run), sha256=delivery.sha256, fetch=fetch)
        start_run(self.session, run, script, self.windows_directory)
        return self._finish(run, delivery)

    def _inspect(self) -> Delivery:
        return inspect_source(self.session, self.request.source, self.info)

    def _new_run(self, action: str) -> Run:
        return Run(self.kb, action, uuid.uuid4().hex)

    def _head(self, run: Run) -> ScriptHead:
        local_time = self.info.system.local_time
        return ScriptHead(self.kb, run.run, local_time.isoformat(timespec="seconds") if local_time else "")

    def _finish(self, run: Run, delivery: Delivery | None) -> HotfixOutcome:
        """Wait for the run, clean up, and tell what came of it."""
        record = wait_for_run(self.session, run, self.request.timeout)
        took = succeeded(record)
        by_dism = not took and record.stage in (INSTALL, REMOVE)
        log_tail = read_log_tail(self.session, self.kb, self.windows_directory, failed=by_dism)
        self._clean_up(package=run.action != DOWNLOAD or not took)
        if run.action == REMOVE and took:
            forget_attempt(self.session, self.kb)
        now = assess(self.session, self.request.definition) if took else self.info
        parent = parent_package(list(now.packages or ())) or self.parent
        identity = parent.identity if parent else delivery.identity if delivery else None
        return HotfixOutcome(
            changed=took,
            status=now.verdict.status,
            restart_required=needs_restart(record) or now.verdict.status == RESTART_PENDING,
            servicing=servicing_of(record, identity, log_tail),
            before=_shown(self.parent),
            after=self._after(delivery, _state(parent_package(list(now.packages or ())))),
            failure=None if took else explain_failure(self.kb, record),
        )

    def _wait_for_other(self, running: Run, wanted: str) -> HotfixOutcome:
        """Wait for the run that an earlier call began; one that does something else has to end first."""
        if running.action != wanted:
            raise RemoteError(
                self.session.host,
                f"Another run is at work for {self.kb} on this host ({running.action}). Nothing was changed. "
                "Wait until it has ended, then run this again.",
            )
        self.session.progress(
            f"{self.kb}: an earlier run is still at work on the host; waiting for its result"
        )
        return self._finish(running, None)

    def _pick_up(self) -> HotfixOutcome:
        """Report the result of the last attempt, and tidy up behind a call that was cut off."""
        if not self.request.check_mode and has_leftovers(self.session, self.kb):
            running = find_run(self.session, self.kb)
            if running and running.action == INSTALL:
                return self._wait_for_other(running, INSTALL)
            self._clean_up(package=True)
        return self._unchanged(self.info.last_attempt)

    def _clean_up(self, *, package: bool) -> None:
        end_run(self.session, self.kb)
        if not self.request.keep_files:
            self.session.run(cleanup_command(self.kb, package=package))

    def _unchanged(self, attempt: LastAttempt | None = None) -> HotfixOutcome:
        identity = self.parent.identity if self.parent else None
        return HotfixOutcome(
            changed=False,
            status=self.info.verdict.status,
            restart_required=self.info.verdict.status == RESTART_PENDING,
            servicing=servicing_of(attempt, identity) if attempt else Servicing(identity),
            before=_shown(self.parent),
            after=_shown(self.parent),
        )

    def _refused(self) -> HotfixOutcome:
        """Refuse to act on missing evidence."""
        reasons = " ".join(self.info.verdict.reasons) or "The servicing state could not be read."
        return HotfixOutcome(
            changed=False,
            status=self.info.verdict.status,
            restart_required=False,
            failure=f"The state of {self.kb} is not known, so nothing was changed. {reasons}",
        )

    def _changed(self, delivery: Delivery) -> HotfixOutcome:
        return HotfixOutcome(
            changed=True,
            status=self.info.verdict.status,
            restart_required=False,
            servicing=Servicing(delivery.identity),
            before=_shown(self.parent),
            after=self._after(delivery, _state(self.parent)),
        )

    def _predicted(self, delivery: Delivery | None) -> HotfixOutcome:
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


def _can_be_removed(package: PackageState) -> bool:
    return package.installed or package.state in (INSTALL_PENDING, "Partially Installed")


def _state(package: PackageState | None) -> str:
    return package.state if package else NOT_PRESENT


def _shown(package: PackageState | None) -> dict[str, Any]:
    return {"state": _state(package)}
