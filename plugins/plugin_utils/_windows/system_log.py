# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the newest event of a kind in the System log, in fields that Windows does not localise."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import datetime

from .._wsman.errors import RemoteError
from .._wsman.wmi_values import as_datetime

_NUMBER = re.compile(r"[0-9]{1,5}")
_ANSWERED = "end of the events"
# The service Event Log writes this at every start of Windows ("The Event log service was started").
STARTED = 6005
START_QUERY = f"Provider[@Name='EventLog'] and EventID={STARTED}"


@dataclass(frozen=True)
class LogEvent:
    """An event: its number, its time (aware), its record in the log, and its insertion strings."""

    number: int
    time: datetime
    record: str = ""
    data: tuple[str, ...] = ()


def newest_event_command(query: str) -> str:
    """Return a part of a cmd.exe line that prints the newest event for `parse_newest_event`.

    The query is an XPath condition on the event's System element.
    """
    return f'wevtutil qe System "/q:*[System[{query}]]" /c:1 /rd:true /f:xml 2>nul && echo {_ANSWERED}'


def parse_newest_event(host: str, text: str) -> LogEvent | None:
    """Read what `newest_event_command` printed; None if the log has no such event.

    Raises:
        RemoteError: The host did not show its log, or shows an event that is not whole.
    """
    text = text.replace("\x00", "")
    found = re.search(r"<Event[ >].*?</Event>", text, re.DOTALL)
    answered = any(line.strip() == _ANSWERED for line in text.splitlines())
    event = _parse(found[0]) if found else None
    # wevtutil prints nothing where no event fits, so any other text is not its answer.
    if not answered or (event is None and text.replace(_ANSWERED, "").strip()):
        raise RemoteError(
            host,
            "The System log could not be read. Check on the host that `wevtutil qe System /c:1` prints an "
            "event for this account.",
        )
    return event


def _parse(xml: str) -> LogEvent | None:
    try:
        event = ET.fromstring(xml)
    except ET.ParseError:
        return None
    number = (event.findtext("{*}System/{*}EventID") or "").strip()
    created = event.find("{*}System/{*}TimeCreated")
    time = as_datetime(created.get("SystemTime")) if created is not None else None
    if not _NUMBER.fullmatch(number) or time is None:
        return None
    record = event.findtext("{*}System/{*}EventRecordID") or ""
    data = tuple(element.text or "" for element in event.findall("{*}EventData/{*}Data"))
    return LogEvent(int(number), time, record, data)
