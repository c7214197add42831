# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook merge_reports, on reports as the slices of a job leave them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.fleet_report import (
    FleetReport,
    render_json,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.host_rows import build_rows

from tests.integration.report.demo_fleet import every_kind

ROOT = Path(__file__).resolve().parents[3]


def write_slice(folder: Path, number: int, results: list[Any], when: str, *, rehearsal: bool = False) -> None:
    report = FleetReport("KB978918", when, tuple(build_rows(results)), rehearsal=rehearsal)
    (folder / f"verify-{number}.json").write_text(render_json(report), encoding="utf-8")


def merge(folder: Path, *options: str, **variables: Any) -> subprocess.CompletedProcess[str]:
    variables["hotfix_report_dir"] = str(folder)
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "playbooks/merge_reports.yml",
        "-e",
        json.dumps(variables),
        *options,
    ]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_SHOW_CUSTOM_STATS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_slices_become_one_report_and_the_latest_word_counts(tmp_path: Path) -> None:
    fleet = every_kind()
    failed_before = {"host": fleet[0]["host"], "error": "The disk was full."}
    write_slice(tmp_path, 101, [failed_before, *fleet[1::2]], "2026-03-08T04:00:00+00:00")
    write_slice(tmp_path, 102, fleet[0::2], "2026-03-08T05:00:00+00:00")
    (tmp_path / "assess-100.json").write_text("not for this merge", encoding="utf-8")

    done = merge(tmp_path, hotfix_merge="verify-*.json", hotfix_merge_name="all")

    document = json.loads((tmp_path / "all.json").read_text("utf-8"))
    whole = json.loads(render_json(FleetReport("KB978918", "", tuple(build_rows(fleet)))))
    times = [row.pop("reported_at") for part in (document, whole) for row in part["hosts"]]
    assert {"2026-03-08T04:00:00+00:00", "2026-03-08T05:00:00+00:00"} < {*times}
    assert document["hosts"] == whole["hosts"]
    assert document["counts"] == whole["counts"]
    assert (tmp_path / "all.html").is_file() and (tmp_path / "all.csv").is_file()
    assert done.returncode == 2, done.stdout + done.stderr
    assert "6 of 19 hosts failed: hr-01, hr-02, hr-03, pc-240, pc-off, web-rollback." in done.stdout
    assert '"hotfix_failing_hosts": ["hr-01"' in done.stdout.replace("\n", "").replace("  ", "")


def test_a_fleet_without_failures_ends_green(tmp_path: Path) -> None:
    write_slice(tmp_path, 1, every_kind()[:3], "2026-03-08T04:00:00+00:00")
    done = merge(tmp_path, hotfix_merge="", hotfix_merge_days=None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert merge(tmp_path).returncode == 0
    assert len(json.loads((tmp_path / "fleet.json").read_text("utf-8"))["hosts"]) == 3


def test_a_rehearsal_is_merged_only_if_it_is_asked_for(tmp_path: Path) -> None:
    write_slice(tmp_path, 2, every_kind()[:3], "2026-03-08T04:00:00+00:00", rehearsal=True)
    (tmp_path / "verify-2.json").rename(tmp_path / "cancel-check-1.json")
    write_slice(tmp_path, 1, every_kind()[:2], "2026-03-08T04:00:00+00:00")
    assert merge(tmp_path).returncode == 0
    assert len(json.loads((tmp_path / "fleet.json").read_text("utf-8"))["hosts"]) == 2
    assert merge(tmp_path, hotfix_merge="cancel-check*.json").returncode == 0
    assert len(json.loads((tmp_path / "fleet.json").read_text("utf-8"))["hosts"]) == 2
    rehearsed = json.loads((tmp_path / "fleet-check.json").read_text("utf-8"))
    assert (len(rehearsed["hosts"]), rehearsed["rehearsal"]) == (3, True)


def test_what_else_the_playbooks_leave_there_is_not_merged(tmp_path: Path) -> None:
    write_slice(tmp_path, 1, every_kind()[:3], "2026-03-08T04:00:00+00:00")
    (tmp_path / "corp-tokens.json").write_text('{\n "schema_version": "1.0"\n}', encoding="utf-8")
    (tmp_path / "field-check-1.json").write_text('{\n "hotfix": "KB978918"\n}', encoding="utf-8")
    done = merge(tmp_path, hotfix_merge="*.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "corp-tokens.json is not a fleet report" in done.stdout
    assert "field-check-1.json is not a fleet report" in done.stdout
    done = merge(tmp_path, hotfix_merge="corp-*.json")
    assert done.returncode == 2
    assert "corp-tokens.json is not a fleet report" in done.stdout


def test_a_report_that_was_cut_off_is_never_left_out(tmp_path: Path) -> None:
    write_slice(tmp_path, 1, every_kind()[:3], "2026-03-08T04:00:00+00:00")
    write_slice(tmp_path, 2, every_kind()[3:], "2026-03-08T04:00:00+00:00")
    whole = (tmp_path / "verify-2.json").read_bytes()
    (tmp_path / "verify-2.json").write_bytes(whole[: len(whole) // 2])
    done = merge(tmp_path)
    assert done.returncode == 2
    assert "verify-2.json is damaged" in done.stdout


def test_hosts_that_left_the_inventory_are_left_out_and_named(tmp_path: Path) -> None:
    hosts = every_kind()[:3]
    write_slice(tmp_path, 1, hosts, "2026-03-08T04:00:00+00:00")
    names = [host["host"] for host in hosts]
    done = merge(tmp_path, "-i", f"{names[0]},{names[1]},new.corp.example")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((tmp_path / "fleet.json").read_text("utf-8"))["hosts"]
    assert {row["host"] for row in rows} == {*names[:2]}
    assert names[2] in done.stdout


def test_an_empty_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    done = merge(tmp_path)
    assert done.returncode == 2
    assert f"No report in {tmp_path} matches" in done.stdout
