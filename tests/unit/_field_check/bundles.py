# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the bundles that a field check writes: through pywinrm, by the fake of the remote room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._assumptions import Finding
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._host import Subject
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check.check import (
    ASSESSMENT,
    PLATFORM,
    SCHEMA,
    assessment,
    run_check,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.operating_system import (
    OperatingSystem,
    read_operating_system,
)

from tests.unit._wsman.replay import Exchange, Host

FOLDER = Path(__file__).parent.parent / "fixtures" / "field"


def is_part(recorded: Any, found: Any) -> bool:
    """Whether a result still holds all that was recorded; new keys may have come."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        return all(key in found and is_part(value, found[key]) for key, value in recorded.items())
    if isinstance(recorded, list) and isinstance(found, list):
        return len(recorded) == len(found) and all(map(is_part, recorded, found))
    return bool(recorded == found)


class Bundle:
    """The recordings of one host.

    Each method plays one conversation to its end; a request that differs from what was recorded, or one that
    is not sent any more, fails the test and names it. Of the assessment, the order and kind of its requests
    have to be the recorded ones and not their words: it asks much in one command, which grows.
    """

    def __init__(self, path: Path) -> None:
        self.data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        assert self.data["schema"] == SCHEMA, f"{path.name} was written by another release: record it anew"

    def checks(self) -> list[str]:
        """Names of the checks that were recorded."""
        return [name for name in self.data["conversations"] if name not in (PLATFORM, ASSESSMENT)]

    def recorded_finding(self, name: str) -> Finding:
        return Finding(**self.data["conversations"][name]["finding"])

    def recorded_assessment(self) -> dict[str, Any]:
        result: dict[str, Any] = self.data["conversations"][ASSESSMENT]["result"]
        return result

    def play_platform(self) -> OperatingSystem:
        with self._host(PLATFORM) as host:
            return read_operating_system(host.session)

    def play_check(self, name: str, system: OperatingSystem) -> Finding:
        with self._host(name) as host:
            return run_check(name, Subject(host.session, system))

    def play_assessment(self) -> dict[str, Any]:
        with self._host(ASSESSMENT) as host:
            result: dict[str, Any] = json.loads(json.dumps(assessment(host.session)))
            return result

    def _host(self, name: str) -> Host:
        recorded = self.data["conversations"][name]
        exchanges = [
            Exchange(
                each["action"], each["reply"], {} if name == ASSESSMENT else each["expect"], each["status"]
            )
            for each in recorded["exchanges"]
        ]
        host = Host(exchanges)
        host.connection.shell_id = recorded["shell_id"]
        return host
