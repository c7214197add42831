# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: of controllers that work on a host at the same moment, one prepares it.

The lock is a folder, which the host makes or finds made in one step, and in it a folder that bears the name
of its holder's run. Whoever finds nobody's name but his own in it holds the lock: where two should ever have
written theirs, the later one sees both and steps back.

It lies beside the staging folder: that one may have to be taken from somebody else first, and below
%SystemRoot% only administrators create anything. A controller that was killed leaves its lock behind. Others
tell that by their own clock, from nothing having moved on the host, never by comparing the host's with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._hotfix.last_attempt import ATTEMPT, LastAttempt, parse_last_attempt, staging_folder
from .._wsman.errors import RemoteError
from .._wsman.waiting import Heartbeat, pauses
from ._staging import prepare_command

if TYPE_CHECKING:
    from .._wsman.session import CommandResult, Session

# Seconds without any movement after which a holder counts as gone. The longest silence of one that is there
# is a request that waits for a quota (90 s).
PATIENCE = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0
_PROGRESS_EVERY = 15.0

_LOCKED = "[lock]"
_HOLDER = re.compile(r"^([0-9a-f]{32})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class _Lock:
    """What the host tells of its lock.

    Attributes:
        there: whether it is there.
        holders: the runs whose names are in it; hardly ever more than one.
        attempt: the record of the last installation.
        text: all of it.
    """

    there: bool
    holders: tuple[str, ...]
    attempt: LastAttempt | None
    text: str


def held_condition(kb: str, run: str) -> str:
    """Return the condition of a cmd.exe line that a run holds the lock."""
    return f'if exist "{_folder(kb)}\\{run}\\"'


def release_command(kb: str, run: str) -> str:
    """Return a part of a cmd.exe line that gives the lock of a run back, and of no other."""
    return f'(rd "{_folder(kb)}\\{run}" && rd "{_folder(kb)}") 2>nul'


@contextmanager
def staging_lock(session: Session, kb: str, run: str, before: LastAttempt | None) -> Iterator[bool]:
    """Take the lock and prepare the staging folder, in one command; give the lock back at the end.

    Args:
        session: the host.
        kb: the hotfix.
        run: names the run that is being prepared.
        before: the last attempt that the host was assessed by.

    Yields:
        Whether the lock is held. It is not where another controller holds it, nor where one has come to the
        end of an attempt since the host was assessed.

    Raises:
        RemoteError: lock or folder cannot be made; this is the first thing that needs the rights of an
            administrator.
    """
    taken: tuple[str, ...] = (run,)
    try:
        lock = _take(session, kb, run)
        taken = lock.holders
        yield taken == (run,) and (lock.attempt and lock.attempt.run) == (before and before.run)
    finally:
        # A host that is out of reach keeps the lock; the next run takes it over.
        if run in taken:
            with suppress(RemoteError):
                session.run(release_command(kb, run))


def holds(session: Session, kb: str, run: str) -> bool:
    """Tell whether a run still holds the lock: somebody may have taken a silent one for dead."""
    return "held" in session.run(f"{held_condition(kb, run)} echo held").stdout


def wait_for_lock(session: Session, kb: str, run: str, timeout: float, at_work: Callable[[], bool]) -> str:
    """Wait while another controller prepares the host.

    Args:
        session: the host.
        kb: the hotfix.
        run: a name for this call, to take an abandoned lock away by.
        timeout: seconds to wait at the most.
        at_work: tells whether what the other one prepares is at work.

    Returns:
        The run that the other one prepared, where it could be told: it is at work, or the lock is gone, be
        it that its holder did not move any more and it was taken away.

    Raises:
        RemoteError: the other one moves on and on, and is not done in time.
    """
    prepared, seen = "", ""
    since = session.clock.now()
    heartbeat = Heartbeat(session.clock, _PROGRESS_EVERY)
    for _waited in pauses(session.clock, timeout, _FIRST_PAUSE, _LONGEST_PAUSE):
        lock = _parse(session.run(_look_command(kb)).stdout)
        prepared = next(iter(lock.holders), prepared)
        if not lock.there or at_work():
            return prepared
        now = session.clock.now()
        first = not seen
        if lock.text != seen:
            seen, since = lock.text, now
        elif now - since >= PATIENCE:
            session.progress(f"{kb}: the other controller has not moved for {PATIENCE:.0f} s; taking over")
            session.run(_break_command(kb, run, lock.holders))
            return prepared
        if heartbeat.due(changed=first):
            session.progress(
                f"{kb}: another controller is preparing this host; waiting ({heartbeat.waited:.0f} s)"
            )
    raise RemoteError(
        session.host,
        f"Another controller is preparing {kb} on this host, and was not done in time. This call changed "
        "nothing; run it again, with a larger timeout, to pick the other's result up.",
    )


def _take(session: Session, kb: str, run: str) -> _Lock:
    """Try to take the lock; where that succeeds the folder is prepared."""
    # Once more where it was refused and yet is not there: it was given back in between.
    for _unused in range(2):
        result = session.run(_take_command(kb, run))
        lock = _parse(result.stdout)
        if lock.there:
            break
    if not lock.there or (lock.holders == (run,) and result.exit_code != 0):
        raise _refused(session, kb, result)
    return lock


def _folder(kb: str) -> str:
    return rf"%SystemRoot%\winfleet.hotfix-{kb}.lock"


def _show(kb: str) -> str:
    lock = _folder(kb)
    return f'(if exist "{lock}\\" echo {_LOCKED}) & dir /b "{lock}" 2>nul'


def _take_command(kb: str, run: str) -> str:
    lock = _folder(kb)
    record = f'type "{staging_folder(kb)}\\{ATTEMPT}" 2>nul'
    return (
        f'(mkdir "{lock}" && mkdir "{lock}\\{run}") & {_show(kb)} & {record} & '
        f"{held_condition(kb, run)} ({prepare_command(kb)}) else exit /b 1"
    )


def _look_command(kb: str) -> str:
    # Lines are counted, not sizes listed: of a file that is being written, NTFS lists the size that it had
    # when it was last closed.
    return f'{_show(kb)} & (for %F in ("{staging_folder(kb)}\\*") do @find /c /v "" "%F") 2>nul'


def _break_command(kb: str, run: str, holders: tuple[str, ...]) -> str:
    """Take an abandoned lock away: of several who try, one alone can rename what its holder left.

    The lock itself goes only where it is empty.
    """
    lock = _folder(kb)
    steps = [f'(ren "{lock}\\{holder}" "{run}" && rd "{lock}\\{run}")' for holder in holders]
    steps.append(f'rd "{lock}"')
    return f"({' & '.join(steps)}) 2>nul"


def _parse(text: str) -> _Lock:
    return _Lock(_LOCKED in text, tuple(_HOLDER.findall(text)), parse_last_attempt(text), text.strip())


def _refused(session: Session, kb: str, result: CommandResult) -> RemoteError:
    said = " ".join(result.stderr.split()) or f"exit code {result.exit_code}"
    return RemoteError(
        session.host,
        f"The staging folder {staging_folder(kb)} cannot be made or closed to others: {said} "
        "Connect as a member of the host's Administrators with the full token; a local account other "
        "than the built-in one needs LocalAccountTokenFilterPolicy=1.",
    )
