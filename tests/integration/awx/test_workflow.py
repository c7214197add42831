# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow Hotfix - fleet, by the rules of AWX."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.awx.definitions import definitions, job_template
from tests.integration.awx.launch import Node, Template, Walk, node_job, walk

WORKFLOW = definitions()["hotfix_awx_workflow"]
GIVEN = {node["identifier"]: node for node in WORKFLOW["nodes"]}
NODES = {name: Node.of(node) for name, node in GIVEN.items()}
PARTS = [name for name in GIVEN if not name.startswith("report")]


def run(**ends: str) -> Walk:
    """The workflow when some nodes do not end well. The report of a failed workflow always fails."""
    return walk(NODES, lambda name: {"report_failed": "failed", **ends}.get(name, "successful"))


def test_everything_green_is_green_with_one_report() -> None:
    walked = run()
    assert list(walked.statuses) == [*PARTS, "report"]
    assert not walked.failed


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("status", ["failed", "error", "canceled"])
def test_the_workflow_is_red_and_has_a_report_whichever_part_is_red(part: str, status: str) -> None:
    walked = run(**{part: status})
    assert walked.failed
    assert "report_failed" in walked.statuses


def test_the_workflow_is_red_if_only_the_report_fails() -> None:
    assert run(report="failed").failed


@pytest.mark.parametrize("part", ["approve", "canary", "canary_window", "verify_canary"])
def test_the_fleet_is_changed_only_after_the_canary_has_restarted_and_is_verified(part: str) -> None:
    walked = run(**{part: "failed"})
    assert "fleet" not in walked.statuses
    order = list(run().statuses)
    assert order.index(part) < order.index("fleet")


def test_hosts_that_are_off_in_the_assessment_do_not_keep_the_others_from_being_remediated() -> None:
    walked = run(assess="failed")
    assert {"canary", "fleet", "verify"} <= walked.statuses.keys()
    assert walked.failed


def test_a_fleet_in_which_hosts_failed_is_verified_all_the_same() -> None:
    assert "verify" in run(fleet="failed").statuses


def job(node: str, **prompts: Any) -> tuple[dict[str, Any], str | None]:
    """The variables and the limit of a node's job."""
    found = job_template(GIVEN[node]["unified_job_template"])
    template = Template(
        {"hotfix_hosts": "hotfix_fleet"}, tuple(found["survey"]), found.get("ask_limit_on_launch", False)
    )
    prompts = {"limit": None, "answers": {}, **prompts}
    return node_job(template, GIVEN[node].get("extra_data", {}), **prompts)


@pytest.mark.parametrize(
    ("node", "part"), [("canary", "canary"), ("verify_canary", "canary"), ("fleet", "rest")]
)
def test_neither_limit_nor_answers_nor_artifacts_mix_canary_and_fleet(node: str, part: str) -> None:
    answers = {question["variable"]: "answer" for question in WORKFLOW["survey"]}
    left = {"hotfix_counts": {}, "hotfix_failing_hosts": [], "hotfix_verdicts": {}}
    variables, limit = job(node, limit="site_a", answers=answers, artifacts=left)
    assert (variables["hotfix_part"], limit) == (part, "site_a")
    assert variables["hotfix_hosts"] == "answer"


def test_the_canary_is_one_job_even_where_the_templates_are_dealt_out() -> None:
    assert GIVEN["canary"]["job_slice_count"] == GIVEN["verify_canary"]["job_slice_count"] == 1


def test_the_report_of_a_failed_workflow_is_told_so() -> None:
    assert job("report_failed")[0]["hotfix_workflow_failed"] == "yes"
    assert "hotfix_workflow_failed" not in job("report")[0]


def test_the_workflow_itself_asks_nothing_that_needs_an_answer() -> None:
    assert [question for question in WORKFLOW["survey"] if question["required"]] == []
