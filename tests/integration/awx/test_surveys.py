# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of surveys against the inventory, by the rules of AWX."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.awx.definitions import definitions, job_template
from tests.integration.awx.launch import job_variables

SURVEYS = [
    (template["name"], template["survey"])
    for template in (*definitions()["hotfix_awx_job_templates"], definitions()["hotfix_awx_workflow"])
]


def remediate(**answers: Any) -> dict[str, Any]:
    """The variables of a job of Hotfix - remediate without its template's own."""
    return job_variables({}, job_template("Hotfix - remediate")["survey"], answers)


@pytest.mark.parametrize(("name", "survey"), SURVEYS, ids=[name for name, _survey in SURVEYS])
def test_a_question_without_an_answer_passes_nothing(name: str, survey: list[dict[str, Any]]) -> None:
    assert job_variables({}, survey, {}) == {}
    # The form of AWX sends an empty text; a question for at least one character does not take it.
    assert job_variables({}, survey, {question["variable"]: "" for question in survey}) == {}


@pytest.mark.parametrize(("name", "survey"), SURVEYS, ids=[name for name, _survey in SURVEYS])
def test_an_optional_question_says_what_holds_without_an_answer(
    name: str, survey: list[dict[str, Any]]
) -> None:
    silent = [
        each for each in survey if not each["required"] and "answer" not in each["question_description"]
    ]
    assert [question["variable"] for question in silent] == []


def test_an_answer_is_passed_as_it_was_given() -> None:
    answers = {
        "hotfix_restart": "now",
        "hotfix_restart_at": "2026-03-08T02:30",
        "hotfix_max_fail_percent": 10,
    }
    assert remediate(**answers) == answers


def test_a_variable_that_no_question_asks_for_is_dropped() -> None:
    assert remediate(hotfix_allow_dc=True, hotfix_state="absent") == {"hotfix_state": "absent"}


def test_a_default_would_be_passed_and_would_win_over_the_inventory() -> None:
    question = {"variable": "hotfix_restart", "type": "multiplechoice", "choices": ["scheduled"]}
    assert job_variables({}, [{**question, "default": "scheduled"}], {}) == {"hotfix_restart": "scheduled"}


@pytest.mark.parametrize(
    ("template", "variable"),
    [
        ("Hotfix - remediate", "hotfix_state"),
        ("Hotfix - verify", "hotfix_state"),
        ("Hotfix - token report", "hotfix_token_kdc"),
        ("Hotfix - report", "hotfix_token_report"),
    ],
)
def test_what_people_set_for_a_job_can_be_reached(template: str, variable: str) -> None:
    assert variable in {question["variable"] for question in job_template(template)["survey"]}
