# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed since earlier runs."""

from __future__ import annotations

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.changes import KINDS, changes_since
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import HostRow
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import KeptRun
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.statuses import STATUSES
from hypothesis import given
from hypothesis import strategies as st

NOW = "2026-03-08T06:00:00+00:00"
NAMES = st.sampled_from(["a", "b", "c"])
STATUS = st.sampled_from(list(STATUSES))


def run(day: int, **statuses: str) -> KeptRun:
    """A run of some day in February."""
    return KeptRun("KB978918", f"2026-02-{day:02}T06:00:00+00:00", statuses, {})


def changed(now: dict[str, str], *kept: KeptRun) -> dict[str, tuple[str, ...]]:
    """The hosts that changed, by kind; the newest run comes first."""
    rows = [HostRow(host, status) for host, status in now.items()]
    return {kind: hosts for kind, hosts in changes_since(rows, NOW, kept).hosts.items() if hosts}


def test_a_host_that_is_proven_now_became_fixed() -> None:
    assert changed({"a": "compliant"}, run(1, a="vulnerable")) == {"became_fixed": ("a",)}


def test_a_status_that_nobody_knows_is_no_evidence() -> None:
    assert changed({"a": "compliant"}, run(1, a="<b>fixed?</b>")) == {}


def test_a_host_that_lost_the_fix_regressed() -> None:
    assert changed({"a": "vulnerable"}, run(1, a="compliant")) == {"regressed": ("a",)}


def test_a_host_whose_evidence_could_not_be_read_did_not_regress() -> None:
    assert changed({"a": "unknown"}, run(1, a="compliant")) == {}


def test_a_host_that_answered_before_went_silent() -> None:
    assert changed({"a": "unreachable"}, run(1, a="compliant")) == {"went_silent": ("a",)}


def test_a_host_that_was_silent_before_came_back() -> None:
    assert changed({"a": "vulnerable"}, run(1, a="unreachable")) == {"came_back": ("a",)}


def test_a_host_that_the_run_did_not_come_to_has_not_changed() -> None:
    assert changed({"a": "not_attempted"}, run(1, a="compliant")) == {}


def test_a_host_that_the_run_was_not_meant_for_does_not_go_silent() -> None:
    assert changed({"a": "compliant"}, run(1, a="compliant", b="compliant")) == {}


def test_each_host_is_compared_with_its_own_newest_older_status() -> None:
    canary, whole = run(3, a="compliant"), run(2, a="vulnerable", b="vulnerable")
    assert changed({"a": "compliant", "b": "compliant"}, canary, whole) == {"became_fixed": ("b",)}


def test_a_run_that_did_not_come_to_a_host_is_passed_over() -> None:
    assert changed({"a": "compliant"}, run(3, a="not_attempted"), run(2, a="vulnerable")) == {
        "became_fixed": ("a",)
    }


def test_a_row_that_was_merged_is_not_compared_with_the_run_that_it_comes_from() -> None:
    same, before = run(3, a="compliant"), run(2, a="vulnerable")
    row = HostRow("a", "compliant", reported_at=same.generated_at)
    assert changes_since([row], NOW, [same, before]).hosts["became_fixed"] == ("a",)


def test_it_says_how_far_back_it_looked() -> None:
    rows = [HostRow("a", "compliant"), HostRow("b", "compliant")]
    kept = [run(3, a="compliant"), run(2, b="vulnerable"), run(1, a="vulnerable")]
    assert changes_since(rows, NOW, kept).since == kept[1].generated_at
    assert changes_since(rows, NOW, []).since is None


@given(st.dictionaries(NAMES, STATUS), st.lists(st.dictionaries(NAMES, STATUS), max_size=4))
def test_a_host_changes_in_one_way_at_most(now: dict[str, str], before: list[dict[str, str]]) -> None:
    kept = [run(20 - number, **statuses) for number, statuses in enumerate(before)]
    found = changed(now, *kept)
    named = [host for hosts in found.values() for host in hosts]
    assert len(named) == len(set(named))
    assert set(named) <= set(now)
    assert set(found) <= set(KINDS)


@given(st.dictionaries(NAMES, STATUS))
def test_the_same_again_is_no_change(statuses: dict[str, str]) -> None:
    assert changed(statuses, run(1, **statuses)) == {}
