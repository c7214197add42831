# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every host that failed in a scan is a failed host of the run, whatever its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.connecting import servers
from tests.integration.plays import ROOT, run_playbook
from tests.integration.scan.test_scan import recap, rows

ODD = ["srv:1", "srv (old)", "a,b", "!x", "~y", "fe80::1", "web[1]", "größer"]
"""Names that Ansible takes for patterns, or for two names, where it has to find their hosts again."""


def silent(folder: Path, names: list[str]) -> Path:
    """Return an inventory of hosts that nobody answers for: a program, as AWX has one, which may name all."""
    variables = {
        "ansible_connection": "winrm",
        "ansible_winrm_transport": "ntlm",
        "ansible_host": "127.0.0.1",
        "ansible_port": servers.closed_port(),
        "ansible_user": "patching",
        "ansible_password": "secret",
    }
    answer = {"all": {"hosts": names, "vars": variables}, "_meta": {"hostvars": {}}}
    inventory = folder / "inventory.sh"
    inventory.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n", "utf-8")
    inventory.chmod(0o755)
    return inventory


@pytest.mark.parametrize("core", [None, "2.16", "2.21"], ids=lambda core: f"core-{core or 'pinned'}")
@pytest.mark.parametrize("names", [["srv:1"], ODD], ids=["one", "many"])
def test_a_host_whose_name_is_a_pattern_fails_the_run(
    names: list[str], core: str | None, tmp_path: Path
) -> None:
    run = run_playbook("scan", silent(tmp_path, names), tmp_path, core=core)
    assert run.code == 2, run.output
    assert {host for host, failed in recap(run).items() if failed} == set(names)


def test_a_host_that_failed_in_an_earlier_play_is_not_attempted(tmp_path: Path) -> None:
    task = {"ansible.builtin.fail": {"msg": "An earlier play."}, "when": "inventory_hostname == 'h1'"}
    before = {"hosts": "all", "gather_facts": False, "tasks": [task]}
    scan = {"ansible.builtin.import_playbook": str(ROOT / "playbooks" / "scan.yml")}
    run = run_playbook([before, scan], silent(tmp_path, ["h1", "h2"]), tmp_path)
    found = rows(tmp_path, "scan")
    assert {host: row["status"] for host, row in found.items()} == {
        "h1": "not_attempted",
        "h2": "unreachable",
    }
    assert run.code == 2
