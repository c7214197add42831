# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wevtutil.exe: `qe System` for the events of shutdowns (User32) and starts (EventLog), as XML."""

from __future__ import annotations

import re
from datetime import timezone
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from ..cmd.expansion import split_arguments

if TYPE_CHECKING:
    from ..cmd.process import Process
    from ..power import ShutdownEvent

_OPTION = re.compile(r"^/(q|c|rd|f|e):(.*)$", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"\bEventID\s*=\s*(\d+)")
_PROVIDER = re.compile(r"@Name\s*=\s*'([^']*)'")
# The reason of shutdown /d p:2:17: planned, operating system, hot fix.
_REASON_CODE = "0x80020011"


async def wevtutil(process: Process) -> int:
    """`wevtutil qe System [/q:XPATH] [/c:N] [/rd:true] /f:xml`; XPath may test provider and event numbers."""
    words = split_arguments(process.arguments)
    options = {found[1].lower(): found[2] for word in words[2:] if (found := _OPTION.match(word))}
    command = [word.lower() for word in words[:2]]
    if command not in (["qe", "system"], ["query-events", "system"]) or len(options) != len(words) - 2:
        process.host.unknown(f"wevtutil {process.arguments}")
        process.err("The parameter is incorrect.")
        return 87
    if not process.account.may_administer:
        process.err("Failed to open event query.\r\nAccess is denied.")
        return 5
    query = options.get("q", "*")
    numbers = {int(number) for number in _NUMBER.findall(query)}
    providers = _PROVIDER.findall(query)
    events = [
        event
        for event in process.host.power.log()
        if (not numbers or event.number in numbers) and (not providers or event.provider in providers)
    ]
    if options.get("rd", "false").lower() == "true":
        events.reverse()
    for event in events[: int(options.get("c", len(events)))]:
        process.line(_render(process, event))
    return 0


def _render(process: Process, event: ShutdownEvent) -> str:
    name = process.host.profile.netbios_name
    time = event.at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    if event.number == 1074:
        kind = "restart" if event.restart else "shutdown"
        data = [f"{event.process} ({name})", name, "", _REASON_CODE, kind, event.comment]
    else:
        data = [name]
    fields = "".join(f"<Data>{escape(field)}</Data>" for field in [*data, event.user])
    if event.number == 6005:
        fields = "<Binary>DA070B00</Binary>"
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{event.provider}'/><EventID Qualifiers='32768'>{event.number}</EventID>"
        "<Level>4</Level>"
        f"<TimeCreated SystemTime='{time}'/><Channel>System</Channel><Computer>{name}</Computer></System>"
        f"<EventData>{fields}</EventData></Event>"
    )
