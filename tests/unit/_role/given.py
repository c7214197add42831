# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the role for tests: the defaults, and whatever a test says."""

from __future__ import annotations

from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._role.settings import Settings, read_settings


def settings_of(**given: Any) -> Settings:
    """Return the settings that these variables (without their prefix) come to."""
    variables = {f"hotfix_{name}": value for name, value in given.items()}
    read = read_settings(variables, variables)
    assert read.problems == ()
    return Settings.of(read.values)
