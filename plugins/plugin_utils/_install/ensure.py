# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a hotfix on a host into the state that a module asks for."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from .._assessment.assess import assess
from .._assessment.verdict import COMPLIANT, NOT_APPLICABLE, RESTART_PENDING, UNKNOWN
from .._windows.packages import INSTALL_PENDING, PARTIALLY_INSTALLED, PackageState
from .._wsman.errors import RemoteError
from . import outcome as outcomes
from ._checks import check_servicing, check_space
from ._current_run import Run, find_leftovers, find_run
from ._delivery import Delivery, deliver, forget_attempt, inspect_source, is_delivered
from ._lock import holds, staging_lock, wait_for_lock
from ._run import end_run, read_log_tail, start_run, wait_for_run
from ._script import DOWNLOAD, INSTALL, REMOVE, ScriptHead, download_script, install_script, removal_script
from ._stages import succeeded
from .outcome import ABSENT, DOWNLOADED, PRESENT, HotfixOutcome, HotfixRequest

if TYPE_CHECKING:
    from .._assessment.result import HotfixInfo
    from .._wsman.session import Session


def ensure_hotfix(session: Session, request: HotfixRequest) -> HotfixOutcome:
    """Bring a host into the requested state.

    If another controller is preparing the host at this moment, wait for its run and report the result of
    that. A host that changed meanwhile counts as changed.

    Raises:
        RemoteError: The host refused something before anything was changed, or went out of reach. A task
            that is at work there goes on, and the next call picks up its result.
        InputError: The package on the controller does not fit.
    """
    before = assess(session, request.definition)
    deadline = session.clock.now() + request.timeout
    change = _Change(session, request, before)
    while (outcome := change.make()) is None:
        awaited = wait_for_lock(session, change.kb, change.run_id, deadline - session.clock.now())
        change = _Change(session, request, assess(session, request.definition), awaited)
    shown = outcomes.make_outcome(request, before).before
    if outcome.failure is None and not outcome.changed and outcome.before != shown:
        return replace(outcome, changed=True, before=shown)
    return outcome


