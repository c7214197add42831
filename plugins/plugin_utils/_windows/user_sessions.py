# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: how many users are on a host.

`query session` is the one source that every edition with sessions of several users has. WMI does not do:
Win32_LogonSession and Win32_LoggedOnUser go on listing sessions that have ended, and do not tell those that
are in use from those left behind; the performance counters of Terminal Services count the console and the
services as sessions. Only words of the answer are localised, its shape is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Its exit code tells nothing: it is 1 on success in some versions.
SESSIONS_COMMAND = "query session 2>nul"

# `>` marks the session of whoever asks, then come the session's name, the user, the number and the state.
# Names of users may hold blanks and be numbers; the state is a word in the host's language.
_ROW = re.compile(r"^[ >](?P<name>\S*)[ ]+(?:(?P<user>\S.*?)[ ]+)?(?P<id>\d+)[ ]+(?P<state>[^\s\d]\S*)")


@dataclass(frozen=True)
class UserSessions:
    """Sessions of users, those of the system not counted.

    Attributes:
        active: In use: connected to the console or over the network.
        disconnected: Left without signing out; programs and unsaved work are still there.
    """

    active: int
    disconnected: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.active + self.disconnected


def parse_sessions(text: str) -> UserSessions | None:
    """Read what `SESSIONS_COMMAND` printed; None where it printed no session, not even that of the services.

    A session is the user's if it names one. Whoever is connected has a session with a name (`console`,
    `rdp-tcp#0`), and a disconnected session has lost it.
    """
    rows = [found for found in map(_ROW.match, text.splitlines()) if found]
    if not rows:
        return None
    users = [found for found in rows if found["user"]]
    active = sum(bool(found["name"]) for found in users)
    return UserSessions(active, len(users) - active)
