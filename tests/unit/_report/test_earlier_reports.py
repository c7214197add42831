# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Earlier reports are told from other files by their content; the latest word on a host counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.earlier_reports import (
    SKIPPABLE,
    read_reports,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import (
    FleetReport,
    render_json,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.inputs import ReportInputError

from tests.unit._report.samples import result

KB = "KB978918"
MONDAY, TUESDAY, WEDNESDAY = (f"2026-03-0{day}T04:00:00+00:00" for day in (2, 3, 4))
# What else lies in a folder of reports: name, content, and why it is none.
OTHERS = {
    "field-check-1.json": (
        json.dumps({"hotfix": KB, "schema_version": "1.0", "checks": []}, indent=1),
        "lacks",
    ),
    "field-check-2.json": ('{\n "assessment": {\n  "hotfix": "KB978918"\n }\n}', "lacks"),
    "tokens.json": ('{\n "schema_version": "1.0",\n "users": []\n}', "lacks"),
    "hosts.json": ('{"hosts": ["a"]}', "lacks"),
    "list.json": ("[]", "lacks"),
    "empty.json": ("", "it is not JSON"),
    "page.json": ("<html>", "it is not JSON"),
    "deep.json": ("[" * 100_000, "it is not JSON"),
    "old.json": ('{"hotfix": "KB978918", "hosts"', "it is not JSON"),
}


def write(path: Path, when: str, *results: Any, hotfix: str = KB, **more: Any) -> Path:
    rows = tuple(build_rows(results, hotfix=hotfix))
    path.write_text(render_json(FleetReport(hotfix, when, rows, **more)), "utf-8")
    return path


def statuses(paths: list[Path], **options: Any) -> dict[str, str]:
    rows = read_reports(paths, KB, **options).rows
    return {row.host: row.status for row in build_rows(rows)}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_report_is_skipped_by_name_and_else_refused(tmp_path: Path, name: str) -> None:
    text, reason = OTHERS[name]
    other, report = tmp_path / name, write(tmp_path / "a.json", MONDAY, result("a"))
    other.write_text(text, "utf-8")
    found = read_reports([other, report], KB, skip=["other_files"])
    assert [row["host"] for row in found.rows] == ["a"]
    assert list(found.skipped) == [str(other)]
    assert reason in found.skipped[str(other)]
    with pytest.raises(ReportInputError, match=reason):
        read_reports([other, report], KB)


@pytest.mark.parametrize("length", [60, 200, -3])
def test_a_report_that_was_cut_off_is_never_skipped(tmp_path: Path, length: int) -> None:
    report = write(tmp_path / "a.json", MONDAY, result("a"))
    report.write_bytes(report.read_bytes()[:length])
    with pytest.raises(ReportInputError, match=r"a\.json is damaged"):
        read_reports([report], KB, skip=SKIPPABLE)


def test_a_report_of_a_newer_version_is_never_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"schema_version": "2.0", "hotfix": "KB978918", "hosts": []}', "utf-8")
    with pytest.raises(ReportInputError, match=r"has the schema 2\.0"):
        read_reports([path], KB, skip=SKIPPABLE)


def test_a_report_on_another_hotfix_is_known_by_its_content(tmp_path: Path) -> None:
    other = write(tmp_path / "verify-1.json", MONDAY, result("b", hotfix="KB1234567"), hotfix="KB1234567")
    own = write(tmp_path / "verify-KB1234567.json", MONDAY, result("a"))
    assert set(statuses([other, own], skip=["other_hotfixes"])) == {"a"}


def test_a_rehearsal_is_known_by_its_content(tmp_path: Path) -> None:
    rehearsed = write(tmp_path / "cancel.json", TUESDAY, result("a", "vulnerable"), rehearsal=True)
    predicted = write(tmp_path / "b.json", TUESDAY, result("b", actions={"predicted": True}))
    done = write(tmp_path / "c.json", MONDAY, result("a"))
    assert statuses([rehearsed, predicted, done], skip=["rehearsals"]) == {"a": "compliant"}
    assert read_reports([rehearsed, done], KB).rehearsal
    assert not read_reports([done], KB).rehearsal


def test_nothing_but_other_files_is_an_error_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text("{}", "utf-8")
    with pytest.raises(ReportInputError, match=r"None of 1 files is a fleet report .*tokens\.json"):
        read_reports([tmp_path / "tokens.json"], KB, skip=SKIPPABLE)


def test_a_merged_report_does_not_make_an_old_word_new(tmp_path: Path) -> None:
    old = write(tmp_path / "assess.json", MONDAY, result("a", "vulnerable"))
    newer = write(tmp_path / "verify.json", TUESDAY, result("a"))
    merged = write(tmp_path / "fleet.json", WEDNESDAY, *read_reports([old], KB).rows)
    assert statuses([merged, newer]) == {"a": "compliant"}


def test_hosts_that_are_not_in_the_inventory_are_left_out_and_named(tmp_path: Path) -> None:
    report = write(tmp_path / "a.json", MONDAY, result("a"), result("gone", "vulnerable"))
    found = read_reports([report], KB, only_hosts=["a", "new"])
    assert [row["host"] for row in found.rows] == ["a"]
    assert found.left_out == ("gone",)
    assert read_reports([report], KB).left_out == ()


def test_another_fleet_s_inventory_is_refused(tmp_path: Path) -> None:
    report = write(tmp_path / "a.json", MONDAY, result("a"))
    with pytest.raises(ReportInputError, match=r"None of the 1 hosts .* is in the inventory"):
        read_reports([report], KB, only_hosts=["z"])
