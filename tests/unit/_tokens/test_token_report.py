# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token report: what stands in its files, and when they change."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.files import FORMATS, report_paths
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.token_summary import read_token_report
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens import totals
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.report_files import (
    WrittenReport,
    write_report,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.totals import FleetSide, fleet_side

from tests.lab.directory_export import BASE, Item, Population, sid, write_ldif

NOW, LATER = "2026-11-20T08:00:00+00:00", "2026-11-21T09:30:00+00:00"
EVIL = "<script>alert(1)</script>"
FLEET = {
    "hotfix": "KB978918",
    "generated_at": NOW,
    "hosts": [
        {"host": "rds1", "status": "vulnerable", "exposure": {"roles": ["session_host", "rdp_client"]}},
        {"host": "pc7", "status": "restart_pending", "exposure": None},
        {"host": "srv3", "status": "compliant"},
        {"host": "srv4", "status": "unreachable"},
        {"host": "vista5", "status": "not_applicable", "sibling": "KB975943"},
        {"host": "srv6", "status": "not_applicable", "sibling": None},
    ],
}


def items() -> Iterator[Item]:
    yield from Population(120, 1400).items()
    yield Item(
        f"CN={EVIL},OU=Staff,{BASE}",
        ("user",),
        {
            "objectSid": sid(900_000),
            "sAMAccountName": "=cmd|'/c calc'!A1",
            "primaryGroupID": 513,
            "memberOf": [group.dn for group in Population(0, 1400).items()][200:1300],
        },
    )


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "directory.ldif"
    write_ldif(path, items())
    return str(path)


def write(
    export: str,
    folder: Path,
    *,
    everyone: bool = False,
    at: str = NOW,
    fleet: FleetSide | None = None,
    keep: bool = True,
) -> WrittenReport:
    files = report_paths(folder / "tokens", FORMATS, "token-report")
    survey = Survey([export], TokenRules())
    return write_report(survey, files, everyone=everyone, generated_at=at, fleet=fleet, keep=keep)


def load(report: WrittenReport) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(report.files["json"].read_text("utf-8"))
    return loaded


def test_the_json_has_the_items_of_the_lookup_largest_first(export: str, tmp_path: Path) -> None:
    data = load(write(export, tmp_path))
    survey = Survey([export], TokenRules())
    expected = [size.to_result(survey.top_groups(size)) for size in survey.flagged()]
    assert {item["user"]: item for item in data["users"]} == {item["user"]: item for item in expected}
    sizes = [max(item["token_bytes"], item["wire_bytes"]) for item in data["users"]]
    assert sizes == sorted(sizes, reverse=True)
    assert data["counts"]["users"] == 121 == sum(each["users"] for each in data["distribution"])


def test_everyone_is_written_if_asked_for_flagged_first(export: str, tmp_path: Path) -> None:
    users = load(write(export, tmp_path, everyone=True))["users"]
    assert len(users) == 121 == len({user["user"] for user in users})
    flags = [bool(user["top_groups"]) for user in users]
    assert flags == sorted(flags, reverse=True)


def test_the_csv_has_the_same_users_and_no_formula(export: str, tmp_path: Path) -> None:
    report = write(export, tmp_path)
    with report.files["csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["sid"] for row in rows] == [user["sid"] for user in load(report)["users"]]
    assert rows[0]["user"].startswith("'=cmd") or any(row["user"].startswith("'=cmd") for row in rows)
    assert int(rows[0]["token_bytes"]) > 16_384


def test_the_page_shows_the_picture_first_and_escapes_what_the_directory_says(
    export: str, tmp_path: Path
) -> None:
    page = write(export, tmp_path).files["html"].read_text("utf-8")
    assert EVIL not in page and "http" not in re.sub(r"http-equiv", "", page)
    assert (
        page.index("<svg") < page.index("Groups that cost most") < page.index('id="list"'.replace('"', "'"))
    )
    assert "16,384" in page and "12,000" in page


def test_the_fleet_report_is_joined(export: str, tmp_path: Path) -> None:
    report = write(export, tmp_path, fleet=fleet_side(FLEET))
    fleet, over = load(report)["fleet"], report.totals.statuses["over"]
    assert fleet["unfixed_hosts"] == ["pc7", "rds1"] and fleet["unknown_hosts"] == ["srv4", "vista5"]
    assert fleet["failing_pairs"] == 2 * over and fleet["unfixed_by_role"]["session_host"] == 1
    page = report.files["html"].read_text("utf-8")
    assert f"{over} users over the limit × 2 hosts without KB978918 = {2 * over} sign-ins" in page


@pytest.mark.parametrize("data", [[], {}, {"hosts": "srv1"}, {"hosts": [{"host": "srv1"}]}, None])
def test_what_is_no_fleet_report_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="host"):
        fleet_side(data)


def test_the_fleet_report_reads_the_token_report(export: str, tmp_path: Path) -> None:
    report = write(export, tmp_path)
    summary = read_token_report(report.files["json"])
    assert (summary.limit, summary.over) == (16_384, report.totals.statuses["over"])


def test_the_time_alone_is_no_change(export: str, tmp_path: Path) -> None:
    assert write(export, tmp_path).changed
    assert not write(export, tmp_path, at=LATER).changed
    assert write(export, tmp_path, at=LATER, everyone=True).changed


def test_check_mode_says_what_would_change_and_writes_nothing(export: str, tmp_path: Path) -> None:
    report = write(export, tmp_path, keep=False)
    assert report.changed and not list(tmp_path.iterdir())


def test_a_source_that_cannot_be_read_leaves_the_earlier_report(export: str, tmp_path: Path) -> None:
    before = write(export, tmp_path).files["json"].read_bytes()
    damaged = tmp_path / "damaged.ldif"
    damaged.write_bytes(Path(export).read_bytes()[:-3])
    with pytest.raises(DirectoryError):
        write(str(damaged), tmp_path)
    assert (tmp_path / "tokens.json").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_the_page_lists_the_largest_if_there_are_too_many(
    export: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "LISTED_USERS", 2)
    report = write(export, tmp_path)
    listed = [size.user.account for size, _costs in report.totals.listed]
    assert listed == [user["user"] for user in load(report)["users"]][:2]
