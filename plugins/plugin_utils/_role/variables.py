# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that operators set: those of the role (from its argument specs) and of the playbooks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ansible.module_utils.common.yaml import yaml_load

PREFIX, OLD_PREFIX = "hotfix_", "kb978918_"

_SPECS = Path(__file__).parents[3] / "roles" / "hotfix" / "meta" / "argument_specs.yml"
# A misspelt name is at least this similar to the right one: `blackuot` has 0.88, `owner` and `hosts` 0.40.
_SIMILAR = 0.75
# `hotifx` has 0.83, an operator's own `host` and `patch` 0.60 and 0.18.
_SIMILAR_PREFIX = 0.8
_DAY, _WEEK = 24 * 60, 7 * 24 * 60


@dataclass(frozen=True)
class Variable:
    """A variable that operators set.

    Attributes:
        name: Without the prefix.
        form: How its value is read: a key of `values.FORMS`.
        default: The value that an empty answer stands for.
        choices: The values that are valid; any where there are none.
        least: The least valid number.
        most: The greatest valid number.
    """

    name: str
    form: str
    default: Any = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


_FORMS = {
    "restart_at": "moment",
    "restart_window": "window",
    "change_window": "window",
    "blackout": "blackout",
    "packages": "packages",
    "definition": "definition",
    "package_dir": "path",
    "definition_dir": "path",
    "pre_restart_tasks": "path",
    "post_restart_tasks": "path",
}
# The limits of the module restart; a restart that takes longer than a day is a mistake.
_LIMITS: dict[str, tuple[int, int | None]] = {
    "restart_stagger_minutes": (0, _WEEK),
    "restart_max_parallel_percent": (1, 100),
    "restart_minutes_down": (0, _DAY),
    "restart_notice_minutes": (0, _DAY),
    "wait_for_sessions_minutes": (0, _DAY),
    "timeout": (1, None),
}
_FORMATS = ("json", "csv", "html")
_OF_PLAYBOOKS = (
    Variable("hosts", "names"),
    Variable("part", "str", "all", ("all", "canary", "rest")),
    Variable("batches", "batches", "100%"),
    Variable("max_fail_percent", "float", 25, least=0, most=100),
    Variable("report_dir", "path", "hotfix-reports"),
    Variable("report_formats", "list", list(_FORMATS), _FORMATS),
    Variable("report_keep", "int", 30, least=0),
    Variable("require_restart", "bool", False),
    Variable("probe_rdp", "bool", False),
    Variable("scan", "bool", False),
    Variable("scan_concurrency", "int", 64, least=1),
    Variable("scan_host_timeout", "int", 120, least=1),
    Variable("merge", "str", "*.json"),
    Variable("merge_days", "int", 30, least=1),
    Variable("merge_name", "str", "fleet"),
    Variable("workflow_failed", "bool", False),
    Variable("package_ca_path", "path", ""),
    Variable("field_check_upload", "bool", True),
    Variable("field_check_note", "str", ""),
    Variable("token_report", "any"),
    Variable("token_source", "sources", []),
    Variable("token_report_name", "str", "tokens"),
    Variable("token_include", "str", "flagged", ("flagged", "all")),
    Variable("token_limit", "int", 16384, least=1),
    Variable("token_warn_percent", "float", 80, least=0, most=100),
    Variable("token_kdc", "str", "2008r2", ("2008r2", "2012")),
    Variable("token_resource_sid_compression", "bool", True),
    Variable("token_delegation", "bool", False),
    Variable("token_fleet_report", "path", ""),
    Variable("awx_slices", "int", 1, least=1),
    Variable("awx_forks", "int", 20, least=1),
    Variable("awx_winrm", "str", "http", ("http", "https")),
    Variable("awx_overwrite", "names"),
    *(
        Variable(f"awx_{name}", "str", "")
        for name in (
            *("name", "scm_url", "scm_branch", "image", "report_dir", "description", "definition"),
            *("definition_dir", "machine_credential", "package_credential", "directory_credential"),
        )
    ),
)
# Words by which operators ask for some hosts, or for a rehearsal, without knowing our names. On the command
# line they are an instruction to the run, which would change every host without them.
_INSTRUCTIONS = {
    "hotfix_hosts": "host hosts target targets limit group groups server servers computers nodes only",
    "--check": "check dry dryrun rehearse rehearsal simulate simulation test noop",
}
# What the playbooks themselves set. AWX hands the last four to the following jobs of a workflow.
_RESULTS = frozenset(
    {"result"}
    | {f"awx_{name}" for name in ("credential_types", "groups", "questions", "job_templates", "workflow")}
    | {"awx_schedules", "counts", "failing_hosts", "verdicts", "token_counts"}
)


