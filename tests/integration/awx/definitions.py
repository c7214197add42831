# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/vars/awx.yml as data: what configure_awx makes, each survey with its questions."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]


class _Loader(yaml.SafeLoader):
    """Reads `!unsafe` as the text behind it."""


_Loader.add_constructor("!unsafe", lambda _loader, node: node.value)


@cache
def definitions() -> dict[str, Any]:
    """The variables of the file; expressions other than those of questions stay text."""
    data: dict[str, Any] = yaml.load((ROOT / "playbooks/vars/awx.yml").read_text("utf-8"), _Loader)
    for template in (*data["hotfix_awx_job_templates"], data["hotfix_awx_workflow"]):
        template["survey"] = [_question(data["hotfix_awx_questions"], each) for each in template["survey"]]
    return data


def _question(questions: dict[str, Any], given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    found = re.fullmatch(r"\{\{ hotfix_awx_questions\.(\w+) \}\}", given)
    assert found, given
    return dict(questions[found[1]])


def job_template(name: str) -> dict[str, Any]:
    """The definition of a job template."""
    return next(each for each in definitions()["hotfix_awx_job_templates"] if each["name"] == name)
