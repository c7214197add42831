# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stub of the AWX API knows of each resource: its fields, its links, and what AWX would refuse.

Fields, defaults and rules are those of AWX 24.6.1 (its API browser and source), as far as this project uses
them. A field that is not in these tables is refused, where AWX would ignore it: a typing error shall be seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

Object = dict[str, Any]


class RefusedError(Exception):
    """AWX would answer 400; holds the body of the answer."""

    def __init__(self, **problems: str) -> None:
        super().__init__(str(problems))
        self.body = {name: [text] for name, text in problems.items()}


@dataclass(frozen=True)
class Resource:
    """A kind of object.

    Attributes:
        type: Its name in the field `type`.
        fields: Writable fields with their defaults.
        references: Fields that hold the id of an object of another endpoint.
        required: Fields that a new object needs.
        links: Sub-endpoints that list linked objects, with the endpoint of these.
    """

    type: str
    fields: Mapping[str, Any]
    references: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ("name",)
    links: Mapping[str, str] = field(default_factory=dict)


_NAMED = {"name": "", "description": ""}
_ASKED = """credential diff_mode execution_environment forks instance_groups inventory job_slice_count
    job_type labels limit scm_branch skip_tags tags timeout variables verbosity"""
_ASK = {f"ask_{name}_on_launch": False for name in _ASKED.split()}
_PROMPTED = """inventory scm_branch job_type job_tags skip_tags limit diff_mode verbosity
    execution_environment forks job_slice_count timeout"""
_PROMPTS = {"extra_data": {}, **dict.fromkeys(_PROMPTED.split())}
_NOTIFICATIONS = {
    f"notification_templates_{when}": "notification_templates" for when in ("started", "success", "error")
}

RESOURCES: dict[str, Resource] = {
    "organizations": Resource("organization", {**_NAMED, "max_hosts": 0, "default_environment": None}),
    "execution_environments": Resource(
        "execution_environment",
        {**_NAMED, "organization": None, "image": "", "credential": None, "pull": ""},
        {"organization": "organizations"},
        ("name", "image"),
    ),
    "credential_types": Resource(
        "credential_type",
        {**_NAMED, "kind": "", "inputs": {}, "injectors": {}, "managed": False},
        required=("name", "kind"),
    ),
    "credentials": Resource(
        "credential",
        {**_NAMED, "organization": None, "credential_type": None, "inputs": {}},
        {"organization": "organizations", "credential_type": "credential_types"},
        ("name", "credential_type"),
    ),
    "projects": Resource(
        "project",
        {**_NAMED, "organization": None, "scm_type": "", "scm_url": "", "scm_branch": "", "scm_refspec": "",
         "scm_clean": False, "scm_update_on_launch": False, "timeout": 0, "default_environment": None},
        {"organization": "organizations"},
    ),
    "inventories": Resource(
        "inventory",
        {**_NAMED, "organization": None, "kind": "", "host_filter": None, "variables": ""},
        {"organization": "organizations"},
        ("name", "organization"),
    ),
    "groups": Resource(
        "group",
        {**_NAMED, "inventory": None, "variables": ""},
        {"inventory": "inventories"},
        ("name", "inventory"),
        {"children": "groups", "hosts": "hosts"},
    ),
    "hosts": Resource("host", {**_NAMED, "inventory": None, "variables": ""}, {"inventory": "inventories"}),
    "job_templates": Resource(
        "job_template",
        {**_NAMED, **_ASK, "organization": None, "job_type": "run", "inventory": None, "project": None,
         "playbook": "", "execution_environment": None, "forks": 0, "limit": "", "verbosity": 0,
         "extra_vars": "---", "job_tags": "", "skip_tags": "", "timeout": 0, "survey_enabled": False,
         "diff_mode": False,
         "job_slice_count": 1, "become_enabled": False, "allow_simultaneous": False, "use_fact_cache": False},
        {"organization": "organizations", "inventory": "inventories", "project": "projects",
         "execution_environment": "execution_environments"},
        ("name", "project", "playbook"),
        {"credentials": "credentials", "labels": "labels", "instance_groups": "instance_groups",
         **_NOTIFICATIONS},
    ),
    "workflow_job_templates": Resource(
        "workflow_job_template",
        {**_NAMED, "organization": None, "inventory": None, "limit": None, "scm_branch": None,
         "extra_vars": "---", "survey_enabled": False, "allow_simultaneous": False,
         "ask_inventory_on_launch": False,
         "ask_limit_on_launch": False, "ask_variables_on_launch": False, "ask_scm_branch_on_launch": False},
        {"organization": "organizations", "inventory": "inventories"},
        links=_NOTIFICATIONS,
    ),
    "workflow_job_template_nodes": Resource(
        "workflow_job_template_node",
        {**_PROMPTS, "identifier": "", "workflow_job_template": None, "unified_job_template": None,
         "all_parents_must_converge": False, "type": ""},
        {"workflow_job_template": "workflow_job_templates", "unified_job_template": "unified_job_templates",
         "inventory": "inventories"},
        ("workflow_job_template",),
        {"success_nodes": "workflow_job_template_nodes", "failure_nodes": "workflow_job_template_nodes",
         "always_nodes": "workflow_job_template_nodes", "credentials": "credentials"},
    ),
    "workflow_approval_templates": Resource("workflow_approval_template", {**_NAMED, "timeout": 0}),
    "schedules": Resource(
        "schedule",
        {**_NAMED, **_PROMPTS, "rrule": "", "enabled": True, "unified_job_template": None},
        {"unified_job_template": "unified_job_templates"},
        ("name", "rrule", "unified_job_template"),
        {"credentials": "credentials"},
    ),
}  # fmt: skip

