# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module restart: what no host can do is refused before connecting; what one cannot, names it."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.winfleet.hotfix.plugins.action import restart
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import RestartOutcome
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.countdown import Countdown
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import InputError

BOOT = datetime(2026, 11, 19, 2, tzinfo=timezone.utc)
OUTCOME = RestartOutcome(True, "\\winfleet.hotfix\\KB978918-restart", BOOT, request="r")
WINDOW = {"start": "22:00", "duration_minutes": 60}


def run(*, allowed: bool = False, diff: bool = False, **args: Any) -> dict[str, Any]:
    def connect() -> None:
        assert allowed, "connected although the arguments are wrong"

    connection = SimpleNamespace(
        transport="winrm",
        protocol=None,
        become=None,
        _shell=SimpleNamespace(tmpdir="none"),
        get_option=lambda name: None,
        set_option=lambda name, value: None,
        _connect=connect,
    )
    task = SimpleNamespace(
        action="winfleet.hotfix.restart",
        args=args,
        async_val=0,
        check_mode=False,
        diff=diff,
        delegate_to=None,
        until=None,
        retries=None,
        failed_when=["failed"],  # which needs the result; without it, a failure is raised
    )
    action = restart.ActionModule(task, connection, SimpleNamespace(), None, None, None)
    action._load_name = task.action  # the loader of ansible-core before 2.17 sets it from outside
    return action.run(task_vars={"inventory_hostname": "rdsh-07"})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The requests to schedule that were made."""
    requests: list[Any] = []

    def schedule(_session: Any, request: Any, *, check_mode: bool) -> RestartOutcome:
        requests.append(request)
        return OUTCOME

    monkeypatch.setattr(restart, "schedule_restart", schedule)
    return requests


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({}, r"needs a time \(at\) or a window"),
        ({"at": "tonight"}, "at is 'tonight': write a time"),
        ({"window": {**WINDOW, "start": "25:00"}}, r"window\.start"),
        ({"window": {**WINDOW, "days": ["someday"]}}, r"window\.days"),
        ({"window": WINDOW, "notice_minutes": 90}, "does not fit into 60 minutes"),
        (
            {"window": WINDOW, "at": "2026-11-21T03:00"},
            "at is '2026-11-21T03:00' and window is .*: give one of the two",
        ),
        ({"window": {"start": "22:00"}}, "duration_minutes"),
        ({"state": "now", "message": "x" * 513}, "513 characters"),
        ({"state": "now", "timeout": 0}, "timeout is 0"),
        ({"state": "later"}, "one of"),
        ({"state": "now", "only_if_pending": "maybe"}, "one of"),
    ],
)
def test_what_no_host_could_do_is_refused_before_connecting(args: dict[str, Any], reason: str) -> None:
    with pytest.raises(AnsibleActionFail, match=reason):
        run(**args)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({"at": datetime(2026, 11, 21, 3)}, "at 2026-11-21T03:00:00;"),
        ({"at": datetime(2026, 11, 21, 3, tzinfo=timezone.utc)}, "at 2026-11-21T03:00:00Z;"),
        ({"at": "2026-11-21T03:00+01:00"}, "at 2026-11-21T02:00:00Z;"),
        ({"at": "2026-11-21T03:00", "notice_minutes": "15"}, "notice 900 s;"),
        (
            {"window": {**WINDOW, "start": 1320, "days": "friday\nsaturday"}},
            "in fri,sat 22:00 for 60 minutes;",
        ),
        ({"at": "2026-11-21T03:00", "drain_sessions": "yes"}, "; drain;"),
    ],
)
def test_arguments_may_come_in_the_types_that_awx_makes_of_them(
    asked: list[Any], args: dict[str, Any], text: str
) -> None:
    assert run(allowed=True, **args)["changed"] is True
    assert text in asked[0].text


def test_what_one_host_cannot_do_fails_that_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def schedule(_session: Any, _request: Any, *, check_mode: bool) -> RestartOutcome:
        raise InputError("at: 2020-01-01 is in the past")

    monkeypatch.setattr(restart, "schedule_restart", schedule)
    result = run(allowed=True, at="2020-01-01T03:00")
    assert (result["failed"], result["msg"]) == (True, "rdsh-07: at: 2020-01-01 is in the past")


def test_restarts_of_others_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(restart, "Display", lambda: SimpleNamespace(warning=warnings.append))
    outcome = RestartOutcome(False, "t", BOOT, countdown=Countdown(BOOT, "CORP\\op"))
    monkeypatch.setattr(restart, "cancel_restart", lambda _session, _request, *, check_mode: outcome)
    run(allowed=True, state="cancelled")
    assert warnings == [
        "rdsh-07: the countdown that CORP\\op began at 2026-11-19T02:00:00+00:00 restarts this host "
        "(at a time of its own); left alone."
    ]


def test_a_diff_is_given_where_it_is_asked_for(asked: list[Any]) -> None:
    assert "diff" not in run(allowed=True, at="2026-11-21T03:00")
    assert run(allowed=True, at="2026-11-21T03:00", diff=True)["diff"]["after"]["request"] == "r"
