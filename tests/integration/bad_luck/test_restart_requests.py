# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts that cannot be are refused, and a time means the same in every form in which it may arrive."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.integration.bad_luck.traces import difference
from tests.integration.conftest import Lab
from tests.integration.plays import Task, core_programs, run_playbook

CET = timezone(timedelta(hours=1))
NIGHT = {"start": "02:00", "duration_minutes": 60}
REFUSED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "past": ({"at": "2020-01-01T03:00"}, (r"2020-01-01T03:00:00 is in the past", r"ask for a later time")),
    "past, with offset": ({"at": "2020-01-01T03:00+01:00"}, (r"is in the past", r"ask for a later time")),
    "past, date object": ({"at": datetime(2020, 1, 1, 3)}, (r"is in the past", r"ask for a later time")),
    "too near": ({"at": "{{ soon }}", "notice_minutes": 30}, (r"too near", r"shorter notice_minutes")),
    "no time": ({"at": "next tuesday"}, (r"at is 'next tuesday': write a time", r"2026-11-21T03:00\+01:00")),
    "no time of day": ({"at": date(2036, 2, 1)}, (r"at is '2036-02-01'", r"no time of day")),
    "no such day": ({"at": "2036-02-30T03:00"}, (r"at is '2036-02-30T03:00'",)),
    "no hour": ({"window": {"start": "25:00", "duration_minutes": 60}}, (r"window\.start", r"in quotes")),
    "no day": (
        {"window": {**NIGHT, "days": ["someday"]}},
        (r"window\.days", r"'someday'", r"monday to sunday"),
    ),
    "no length": ({"window": {**NIGHT, "duration_minutes": 0}}, (r"duration_minutes", r"1 to 1440")),
    "too long": ({"window": {**NIGHT, "duration_minutes": 1441}}, (r"duration_minutes", r"1 to 1440")),
    "no end": ({"window": {"start": "02:00"}}, (r"duration_minutes",)),
    "unknown field": ({"window": {**NIGHT, "end": "04:00"}}, (r"end",)),
    "no room": (
        {"window": {**NIGHT, "duration_minutes": 20}, "notice_minutes": 30},
        (r"does not fit", r"notice_"),
    ),
    "both": (
        {"window": NIGHT, "at": "2036-02-01T03:00"},
        (r"at is '2036-.* and window is", r"one of the two"),
    ),
    "neither": ({}, (r"needs a time \(at\) or a window",)),
    "notice": ({"at": "2036-02-01T03:00", "notice_minutes": -5}, (r"notice_minutes", r"-5")),
    "long message": ({"at": "2036-02-01T03:00", "message": "x" * 600}, (r"message", r"512")),
}
# What is asked for, and what is said of it: local time without, UTC with an offset.
LOCAL, INSTANT = "2036-02-01T03:00:00", "2036-02-01T02:00:00Z"
TIMES: dict[str, tuple[Any, str]] = {
    "text": ("2036-02-01T03:00", LOCAL),
    "text with blank": ("2036-02-01 03:00:00", LOCAL),
    "text with offset": ("2036-02-01T03:00+01:00", INSTANT),
    "text in UTC": ("2036-02-01T02:00:00Z", INSTANT),
    "date object": (datetime(2036, 2, 1, 3), LOCAL),
    "date object with offset": (datetime(2036, 2, 1, 3, tzinfo=CET), INSTANT),
    "template": ("{{ '2036-02-01 03:00:00' | to_datetime }}", LOCAL),
    "variable with offset": ("{{ given_text }}", INSTANT),
    "variable of YAML": ("{{ given_object }}", INSTANT),
}


@pytest.fixture(scope="module")
def fleet(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab({"hosts": [{"name": "host", "system": "2008r2-x64", "time_zone": "Europe/Berlin"}]})


def ask(
    lab: Lab, folder: Path, requests: dict[str, dict[str, Any]], core: str | None = None
) -> dict[str, Task]:
    """Ask for a restart in each of these ways, one after the other."""
    now = datetime.fromisoformat(lab.control.host("host")["local_time"])
    common = {"only_if_pending": "never", "notice_minutes": 10}
    tasks = [
        {"name": name, "winfleet.hotfix.restart": {**common, **arguments}, "ignore_errors": True}
        for name, arguments in requests.items()
    ]
    play = {
        "hosts": "all",
        "gather_facts": False,
        "vars": {
            "soon": (now + timedelta(minutes=15)).isoformat(timespec="seconds"),
            "given_object": datetime(2036, 2, 1, 3, tzinfo=CET),
        },
        "tasks": tasks,
    }
    variables = {"given_text": "2036-02-01T03:00:00+01:00"}
    run = run_playbook([play], lab.inventory, folder, variables=variables, core=core)
    return {task.task: task for task in run.of("restart")}


@pytest.fixture(scope="module")
def refused(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    before = fleet.control.snapshot("host")
    requests = {name: arguments for name, (arguments, _says) in REFUSED.items()}
    answers = ask(fleet, tmp_path_factory.mktemp("refused"), requests)
    assert difference(before, fleet.control.snapshot("host")) == {}
    return answers


@pytest.mark.parametrize("name", REFUSED)
def test_a_restart_that_cannot_be_is_refused(refused: dict[str, Task], name: str) -> None:
    task = refused[name]
    assert task.outcome == "failed", task.result
    message = task.result["msg"]
    assert not [pattern for pattern in REFUSED[name][1] if not re.search(pattern, message)], message
    assert "unexpectedly" not in message


@pytest.fixture(scope="module", params=[None, "2.16"], ids=["this core", "core 2.16"])
def planned(
    fleet: Lab, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Task]:
    core_programs(request.param)
    requests = {name: {"at": at} for name, (at, _planned) in TIMES.items()}
    return ask(fleet, tmp_path_factory.mktemp("planned"), requests, request.param)


@pytest.mark.parametrize("name", TIMES)
def test_a_time_means_the_same_in_every_form(planned: dict[str, Task], name: str) -> None:
    task = planned[name]
    assert task.outcome == "ok", task.result
    assert task.result["scheduled_for"] == TIMES[name][1]
