# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formula of KB327825, 1200 + 40·d + 8·s, against sums made by hand for users of all kinds of groups."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules

from tests.unit._tokens.small_directory import LAB, LOCAL, UNIVERSAL, Directory, dn

RULES = {
    "2008r2": TokenRules(),
    "2012": TokenRules(kdc="2012"),
    "2012 without compression": TokenRules(kdc="2012", compression=False),
    "delegation": TokenRules(delegation=True),
}


class Groups(NamedTuple):
    """How many groups of each kind a user is in, besides Domain Users."""

    local: int = 0
    global_: int = 0
    universal: int = 0
    foreign: int = 0  # universal groups of another domain
    history: int = 0


@pytest.mark.parametrize(
    ("groups", "sizes"),
    [
        (Groups(), (1_208, 1_208, 1_208, 2_416)),
        (Groups(local=270), (12_008, 3_368, 12_008, 24_016)),
        (Groups(local=271), (12_048, 3_376, 12_048, 24_096)),
        (Groups(global_=1_349), (12_000, 12_000, 12_000, 24_000)),
        (Groups(global_=1_350), (12_008, 12_008, 12_008, 24_016)),
        (Groups(global_=49, history=10), (2_000, 2_000, 2_000, 4_000)),
        (Groups(global_=9, foreign=100), (5_280, 5_280, 5_280, 10_560)),
        (
            Groups(local=200, global_=290, universal=60, foreign=20, history=15),
            (13_408, 7_008, 13_408, 26_816),
        ),
        (Groups(local=1, global_=1, universal=1, foreign=1, history=1), (1_344, 1_312, 1_344, 2_688)),
    ],
)
def test_the_size_by_each_rule_is_the_sum_by_hand(groups: Groups, sizes: tuple[int, ...]) -> None:
    found = []
    for rules in RULES.values():
        directory = Directory(rules)
        names = []
        for kind, count in ((LOCAL, groups.local), (None, groups.global_), (UNIVERSAL, groups.universal)):
            for number in range(count):
                names.append(f"{kind}-{number}")
                directory.group(names[-1], *([kind] if kind else []))
        for number in range(groups.foreign):
            directory.group(f"forest-{number}", UNIVERSAL, domain=LAB, members=[dn("jdoe")])
        history = [f"{LAB}-{9_000 + number}" for number in range(groups.history)]
        found.append(directory.size(directory.user(member_of=names, history=history)).token_bytes)
    assert tuple(found) == sizes
