# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count the users who are logged on to a host.

Every edition that allows several users at a time has `query session`. WMI cannot replace it:
Win32_LogonSession and Win32_LoggedOnUser keep listing sessions that have ended, and do not separate active
sessions from disconnected ones. The performance counters of Terminal Services count the console and the
services as sessions. Windows localises only the words of the answer, not its shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Its exit code means nothing: some versions return 1 on success.
SESSIONS_COMMAND = "query session 2>nul"

# `>` marks the caller's own session. Then come the session's name, the user, the number and the state. A user
# name may hold blanks or be a number; the state is a word in the host's language.
_ROW = re.compile(r"^[ >](?P<name>\S*)[ ]+(?:(?P<user>\S.*?)[ ]+)?(?P<id>\d+)[ ]+(?P<state>[^\s\d]\S*)")


@dataclass(frozen=True)
class UserSessions:
    """Sessions of users; the system's own sessions do not count.

    Attributes:
        active: Connected to the console or over the network.
        disconnected: Left without signing out; programs and unsaved work are still open.
    """

    active: int
    disconnected: int

    @property
    def total(self) -> int:
        """All sessions of users."""
        return self.active + self.disconnected


def parse_sessions(text: str) -> UserSessions | None:
    """Read what `SESSIONS_COMMAND` printed.

    Return None if it printed no session, not even that of the services, or more lines besides sessions than
    the heading: any of them may be a user's.

    A session with a user name belongs to that user. An active session has a name (`console`, `rdp-tcp#0`); a
    disconnected session has none.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    rows = [found for found in map(_ROW.match, lines) if found]
    if not rows or len(lines) - len(rows) > 1:
        return None
    users = [found for found in rows if found["user"]]
    active = sum(bool(found["name"]) for found in users)
    return UserSessions(active, len(users) - active)
