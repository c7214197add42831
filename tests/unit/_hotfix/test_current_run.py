# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task, the script and the records on the host show which run is there, and how far it is."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._assessment.assess import assess
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.current_run import (
    CurrentRun,
    Run,
    find_run,
    parse_current_run,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix

from tests.unit._install.controllers import FOLDER, KB, LOOK, killed, present, put
from tests.unit.lab_session import LabSession

RUN = "0" * 31 + "a"
HEAD = f'set "FOLDER=C:\\x"\r\nset RUN={RUN}\r\nset ACTION=remove\r\nset STAGE=begin\r\n'
RECORD = "C:\\Windows\\winfleet.hotfix\\KB978918\\removal.txt:run="


def listing(result: int) -> str:
    """The line of the task in the listing, with its last result."""
    return (
        f'"HOST","\\winfleet.hotfix\\{KB}-install","N/A","Wird ausgeführt","x","N/A","{result}","a","b"\r\n'
    )


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (listing(267009) + HEAD, "at_work"),
        (listing(267045) + HEAD, "at_work"),
        (listing(267009) + HEAD + RECORD + RUN + "\r\n", "at_work"),
        (listing(0) + HEAD + RECORD + RUN + "\r\n", "ended"),
        (listing(1) + HEAD + f"run={RUN}\r\n", "ended"),
        ("no such task\n" + HEAD, "unfinished"),
        (listing(267011) + HEAD + RECORD + "0" * 32 + "\r\n", "unfinished"),
    ],
)
def test_the_state_of_a_run_is_read_in_any_language(text: str, state: str) -> None:
    assert parse_current_run(KB, text) == CurrentRun(Run(KB, "remove", RUN), state)


@pytest.mark.parametrize("text", ["no such task", listing(0), "no such task\n" + RECORD + RUN])
def test_without_a_task_at_work_and_a_script_there_is_no_run(text: str) -> None:
    assert parse_current_run(KB, text) is None


@pytest.mark.parametrize(
    "text", ["", HEAD, RECORD + RUN, "ERROR: Access is denied.", listing(0)[:40], "task exists"]
)
def test_an_answer_that_shows_neither_a_task_nor_its_absence_is_unknown(text: str) -> None:
    found = parse_current_run(KB, text)
    assert found and (found.state, found.at_work) == ("unknown", False) and found.cause


def test_a_task_at_work_without_its_script_is_a_run_without_a_name() -> None:
    assert parse_current_run(KB, listing(267009)) == CurrentRun(Run(KB, "install", ""), "at_work")


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
def test_an_assessment_names_the_run_that_is_at_work(language: str) -> None:
    session = LabSession(dism_seconds=60, language=language)
    killed(session, present(), LOOK)
    info = assess(LabSession(session.lab), load_definition(KB))
    assert info.current_run and info.current_run.at_work
    assert info.verdict.status == "vulnerable"
    assert "A run is at work for KB978918 on this host (install)" in info.verdict.reasons[0]


def test_the_task_of_another_hotfix_is_no_run_of_this_one() -> None:
    session = LabSession(dism_seconds=60)
    killed(session, present(), LOOK)
    put(session, f"{FOLDER.replace(KB, 'KB2534111')}\\install.cmd", b"set RUN=aa\r\n")
    found = find_run(LabSession(session.lab), "KB2534111")
    assert found is None


def test_a_host_at_rest_has_no_run() -> None:
    session = LabSession()
    ensure_hotfix(session, present())
    assert assess(session, load_definition(KB)).current_run is None
