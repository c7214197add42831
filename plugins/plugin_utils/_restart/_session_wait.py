# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until the last user has signed out, before a restart at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._windows.scheduled_tasks import delete_task, register_task, start_task
from .._windows.task_xml import render_task_xml
from .._windows.user_sessions import SESSIONS_COMMAND, UserSessions, parse_sessions
from .._wsman.errors import ConnectionLost
from .._wsman.retries import Retries, look, on_new_reason
from .._wsman.waiting import Heartbeat
from ._task import announcement_name, announcement_task

if TYPE_CHECKING:
    from .._wsman.session import Session
    from .request import RestartRequest

# Seconds between two looks.
_POLL = 10.0
_PROGRESS_EVERY = 60.0
# Seconds that a host may be out of reach: the wait may last for hours.
_PATIENCE_OUT_OF_REACH = 300.0


def wait_for_sessions(session: Session, request: RestartRequest) -> UserSessions | None:
    """Ask users to sign out, and wait until the last one has, or the time is over.

    Disconnected sessions count because they may hold unsaved work. Return the sessions that are left; None if
    their number stayed unknown for the whole time.

    Raises:
        RemoteError: The host refused a request.
        ConnectionLost: The host stayed out of reach, or the account cannot log on.
    """
    left = _count(session)
    if left is not None and not left.total:
        return left
    heartbeat = Heartbeat(session.clock, _PROGRESS_EVERY)
    limit = request.wait_for_sessions.total_seconds()
    if request.notice.message:
        register_task(
            session,
            announcement_name(request.kb),
            render_task_xml(announcement_task(request.kb, request.notice.message, int(limit))),
        )
        start_task(session, announcement_name(request.kb))
    session.progress(_describe(left, limit))
    while (left is None or left.total) and heartbeat.waited < limit:
        session.clock.sleep(_POLL)
        left = _count(session)
        if heartbeat.due():
            session.progress(_describe(left, limit - heartbeat.waited))
    if request.notice.message:
        delete_task(session, announcement_name(request.kb))
    return left


def _count(session: Session) -> UserSessions | None:
    def show(reason: str) -> None:
        session.progress(f"the connection is lost; trying to connect again: {reason}")

    retries = Retries(session.clock, _PATIENCE_OUT_OF_REACH, _POLL, _POLL)
    try:
        said = look(session, lambda: session.run(SESSIONS_COMMAND), retries, on_new_reason(show))
    except ConnectionLost as error:
        raise ConnectionLost(
            session.host,
            "The host was not restarted: it went out of reach during the wait for users to sign out. "
            f"{error.message}",
        ) from error
    return parse_sessions(said.stdout)


def _describe(left: UserSessions | None, seconds: float) -> str:
    users = (
        "their number is unknown"
        if left is None
        else f"{left.active} active, {left.disconnected} disconnected"
    )
    return f"waiting up to {max(seconds, 0):.0f} seconds for users to sign out ({users})"
