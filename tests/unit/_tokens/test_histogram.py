# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of token sizes has an axis from which the height of a bar can be read."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._histogram import (
    height_marks,
    histogram,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.totals import Totals


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (1, [1]),
        (2, [1, 2]),
        (9, [1, 9]),
        (40, [1, 10, 40]),
        (1000, [1, 10, 100, 1000]),
        (1010, [1, 10, 100, 1010]),
    ],
)
def test_the_axis_has_the_powers_of_ten_and_the_highest_bar(most: int, marks: list[int]) -> None:
    assert height_marks(most) == marks


def test_a_bar_reaches_the_mark_of_its_number() -> None:
    svg = histogram(Totals(bins=Counter({2: 1000, 5: 10})), TokenRules())
    tops = {
        users: float(y) for y, users in re.findall(r'y="([\d.]+)"[^>]*><title>[^:]*: ([\d,]+) users', svg)
    }
    lines = [float(y) for y in re.findall(r'<line x1="70" [^>]*y1="([\d.]+)"', svg)]
    assert {tops["10"], tops["1,000"]} < {*lines}
    assert all(f">{text}</text>" in svg for text in ("Users", "1", "10", "100", "1,000", "Token size"))
