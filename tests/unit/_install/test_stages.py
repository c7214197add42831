# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a run is explained by a stable name and by a message that names the remedy."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.last_attempt import LastAttempt
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._script import (
    ScriptHead,
    install_script,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._stages import (
    STAGE_FAILURES,
    explain_failure,
    needs_restart,
    outcome_name,
    servicing_of,
    succeeded,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource


def record(stage: str, code: int) -> LastAttempt:
    return LastAttempt("", code, "", stage, "r")


@pytest.mark.parametrize(("code", "restart"), [(0, False), (3010, True)])
def test_dism_may_be_done_or_need_a_restart(code: int, restart: bool) -> None:
    assert succeeded(record("install", code)) and needs_restart(record("install", code)) is restart


@pytest.mark.parametrize("stage", sorted(STAGE_FAILURES))
def test_a_script_that_ended_early_is_a_failure_even_with_code_0(stage: str) -> None:
    assert not succeeded(record(stage, 0))
    assert outcome_name(record(stage, 0)) == STAGE_FAILURES[stage].name


def test_every_stage_of_the_script_has_a_name_for_its_failure() -> None:
    head = ScriptHead("KB978918", "0" * 16, "")
    source = PackageSource("host", r"C:\x", "0" * 64)
    text = install_script(head, architecture="x64", sha256="0" * 64, sha1=None, fetch=source)
    stages = {line[len("set STAGE=") :] for line in text.split("\r\n") if line.startswith("set STAGE=")}
    assert stages - {"install"} == set(STAGE_FAILURES)


def test_a_failure_of_dism_is_explained_by_its_code() -> None:
    failed = record("install", 0x800F0806)
    assert asdict(servicing_of(failed, "id", "log")) == {
        "identity": "id",
        "exit_code": 0x800F0806,
        "exit_name": "pending_operations",
        "log_tail": "log",
    }
    assert "Restart the host" in explain_failure("KB978918", failed)


def test_a_failure_before_dism_is_explained_by_its_stage() -> None:
    text = explain_failure("KB978918", record("compare", 1))
    assert "another hash" in text and "stage compare" in text and "DISM" not in text


LOG = "== fetch\nAdding x.msu\n== {stage}\n{line}\n== done {stage} 1\n        1 file(s) moved."


@pytest.mark.parametrize("stage", sorted(set(STAGE_FAILURES) - {"begin"}))
def test_a_failure_before_dism_quotes_the_last_line_of_the_log(stage: str) -> None:
    said = explain_failure("KB978918", record(stage, 1), LOG.format(stage=stage, line="Zugriff verweigert"))
    assert "The last line of its log: 'Zugriff verweigert'." in said


def test_a_stage_that_printed_nothing_quotes_nothing() -> None:
    log = "== expand\nExpanding Files Complete ...\n== cabinet\n== done cabinet 1\n"
    assert "last line" not in explain_failure("KB978918", record("cabinet", 1), log)


def test_a_failure_of_dism_quotes_no_line_of_the_log() -> None:
    log = LOG.format(stage="install", line="The DISM log file can be found at C:\\x.log")
    assert "x.log" not in explain_failure("KB978918", record("install", 2), log)
