# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every bundle in fixtures/field is replayed: the collection has to find today what it found on the host."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._assumptions import UNDECIDED

from tests.unit._field_check.bundles import FOLDER, Bundle, is_part

BUNDLES = sorted(FOLDER.glob("*.json"))


@cache
def bundle(path: Path) -> Bundle:
    return Bundle(path)


def test_there_is_a_bundle() -> None:
    assert BUNDLES


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param(path, name, id=f"{path.stem}-{name}")
        for path in BUNDLES
        for name in bundle(path).checks()
    ],
)
def test_a_recorded_check_finds_the_same_again(path: Path, name: str) -> None:
    system = bundle(path).play_platform()
    assert bundle(path).play_check(name, system) == bundle(path).recorded_finding(name)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_a_recorded_assessment_comes_to_the_same_result(path: Path) -> None:
    recorded, found = bundle(path).recorded_assessment(), bundle(path).play_assessment()
    assert is_part(recorded, found), f"recorded {recorded}, found {found}"


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_a_bundle_tells_nothing_of_whose_it_is(path: Path) -> None:
    text = path.read_text("utf-8")
    assert set(re.findall(r"S-1-5-21-\d+-\d+", text)) <= {"S-1-5-21-1000-2000"}
    assert set(re.findall(r"[0-9A-F]{8}-[0-9A-F]{4}-4", text)) <= {"00000000-0000-4"}
    assert "Authorization" not in text
    assert "assword" not in text


@pytest.mark.parametrize(
    ("recorded", "found", "part"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1], [1, 2], False),
        ({"status": "compliant"}, {"status": "vulnerable"}, False),
    ],
)
def test_a_result_may_come_to_tell_more_and_nothing_else(recorded: Any, found: Any, part: bool) -> None:
    assert is_part(recorded, found) is part


def test_the_bundles_of_the_lab_say_that_they_are_simulated_and_decide_nearly_all() -> None:
    simulated = [bundle(path) for path in BUNDLES if path.name.startswith("lab-")]
    assert simulated
    for each in simulated:
        assert "simulated" in each.data["note"]
        undecided = [name for name in each.checks() if each.recorded_finding(name).verdict == UNDECIDED]
        assert len(undecided) <= 6