class _Change:
    """One request on one host, from one assessment on.

    `awaited` is the run of another controller that this one has waited for.
    """

    def __init__(self, session: Session, request: HotfixRequest, info: HotfixInfo, awaited: str = "") -> None:
        self.session = session
        self.request = request
        self.info = info
        self.awaited = awaited
        self.kb = request.definition.kb
        self.run_id = uuid.uuid4().hex

    def make(self) -> HotfixOutcome | None:
        """Carry out the request. Return None if another controller is preparing the host."""
        makers = {PRESENT: self._install, ABSENT: self._remove, DOWNLOADED: self._download}
        return makers[self.request.state]()

    def _install(self) -> HotfixOutcome | None:
        """Install the package unless it is installed, pending, or being installed."""
        attempt = self.info.last_attempt
        status = self.info.verdict.status
        if status == NOT_APPLICABLE or (status == COMPLIANT and attempt is None):
            return self._unchanged()
        if status == UNKNOWN:
            return outcomes.unknown_outcome(self.request, self.info)
        if status in (COMPLIANT, RESTART_PENDING):
            return self._pick_up()
        if attempt and attempt.run and attempt.run == self.awaited:
            return outcomes.run_outcome(self.request, self.info, self.info, attempt)
        if running := find_run(self.session, self.kb):
            if self.request.check_mode:
                return outcomes.predicted_outcome(self.request, self.info)
            return self._wait_for_other(running, INSTALL)
        delivery = inspect_source(self.session, self.request.source, self.info)
        check_servicing(self.session, self.info)
        check_space(self.session, self.info, delivery.size, servicing=True)
        if self.request.check_mode:
            return outcomes.predicted_outcome(self.request, self.info, delivery)
        with self._locked() as held:
            if not held:
                return None
            script = install_script(
                self._head(),
                architecture=delivery.architecture,
                sha256=delivery.sha256,
                sha1=delivery.sha1,
                fetch=deliver(self.session, self.info, delivery),
            )
            return self._run(INSTALL, script, delivery)

    def _remove(self) -> HotfixOutcome | None:
        """Remove the installed package. Files that another update has replaced stay as they are."""
        if self.info.verdict.status == NOT_APPLICABLE:
            return self._unchanged()
        package = outcomes.installed_package(self.info)
        if self.info.packages is None or (package and package.doubt):
            return outcomes.unknown_outcome(self.request, self.info)
        if package is None or not _can_be_removed(package):
            return self._unchanged()
        running = find_run(self.session, self.kb)
        if running and not self.request.check_mode:
            return self._wait_for_other(running, REMOVE)
        if package.state != INSTALL_PENDING:
            check_servicing(self.session, self.info)
        if self.request.check_mode:
            return outcomes.predicted_outcome(self.request, self.info)
        with self._locked() as held:
            if not held:
                return None
            return self._run(REMOVE, removal_script(self._head(), identity=package.identity), None)

    def _download(self) -> HotfixOutcome | None:
        """Put the package on the host, with its hash checked, and leave it there."""
        status = self.info.verdict.status
        if status in (NOT_APPLICABLE, COMPLIANT, RESTART_PENDING):
            return self._unchanged()
        if status == UNKNOWN:
            return outcomes.unknown_outcome(self.request, self.info)
        running = find_run(self.session, self.kb)
        if running and not self.request.check_mode:
            return self._wait_for_other(running, DOWNLOAD)
        delivery = inspect_source(self.session, self.request.source, self.info)
        if is_delivered(self.session, self.info, delivery):
            return self._unchanged()
        check_space(self.session, self.info, delivery.size, servicing=False)
        if self.request.check_mode:
            return outcomes.predicted_outcome(self.request, self.info, delivery)
        with self._locked() as held:
            if not held:
                return None
            fetch = deliver(self.session, self.info, delivery)
            if fetch is None:
                return outcomes.make_outcome(self.request, self.info, delivery=delivery, changed=True)
            script = download_script(self._head(), sha256=delivery.sha256, fetch=fetch)
            return self._run(DOWNLOAD, script, delivery)

    def _unchanged(self) -> HotfixOutcome:
        return outcomes.make_outcome(self.request, self.info)

    def _locked(self) -> AbstractContextManager[bool]:
        return staging_lock(self.session, self.kb, self.run_id, self.info.last_attempt)

    def _head(self) -> ScriptHead:
        now = self.info.system.local_time
        return ScriptHead(self.kb, self.run_id, now.isoformat(timespec="seconds") if now else "")

    def _run(self, action: str, script: str, delivery: Delivery | None) -> HotfixOutcome | None:
        """Start the script and wait for its end. Return None if the run lost the lock before that."""
        run = Run(self.kb, action, self.run_id)
        # To send the package takes time, in which another controller may have broken the lock.
        if not holds(self.session, self.kb, self.run_id):
            return None
        if not start_run(self.session, run, script, self.info.system.windows_directory):
            return None
        return self._finish(run, delivery)

    def _finish(self, run: Run, delivery: Delivery | None) -> HotfixOutcome:
        """Wait for the run, tidy up, and return the outcome."""
        record = wait_for_run(self.session, run, self.request.timeout)
        took = succeeded(record)
        by_dism = not took and record.stage in (INSTALL, REMOVE)
        log_tail = read_log_tail(self.session, self.kb, self.info.system.windows_directory, failed=by_dism)
        drop_package = run.action != DOWNLOAD or not took
        end_run(self.session, run, keep_files=self.request.keep_files, package=drop_package)
        if run.action == REMOVE and took:
            forget_attempt(self.session, self.kb)
        after = assess(self.session, self.request.definition) if took else self.info
        return outcomes.run_outcome(self.request, self.info, after, record, delivery, log_tail)

    def _wait_for_other(self, running: Run, wanted: str) -> HotfixOutcome:
        """Wait for the run that an earlier call began, unless it does something else.

        Raises:
            RemoteError: It does something else, and has to end first.
        """
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
        """Report the result of the last attempt, and tidy up after a call that was cut off."""
        if not self.request.check_mode and (left := find_leftovers(self.session, self.kb)):
            running = find_run(self.session, self.kb)
            if running and running.action == INSTALL:
                return self._wait_for_other(running, INSTALL)
            end_run(self.session, left, keep_files=self.request.keep_files, package=True)
        return outcomes.make_outcome(self.request, self.info, record=self.info.last_attempt)


def _can_be_removed(package: PackageState) -> bool:
    return package.installed or package.state in (INSTALL_PENDING, PARTIALLY_INSTALLED)
