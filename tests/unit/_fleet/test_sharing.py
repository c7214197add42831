# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dealing out hosts to processes."""

from __future__ import annotations

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.reach import Reach
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._fleet.sharing import affordable, deal
from hypothesis import given
from hypothesis import strategies as st

REACHES = st.lists(st.sampled_from(["", "anna@CORP", "bert@CORP", "carl@LAB"]), max_size=60).map(
    lambda tickets: [Reach(f"host{number}", ticket=ticket) for number, ticket in enumerate(tickets)]
)
NUMBERS = st.integers(1, 100)


@given(REACHES, NUMBERS, NUMBERS)
def test_every_host_is_in_one_share(reaches: list[Reach], concurrency: int, processes: int) -> None:
    dealt = deal(reaches, concurrency=concurrency, processes=processes)
    assert sorted(reach.host for share in dealt.shares for reach in share.reaches) == sorted(
        reach.host for reach in reaches
    )


@given(REACHES, NUMBERS, NUMBERS)
def test_hosts_with_different_tickets_never_share_a_process(
    reaches: list[Reach], concurrency: int, processes: int
) -> None:
    for share in deal(reaches, concurrency=concurrency, processes=processes).shares:
        assert len({reach.ticket for reach in share.reaches}) == 1


@given(REACHES, NUMBERS, NUMBERS)
def test_together_the_processes_look_at_no_more_hosts_than_asked_for(
    reaches: list[Reach], concurrency: int, processes: int
) -> None:
    dealt = deal(reaches, concurrency=concurrency, processes=processes)
    at_once = sorted((share.threads for share in dealt.shares), reverse=True)[: dealt.processes]
    assert sum(at_once) <= concurrency


def test_a_fleet_of_one_account_is_dealt_out_evenly() -> None:
    reaches = [Reach(f"host{number}") for number in range(10)]
    dealt = deal(reaches, concurrency=64, processes=4)
    assert [len(share.reaches) for share in dealt.shares] == [3, 3, 2, 2]


def test_few_open_files_lower_the_concurrency() -> None:
    assert affordable(64, 2, 256) == 48
    assert affordable(64, 2, 1024) == 64


def test_one_host_is_looked_at_however_few_files_may_be_open() -> None:
    assert affordable(64, 2, 16) == 2
