# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let one controller at a time prepare a host.

The lock is a folder: the host makes it, or finds that it exists, in one step. It contains a folder that is
named after the holder's run. A controller holds the lock if its own name is the only one in there. If two
controllers ever write their names, the later one sees both names and steps back.

The lock is beside the staging folder, because a controller may first have to take over that folder, and
because only administrators can create anything directly below %SystemRoot%.

A controller that is killed leaves its lock behind. The others notice that nothing on the host moves any more.
They measure this by their own clock, and never compare it with the host's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._hotfix.current_run import find_run
from .._hotfix.last_attempt import last_attempt_command, read_attempt, staging_folder
from .._windows.account_rights import remedy_for_refusal
from .._wsman.errors import RemoteError
from .._wsman.waiting import Heartbeat, pauses
from ._staging import others_with_rights, prepare_command

if TYPE_CHECKING:
    from .._wsman.session import Session

# Seconds without any change on the host after which its controller counts as gone. A living one is silent for
# at most 90 s, while it waits for a quota.
PATIENCE = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 8.0
_PROGRESS_EVERY = 15.0

_LOCKED = "[lock]"
_HOLDER = re.compile(r"^([0-9a-f]{32})\s*$", re.MULTILINE)


UNREAD = "unread"
_OTHER_REMEDY = (
    "Look at the folder on the host, and whether the disk is full or an antivirus guards it. Then run this "
    "again."
)


@dataclass(frozen=True)
class _Lock:
    """One look at the lock: whether it exists, and the runs that are named in it, almost always one.

    `text` is the whole answer.
    """

    there: bool
    holders: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Taken:
    """Whether this controller holds the lock, and the run of the last installation that left a record.

    `last_run` is empty if no installation left one, and UNREAD if the host does not show the record.
    """

    held: bool
    last_run: str


def held_condition(kb: str, run: str) -> str:
    """Return the `if` of a cmd.exe line that is true while a run holds the lock."""
    return f'if exist "{_folder(kb)}\\{run}\\"'


def release_command(kb: str, run: str) -> str:
    """Return the part of a cmd.exe line that releases the lock if this run holds it."""
    return f'(rd "{_folder(kb)}\\{run}" && rd "{_folder(kb)}") 2>nul'


@contextmanager
def staging_lock(session: Session, kb: str, run: str) -> Iterator[Taken]:
    """Take the lock and prepare the staging folder in one command; release the lock at the end.

    Raises:
        RemoteError: The host does not make the lock or the folder. This is the first step that needs the
            rights of an administrator.
    """
    taken: tuple[str, ...] = (run,)
    try:
        lock = _take(session, kb, run)
        taken = lock.holders
        attempt, unread = read_attempt(kb, lock.text)
        yield Taken(taken == (run,), attempt.run if attempt else UNREAD if unread else "")
    finally:
        # A host that is out of reach keeps the lock; the next controller breaks it.
        if run in taken:
            with suppress(RemoteError):
                session.run(release_command(kb, run))


def holds(session: Session, kb: str, run: str) -> bool:
    """Return whether a run still holds the lock. Another controller breaks the lock of a silent run."""
    return "held" in session.run(f"{held_condition(kb, run)} echo held").stdout


def wait_for_lock(session: Session, kb: str, run: str, timeout: float) -> str:
    """Wait until another controller has started its run, has released the lock, or has gone silent.

    Break the lock of a silent one, under the name `run`. Return the name of the other controller's run; empty
    if it was never seen.

    Raises:
        RemoteError: The other controller is still preparing the host after `timeout` seconds.
    """
    prepared = seen = ""
    since = session.clock.now()
    heartbeat = Heartbeat(session.clock, _PROGRESS_EVERY)
    for _unused in pauses(session.clock, timeout, _FIRST_PAUSE, _LONGEST_PAUSE):
        lock = _parse(session.run(_look_command(kb)).stdout)
        prepared = next(iter(lock.holders), prepared)
        if not lock.there or find_run(session, kb):
            return prepared
        if heartbeat.due(changed=not seen):
            waited = f"{heartbeat.waited:.0f} of {timeout:.0f} s"
            session.progress(f"{kb}: another controller is preparing this host; waiting ({waited})")
        if lock.text != seen:
            seen, since = lock.text, session.clock.now()
        elif session.clock.now() - since >= PATIENCE:
            session.progress(f"{kb}: the other controller has not moved for {PATIENCE:.0f} s; taking over")
            session.run(_break_command(kb, run, lock.holders))
            return prepared
    raise RemoteError(
        session.host,
        f"Another controller is still preparing {kb} on this host after {timeout:.0f} seconds. This call "
        "changed nothing. To report the other one's result, run this again with a larger timeout.",
    )


def _take(session: Session, kb: str, run: str) -> _Lock:
    """Try to take the lock, and prepare the folder if that succeeds."""
    # If the host refuses and yet there is no lock, its holder has just released it: try a second time.
    for _unused in range(2):
        result = session.run(_take_command(kb, run))
        lock = _parse(result.stdout)
        if lock.there:
            break
    refused = result.said if result.exit_code != 0 else ""
    if others := others_with_rights(result.stdout):
        refused = f"these accounts still have rights there: {', '.join(others)}"
    if not lock.there or (lock.holders == (run,) and refused):
        raise RemoteError(
            session.host,
            f"The staging folder {staging_folder(kb)} cannot be created or closed to others: "
            f"{refused or result.said}. {remedy_for_refusal(session, result.exit_code, _OTHER_REMEDY)}",
        )
    return lock


def _folder(kb: str) -> str:
    return rf"%SystemRoot%\winfleet.hotfix-{kb}.lock"


def _show(kb: str) -> str:
    lock = _folder(kb)
    return f'(if exist "{lock}\\" echo {_LOCKED}) & dir /b "{lock}" 2>nul'


def _take_command(kb: str, run: str) -> str:
    lock = _folder(kb)
    return (
        f'(mkdir "{lock}" && mkdir "{lock}\\{run}") & {_show(kb)} & {last_attempt_command(kb)} & '
        f"{held_condition(kb, run)} ({prepare_command(kb)}) else exit /b 1"
    )


def _look_command(kb: str) -> str:
    # This counts lines because NTFS lists the size of a file as it was when the file was last closed.
    return f'{_show(kb)} & (for %F in ("{staging_folder(kb)}\\*") do @find /c /v "" "%F") 2>nul'


def _break_command(kb: str, run: str, holders: tuple[str, ...]) -> str:
    """Return the command that breaks an abandoned lock.

    If several controllers try, only one of them can rename what the holder left. The lock itself goes only
    when it is empty.
    """
    lock = _folder(kb)
    steps = [f'(ren "{lock}\\{holder}" "{run}" && rd "{lock}\\{run}")' for holder in holders]
    steps.append(f'rd "{lock}"')
    return f"({' & '.join(steps)}) 2>nul"


def _parse(text: str) -> _Lock:
    return _Lock(_LOCKED in text, tuple(_HOLDER.findall(text)), text.strip())
