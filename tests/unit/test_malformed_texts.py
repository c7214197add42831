# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's programs print, however malformed, is read or refused; it never ends in a stray exception.

tests/unit/_wsman/test_malformed.py does the same with the answers of WinRM.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.last_attempt import parse_last_attempt
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart._task import restart_delay
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.schedule import win32_code
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows._products import product_name
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.file_version import FileVersion
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.packages import (
    PackageState,
    parent_package,
    parse_packages,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.registry_keys import parse_keys
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.scheduled_tasks import parse_listing
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.system_log import (
    _ANSWERED,
    parse_newest_event,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.task_xml import (
    ExecAction,
    parse_boundary,
    parse_task_xml,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.user_sessions import parse_sessions
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._transfer_commands import parse_hashes
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.session import CommandResult
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.wmi_values import as_datetime

KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
TASK = (
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><Triggers><TimeTrigger>'
    "<StartBoundary>2026-03-11T03:00:00</StartBoundary></TimeTrigger></Triggers><Settings><Enabled>true"
    "</Enabled></Settings><Actions><Exec><Command>shutdown.exe</Command><Arguments>/r /t 600</Arguments>"
    "</Exec></Actions></Task>"
)
EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1074</EventID>"
    "<TimeCreated SystemTime='2026-03-10T10:00:00.000000000Z'/><EventRecordID>7</EventRecordID></System>"
    "<EventData><Data>shutdown.exe</Data></EventData></Event>\n"
)


def _refusing(parse: Callable[..., Any], *arguments: str) -> Any:
    """Call a parser that refuses with an error that names the host."""
    with suppress(RemoteError):
        return parse(*arguments)
    return None


TEXTS: dict[str, tuple[Callable[[str], Any], str]] = {
    "record": (
        parse_last_attempt,
        "kb=KB978918\nstarted=2026-03-10\nexit_code=3010\nstage=install\nrun=ab\n",
    ),
    "listing": (
        parse_listing,
        '"SRV","\\nightly","N/A","Ready","Interactive","3/11/2026","-2147024894","x"\n',
    ),
    "task": (parse_task_xml, TASK),
    "boundary": (parse_boundary, "2026-03-11T03:00:00+02:00"),
    "shutdown": (lambda text: restart_delay(ExecAction("shutdown.exe", text)), '/r /t 600 /c "restart"'),
    "refusal": (lambda text: win32_code(CommandResult(1, text, "")), "A shutdown is in progress.(1115)\n"),
    "packages": (parse_packages, f"{KEY}\\{IDENTITY}\n    CurrentState    REG_DWORD    0x70\n"),
    "identity": (lambda text: parent_package([PackageState(text, "Installed", 7)]), IDENTITY),
    "sessions": (
        parse_sessions,
        " USERNAME  SESSIONNAME  ID  STATE  IDLE TIME  LOGON TIME\n"
        ">joe  rdp-tcp#0  1  Active  .  3/10/2026 9:00 AM\n",
    ),
    "registry": (
        lambda text: parse_keys(text, ["HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"]),
        "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\n"
        "    MaxTokenSize    REG_DWORD    0xbb80\n=0\n",
    ),
    "system log": (
        lambda text: parse_newest_event("h1", text),
        "<Event><System><EventID>1074</EventID><TimeCreated SystemTime='2026-11-20T07:30:00Z'/></System>"
        "</Event>\nend of the events\n",
    ),
    "product": (lambda text: product_name(text, "server"), "6.1.7600"),
    "version": (FileVersion.parse, "6.1.7600.16385 (win7_rtm.090713-1255)"),
    "event": (lambda text: _refusing(parse_newest_event, "host1", f"{text}\n{_ANSWERED}"), EVENT),
    "hash": (lambda text: list(parse_hashes(text)), "SHA256 hash of file x:\nab cd ef\n"),
    "xsd date": (as_datetime, "2013-04-15T16:28:39.5-04:00"),
    "cim date": (as_datetime, "20261120063424.127000+000"),
}
PIECES = (
    "",
    "-",
    "--5",
    "²",
    "٣",
    "1_0",
    "0x",
    "0xFFFFFFFFFF",
    "9" * 30,
    "9" * 5000,
    "N/A",
    "\ufffd",
    '"',
    ",",
    "\n",
)
PIECES += ("2026-13-45T99:99:99Z", "+99:99", "(99999999999999999999)", "</Task>", "0001", "9999", "[[", "=")


def mutated(text: str, rng: random.Random) -> str:
    """Replace a number or any piece of a text, or repeat or drop one."""
    numbers = list(re.finditer(r"\d+", text))
    begin = rng.randrange(len(text) + 1)
    end = min(len(text), begin + rng.choice((0, 1, 5, 40)))
    if numbers and rng.random() < 0.5:
        begin, end = rng.choice(numbers).span()
    piece = rng.choice((rng.choice(PIECES), text[begin:end] * 2, rng.choice(PIECES)))
    return text[:begin] + piece + text[end:]


@pytest.mark.parametrize("name", TEXTS)
def test_a_malformed_text_is_read_or_refused(name: str) -> None:
    parse, text = TEXTS[name]
    rng = random.Random(name)
    for _unused in range(1000):
        changed = mutated(mutated(text, rng), rng)
        try:
            parse(changed)
        except (ValueError, RemoteError) as error:  # those of the parsers that refuse; the text is their own
            refusal = r"not a task|not a file version|could not be read"
            assert re.search(refusal, str(error)), (changed, error)


@pytest.mark.parametrize("number", ["²", "--5", "9" * 5000, "", "N/A"])
def test_a_last_result_that_is_no_number_is_not_known(number: str) -> None:
    listing = f'"SRV","\\nightly","N/A","Ready","Interactive","3/11/2026","{number}","x"\n'
    assert parse_listing(listing) == {"\\nightly": None}


def test_an_odd_quote_or_an_endless_field_of_a_task_does_not_hide_the_next_one() -> None:
    first, second = (f'"SRV","\\{name}","N/A","Ready","Interactive","3/11/2026","0","anna",' for name in "ab")
    for rest in ('"C:\\x.exe ""', f'"{"x" * 200_000}"', '"two', 'lines","C:\\x.exe"'):
        assert parse_listing(f'{first}{rest}\n{second}"y"\n') == {"\\a": 0, "\\b": 0}


def test_a_restart_in_more_than_ten_years_does_not_leave_the_calendar() -> None:
    assert restart_delay(ExecAction("shutdown.exe", "/r /t 99999999999")) == 315_360_000


@pytest.mark.parametrize("text", ["2026-13-01T00:00:00", "2026-03-11T03:00:00+99:00", "9999-12-31T23:59:00"])
def test_a_start_that_is_no_moment_is_not_known(text: str) -> None:
    assert parse_boundary(text) is None
