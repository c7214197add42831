# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition that follows from invented packages, in the parts that tests look at."""

from __future__ import annotations

from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._define.derive import Derived, derive

from .packages import LONG_BEFORE, Component, File, package

LDR, GDR = "6.1.7601.23175", "6.1.7601.18972"
OLD = File("old.dll", LONG_BEFORE)
TEXT = File("some.mof")


def derived(*components: Component, **settings: object) -> Derived:
    return derive([package(*components, **settings)])


def files(*components: Component, product: int = 0, **settings: object) -> dict[str, dict[str, Any]]:
    """The files of one entry by name."""
    found = derived(*components, **settings).definition["products"][product]["files"]
    return {each["path"].rpartition("\\")[2]: each for each in found}


def rule_of(name: str, *components: Component, **settings: object) -> str:
    found = derived(*components, **settings).rules
    return next(each.rule for each in found if each.path.endswith("\\" + name))


def underived(*components: Component, **settings: object) -> dict[str, str]:
    return {each.what: each.why for each in derived(*components, **settings).underived}
