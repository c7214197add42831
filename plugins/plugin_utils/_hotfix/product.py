# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names under which the collection appears on a host."""

from __future__ import annotations

# The author of its tasks, and its folder below the Windows folder.
PRODUCT = "winfleet.hotfix"
TASK_FOLDER = f"\\{PRODUCT}\\"
