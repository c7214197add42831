# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replay the bundles that a field check writes, through pywinrm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._assumptions import Finding
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._host import CheckedHost
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


def played(recorded: dict[str, Any], *, any_words: bool = False) -> Host:
    """Return a host that plays a recorded conversation.

    Args:
        recorded: `shell_id` and `exchanges`, as a bundle holds them.
        any_words: Whether only the order and kind of the requests have to be the recorded ones.
    """
    exchanges = [
        Exchange(each["action"], each["reply"], {} if any_words else each["expect"], each["status"])
        for each in recorded["exchanges"]
    ]
    host = Host(exchanges)
    host.connection.shell_id = recorded["shell_id"]
    return host


def is_part(recorded: Any, found: Any) -> bool:
    """Return whether a result still holds all that was recorded; new keys may have come."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        return all(key in found and is_part(value, found[key]) for key, value in recorded.items())
    if isinstance(recorded, list) and isinstance(found, list):
        return len(recorded) == len(found) and all(map(is_part, recorded, found))
    return bool(recorded == found)


class Bundle:
    """The recordings of one host.

    Each method plays one conversation to its end. A request that differs from the recorded one, or is no
    longer sent, fails the test and is named. An assessment asks much in one command, which grows: the order
    and kind of its requests have to match, their words need not.
    """

    def __init__(self, path: Path) -> None:
        self.data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        assert self.data["schema"] == SCHEMA, f"{path.name} was written by another release: record it again"

    def checks(self) -> list[str]:
        """Return the names of the recorded checks."""
        return [name for name in self.data["conversations"] if name not in (PLATFORM, ASSESSMENT)]

    def recorded_finding(self, name: str) -> Finding:
        return Finding(**self.data["conversations"][name]["finding"])

    def recorded_assessment(self) -> dict[str, Any]:
        result: dict[str, Any] = self.data["conversations"][ASSESSMENT]["result"]
        return result

    def play_platform(self) -> OperatingSystem:
        with played(self.data["conversations"][PLATFORM]) as host:
            return read_operating_system(host.session)

    def play_check(self, name: str, system: OperatingSystem) -> Finding:
        with played(self.data["conversations"][name]) as host:
            return run_check(name, CheckedHost(host.session, system))

    def play_assessment(self) -> dict[str, Any]:
        with played(self.data["conversations"][ASSESSMENT], any_words=True) as host:
            result: dict[str, Any] = json.loads(json.dumps(assessment(host.session)))
            return result
