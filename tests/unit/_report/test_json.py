# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.changes import changes_since
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import (
    FleetReport,
    render_json,
    select_rows,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.history import History
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.inputs import ReportInputError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import KeptRun
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.statuses import (
    CAUSES,
    STATUSES,
    WORK_GROUPS,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.token_summary import (
    read_token_report,
    summarise_tokens,
)
from jsonschema import Draft202012Validator

from tests.unit._report.samples import files, result

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "fleet-report.schema.json"
WHEN = "2026-03-01T02:00:00+00:00"


def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def report(*results: object, hosts: tuple[str, ...] = ()) -> FleetReport:
    return FleetReport("KB978918", WHEN, tuple(build_rows(results, hosts=hosts)))


def mixed_fleet() -> FleetReport:
    found = report(
        result("a", actions={"installed": True}),
        result("b", "vulnerable", error="The disk is full."),
        result("c", "restart_pending"),
        {"host": "d", "unreachable": True},
        {"host": "日本", "hotfix_info": {"status": "compliant"}},
        None,
        hosts=("e",),
    )
    before = KeptRun("KB978918", "2026-02-01T02:00:00+00:00", {"a": "vulnerable"}, {"to_do": 1})
    changes = changes_since(found.rows, WHEN, [before])
    return replace(found, history=History(changes, (before,), {"kept/x.json.gz": "It is damaged."}))


def test_a_mixed_fleet_matches_the_schema() -> None:
    document = json.loads(render_json(mixed_fleet()))
    validator().validate(document)
    assert document["counts"]["compliant"] == 1
    assert document["failing"] == ["(result 6)", "b", "d", "e", "日本"]


def test_a_report_of_a_run_that_was_stopped_says_why() -> None:
    document = json.loads(render_json(replace(mixed_fleet(), incomplete="it was late")))
    validator().validate(document)
    assert document["incomplete"] == "it was late"


def test_the_schema_knows_every_status() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema["$defs"]["host"]["properties"]["status"]["enum"] == list(STATUSES)


def test_the_schema_describes_every_key_of_a_report_and_no_other() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document = json.loads(render_json(mixed_fleet()))
    defined = schema["$defs"]
    assert document.keys() == schema["properties"].keys()
    assert document["hosts"][0].keys() == defined["host"]["properties"].keys()
    assert document["hosts"][1]["files"][0].keys() == defined["file"]["properties"].keys()
    assert document["needs_a_person"][0].keys() == defined["cause"]["properties"].keys()
    assert document["made_by"].keys() == defined["run"]["properties"].keys()
    assert document["changes"].keys() == defined["changes"]["properties"].keys()


def test_the_schema_knows_every_work_group_and_cause() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert list(schema["properties"]["work_groups"]["properties"]) == list(WORK_GROUPS)
    assert schema["$defs"]["host"]["properties"]["work_group"]["enum"] == list(WORK_GROUPS)
    assert schema["$defs"]["cause"]["properties"]["kind"]["enum"] == list(CAUSES)


def test_the_work_groups_add_up_and_each_host_says_its_own() -> None:
    document = json.loads(render_json(mixed_fleet()))
    assert sum(document["work_groups"].values()) == len(document["hosts"])
    assert {row["host"]: row["work_group"] for row in document["hosts"]} == {
        "(result 6)": "failed",
        "a": "fixed",
        "b": "failed",
        "c": "to_do",
        "d": "not_reachable",
        "e": "not_looked_at",
        "日本": "failed",
    }
    causes = {cause["kind"]: cause["hosts"] for cause in document["needs_a_person"]}
    assert (causes["no_restart"], causes["not_reachable"]) == (["c"], ["d"])


@pytest.mark.parametrize(
    "spoilt",
    [
        {"files": []},
        {"files": files("older")},
        {"files": [{**item, "deciding": False} for item in files()]},
        {"error": "something failed"},
        {"status": "fine"},
    ],
)
def test_the_schema_refuses_compliance_without_proof(spoilt: dict[str, Any]) -> None:
    document = json.loads(render_json(report(result("a"))))
    assert validator().is_valid(document)
    document["hosts"][0] |= spoilt
    assert not validator().is_valid(document)


def test_merged_reports_are_what_one_run_would_have_written() -> None:
    first, second = report(result("a"), result("c")), report(result("b", "vulnerable"))
    hosts = [row for part in (first, second) for row in json.loads(render_json(part))["hosts"]]
    whole = report(result("a"), result("b", "vulnerable"), result("c"))
    assert render_json(report(*hosts)) == render_json(whole)


def test_select_keeps_the_rows_it_chooses() -> None:
    assert len(select_rows(mixed_fleet(), "[?work_group=='failed']").rows) == 3
    chosen = select_rows(mixed_fleet(), "[?status=='vulnerable' && exposure.at_risk]")
    assert [row.host for row in chosen.rows] == ["b"]
    assert chosen.counts["vulnerable"] == 1
    assert json.loads(render_json(chosen))["select"].startswith("[?status")


@pytest.mark.parametrize("expression", ["[?", "[].host", "length(@)", "[].{host: host}", "nothing"])
def test_a_select_that_gives_no_rows_is_refused_with_a_reason(expression: str) -> None:
    with pytest.raises(ReportInputError, match="select"):
        select_rows(mixed_fleet(), expression)


def test_select_without_its_library_names_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jmespath", None)
    with pytest.raises(ReportInputError, match="pip install jmespath"):
        select_rows(mixed_fleet(), "[]")


def user(name: str, status: str, percent: float) -> dict[str, Any]:
    return {"user": name, "status": status, "percent": percent, "token_bytes": int(percent * 164)}


def test_users_near_the_limit_are_counted_and_listed_largest_first(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    users = [user("near", "near", 91), user("ok", "ok", 20), user("over", "over", 140)]
    path.write_text(json.dumps({"limit": 16384, "users": users}), encoding="utf-8")
    summary = read_token_report(path)
    assert (summary.limit, summary.near, summary.over) == (16384, 1, 1)
    assert [item.user for item in summary.users] == ["over", "near"]
    document = json.loads(render_json(FleetReport("KB978918", WHEN, (), tokens=summary)))
    validator().validate(document)


@pytest.mark.parametrize("given", ["text", 5, {"items": []}, ["bob"], [{"user": "bob"}]])
def test_what_is_no_token_report_is_refused(given: object) -> None:
    with pytest.raises(ReportInputError):
        summarise_tokens(given)