UNIFIED = ("job_templates", "workflow_job_templates", "projects", "workflow_approval_templates")
"""The endpoints whose objects are unified job templates: they share one sequence of ids."""


def check_job_template(new: Object, playbooks: list[str], project_synced: bool) -> None:
    """A template may name only a playbook that AWX lists for a project that was synced."""
    if not project_synced:
        raise RefusedError(playbook="Playbook not found for project: it was never synced.")
    if new["playbook"] not in playbooks:
        raise RefusedError(playbook=f"Playbook not found for project: {new['playbook']}.")
    if new["job_type"] not in ("run", "check"):
        raise RefusedError(job_type=f'"{new["job_type"]}" is not a valid choice.')
    check_variables("extra_vars", new["extra_vars"])


def check_variables(name: str, text: str) -> None:
    """Variables are kept as text that holds a mapping."""
    if text in ("", "---"):
        return
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise RefusedError(**{name: "Cannot parse as JSON or YAML, or not a mapping."})


_SURVEY_TYPES = ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect")


def check_survey(spec: Object) -> None:
    """The rules of `JobTemplateSurveySpec._validate_spec_data`."""
    for key, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(spec.get(key), kind):
            raise RefusedError(error=f"'{key}' missing from survey spec or of a wrong type.")
    seen = set()
    for number, question in enumerate(spec["spec"]):
        for key in ("type", "question_name", "variable", "required"):
            if key not in question:
                raise RefusedError(error=f"'{key}' missing from survey question {number}.")
        if question["type"] not in _SURVEY_TYPES:
            raise RefusedError(
                error=f"'{question['type']}' in survey question {number} is not a question type."
            )
        if question["variable"] in seen:
            raise RefusedError(
                error=f"'variable' '{question['variable']}' duplicated in survey question {number}."
            )
        seen.add(question["variable"])
        _check_default(number, question)


def _check_default(number: int, question: Object) -> None:
    default, choices = question.get("default", ""), question.get("choices")
    if question["type"] in ("multiplechoice", "multiselect") and not choices:
        raise RefusedError(error=f"Survey question {number} of type {question['type']} must specify choices.")
    if default == "":
        return
    wrong = {
        "integer": not isinstance(default, int),
        "float": not isinstance(default, int | float),
        "multiplechoice": default not in choices,
    }.get(question["type"], not isinstance(default, str))
    if wrong:
        raise RefusedError(error=f"Default {default!r} in survey question {number} does not fit its type.")
    size = default if isinstance(default, int | float) else len(default)
    low, high = question.get("min"), question.get("max")
    if question["type"] != "multiplechoice" and not (low or 0) <= size <= (
        high if high is not None else size
    ):
        raise RefusedError(error=f"Default {default!r} in survey question {number} is beyond its limits.")


