# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves that ends before its report, and what is read of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report import row_file
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.earlier_reports import read_reports
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import (
    FleetReport,
    render_json,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_row, build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.inputs import ReportInputError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.row_file import RowFile

from tests.unit._report.samples import result

KB = "KB978918"
LATER = "2036-03-04T04:00:00+00:00"


def left(path: Path, *seen: str, meant: tuple[str, ...] = ("a", "b", "c")) -> Path:
    """A file that a run left which was meant for hosts, and saw some."""
    file = RowFile(path, KB, meant)
    for host in seen:
        file.add(build_row(result(host), KB))
    file.close()
    return path


def statuses(*paths: Path) -> dict[str, str]:
    return {row.host: row.status for row in build_rows(read_reports(paths, KB).rows)}


def test_rows_can_be_read_while_the_run_is_at_work(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.jsonl"
    file = RowFile(path, KB, ["a", "b"])
    file.add(build_row(result("a"), KB))
    assert statuses(path) == {"a": "compliant", "b": "not_attempted"}
    file.close()


def test_what_a_run_left_is_read_as_an_incomplete_report(tmp_path: Path) -> None:
    earlier = read_reports([left(tmp_path / "scan-incomplete.jsonl", "a")], KB)
    assert (
        earlier.incomplete
        == "the run was killed before its report, or is still at work (scan-incomplete.jsonl)"
    )


def test_a_row_is_that_of_the_report(tmp_path: Path) -> None:
    path, report = left(tmp_path / "x.jsonl", "a", meant=("a",)), tmp_path / "x.json"
    report.write_text(render_json(FleetReport(KB, LATER, tuple(build_rows([result("a")])))), "utf-8")
    ((from_file,), (from_report,)) = (read_reports([each], KB).rows for each in (path, report))
    own = {"reported_at", "work_group"}
    assert {key: from_file[key] for key in from_file if key not in own} == {
        key: from_report[key] for key in from_report if key not in own
    }


def test_half_a_last_line_is_left_out_and_said(tmp_path: Path) -> None:
    path = left(tmp_path / "x.jsonl", "a", "b")
    path.write_bytes(path.read_bytes()[:-10])
    assert statuses(path) == {"a": "compliant", "b": "not_attempted", "c": "not_attempted"}
    assert "the row that it was writing is left out" in read_reports([path], KB).incomplete


def test_a_damaged_line_before_the_last_one_is_no_row_less_but_an_error(tmp_path: Path) -> None:
    path = left(tmp_path / "x.jsonl", "a", "b")
    head, first, rest = path.read_text("utf-8").split("\n", 2)
    path.write_text("\n".join([head, first[:50], rest]), "utf-8")
    with pytest.raises(ReportInputError, match=r"x\.jsonl is damaged"):
        read_reports([path], KB)


def test_reports_together_are_incomplete_only_where_no_other_one_came_to_a_host(tmp_path: Path) -> None:
    path = left(tmp_path / "x.jsonl", "a")
    other = tmp_path / "other.json"
    for hosts, complete in ((("b",), False), (("b", "c"), True)):
        rows = tuple(build_rows([result(host) for host in hosts]))
        other.write_text(render_json(FleetReport(KB, LATER, rows)), "utf-8")
        assert (read_reports([path, other], KB).incomplete == "") is complete


def test_a_host_that_is_not_in_the_inventory_any_more_makes_nothing_incomplete(tmp_path: Path) -> None:
    path = left(tmp_path / "x.jsonl", "a")
    assert read_reports([path], KB, only_hosts=["a"]).incomplete == ""


def test_a_report_that_is_incomplete_says_so_to_those_who_merge_it(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    rows = tuple(build_rows([result("a")], hosts=["a", "b"]))
    path.write_text(render_json(FleetReport(KB, LATER, rows, incomplete="it was stopped")), "utf-8")
    assert read_reports([path], KB).incomplete == "it was stopped"


def test_the_file_is_gone_once_there_is_a_report(tmp_path: Path) -> None:
    file = RowFile(tmp_path / "x.jsonl", KB, ["a"])
    file.add(build_row(result("a"), KB))
    file.remove()
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once_have_a_file_each(tmp_path: Path) -> None:
    first = RowFile(tmp_path / "x.jsonl", KB, ["a"])
    first.add(build_row(result("a"), KB))
    second = RowFile(tmp_path / "x.jsonl", KB, ["b"])
    second.add(build_row(result("b"), KB))
    assert statuses(tmp_path / "x.jsonl") == {"a": "compliant"}
    assert statuses(tmp_path / "x-2.jsonl") == {"b": "compliant"}
    first.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["x-2.jsonl"]
    second.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_killed_runs_left_is_gone_once_there_is_a_report_of_the_same_name(tmp_path: Path) -> None:
    for name in ("x.jsonl", "x-2.jsonl"):
        left(tmp_path / name, "a")
    RowFile(tmp_path / "x.jsonl", KB, ["a"]).remove()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_made_is_said_before_the_first_row(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    with pytest.raises(ReportInputError, match="cannot be written"):
        RowFile(tmp_path / "taken" / "x.jsonl", KB, ["a"])


def test_a_disk_that_is_full_does_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(row_file, "Display", lambda: type("Shown", (), {"warning": warnings.append}))
    file = RowFile(tmp_path / "x.jsonl", KB, ["a", "b"])

    def full(_document: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file, "_write", full)
    for host in ("a", "b"):
        file.add(build_row(result(host), KB))
    assert len(warnings) == 1
    assert "No space left on device" in warnings[0]
