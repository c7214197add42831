# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a hotfix on a host into the state that a module asks for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._assessment.assess import assess
from .._assessment.verdict import COMPLIANT, NOT_APPLICABLE, RESTART_PENDING, UNKNOWN
from .._hotfix.current_run import ENDED, Run, look_again
from .._hotfix.current_run import UNKNOWN as RUN_UNKNOWN
from .._windows.packages import INSTALL_PENDING, PARTIALLY_INSTALLED, PackageState
from .._wsman.errors import RemoteError
from . import outcome as outcomes
from ._checks import check_servicing, check_space
from ._delivery import Delivery, deliver, inspect_source, is_delivered
from ._lock import holds, release_command, staging_lock
from ._others import wait_for_others
from ._run import end_run, ended_without_result, read_log_tail, read_record, start_run, wait_for_run
from ._script import DOWNLOAD, INSTALL, REMOVE, ScriptHead, download_script, install_script, removal_script
from ._stages import succeeded
from .outcome import ABSENT, DOWNLOADED, PRESENT, SETTLED, HotfixOutcome, HotfixRequest

if TYPE_CHECKING:
    from .._assessment.result import HotfixInfo
    from .._hotfix.last_attempt import LastAttempt
    from .._wsman.session import Session

# How often to wait for others on the host. Once is enough, unless they keep coming.
_ROUNDS = 10
# The action that brings a host into each state.
_ACTIONS = {PRESENT: INSTALL, ABSENT: REMOVE, DOWNLOADED: DOWNLOAD}


def ensure_hotfix(session: Session, request: HotfixRequest) -> HotfixOutcome:
    """Bring a host into the requested state.

    If a run of this hotfix is at work on the host, or another controller is preparing one, wait for it,
    whatever it does. Then assess the host anew and go on from there; a failure of the very action that is
    asked for is reported, and not tried again. A host that another run brought into the state meanwhile
    counts as changed.

    Raises:
        RemoteError: The host refused something before anything was changed, or went out of reach, or other
            controllers kept it busy. A task that is at work there goes on, and the next call picks up its
            result.
        InputError: The package on the controller does not fit.
    """
    before = assess(session, request.definition)
    deadline = session.clock.now() + request.timeout
    change = _Change(session, request, before)
    for _unused in range(_ROUNDS):
        outcome = change.make()
        if outcome is not None:
            return outcomes.count_change_by_others(outcome, request, before)
        change.wait(deadline - session.clock.now())
    raise RemoteError(
        session.host,
        f"Other controllers worked on {request.definition.kb} on this host {_ROUNDS} times in a row, so this "
        "call gave up and changed nothing. Find out which jobs run against this host at the same time, then "
        "run this again.",
    )


class _Change:
    """One request on one host.

    Attributes:
        info: The latest assessment.
        awaited: The record of the run that was waited for, if that did what is asked for.
        known: The runs whose record an assessment or an earlier look at the lock has seen.
    """

    def __init__(self, session: Session, request: HotfixRequest, info: HotfixInfo) -> None:
        self.session = session
        self.request = request
        self.info = info
        self.awaited: LastAttempt | None = None
        self.known: set[str] = set()
        self.kb = request.definition.kb
        self.run_id = uuid.uuid4().hex

    def make(self) -> HotfixOutcome | None:
        """Carry out the request. Return None if others are at work on the host, or were until now."""
        if self.info.current_run and self.info.current_run.at_work and not self.request.check_mode:
            return None
        if self.awaited and not succeeded(self.awaited):
            log_tail = self._log_tail(self.awaited)
            return outcomes.run_outcome(self.request, self.info, self.info, self.awaited, log_tail=log_tail)
        makers = {
            PRESENT: self._install,
            ABSENT: self._remove,
            DOWNLOADED: self._download,
            SETTLED: self._unchanged,
        }
        return makers[self.request.state]()

    def wait(self, timeout: float) -> None:
        """Wait until nobody else works on the host, for so many seconds at most, and assess it anew."""
        keep = self.request.keep_files
        name = wait_for_others(self.session, self.kb, self.run_id, timeout, keep_files=keep)
        action = _ACTIONS.get(self.request.state)
        record = read_record(self.session, self.kb, action) if name and action else None
        self.awaited = record if record and record.run == name else None
        self.info = assess(self.session, self.request.definition)

    def _install(self) -> HotfixOutcome | None:
        """Install the package unless it is installed or pending."""
        status = self.info.verdict.status
        if status == UNKNOWN:
            return outcomes.unknown_outcome(self.request, self.info)
        if status in (NOT_APPLICABLE, COMPLIANT, RESTART_PENDING):
            return self._unchanged()
        delivery = self._inspect()
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
        delivery = self._inspect()
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

    def _inspect(self) -> Delivery:
        return inspect_source(self.session, self.request.source, self.info)

    def _unchanged(self) -> HotfixOutcome:
        """Report what there is, and tidy up behind a call that was cut off after its run had ended."""
        left = self.info.current_run
        if left and left.state == ENDED and not self.request.check_mode:
            package = left.run.action != DOWNLOAD
            end_run(self.session, left.run, keep_files=self.request.keep_files, package=package)
        record = self.awaited
        if self.request.state == PRESENT:
            record = self.info.last_attempt
        return outcomes.make_outcome(self.request, self.info, record=record)

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """Take the lock; yield whether this call may go on: no other run has ended since the assessment.

        A record that cannot be read may be that of another run, so it makes this call assess once more.

        Raises:
            RemoteError: The host does not show whether a run is at work, or refuses the lock.
        """
        attempt = self.info.last_attempt
        self.known.add(attempt.run if attempt else "")
        left = self.info.current_run
        if left and left.state == RUN_UNKNOWN:
            left = look_again(self.session, self.kb)
        if left and left.at_work:
            yield False
            return
        if left and left.state == ENDED:
            # Its controller needs the lock no more, and may have been killed before it could release it.
            self.session.run(release_command(self.kb, left.run.run))
        with staging_lock(self.session, self.kb, self.run_id) as taken:
            news = taken.last_run not in self.known
            self.known.add(taken.last_run)
            yield taken.held and not news

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
        record = wait_for_run(self.session, run, self.request.timeout)
        if record is None:
            raise ended_without_result(self.session, run)
        took = succeeded(record)
        log_tail = self._log_tail(record)
        drop_package = action != DOWNLOAD or not took
        end_run(self.session, run, keep_files=self.request.keep_files, package=drop_package, record=record)
        after = assess(self.session, self.request.definition) if took else self.info
        return outcomes.run_outcome(self.request, self.info, after, record, delivery, log_tail)

    def _log_tail(self, record: LastAttempt) -> str:
        by_dism = not succeeded(record) and record.stage in (INSTALL, REMOVE)
        return read_log_tail(self.session, self.kb, self.info.system.windows_directory, failed=by_dism)


def _can_be_removed(package: PackageState) -> bool:
    return package.installed or package.state in (INSTALL_PENDING, PARTIALLY_INSTALLED)
