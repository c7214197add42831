# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook token_report, on an invented export, joined with a fleet report; no server is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.directory_export import Population, write_ldif

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("playbook")
    write_ldif(folder / "corp.ldif", Population(120, 1400).items())
    hosts = [{"host": "rds1", "status": "vulnerable"}, {"host": "srv3", "status": "compliant"}]
    (folder / "fleet.json").write_text(
        json.dumps({"hotfix": "KB978918", "generated_at": "2026-11-20T08:00:00+00:00", "hosts": hosts})
    )
    return folder


def play(folder: Path, *extra: str) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        str(ROOT / "playbooks/token_report.yml"),
    ]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PWD": str(folder)}
    return subprocess.run(
        [*command, *(word for each in extra for word in ("-e", each))],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_report_lands_where_the_playbook_was_called(folder: Path) -> None:
    done = play(folder, "hotfix_token_source=corp.ldif", "hotfix_token_fleet_report=fleet.json")
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads((folder / "hotfix-reports/tokens.json").read_text("utf-8"))
    assert data["counts"]["users"] == 120 and data["counts"]["over"] >= 1
    assert data["fleet"]["unfixed_hosts"] == ["rds1"]
    assert f"{data['counts']['over']} of 120 users are over the limit" in done.stdout
    assert {"tokens.json", "tokens.csv", "tokens.html"} <= {
        file.name for file in (folder / "hotfix-reports").iterdir()
    }


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        ("hotfix_token_source=", "Set hotfix_token_source"),
        ("hotfix_token_source=nowhere.ldif", "cannot read"),
        ("hotfix_token_source=ldaps://127.0.0.1:9", "bind_dn"),
    ],
)
def test_what_cannot_be_read_fails_the_run_with_the_reason(folder: Path, extra: str, what: str) -> None:
    done = play(folder, extra)
    assert done.returncode == 2 and what in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_password_is_nowhere_at_any_verbosity(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINFLEET_LDAP_BIND_DN", "CN=reader")
    monkeypatch.setenv("WINFLEET_LDAP_BIND_PASSWORD", "Secret-Pass-1")
    monkeypatch.setenv("ANSIBLE_VERBOSITY", "4")
    done = play(folder, "hotfix_token_source=ldaps://127.0.0.1:9")
    assert done.returncode == 2
    assert "Secret-Pass-1" not in done.stdout + done.stderr
