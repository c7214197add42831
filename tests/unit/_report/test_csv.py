# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.csv_cells import (
    COLUMNS,
    cell,
    render_csv,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import FleetReport
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from hypothesis import given
from hypothesis import strategies as st

from tests.unit._report.samples import result

ROOT = Path(__file__).resolve().parents[3]


def read(*results: object) -> list[dict[str, str]]:
    text = render_csv(FleetReport("KB978918", "2026-03-01T02:00:00+00:00", tuple(build_rows(results))))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_it_starts_with_a_byte_order_mark_and_has_one_line_a_host() -> None:
    rows = build_rows([result("a", error="two\r\nlines"), result("b")])
    text = render_csv(FleetReport("KB978918", "2026-03-01T02:00:00+00:00", tuple(rows)))
    assert text.startswith('\ufeff"host","status"')
    assert text.count("\r\n") == 3
    assert text.count("\n") == 3


def test_a_row_says_what_the_host_is_and_what_was_done() -> None:
    (row,) = read(result("srv01", "restart_pending", actions={"installed": True, "exit_name": "pending"}))
    assert row["product"] == "Windows Server 2008 R2"
    assert row["restart_pending_for_hotfix"] == "true"
    assert row["exposure_roles"] == "session_host; rdp_server; rdp_client"
    assert row["actions"] == "installed=true; exit_name=pending"
    assert (row["deciding_files_proven"], row["deciding_files"]) == ("0", "5")


@pytest.mark.parametrize("failed", [{"error": "No room."}, {"unreachable": True, "error": "No route."}])
def test_a_failure_stands_once_in_a_line(failed: dict[str, object]) -> None:
    (row,) = read({"host": "srv01", **failed})
    assert (row["reasons"], row["error"]) == ("", failed["error"])


def test_what_is_not_known_is_empty() -> None:
    (row,) = read({"host": "srv01", "unreachable": True})
    assert row["status"] == "unreachable"
    assert row["deciding_files"] == row["nla_required"] == row["product"] == ""


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r=", " =", "\x00=", "＝", "\n@"])
def test_a_cell_never_starts_a_formula(begin: str) -> None:
    assert cell(f"{begin}cmd|' /C calc'!A0").startswith("'")


def test_a_part_that_another_separator_would_make_a_cell_is_no_formula_either() -> None:
    assert cell('a;=cmd|"x",@b') == "a;'=cmd|\"x\",'@b"


@given(st.lists(st.text(max_size=12), max_size=4))
def test_no_text_becomes_a_formula_or_a_line(parts: list[str]) -> None:
    for value in (cell(parts), *(cell(part) for part in parts)):
        assert not re.search(r"(^|[;,|])\s*[=+\-@]", value)
        assert not re.search(r"[\r\n\t]", value)


def test_a_hostile_group_name_is_inert() -> None:
    rows = build_rows([result("a")], groups={"=cmd|' /C calc'!A0": ["a"], "b": ["a"], "@x": ["a"]})
    text = render_csv(FleetReport("KB978918", "2026-03-01T02:00:00+00:00", tuple(rows)))
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert row["groups"] == "'=cmd|' /C calc'!A0; '@x; b"


def test_every_column_is_documented() -> None:
    guide = (ROOT / "docs" / "guide" / "reading-the-report.md").read_text(encoding="utf-8")
    described = set(re.findall(r"`([a-z_]+)`", guide.partition("## CSV")[2]))
    assert set(COLUMNS) <= described
