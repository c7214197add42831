# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports that compare themselves with those of earlier runs, and leave copies of themselves."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report import fleet_files, publish
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.kept_runs import KeptRun, keep_run

from tests.unit._report.samples import result
from tests.unit._report.test_module import run

KB = "KB978918"


def before(folder: Path, **statuses: str) -> None:
    """Leave the copy of a run long ago."""
    keep_run(folder, KeptRun(KB, "2026-01-05T06:00:00+00:00", statuses, {"to_do": len(statuses)}), "{}", 30)


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"kept/{KB}/*"))


def report(folder: Path, **arguments: Any) -> dict[str, Any]:
    return run(folder, earlier_runs=".", **arguments)


def test_a_report_is_kept_for_later_runs(tmp_path: Path) -> None:
    run(tmp_path, keep=3)
    (copy,) = copies(tmp_path)
    kept = json.loads(gzip.decompress(copy.read_bytes()))
    assert kept["run"]["statuses"] == {"srv01": "compliant"}
    assert kept["report"] == json.loads((tmp_path / "fleet.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "arguments",
    [
        {"keep": 0},
        {"keep": 3, "check": True},
        {"keep": 3, "rehearsal": True},
        {"keep": 3, "select": "[?status=='compliant']"},
        {"keep": 3, "results": []},
    ],
    ids=["none", "check mode", "rehearsal", "a selection", "no hosts"],
)
def test_what_says_nothing_of_a_run_is_not_kept(tmp_path: Path, arguments: dict[str, Any]) -> None:
    run(tmp_path, **arguments)
    assert copies(tmp_path) == []


def test_a_merged_row_is_not_kept_as_one_of_this_run(tmp_path: Path) -> None:
    run(tmp_path, formats=["json"], results=[result("a")])
    run(tmp_path, keep=3, path="merged", results=[result("b")], reports=["fleet.json"])
    assert json.loads(gzip.decompress(copies(tmp_path)[0].read_bytes()))["run"]["statuses"] == {
        "b": "compliant"
    }


def test_a_copy_that_cannot_be_written_does_not_fail_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    warnings: list[str] = []
    monkeypatch.setattr(fleet_files, "keep_run", full)
    monkeypatch.setattr(publish, "Display", lambda: type("Shown", (), {"warning": warnings.append}))
    assert not run(tmp_path, keep=3).get("failed")
    assert "later runs compare" in warnings[0]
    assert "No space left" in warnings[0]


def test_changes_are_named_in_the_summary_the_json_and_on_the_page(tmp_path: Path) -> None:
    before(tmp_path, srv01="vulnerable", srv02="compliant", srv03="compliant", srv04="unreachable")
    results = [
        result("srv01"),
        result("srv02", "vulnerable"),
        {"host": "srv03", "unreachable": True, "msg": "timed out"},
        result("srv04", "vulnerable"),
    ]
    answer = report(tmp_path, results=results)
    assert answer["summary"][-5:-1] == [
        "Since earlier runs, not fixed any more: 1 (srv02)",
        "Since earlier runs, silent now: 1 (srv03)",
        "Since earlier runs, fixed now: 1 (srv01)",
        "Since earlier runs, answers again: 1 (srv04)",
    ]
    changes = json.loads((tmp_path / "fleet.json").read_text("utf-8"))["changes"]
    assert (changes["regressed"], changes["became_fixed"]) == (["srv02"], ["srv01"])
    page = (tmp_path / "fleet.html").read_text("utf-8")
    assert "<h3>1 × Not fixed any more</h3>" in page
    assert "Fixed: 0 of 4 hosts (0 %) at 2026-01-05T06:00:00+00:00, then 1 of 4 hosts (25 %) at " in page


def test_a_report_without_earlier_runs_has_no_section_of_changes(tmp_path: Path) -> None:
    report(tmp_path)
    assert "Changed since" not in (tmp_path / "fleet.html").read_text("utf-8")
    assert json.loads((tmp_path / "fleet.json").read_text("utf-8"))["changes"]["since"] is None


def test_a_damaged_copy_is_named_and_does_not_fail_the_report(tmp_path: Path) -> None:
    before(tmp_path, srv01="vulnerable")
    damaged = copies(tmp_path)[0].with_name("20260101T000000.000000Z-1.json.gz")
    damaged.write_bytes(b"<script>")
    answer = report(tmp_path)
    assert list(answer["skipped_files"]) == [str(damaged)]
    assert "Since earlier runs, fixed now: 1 (srv01)" in answer["summary"]
    assert f"An earlier run is left out: {damaged}." in answer["summary"][-2]
    assert str(damaged) in (tmp_path / "fleet.html").read_text("utf-8")


def test_what_a_hostile_copy_says_stays_text(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    keep_run(tmp_path, KeptRun(KB, "2026-01-05T06:00:00+00:00", {hostile: hostile}, {hostile: 3}), "{}", 9)
    before(tmp_path, **{hostile: "vulnerable"})
    report(tmp_path, results=[result(hostile)])
    page = (tmp_path / "fleet.html").read_text("utf-8")
    assert "&lt;img src=x" in page
    assert "<img" not in page


def test_the_failed_hosts_are_in_a_file_for_a_limit(tmp_path: Path) -> None:
    hosts = ["good", "bad", "all:!good", "never"]
    results = [result("good"), result("bad", "vulnerable", error="No space"), {"host": "all:!good"}]
    answer = run(tmp_path, results=results, hosts=hosts)
    assert answer["limit_file"] == str(tmp_path / "fleet-failed.limit")
    assert (tmp_path / "fleet-failed.limit").read_text("utf-8") == "bad\nnever\n"
    assert answer["not_in_limit_file"] == ["all:!good"]
    assert 'href="./fleet-failed.limit"' in (tmp_path / "fleet.html").read_text("utf-8")


def test_a_report_without_failed_hosts_removes_the_limit_file(tmp_path: Path) -> None:
    failed = {"results": [result("a", "vulnerable", error="No space")]}
    run(tmp_path, **failed)
    run(tmp_path, check=True)
    assert (tmp_path / "fleet-failed.limit").exists()
    assert run(tmp_path)["limit_file"] is None
    assert not (tmp_path / "fleet-failed.limit").exists()
    assert "failed.limit" not in (tmp_path / "fleet.html").read_text("utf-8")


def test_the_page_links_to_the_files_beside_it(tmp_path: Path) -> None:
    run(tmp_path, path="javascript:alert(1)#", formats=["html", "json"])
    page = (tmp_path / "javascript:alert(1)#.html").read_text("utf-8")
    assert '<a href="./javascript%3Aalert%281%29%23.json">JSON for programs</a>' in page
    assert "CSV for spreadsheets" not in page
