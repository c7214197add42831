# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One directory gives the same sizes in every format and to both consumers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.files import report_paths
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.lookup_items import token_items
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.report_files import write_report
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

from tests.lab.mixed_directory import SIZES, WRITERS


@pytest.fixture(scope="module", params=WRITERS)
def export(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("formats") / str(request.param)
    WRITERS[path.name](path)
    return path


def notes_of(survey: Survey) -> list[str]:
    """The notes but the one on the trust, which only sAMAccountType proves and PowerShell does not show."""
    return [note for note in survey.notes if "(1: CN=EU$," not in note]


def is_on_jon(note: str) -> bool:
    return "more than once" in note and "(1: jon)" in note


def test_the_lookup_sizes_the_same_users(export: Path) -> None:
    survey = Survey([str(export)], TokenRules())
    items = token_items(survey, "all", [], None)
    assert {item["user"]: item["token_bytes"] for item in items} == SIZES
    (note,) = notes_of(survey)
    assert is_on_jon(note)


def test_the_report_sizes_the_same_users(export: Path, tmp_path: Path) -> None:
    survey = Survey([str(export)], TokenRules())
    files = report_paths(tmp_path / "tokens", ["json"], "token-report")
    report = write_report(survey, files, everyone=True, generated_at="2026-11-20T08:00:00+00:00", fleet=None)
    written = json.loads(report.files["json"].read_text("utf-8"))
    assert {item["user"]: item["token_bytes"] for item in written["users"]} == SIZES
    assert written["counts"]["users"] == len(SIZES)
    (note,) = notes_of(survey)
    assert is_on_jon(note)
