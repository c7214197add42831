# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remarks and Remote Desktop in a row, and session hosts whose Remote Desktop no longer answers."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report._fleet_page import render_html
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.csv_cells import render_csv
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import (
    FleetReport,
    render_json,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_row import HostRow
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.lost_desktops import with_lost_desktops

from tests.unit._report.samples import hotfix_info, result

OPEN = {"port": 3389, "listening": True, "negotiation": True, "nla": "required", "evidence": ["It selected."]}
CLOSED = {"port": 3389, "listening": False, "negotiation": None, "nla": "unknown", "evidence": ["Refused."]}
SILENT = {**CLOSED, "listening": None}
BEFORE = "2026-03-01T02:00:00+00:00"
LOST = f"Remote Desktop answered at {BEFORE} and no longer does"


def report(*results: object) -> FleetReport:
    return FleetReport("KB978918", BEFORE, tuple(build_rows(results)))


REMARKED = result("srv01", rdp=OPEN, remarks=["By WMI the build is 7601, and by Remote Desktop 7600."])


def test_the_json_report_has_the_findings_and_the_remarks_and_reads_them_again() -> None:
    (row,) = json.loads(render_json(report(REMARKED)))["hosts"]
    assert (row["rdp"], row["remarks"], row["status"]) == (OPEN, REMARKED["remarks"], "compliant")
    assert build_rows([row])[0].remarks == tuple(REMARKED["remarks"])


def test_the_csv_report_has_the_remarks_and_what_the_port_says() -> None:
    text = render_csv(report(REMARKED)).removeprefix("\ufeff")
    (line,) = csv.DictReader(io.StringIO(text, newline=""))
    assert line["remarks"] == REMARKED["remarks"][0]
    assert (line["rdp_port"], line["rdp_listening"], line["rdp_nla"]) == ("3389", "true", "required")


def test_the_page_shows_a_remark_beside_the_reason() -> None:
    assert f"{hotfix_info()['reasons'][0]} {REMARKED['remarks'][0]}" in render_html(report(REMARKED))


def test_a_silent_host_keeps_its_reason_and_has_the_remark_as_a_second_line() -> None:
    remark = "RDP open, NLA required, build 7600: switch WinRM on here first."
    silent = {"host": "srv01", "unreachable": True, "error": "No route.", "rdp": OPEN, "remarks": [remark]}
    (row,) = build_rows([silent])
    assert (row.status, row.reasons, row.remarks) == ("unreachable", ("No route.",), (remark,))


def before(rdp: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A row of an earlier report."""
    return {**hotfix_info(), "host": "srv01", "rdp": rdp, "reported_at": BEFORE, **changes}


def now(rdp: dict[str, Any] | None, roles: tuple[str, ...] = ("session_host", "rdp_server")) -> HostRow:
    (row,) = build_rows([result("srv01", rdp=rdp)])
    boot = {"boot_time": "2026-03-08T03:00:00+01:00"}
    return replace(row, exposure={"roles": list(roles)}, os=boot)


@pytest.mark.parametrize("rdp", [CLOSED, SILENT, {**CLOSED, "listening": True}])
def test_a_session_host_whose_remote_desktop_answered_before_its_restart_has_a_remark(
    rdp: dict[str, Any],
) -> None:
    (row,) = with_lost_desktops([now(rdp)], [before(OPEN)])
    assert row.remarks[0].startswith(f"{LOST}; the host restarted in between, at 2026-03-08T03:00:00+01:00.")
    assert "TermService" in row.remarks[0]
    assert row.status == "compliant"


def test_a_host_that_did_not_restart_is_not_said_to_have() -> None:
    late = before(OPEN, reported_at="2026-03-09T00:00:00+00:00")
    assert "restarted" not in with_lost_desktops([now(CLOSED)], [late])[0].remarks[0]


def test_the_remark_stays_until_remote_desktop_answers_again() -> None:
    earlier = [before(OPEN), before(CLOSED)]
    assert with_lost_desktops([now(CLOSED)], earlier)[0].remarks
    assert not with_lost_desktops([now(OPEN)], earlier)[0].remarks


@pytest.mark.parametrize(
    ("row", "earlier"),
    [
        pytest.param(now(CLOSED), [], id="never seen before"),
        pytest.param(now(CLOSED), [before(SILENT)], id="silent before, as behind a firewall"),
        pytest.param(now(None), [before(OPEN)], id="not probed now"),
        pytest.param(now(CLOSED, ("rdp_server",)), [before(OPEN)], id="not a session host"),
        pytest.param(now(CLOSED, ("session_host",)), [before(OPEN)], id="Remote Desktop switched off"),
    ],
)
def test_no_other_host_has_the_remark(row: HostRow, earlier: list[dict[str, Any]]) -> None:
    assert with_lost_desktops([row], earlier) == [row]


def test_a_session_host_that_answers_nobody_any_more_has_the_remark() -> None:
    (silent,) = build_rows([{"host": "srv01", "unreachable": True, "error": "No route.", "rdp": SILENT}])
    (row,) = with_lost_desktops([silent], [before(OPEN)])
    assert row.remarks[0].startswith(LOST)
    assert "look at the host's console" in row.remarks[0]


def test_a_silent_host_is_not_compared_on_another_port() -> None:
    (silent,) = build_rows([{"host": "srv01", "unreachable": True, "error": "No route.", "rdp": SILENT}])
    assert with_lost_desktops([silent], [before({**OPEN, "port": 3390})]) == [silent]
