# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users' sessions and the drain mode of a session host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .host import WindowsHost


_TERMINAL_SERVER = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server"


@dataclass(frozen=True)
class UserSession:
    """One row of `query session`. `state`: active, disc, conn or listen."""

    id: int
    name: str
    user: str
    state: str


class Sessions:
    """Who is on the host; a restart ends all sessions and, for drainuntilrestart, the drain."""

    def __init__(self, host: WindowsHost) -> None:
        self._host = host
        self.users = [
            UserSession(item.id, item.name, item.user, item.state) for item in host.profile.sessions
        ]
        self.messages: list[tuple[str, str]] = []
        # enable, drain (no new logons), drainuntilrestart, disable: the modes of change logon.
        self.logon_mode = "enable"

    def set_logon_mode(self, mode: str) -> None:
        """Set the mode and the registry value that shows it: 0 open, 1 drained until a restart, 2 drained."""
        self.logon_mode = mode
        value = {"enable": 0, "drainuntilrestart": 1, "drain": 2}.get(mode)
        if value is not None:
            self._host.registry.set(_TERMINAL_SERVER, "TSServerDrainMode", value)

    def all(self) -> list[UserSession]:
        """Every session, the services and console sessions included."""
        rows = [UserSession(0, "services", "", "disc"), UserSession(1, "console", "", "conn"), *self.users]
        if self._host.profile.rdp.enabled:
            rows.append(UserSession(65536, "rdp-tcp", "", "listen"))
        return rows

    def send_message(self, target: str, text: str) -> int:
        """Show a message to users; the number of sessions it reached. `target`: *, a name, or an id."""
        reached = [
            user
            for user in self.users
            if target == "*" or target.lower() in (user.user.lower(), user.name.lower(), str(user.id))
        ]
        for user in reached:
            self.messages.append((user.user, text))
        return len(reached)

    def log_off(self, session_id: int) -> bool:
        before = len(self.users)
        self.users = [user for user in self.users if user.id != session_id]
        return len(self.users) < before

    def restarted(self) -> None:
        self.users = []
        if self.logon_mode == "drainuntilrestart":
            self.set_logon_mode("enable")
