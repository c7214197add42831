# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host may be changed now is told by its own clock; settings that cannot be are errors."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.winfleet.hotfix.plugins.filter.closed_window import FilterModule, closed_window

FRIDAY_NIGHT = {"days": ["fri"], "start": "22:00", "duration_minutes": 120}


def test_the_filter_has_its_name() -> None:
    assert FilterModule().filters() == {"closed_window": closed_window}


@pytest.mark.parametrize("time", ["2026-11-20T22:30:00+01:00", "2026-11-20T22:30:00-08:00"])
def test_an_open_window_is_open_by_the_clock_of_each_host(time: str) -> None:
    assert closed_window(time, FRIDAY_NIGHT, [], 60) == ""


def test_a_closed_window_says_when_it_opens() -> None:
    said = closed_window("2026-11-20T16:02:00+01:00", FRIDAY_NIGHT, ["2026-11-20"])
    assert "2026-11-20 is a blackout date" in said
    said = closed_window("2026-11-19T16:02:00+01:00", FRIDAY_NIGHT, ["2026-11-20"])
    assert said.endswith("it is 2026-11-19T16:02 on the host, and the window opens at 2026-11-27T22:00")


def test_without_a_window_blackout_dates_count_alone() -> None:
    assert closed_window("2026-11-19T16:02:00Z", {}, "2026-11-20") == ""
    assert closed_window("2026-11-20T16:02:00+00:00", None, "2026-11-20") != ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("2026-11-20T16:02:00+01:00", {**FRIDAY_NIGHT, "days": ["someday"]}), "valid are monday to sunday"),
        (("2026-11-20T16:02:00+01:00", FRIDAY_NIGHT, ["never"]), "write a date"),
        (("2026-11-20T16:02:00+01:00", FRIDAY_NIGHT, [], 121), "does not fit"),
        (("2026-11-20T16:02:00+01:00", "friday night"), "No window can be made"),
        (("now", FRIDAY_NIGHT), "No window can be made"),
    ],
)
def test_settings_that_cannot_be_are_errors(arguments: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(AnsibleFilterError, match=reason):
        closed_window(*arguments)
