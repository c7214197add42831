# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The System log of the simulated machine, as far as it tells of shutdowns."""

from __future__ import annotations

import re

from tests.lab.windows.host import WindowsHost

from .hosts import FILTERED
from .machine import cmd, command, on_host

QUERY = "*[System[Provider[@Name='USER32'] and (EventID=1074 or EventID=1075)]]"
NEWEST = f'wevtutil qe System "/q:{QUERY}" /c:1 /rd:true /f:xml'


def numbers(text: str) -> list[str]:
    return re.findall(r"<EventID[^>]*>(\d+)</EventID>", text)


def test_the_newest_event_tells_who_began_a_shutdown_and_who_called_it_off() -> None:
    async def work(host: WindowsHost) -> None:
        await command(host, 'shutdown /r /t 600 /c "a < b"')
        begun = (await command(host, NEWEST)).out
        assert numbers(begun) == ["1074"]
        assert "<Data>a &lt; b</Data><Data>NT AUTHORITY\\SYSTEM</Data></EventData>" in begun
        await command(host, "shutdown /a")
        assert numbers((await command(host, NEWEST)).out) == ["1075"]
        assert numbers((await command(host, "wevtutil qe System /f:xml")).out) == ["6005", "1074", "1075"]

    on_host(work)


def test_a_host_that_nobody_shut_down_has_no_such_event() -> None:
    assert cmd(NEWEST).out == ""


def test_the_log_is_closed_to_others_than_administrators() -> None:
    assert cmd(NEWEST, account=FILTERED).code == 5


def test_what_the_lab_does_not_know_is_refused_and_noted() -> None:
    async def work(host: WindowsHost) -> None:
        assert (await command(host, "wevtutil cl System")).code == 87
        assert host.unknown_requests

    on_host(work)