@cache
def role_variables() -> tuple[Variable, ...]:
    """Return the variables of the role `hotfix`."""
    options = yaml_load(_SPECS.read_text("utf-8"))["argument_specs"]["main"]["options"]
    return tuple(_of_role(name.removeprefix(PREFIX), option) for name, option in options.items())


def _of_role(name: str, option: dict[str, Any]) -> Variable:
    least, most = _LIMITS.get(name, (None, None))
    form = _FORMS.get(name, str(option["type"]))
    return Variable(name, form, option["default"], tuple(option.get("choices", ())), least, most)


@cache
def variables() -> dict[str, Variable]:
    """Return every variable that operators set, by its full name."""
    return {PREFIX + each.name: each for each in (*role_variables(), *_OF_PLAYBOOKS)}


def check_names(names: Collection[str], extra: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """Return the problems with names of variables, and warnings about those that may be the operator's own.

    Args:
        names: All variables of a host; those without a prefix of the collection matter only if nothing else
            in them is wrong.
        extra: Those of them that the command line gave (`-e`).
    """
    problems, warnings = [], []
    for name, meant in _misspelt_prefixes(names):
        problems.append(f"{name} is not a variable of this collection: did you mean {meant}?")
    for name in _unknown(names):
        old = name.startswith(OLD_PREFIX)
        nearest = _nearest(name.removeprefix(OLD_PREFIX if old else PREFIX))
        nearest = nearest or (_instruction(name) if name in extra else None)
        if old:
            new = f"rename it to {nearest}" if nearest else f"variables begin with {PREFIX}"
            problems.append(f"{name} is the old name of a variable: {new}")
        elif nearest:
            problems.append(f"{name} is not a variable of this collection: did you mean {nearest}?")
        else:
            warnings.append(f"{name} is not a variable of winfleet.hotfix, so it changes nothing.")
    return problems, warnings


def _unknown(names: Collection[str]) -> Iterator[str]:
    results = {PREFIX + name for name in _RESULTS}
    for name in sorted(names):
        if re.match(f"({PREFIX}|{OLD_PREFIX})(?!_)", name) and name not in {*variables(), *results}:
            yield name


def _misspelt_prefixes(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield names of which only the prefix is wrong (`hotfx_hosts`, `hotfix-hosts`), and the right ones."""
    for name in sorted(names):
        head, _mark, rest = name.lower().replace("-", "_").partition("_")
        meant = PREFIX + rest
        if meant in variables() and not name.startswith(PREFIX) and _resembles_prefix(head):
            yield name, meant


def _resembles_prefix(head: str) -> bool:
    return difflib.SequenceMatcher(None, head, PREFIX.rstrip("_")).ratio() >= _SIMILAR_PREFIX


def _nearest(name: str) -> str | None:
    """Return the variable that was meant by a name without its prefix."""
    known = [each.removeprefix(PREFIX) for each in variables()]
    if name in known:
        return PREFIX + name
    # An operator's own hotfix_name is not half of hotfix_awx_name; hotfix_window is half of a setting.
    parts = [each.name for each in role_variables() if each.name.endswith(f"_{name.lower()}")]
    similar = difflib.get_close_matches(name.lower(), known, n=1, cutoff=_SIMILAR)
    return next((PREFIX + each for each in (*similar, *parts)), None)


def _instruction(name: str) -> str | None:
    """Return what a name on the command line asks of the run by one of its words."""
    words = set(name.lower().split("_"))
    return next((meant for meant, known in _INSTRUCTIONS.items() if words & {*known.split()}), None)
