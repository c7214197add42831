# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits get longer up to a bound, and the operator hears of them now and then."""

from __future__ import annotations

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Heartbeat, pauses

from tests.unit._wsman.replay import FakeClock


def test_pauses_double_up_to_the_longest_and_end_with_the_patience() -> None:
    clock = FakeClock()
    assert list(pauses(clock, 20, first=1, longest=8)) == [1, 3, 7, 15, 20]
    assert clock.slept == [1, 2, 4, 8, 5]


def test_a_heartbeat_is_due_at_its_interval_and_when_something_changed() -> None:
    clock = FakeClock()
    heartbeat = Heartbeat(clock, 60)
    due = []
    for _unused in range(13):
        clock.sleep(10)
        due.append(heartbeat.due(changed=clock.slept == [10, 10]))
    assert [number for number, each in enumerate(due, 1) if each] == [2, 8]
    assert heartbeat.waited == 130