def check_credential_type(new: Object) -> None:
    """Injectors may use the inputs and nothing else; a custom type is of the kind `cloud` or `net`."""
    if new["kind"] not in ("cloud", "net"):
        raise RefusedError(kind=f"Must be 'cloud' or 'net', not {new['kind']}")
    fields = new["inputs"].get("fields", [])
    for entry in fields:
        if set(entry) - {"id", "label", "type", "secret", "help_text", "multiline", "choices", "default"}:
            raise RefusedError(inputs=f"Unknown key in the field {entry.get('id')}.")
        if not re.fullmatch(r"[a-zA-Z_]+[a-zA-Z0-9_]*", entry["id"]) or entry["type"] not in (
            "string",
            "boolean",
        ):
            raise RefusedError(inputs=f"{entry} is not a field.")
    if set(new["injectors"]) - {"file", "env", "extra_vars"}:
        raise RefusedError(injectors=f"Unknown key among {sorted(new['injectors'])}.")
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    values: Object = {entry["id"]: "EXAMPLE" for entry in fields}
    if "template" in new["injectors"].get("file", {}):
        values["tower"] = {"filename": "EXAMPLE_FILENAME"}
    for text in _texts(new["injectors"]):
        try:
            environment.from_string(text).render(**values)
        except TemplateError as problem:
            raise RefusedError(injectors=f"{text}: {problem}") from problem


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    return [value] if isinstance(value, str) else []


_PROMPT_FLAGS = {name: f"ask_{name}_on_launch" for name in _PROMPTS} | {
    "job_tags": "ask_tags_on_launch",
    "extra_data": "ask_variables_on_launch",
}


def check_prompts(new: Object, template: Object | None, survey: Object | None) -> None:
    """A node or a schedule may only set what its template asks for at launch or in its survey."""
    for name, flag in _PROMPT_FLAGS.items():
        asked = (template or {}).get(flag) or name == "extra_data"
        if new.get(name) not in (None, {}) and not asked:
            raise RefusedError(**{name: "Field is not configured to prompt on launch."})
    answers = new.get("extra_data") or {}
    questions = {question["variable"]: question for question in (survey or {}).get("spec", [])}
    for variable, question in questions.items():
        if question["required"] and variable not in answers:
            raise RefusedError(variables_needed_to_start=f"'{variable}' value missing")
        if variable in answers and (wrong := wrong_answer(question, answers[variable])):
            raise RefusedError(variables_needed_to_start=wrong)
    unasked = answers.keys() - questions.keys()
    if unasked and not (template or {}).get("ask_variables_on_launch"):
        raise RefusedError(extra_vars=f"Variables {', '.join(sorted(unasked))} are not allowed on launch.")


def wrong_answer(question: Object, value: object) -> str:
    """What AWX has against an answer, or against a default: the rules of `_survey_element_validation`."""
    variable, kind, low, high = (question.get(key) for key in ("variable", "type", "min", "max"))
    choices = question.get("choices") or []
    kinds: dict[object, tuple[type, ...]] = {"integer": (int,), "float": (int, float)}
    if kind == "multiplechoice":
        listed = choices.splitlines() if isinstance(choices, str) else choices
        return "" if value in listed else f"Value {value} for '{variable}' expected to be one of {listed}."
    if not isinstance(value, kinds.get(kind, (str,))):
        return f"Value {value} for '{variable}' is of a wrong type."
    size = len(value) if isinstance(value, str) else value
    if low not in ("", None) and size < low:
        return f"'{variable}' value {value} is too small (must be at least {low})."
    if high not in ("", None) and size > high:
        return f"'{variable}' value {value} is too large (must be no more than {high})."
    return ""


def check_relation(parent: int, child: int, of_other_kinds: list[int]) -> None:
    """Two nodes of a workflow have at most one relation."""
    if parent == child:
        raise RefusedError(Error="Cycle detected.")
    if child in of_other_kinds:
        raise RefusedError(Error="Relationship not allowed.")


def check_one_of_a_type(attached: list[Object], new: Object) -> None:
    """A template has at most one credential of each type."""
    if any(each["credential_type"] == new["credential_type"] for each in attached):
        raise RefusedError(error="Cannot assign multiple credentials of one type.")


def check_rrule(text: str) -> None:
    """The rules of AWX for a recurrence: a start with a zone, one rule, an interval."""
    if not re.fullmatch(
        r"DTSTART(;TZID=[\w/]+:\d{8}T\d{6}|:\d{8}T\d{6}Z) RRULE:FREQ=[A-Z]+(;[A-Z]+=[^;\s]+)+", text
    ):
        raise RefusedError(rrule="This is not a recurrence that AWX takes.")
    if "INTERVAL=" not in text:
        raise RefusedError(rrule="INTERVAL required in rrule.")
