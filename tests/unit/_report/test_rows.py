# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment import exposure, verdict
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import (
    PROVEN_STATES,
    HostRow,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import (
    build_rows,
    count_statuses,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.statuses import (
    NO_VERDICT,
    ROLES,
    STATUSES,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit._report.samples import files, hotfix_info, result


def row_of(item: object, **options: Any) -> HostRow:
    (row,) = build_rows([item], **options)
    return row


def test_a_proven_host_is_compliant() -> None:
    row = row_of(result())
    assert (row.host, row.status, row.by) == ("srv01", "compliant", "hotfix")
    assert not row.failing


def test_the_result_of_the_role_needs_no_nesting() -> None:
    assert row_of({"host": "srv01", **hotfix_info()}).status == "compliant"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"files": []},
        {"files": None},
        {"files": files("absent", None)},
        {"files": [{**item, "deciding": False} for item in files()]},
        {"files": [{**item, "deciding": "true"} for item in files()]},
        {"files": [*files(), {"path": "x.dll", "deciding": True, "state": "older"}]},
        {"files": [*files(), {"path": "x.dll", "deciding": True, "state": "unreadable"}]},
        {"files": [*files(), {"path": "x.dll", "deciding": True}]},
        {"files": {"path": "x.dll"}},
        {"files": "all fixed"},
        {"files": [None]},
        {"hotfix": "KB2574819"},
        {"os": "Windows 7"},
        {"reasons": 5},
    ],
)
def test_a_claim_without_proof_is_an_error_with_a_reason(spoilt: dict[str, Any]) -> None:
    row = row_of({"host": "srv01", "hotfix_info": hotfix_info(**spoilt)})
    assert row.status == "error"
    assert row.reasons
    assert row.failing


@pytest.mark.parametrize("status", [None, "", "ok", "COMPLIANT", 1, ["compliant"], {}])
def test_a_status_that_does_not_exist_is_an_error(status: object) -> None:
    assert row_of({"host": "srv01", "hotfix_info": {**hotfix_info(), "status": status}}).status == "error"


@pytest.mark.parametrize("item", [None, "srv01", 7, [], ["srv01"], {}, {"host": None}, {"host": ""}])
def test_an_item_without_a_host_gets_a_row_that_says_so(item: object) -> None:
    row = row_of(item)
    assert (row.host, row.status) == ("(result 1)", "error")
    assert "Result 1" in row.reasons[0]


def test_a_host_without_a_result_was_not_attempted() -> None:
    rows = build_rows([result("a")], hosts=["a", "b"])
    assert [(row.host, row.status) for row in rows] == [("a", "compliant"), ("b", "not_attempted")]
    assert rows[1].failing


def test_an_unreachable_host_is_unreachable_whatever_was_known_before() -> None:
    row = row_of(result(unreachable=True, msg="timed out"))
    assert (row.status, row.by) == ("unreachable", None)
    assert row.reasons == ("timed out", "Assessed as compliant before that.")


def test_a_registered_failure_is_an_error_with_its_message() -> None:
    row = row_of({"host": "srv01", "failed": True, "msg": "Access is denied."})
    assert (row.status, row.reasons, row.error) == ("error", ("Access is denied.",), "Access is denied.")


@pytest.mark.parametrize("status", ["vulnerable", "inconsistent", "unknown", "restart_pending"])
def test_a_failure_leaves_an_unsettled_host_its_status(status: str) -> None:
    row = row_of(result(status=status, error="The disk is full."))
    assert (row.status, row.error, row.failing) == (status, "The disk is full.", True)


@pytest.mark.parametrize("status", ["compliant", "not_applicable"])
def test_a_failure_makes_a_settled_host_an_error(status: str) -> None:
    row = row_of(result(status=status, error={"msg": "The message could not be sent."}))
    assert row.status == "error"
    assert row.reasons[:2] == ("The message could not be sent.", f"Assessed as {status} before that.")


def test_a_task_that_was_skipped_was_not_attempted() -> None:
    assert row_of({"host": "srv01", "skipped": True}).status == "not_attempted"


def test_of_several_results_the_last_that_was_attempted_counts() -> None:
    rows = build_rows([result("a", "vulnerable"), result("a"), {"host": "a", "not_attempted": True}])
    assert [(row.host, row.status) for row in rows] == [("a", "compliant")]


