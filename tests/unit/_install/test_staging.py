# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The staging folder is closed before it is used, and the record in it shows how the attempt ended."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.last_attempt import (
    LastAttempt,
    parse_last_attempt,
    settle_attempt,
    staging_folder,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._staging import (
    cleanup_command,
    prepare_command,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.packages import STATES, PackageState
from hypothesis import given
from hypothesis import strategies as st

STARTED = "2026-11-20T08:00:00+01:00"


def record(exit_code: object, stage: str = "install") -> str:
    return f"run=a1\r\naction=install\r\nstarted={STARTED}\r\nstage={stage}\r\nexit_code={exit_code}\r\n"


def test_the_folder_is_where_only_administrators_can_create_it() -> None:
    assert staging_folder("KB978918") == r"%SystemRoot%\winfleet.hotfix\KB978918"


def test_the_folder_is_closed_to_all_but_system_and_administrators() -> None:
    line = prepare_command("KB978918")
    assert line.count("/inheritance:r /grant:r") == 2
    assert line.count('"*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F"') == 2
    assert line.index("mkdir") < line.index("icacls")


def test_a_folder_that_somebody_made_before_is_taken_over_with_what_lies_in_it() -> None:
    line = prepare_command("KB978918")
    order = [line.index(step) for step in ('/setowner "*S-1-5-32-544" /t', "/reset /t", "/inheritance:r")]
    assert order == sorted(order)


@pytest.mark.parametrize("package", [True, False])
def test_cleaning_up_keeps_the_record_and_the_logs(package: bool) -> None:
    line = cleanup_command("KB978918", package=package)
    assert "attempt.txt" not in line and ".log" not in line
    assert ("package.msu" in line) is package


@pytest.mark.parametrize(
    ("exit_code", "stage", "outcome"),
    [
        (0, "install", "installed"),
        (3010, "install", "pending"),
        (-2146498530, "install", "failed"),
        (0, "compare", "failed"),
        (1, "compare", "failed"),
    ],
)
def test_the_record_shows_the_outcome(exit_code: int, stage: str, outcome: str) -> None:
    attempt = parse_last_attempt(record(exit_code, stage))
    assert attempt == LastAttempt(STARTED, exit_code & 0xFFFFFFFF, outcome, stage, "a1")


def test_no_record_is_no_attempt() -> None:
    assert parse_last_attempt("") is None


@given(st.text(max_size=200))
def test_anything_else_is_no_attempt(text: str) -> None:
    assert parse_last_attempt(text.replace("exit_code", "")) is None


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0x60, "pending"),
        (0x70, "installed"),
        (0x80, "installed"),
        (0x50, "installed"),
        (0x05, "installed"),
        (0x00, "rolled_back"),
        (0x40, "rolled_back"),
        (0x20, "rolled_back"),
        (0x65, "pending"),
        (None, "rolled_back"),
    ],
)
def test_servicing_shows_the_effect_of_the_restart(code: int | None, outcome: str) -> None:
    packages = [] if code is None else [PackageState("Package_for_KB978918~a~b~~1.0", STATES[code], code)]
    settled = settle_attempt(parse_last_attempt(record(3010)), packages)
    assert settled is not None and settled.outcome == outcome


@pytest.mark.parametrize(
    "packages",
    [
        None,
        [PackageState("Package_for_KB978918~a~b~~1.0", "Unknown", None)],
        [PackageState("Package_for_KB978918~a~b~~1.0", "Invalid Installed", 0xFFFFFF90)],
        [PackageState("Package_for_KB978918~a~b~~1.0", "Unknown (0x90)", 0x90)],
    ],
)
def test_an_unreadable_or_broken_state_settles_nothing(packages: list[PackageState] | None) -> None:
    settled = settle_attempt(parse_last_attempt(record(3010)), packages)
    assert settled is not None and settled.outcome == "pending"


def test_a_failure_stays_a_failure() -> None:
    attempt = parse_last_attempt(record(183))
    assert settle_attempt(attempt, []) == attempt and settle_attempt(None, []) is None
