# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ranges in which Active Directory sends a long attribute, ``member;range=0-1499`` first ([MS-ADTS])."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RANGE = re.compile(r"range=(\d+)-(\d+|\*)\Z")


def is_range(option: str) -> bool:
    """Return whether an attribute's option, in lower case, is a range."""
    return option.startswith("range=")


def is_whole(options: Iterable[str]) -> bool:
    """Return whether the ranges of one attribute together hold all its values.

    Args:
        options: Such as ``range=0-1499`` and ``range=1500-*``, in any order; may repeat.
    """
    following = 0
    for start, end in sorted((int(match[1]), match[2]) for match in map(_RANGE.match, options) if match):
        if start > following:
            return False
        if end == "*":
            return True
        following = max(following, int(end) + 1)
    return False
