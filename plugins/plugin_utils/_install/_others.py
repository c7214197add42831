# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for the work of other controllers on a host, and tidy up behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._hotfix.current_run import find_run
from ._lock import wait_for_lock
from ._run import end_run, wait_for_run
from ._script import DOWNLOAD
from ._stages import succeeded

if TYPE_CHECKING:
    from .._wsman.session import Session


def wait_for_others(session: Session, kb: str, run: str, timeout: float, *, keep_files: bool) -> str:
    """Wait until no other run is at work on the host, and no other controller is preparing one.

    Break the lock of a controller that has gone silent, under the name `run`. Return the name of the other
    run; empty if it was never seen.

    Raises:
        RemoteError: The other one is not done after `timeout` seconds.
        ConnectionLost: The host stayed out of reach.
    """
    deadline = session.clock.now() + timeout
    name = ""
    other = find_run(session, kb)
    if other is None:
        name = wait_for_lock(session, kb, run, timeout)
        other = find_run(session, kb)
    if other is None:
        return name
    session.progress(
        f"{kb}: an earlier run is still at work on the host ({other.action}); waiting for its result, for "
        f"up to {max(0.0, deadline - session.clock.now()):.0f} s"
    )
    record = wait_for_run(session, other, deadline - session.clock.now())
    # Without a record the host went down, or somebody ended the task: its files are of use to the next run.
    if record is not None:
        package = other.action != DOWNLOAD or not succeeded(record)
        end_run(session, other, keep_files=keep_files, package=package, record=record)
    return other.run
