# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run left on a host, by a snapshot before it and one after it."""

from __future__ import annotations

from typing import Any

STAGING = "C:\\Windows\\winfleet.hotfix"
LOGS = "C:\\Windows\\Logs"


def difference(before: dict[str, Any], after: dict[str, Any], *apart: str) -> dict[str, Any]:
    """What differs between two snapshots, less what lies in the folders `apart`; empty if nothing does."""
    found: dict[str, Any] = {}
    for part in before.keys() | after.keys():
        old, new = before.get(part), after.get(part)
        if isinstance(old, dict) and isinstance(new, dict):
            changed = {key: (old.get(key), new.get(key)) for key in old.keys() | new.keys()}
            kept = {
                key: pair for key, pair in changed.items() if pair[0] != pair[1] and not _below(key, apart)
            }
            if kept:
                found[part] = kept
        elif old != new:
            found[part] = (old, new)
    return found


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(f"{path}\\".lower().startswith(f"{folder}\\".lower()) for folder in folders)
