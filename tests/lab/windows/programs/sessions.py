# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""query session, msg, logoff, change logon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments

if TYPE_CHECKING:
    from ..cmd.process import Process

_LOGON = {
    "/enable": ("enable", "Session logins are currently ENABLED"),
    "/disable": ("disable", "Session logins are currently DISABLED"),
    "/drain": ("drain", "New user logons are DISABLED, but reconnections to existing sessions are ENABLED"),
    "/drainuntilrestart": (
        "drainuntilrestart",
        "New user logons are DISABLED until the server is restarted, "
        "but reconnections to existing sessions are ENABLED",
    ),
}


async def query(process: Process) -> int:
    """`query session|user|process|termserver`: the first is known."""
    words = split_arguments(process.arguments)
    kind = words[0].lower() if words else ""
    if kind == "session":
        return await qwinsta(process)
    process.host.unknown(f"query {process.arguments}")
    process.err("Invalid parameter(s)\r\nQUERY { PROCESS | SESSION | TERMSERVER | USER }")
    return 1


async def qwinsta(process: Process) -> int:
    """Every session; headers and states are localised."""
    headers: list[str] = list(process.texts["session_headers"])  # type: ignore[call-overload]
    states: dict[str, str] = process.texts["session_states"]  # type: ignore[assignment]
    process.line(
        f" {headers[0]:<18}{headers[1]:<22}{headers[2]:>5}  {headers[3]:<8}{headers[4]:<12}{headers[5]}"
    )
    for row in process.host.sessions.all():
        process.line(
            f" {row.name:<18}{row.user:<22}{row.id:>5}  {states[row.state]:<8}{'rdpwd' if row.id > 1 else ''}"
        )
    return 0


async def msg(process: Process) -> int:
    """`msg {user | session | id | *} [/time:n] [/w] [/v] [text]`; the text comes from the input otherwise."""
    words = split_arguments(process.arguments)
    if not words:
        process.err("Invalid parameter(s)")
        return 1
    target, rest = words[0], words[1:]
    while rest and rest[0].startswith("/"):
        if not rest[0].lower().startswith(("/time:", "/w", "/v", "/server:")):
            process.host.unknown(f"msg {process.arguments}")
            process.err("Invalid parameter(s)")
            return 1
        rest = rest[1:]
    text = " ".join(rest) if rest else (await process.read_text()).strip()
    if not process.host.sessions.send_message(target, text):
        process.err(f"{target} does not exist or is disconnected")
        return 1
    return 0


async def logoff(process: Process) -> int:
    """`logoff ID`: ends a session."""
    words = split_arguments(process.arguments)
    if len(words) != 1 or not words[0].isdigit():
        process.host.unknown(f"logoff {process.arguments}")
        process.err("Invalid parameter(s)")
        return 1
    if not process.host.sessions.log_off(int(words[0])):
        process.err(f"Could not find session {words[0]}")
        return 1
    return 0


async def change(process: Process) -> int:
    """`change logon …`."""
    words = split_arguments(process.arguments)
    if not words or words[0].lower() != "logon":
        process.host.unknown(f"change {process.arguments}")
        process.err("Invalid parameter(s)\r\nCHANGE { LOGON | PORT | USER }")
        return 1
    return _logon(process, words[1:])


def _logon(process: Process, words: list[str]) -> int:
    sessions = process.host.sessions
    option = words[0].lower() if words else ""
    if option == "/query":
        process.line(next(text for mode, text in _LOGON.values() if mode == sessions.logon_mode))
        return 0
    if option not in _LOGON:
        process.host.unknown(f"change logon {process.arguments}")
        process.err("Invalid parameter(s)")
        return 1
    if not process.account.may_administer:
        process.err("Access is denied.")
        return 5
    mode, text = _LOGON[option]
    if mode != "disable" and not process.host.is_session_host:
        # What a host without the role service answers is not known; it is not drained.
        process.err("Remote Desktop Services is not installed on this computer.")
        return 1
    sessions.set_logon_mode(mode)
    process.line(text)
    return 0
