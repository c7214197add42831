# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator reads while a restart at once waits: for what, for how long, and what would shorten it."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.now import restart_now
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import (
    RestartOutcome,
    parse_request,
)

from tests.unit._restart.hosts import waiting_host
from tests.unit.lab_session import LabSession


def restart(host: LabSession, *, check_mode: bool = False, **arguments: Any) -> RestartOutcome:
    given = {"hotfix": "KB978918", "state": "now", "notice_minutes": 10, "message": "Restart.", **arguments}
    return restart_now(host, parse_request(given), timeout=1800, check_mode=check_mode)


def test_the_notice_is_said_with_its_length_and_what_shortens_it() -> None:
    host = waiting_host()
    restart(host)
    assert host.progress_lines[0] == (
        "restarting in 600 seconds, the notice to users; notice_minutes shortens it"
    )


def test_a_rehearsal_says_the_notice_and_what_shortens_it() -> None:
    message = restart(waiting_host(), check_mode=True).message
    assert message == "The host would be restarted after 10 minutes of notice; notice_minutes shortens it."


def test_the_wait_for_the_host_says_why_it_goes_on_and_how_long_it_may() -> None:
    host = waiting_host(settle_seconds=240)
    restart(host)
    said = re.compile(r"waiting for the restart: (?P<what>.+) \((?P<waited>\d+) of 2400 seconds\)")
    waits = [found for line in host.progress_lines[1:] if (found := said.fullmatch(line))]
    assert len(waits) == len(host.progress_lines) - 1
    assert any("servicing is at work" in wait["what"] for wait in waits)
    assert [int(wait["waited"]) for wait in waits] == sorted(int(wait["waited"]) for wait in waits)


def test_the_wait_for_users_says_how_many_there_are_and_the_time_that_is_left() -> None:
    host = waiting_host(sessions=[{"user": "anna", "id": 2, "state": "disc"}])
    restart(host, wait_for_sessions_minutes=10)
    first, *later = (line for line in host.progress_lines if "sign out" in line)
    assert first == "waiting up to 600 seconds for users to sign out (0 active, 1 disconnected)"
    left = [int(found[1]) for line in later if (found := re.search(r"up to (\d+) seconds", line))]
    assert left and all(0 <= seconds < 600 for seconds in left)