def test_rows_are_sorted_as_people_count() -> None:
    rows = build_rows([result("web-10"), result("WEB-9"), result("db")])
    assert [row.host for row in rows] == ["db", "WEB-9", "web-10"]


def test_a_host_says_where_it_belongs() -> None:
    groups = {"all": ["a", "b"], "ungrouped": ["c"], "site10": ["a"], "site9": ["a"], "empty": []}
    rows = build_rows([result("a"), {"host": "c", "unreachable": True}], hosts=["b"], groups=groups)
    assert [(row.host, row.groups, row.domain) for row in rows] == [
        ("a", ("site9", "site10"), "corp.example"),
        ("b", (), None),
        ("c", (), None),
    ]


def test_a_merged_host_keeps_its_groups_unless_the_inventory_knows_better() -> None:
    old = [row.to_json() for row in build_rows([result("a"), result("b")], groups={"x": ["a", "b"]})]
    rows = build_rows(old, groups={"all": ["b"], "y": ["b"]})
    assert [(row.host, row.groups) for row in rows] == [("a", ("x",)), ("b", ("y",))]


def test_every_status_is_counted_also_with_none() -> None:
    counts = count_statuses(build_rows([result("a"), result("b", "vulnerable")]))
    assert set(counts) == set(STATUSES)
    assert (counts["compliant"], counts["vulnerable"], counts["unreachable"]) == (1, 1, 0)


def test_dates_that_ansible_made_of_text_become_text_again() -> None:
    when = datetime(2026, 3, 1, 2, 0, tzinfo=timezone.utc)
    row = row_of(result(actions={"restart_scheduled_for": when, "installed": True}))
    assert row.actions == {"restart_scheduled_for": "2026-03-01T02:00:00+00:00", "installed": True}


def test_text_of_a_subclass_becomes_plain_text() -> None:
    class Tagged(str):
        """As ansible-core tags its values."""

    row = row_of({"host": Tagged("a"), "unreachable": True, "msg": Tagged("grüße")})
    assert (type(row.host), type(row.error)) == (str, str)


def test_text_that_is_no_unicode_becomes_writable() -> None:
    row = row_of({"host": "bad\udc80name", "unreachable": True})
    assert row.host == "bad?name"


texts = st.text(max_size=8)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
states = st.sampled_from(["fixed", "newer", "older", "missing", "absent", "unreadable"]) | junk
findings = st.lists(
    st.fixed_dictionaries(
        {"path": st.just("a.dll") | junk, "deciding": st.booleans() | junk, "state": states}
    ),
    max_size=4,
)
wide_results = st.fixed_dictionaries(
    {"host": st.just("srv01")},
    optional={
        "hotfix_info": st.fixed_dictionaries(
            {"status": st.sampled_from(sorted(STATUSES)) | junk},
            optional={"files": findings | junk, "os": junk, "reasons": junk, "restart": junk, "by": junk},
        )
        | junk,
        "error": junk,
        "failed": junk,
        "msg": junk,
        "unreachable": junk,
        "actions": junk,
        "groups": st.lists(texts) | junk,
        "domain": junk,
    },
)


@settings(max_examples=200)
@given(wide_results)
def test_no_input_is_compliant_without_positive_evidence(item: dict[str, Any]) -> None:
    row = row_of(item)
    json.dumps(row.to_json(), allow_nan=False).encode()
    if row.status == "compliant":
        deciding = [found for found in row.files if found.deciding]
        assert any(found.state in PROVEN_STATES for found in deciding)
        assert all(found.state in PROVEN_STATES | {"absent"} for found in deciding)
        assert row.error is None


@settings(max_examples=200)
@given(wide_results)
def test_a_row_is_a_valid_result_and_stays_what_it_is(item: dict[str, Any]) -> None:
    row = row_of(item)
    assert row_of(row.to_json()) == row


def test_a_report_knows_every_status_and_role_that_an_assessment_gives() -> None:
    statuses = {verdict.COMPLIANT, verdict.RESTART_PENDING, verdict.VULNERABLE, verdict.INCONSISTENT}
    statuses |= {verdict.UNKNOWN, verdict.NOT_APPLICABLE}
    assert statuses == STATUSES.keys() - NO_VERDICT
    assert tuple(ROLES) == exposure.ROLES
