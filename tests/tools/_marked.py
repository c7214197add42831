# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the documentation that are made from data, each between two comments of its page."""

from __future__ import annotations

import re


def fill(page: str, name: str, table: str) -> str:
    """The page with the table of this name made anew."""
    between = rf"(<!-- table: {re.escape(name)} -->\n).*?(<!-- end -->)"
    filled, times = re.subn(between, lambda found: f"{found[1]}{table}\n{found[2]}", page, flags=re.DOTALL)
    if times != 1:
        raise ValueError(f"the page has {times} tables named {name}")
    return filled
