# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closures, and the prefilter: equal to a walk per user on any graph, at any depth."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._closure import (
    closures,
    strong_components,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._membership import Account
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._sizer import TokenSize, TokenSizer
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from hypothesis import given
from hypothesis import strategies as st

from tests.unit._tokens.small_directory import GLOBAL, LOCAL, UNIVERSAL, Directory

GRAPHS = st.integers(1, 12).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, size - 1), max_size=3, unique=True), min_size=size, max_size=size
    )
)


def walk(parents: Sequence[Sequence[int]], start: int) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        for parent in parents[waiting.pop()]:
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return seen


@given(GRAPHS)
def test_closures_equal_a_walk_from_every_node(parents: list[list[int]]) -> None:
    reached = closures(parents, [()] * len(parents))
    for node in range(len(parents)):
        assert sorted(reached[node]) == sorted(walk(parents, node))


@given(GRAPHS)
def test_components_come_after_what_they_point_to(parents: list[list[int]]) -> None:
    position = {node: at for at, group in enumerate(strong_components(parents)) for node in group}
    assert len(position) == len(parents)
    for node, ups in enumerate(parents):
        for parent in ups:
            same = node in walk(parents, parent)
            assert position[parent] == position[node] if same else position[parent] < position[node]


def test_a_chain_of_ten_thousand_groups_needs_no_recursion() -> None:
    parents = [[node + 1] for node in range(9_999)] + [[]]
    assert len(strong_components(parents)) == 10_000


def test_what_is_attached_comes_along() -> None:
    reached = closures([[1], [], []], [(), (2,), ()])
    assert [sorted(nodes) for nodes in reached] == [[0, 1, 2], [1, 2], [2]]


def test_what_is_attached_to_a_group_of_a_cycle_comes_with_each_of_them() -> None:
    reached = closures([[1], [0], []], [(), (2,), ()])
    assert [sorted(nodes) for nodes in reached] == [[0, 1, 2], [0, 1, 2], [2]]


@given(
    GRAPHS,
    st.lists(st.lists(st.integers(0, 11), max_size=6), max_size=8),
    st.sampled_from(["2008r2", "2012"]),
)
def test_flagged_users_are_those_that_exact_sizes_flag(
    parents: list[list[int]], memberships: list[list[int]], kdc: str
) -> None:
    # A limit so low that a handful of groups decides.
    directory = Directory(TokenRules(limit=1650, warn_percent=93, kdc=kdc))
    for node, ups in enumerate(parents):
        directory.group(f"g{node}", (GLOBAL, UNIVERSAL, LOCAL)[node % 3], member_of=[f"g{up}" for up in ups])
    users = [
        directory.user(f"u{n}", [f"g{node}" for node in nodes if node < len(parents)])
        for n, nodes in enumerate(memberships)
    ]
    exact = [directory.size(user) for user in users]
    flagged = list(directory.flagged(users))
    assert [size.user.account for size in flagged] == [
        size.user.account for size in exact if size.status != "ok"
    ]


def test_exact_unions_are_made_for_the_few_near_the_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []
    measure = TokenSizer.measure

    def counting(sizer: TokenSizer, account: Account) -> TokenSize:
        measured.append(account.user.account)
        return measure(sizer, account)

    monkeypatch.setattr(TokenSizer, "measure", counting)
    directory = Directory(TokenRules(kdc="2012"))
    for node in range(1500):
        directory.group(f"g{node}", UNIVERSAL)
    users = [directory.user(f"small{n}", [f"g{n}"]) for n in range(100)]
    users.append(directory.user("big", [f"g{n}" for n in range(1495)]))
    assert [size.user.account for size in directory.flagged(users)] == ["big"]
    assert (directory.sizer.users, measured) == (101, ["big"])


def test_more_than_1010_sids_are_flagged_at_any_size() -> None:
    directory = Directory()
    for node in range(1011):
        directory.group(f"g{node}")
    (size,) = directory.flagged([directory.user("locked-out", [f"g{n}" for n in range(1011)])])
    assert (size.status, size.limits_exceeded) == ("ok", ("1010_sids",))
