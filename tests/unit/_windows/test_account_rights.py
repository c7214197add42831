# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Advice on rights is given to accounts that lack them, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._lock import staging_lock
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.account_rights import (
    is_full_administrator,
    remedy_for_refusal,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.scheduled_tasks import start_task
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import ConnectionLost, RemoteError

from tests.unit.fake_session import FULL_ADMINISTRATOR, FakeSession

FILTERED = FULL_ADMINISTRATOR.replace("12288", "8192")
MISSING = (1, "", "'whoami' is not recognized")
CUT_OFF = '"Everyone","Well-known group","S-1-1-0","Mandatory group"\n'
RIGHTS = "LocalAccountTokenFilterPolicy"


@pytest.mark.parametrize(
    ("whoami", "full"),
    [(FULL_ADMINISTRATOR, True), (FILTERED, False), (MISSING, None), (CUT_OFF, None), ("", None)],
)
def test_the_mandatory_label_shows_the_rights(whoami: Any, full: bool | None) -> None:
    assert is_full_administrator(FakeSession(commands={"whoami": whoami})) is full  # type: ignore[arg-type]


def test_an_account_that_is_not_a_full_administrator_is_the_cause() -> None:
    remedy = remedy_for_refusal(FakeSession(commands={"whoami": FILTERED}), 1, "Free some space.")  # type: ignore[arg-type]
    assert RIGHTS in remedy
    assert "space" not in remedy


@pytest.mark.parametrize("whoami", [MISSING, ConnectionLost("host1", "gone")])
def test_where_nothing_shows_the_rights_the_advice_on_them_is_conditional(whoami: Any) -> None:
    remedy = remedy_for_refusal(FakeSession(commands={"whoami": whoami}), 1, "Free some space.")  # type: ignore[arg-type]
    assert remedy.startswith("Free some space. If access was denied: ")


@pytest.mark.parametrize(
    "refusal",
    [
        (87, "", 'Invalid parameter "*S-1-5-32-544:(OI)(CI)F"'),
        (1, "", "There is not enough space on the disk."),
        (1, "", "Falscher Parameter."),
    ],
)
def test_an_invalid_parameter_is_not_answered_with_advice_on_rights(refusal: Any) -> None:
    session = FakeSession(commands={"(mkdir": refusal, "(rd": ""})
    with pytest.raises(RemoteError) as caught, staging_lock(session, "KB978918", "0" * 32):  # type: ignore[arg-type]
        pass
    assert refusal[2].rstrip(".") in str(caught.value)
    assert RIGHTS not in str(caught.value)


def test_an_exit_code_of_its_own_meaning_is_explained() -> None:
    remedy = remedy_for_refusal(FakeSession(commands={"whoami": FILTERED}), 87, "Free some space.")  # type: ignore[arg-type]
    assert "did not accept a parameter" in remedy


def test_a_task_that_cannot_start_under_a_full_administrator_is_not_answered_so_either() -> None:
    session = FakeSession(commands={"schtasks /run": (1, "", "ERROR: Invalid syntax.")})
    with pytest.raises(RemoteError, match="service Schedule") as caught:
        start_task(session, "\\winfleet.hotfix\\KB978918-install")  # type: ignore[arg-type]
    assert RIGHTS not in str(caught.value)
