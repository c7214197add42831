# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of assumptions, its checks, its page, and what is told of findings."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._assumptions import (
    Finding,
    assumptions,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check._host import CheckedHost, noise
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check.check import CHECKS, run_check
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check.result import to_result
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._windows.operating_system import (
    read_operating_system,
)

from tests.unit._wsman.replay import Exchange, Host, answer, fault
from tests.unit.lab_session import LabSession

GUIDES = Path(__file__).resolve().parents[3] / "docs" / "guide"
PAGE, GUIDE = GUIDES / "verified.md", GUIDES / "field-check.md"


def checked(host: Host) -> CheckedHost:
    return CheckedHost(host.session, read_operating_system(LabSession()))


def test_every_assumption_is_told_in_full_and_once() -> None:
    rows = assumptions()
    assert len({row.id for row in rows}) == len(rows)
    for row in rows:
        for text in (row.assumed, row.matters, row.check, row.if_wrong):
            assert text.endswith("."), (row.id, text)


def test_every_assumption_that_can_be_checked_has_a_check_and_every_check_an_assumption() -> None:
    assert {row.id for row in assumptions() if row.checked} == {*CHECKS, "tls"}


def test_the_page_has_every_assumption_with_what_follows() -> None:
    page = " ".join(PAGE.read_text("utf-8").split())
    for row in assumptions():
        for text in (row.assumed, row.matters, row.check, row.if_wrong):
            assert text.replace("|", "\\|") in page, f"{row.id}: run python -m tests.tools.verified_page"
    assert set(re.findall(r"\| `([a-z0-9-]+)` \|", page)) == {row.id for row in assumptions()}


def test_a_refusal_is_a_finding_and_missing_rights_decide_nothing() -> None:
    with Host(fault("Enumerate", 2150858778)) as host:
        assert run_check("zero-rows", checked(host)).verdict == "wrong"
    with Host(fault("Enumerate", 5)) as host:
        assert run_check("zero-rows", checked(host)).verdict == "undecided"


def test_an_answer_that_is_no_answer_is_wrong() -> None:
    with Host(Exchange("Enumerate", answer("release"))) as host:
        finding = run_check("zero-rows", checked(host))
    assert finding.verdict == "wrong"
    assert "made no sense" in finding.evidence


def test_the_summary_begins_with_what_does_not_hold_and_what_follows() -> None:
    result = to_result(
        {"zero-rows": Finding("holds", "0 rows"), "fetch": Finding("wrong", "0 of 1000 bytes came back")}
    )
    assert result["counts"] == {"holds": 1, "wrong": 1, "undecided": 0}
    assert result["summary"][0] == "1 hold, 1 do not (1 of them with nothing to do), 0 could not be decided"
    assert result["summary"][1].startswith("INFO fetch: ")
    assert result["summary"][2].startswith("  What follows: ")
    assert [finding["id"] for finding in result["findings"]] == ["zero-rows", "fetch"]


def test_only_what_asks_for_something_to_be_done_is_wrong() -> None:
    found = {name: Finding("wrong", "Seen otherwise") for name in ("tls", "upload-echo", "fetch")}
    labels = [line.split(" ")[0] for line in to_result(found)["summary"][1:] if not line.startswith("  ")]
    assert labels == ["WRONG", "INFO", "INFO"]


def test_the_sample_in_the_guide_is_what_such_findings_print() -> None:
    (sample,) = re.findall(r"```text\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    seen = re.findall(r"^([A-Z]+) ([a-z0-9-]+): .* Seen: (.*)\.$", sample, re.MULTILINE)
    verdicts = {"INFO": "wrong"}
    others = {row.id: Finding("holds", "not shown") for row in assumptions() if row.checked}
    shown = {name: Finding(verdicts.get(label, label.lower()), evidence) for label, name, evidence in seen}
    printed = [line for line in to_result(others | shown)["summary"] if "not shown" not in line]
    assert sample.splitlines() == printed


def test_what_is_uploaded_has_every_byte_value_and_is_always_the_same() -> None:
    assert set(noise(32 * 1024)) == set(range(256))
    assert noise(8) == bytes.fromhex("5feceb66ffc86f38")
