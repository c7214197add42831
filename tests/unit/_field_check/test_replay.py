# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a field check recorded leads to the same findings when it is replayed.

Two simulated hosts are recorded here; every file in fixtures/field, which holds recordings of real hosts, is
replayed like them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._assumptions import UNDECIDED
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check.check import field_check

from tests.unit._field_check.bundles import Bundle, is_part
from tests.unit.fixtures.loader import fixture
from tests.unit.lab_session import LabSession

HOSTS: list[dict[str, Any]] = [
    {"system": "2008r2-x64", "files": "fixed", "rdp": {"enabled": True, "nla": True}},
    {"system": "win7-x86", "language": "de-DE", "faults": ["file_version_tail"]},
]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    paths = []
    for number, profile in enumerate(HOSTS):
        path = tmp_path_factory.mktemp("bundles") / f"{number}.json"
        checked = field_check(LabSession(**profile, name="rdsh-07"), {"rdsh-07": "host"})
        assert checked.folder_left is None
        path.write_text(json.dumps(checked.bundle), "utf-8")
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def paths(simulated: list[Path]) -> list[Path]:
    return [*simulated, *fixture("field").glob("*.json")]


def test_a_recorded_host_leads_to_the_same_findings_and_the_same_assessment(paths: list[Path]) -> None:
    for path in paths:
        bundle = Bundle(path)
        system = bundle.play_platform()
        for name in bundle.checks():
            assert bundle.play_check(name, system) == bundle.recorded_finding(name), (path.name, name)
        recorded, found = bundle.recorded_assessment(), bundle.play_assessment()
        assert is_part(recorded, found), f"{path.name}: recorded {recorded}, found {found}"


def test_a_bundle_does_not_show_whose_it_is(paths: list[Path]) -> None:
    for path in paths:
        text = path.read_text("utf-8")
        assert set(re.findall(r"S-1-5-21-\d+-\d+", text)) <= {"S-1-5-21-1000-2000"}
        assert set(re.findall(r"[0-9A-F]{8}-[0-9A-F]{4}-4", text)) <= {"00000000-0000-4"}
        for secret in ("Authorization", "assword", "rdsh-07"):
            assert secret not in text, path.name


def test_nearly_all_can_be_decided_on_a_simulated_host(simulated: list[Path]) -> None:
    for bundle in map(Bundle, simulated):
        undecided = [name for name in bundle.checks() if bundle.recorded_finding(name).verdict == UNDECIDED]
        assert len(undecided) <= 6


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
def test_a_result_may_gain_keys_and_nothing_else(recorded: Any, found: Any, part: bool) -> None:
    assert is_part(recorded, found) is part
