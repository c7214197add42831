# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX makes of a launch: the variables and the limit of a job, and the way through a workflow.

The rules are those of AWX 24.6.1: `SurveyJobTemplateMixin` (awx/main/models/mixins.py) for surveys,
`WorkflowJobNode.get_job_kwargs` (awx/main/models/workflow.py) for nodes, and `WorkflowDAG`
(awx/main/scheduler/dag_workflow.py) for the order of nodes and the verdict on the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.awx.stub_resources import wrong_answer

Variables = Mapping[str, Any]

_FAILED = ("failed", "error", "canceled")


def job_variables(
    template: Variables, survey: Iterable[Variables], given: Variables, *, ask_variables: bool = False
) -> dict[str, Any]:
    """The extra variables of a job: the template's, below valid defaults of its survey, below what was given.

    What the survey does not ask for, and answers that it refuses, are dropped without a word.
    """
    questions = {question["variable"]: dict(question) for question in survey}
    defaults = {
        name: question["default"]
        for name, question in questions.items()
        if question.get("default") is not None and not wrong_answer(question, question["default"])
    }
    accepted = {
        name: value
        for name, value in given.items()
        if (not wrong_answer(questions[name], value) if name in questions else ask_variables)
    }
    return {**template, **defaults, **accepted}


@dataclass(frozen=True)
class Template:
    """A job template, as far as nodes depend on it."""

    extra_vars: Variables
    survey: tuple[Variables, ...]
    ask_limit: bool = False


def node_job(
    template: Template,
    extra_data: Variables,
    *,
    limit: str | None,
    answers: Variables,
    artifacts: Variables | None = None,
) -> tuple[dict[str, Any], str | None]:
    """The variables and the limit of the job of a node.

    Args:
        template: What the node runs.
        extra_data: The node's own variables.
        limit: The limit of the workflow. It takes the place of the node's, if the template asks for one.
        answers: The workflow's variables. They bypass the template's survey, as artifacts do.
        artifacts: What earlier jobs left by set_stats.
    """
    accepted = job_variables(template.extra_vars, template.survey, extra_data)
    return {**accepted, **(artifacts or {}), **answers}, limit if template.ask_limit else None


@dataclass(frozen=True)
class Node:
    """A node of a workflow and the nodes that follow it."""

    success: frozenset[str] = frozenset()
    failure: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    converge: bool = False  # runs only if every parent ended in the way that leads here

    def follow(self, status: str) -> frozenset[str]:
        """The nodes that follow when the node ends with this status."""
        return self.always | (self.success if status == "successful" else self.failure)

    @classmethod
    def of(cls, given: Variables) -> Node:
        """Read a node of playbooks/vars/awx.yml."""
        links = (frozenset(given.get(f"{kind}_nodes", ())) for kind in ("success", "failure", "always"))
        return cls(*links, converge=bool(given.get("all_parents_must_converge")))


@dataclass(frozen=True)
class Walk:
    """A finished workflow: the status of each node that ran, in order, and of the whole."""

    statuses: dict[str, str]
    failed: bool


def walk(nodes: Mapping[str, Node], run: Callable[[str], str]) -> Walk:
    """Run a workflow; `run` returns the status of a node's job (successful, failed, error, canceled)."""
    parents = {
        name: [each for each, node in nodes.items() if name in node.success | node.failure | node.always]
        for name in nodes
    }
    statuses: dict[str, str] = {}
    skipped: set[str] = set()
    while len(statuses) + len(skipped) < len(nodes):
        for name, node in nodes.items():
            decided = all(each in statuses or each in skipped for each in parents[name])
            if name in statuses or name in skipped or not decided:
                continue
            if _runs(name, node, parents[name], nodes, statuses):
                statuses[name] = run(name)
            else:
                skipped.add(name)
    # A failed node that another follows on failure counts as mended.
    red = (
        name for name, status in statuses.items() if status in _FAILED and not nodes[name].follow("failed")
    )
    return Walk(statuses, any(True for _unused in red))


def _runs(
    name: str, node: Node, parents: list[str], nodes: Mapping[str, Node], statuses: Mapping[str, str]
) -> bool:
    led = [each in statuses and name in nodes[each].follow(statuses[each]) for each in parents]
    if not parents:
        return True
    if not node.converge:
        return any(led)
    # AWX looks at parents that succeeded or failed only: one that was cancelled does not hold this back.
    held = (
        each not in statuses or (statuses[each] in ("successful", "failed") and not met)
        for each, met in zip(parents, led, strict=True)
    )
    return not any(held) and any(led)
