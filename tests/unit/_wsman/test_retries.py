# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wait looks again at a silent host as long as it lasts, and logs on a few times only."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    ConnectionLost,
    LogonFailed,
    RemoteError,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.failures import Wait
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.retries import Retries, on_new_reason

from tests.unit._wsman.replay import FakeClock

SILENT = ConnectionLost("rdsh-07", "gone")
REFUSED = LogonFailed("rdsh-07", "refused", wait=Wait.SHORT)


def tries(*errors: RemoteError, patience: float = 3600) -> list[float]:
    """The seconds at which a host is looked at again if the last error stays."""
    clock = FakeClock()
    began, retries = clock.now(), Retries(clock, patience, 5, 5)
    found, left = [], list(errors)
    while retries.again(left.pop(0) if len(left) > 1 else left[0]):
        found.append(clock.now() - began)
    return found


def test_a_silent_host_is_looked_at_until_the_patience_ends() -> None:
    assert tries(SILENT, patience=20) == [5, 10, 15, 20]


def test_a_refused_account_logs_on_four_times_in_all_within_minutes() -> None:
    # An hour of tries every five seconds would lock the account in the whole domain.
    assert tries(REFUSED) == [30, 90, 210]


def test_a_host_that_was_silent_first_is_given_the_same_tries() -> None:
    assert tries(SILENT, SILENT, REFUSED) == [5, 10, 40, 100, 220]


def test_a_wait_that_ends_sooner_ends_the_tries_to_log_on() -> None:
    assert tries(REFUSED, patience=60) == [30, 60]


def test_a_wrong_password_is_never_tried_again() -> None:
    assert tries(LogonFailed("rdsh-07", "wrong", wait=Wait.NEVER)) == []


@pytest.mark.parametrize("again", ["gone", "gone."])
def test_a_reason_is_shown_when_it_is_new(again: str) -> None:
    shown: list[str] = []
    listener = on_new_reason(shown.append)
    for error in (SILENT, ConnectionLost("rdsh-07", "long", reason=again), REFUSED, SILENT):
        listener(error)
    assert shown == ["gone", "refused", "gone"]
