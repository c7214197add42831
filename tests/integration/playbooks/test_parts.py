# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a fleet that a run is for (hotfix_part), together with hotfix_hosts and a limit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
INVENTORY = {
    "hotfix_canary": {"hosts": ["pc1", "srv1"]},
    "hotfix_clients": {"hosts": ["pc1", "pc2", "pc3"]},
    "hotfix_servers": {"hosts": ["srv1", "srv2"]},
    "_meta": {"hostvars": {}},
}


NODE = {
    "awx_workflow_job_id": 7,
    "awx_workflow_job_name": "Hotfix - fleet",
    "awx_job_template_name": "Hotfix - verify",
}
"""What AWX tells a job of a workflow. The workflow of slices has the name of their template."""


def hosts(
    folder: Path, limit: str = "", playbook: str = "remediate", **variables: Any
) -> tuple[set[str], str]:
    """The hosts that a run would be for, and its output."""
    script = folder / "inventory.py"
    script.write_text(f"#!{sys.executable}\nprint({json.dumps(json.dumps(INVENTORY))})\n", encoding="utf-8")
    script.chmod(0o700)
    command = [str(Path(sys.executable).parent / "ansible-playbook"), f"playbooks/{playbook}.yml"]
    command += ["-i", str(script), "--list-hosts", "-e", json.dumps(variables)]
    command += ["--limit", limit] if limit else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return set(re.findall(r"^      (\w+)$", done.stdout, re.MULTILINE)), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variables", "limit", "expected"),
    [
        ({}, "", {"pc1", "pc2", "pc3", "srv1", "srv2"}),
        ({"hotfix_part": ""}, "", {"pc1", "pc2", "pc3", "srv1", "srv2"}),
        ({"hotfix_part": "canary"}, "", {"pc1", "srv1"}),
        ({"hotfix_part": "rest"}, "", {"pc2", "pc3", "srv2"}),
        ({"hotfix_part": "canary", "hotfix_hosts": ["hotfix_clients"]}, "", {"pc1"}),
        ({"hotfix_part": "rest", "hotfix_hosts": "hotfix_clients"}, "pc2:srv2", {"pc2"}),
        ({"hotfix_part": "canary"}, "hotfix_servers", {"srv1"}),
    ],
)
def test_a_part_is_taken_of_the_hosts_and_within_the_limit(
    variables: dict[str, Any], limit: str, expected: set[str], tmp_path: Path
) -> None:
    found, output = hosts(tmp_path, limit, **variables)
    assert found == expected, output


@pytest.mark.parametrize(
    ("variables", "limit", "said"),
    [
        ({"hotfix_part": "canary", "awx_workflow_job_id": 7}, "srv2", "within the limit srv2"),
        ({"hotfix_part": "canary", "hotfix_hosts": "pc3", "awx_workflow_job_id": 7}, "", "names no host"),
        ({"hotfix_part": "canary", "hotfix_hosts": []}, "", "nothing names no host"),
        ({"hotfix_part": "canary", "hotfix_hosts": "pc3"}, "", "go first into the group hotfix_canary"),
        ({"hotfix_part": "fleet"}, "", "must be one of all, canary, rest, not fleet"),
        ({"hotfix_hosts": "hotfix_clients"}, "srv1", "within the limit srv1"),
        ({"hotfix_hosts": "hotfix_client", **NODE}, "", "hotfix_client names no host"),
    ],
)
def test_a_part_without_hosts_is_an_error(
    variables: dict[str, Any], limit: str, said: str, tmp_path: Path
) -> None:
    found, output = hosts(tmp_path, limit, **variables)
    assert found == set()
    assert said in output.replace("\n", " ")


@pytest.mark.parametrize(
    "variables",
    [
        {**NODE, "hotfix_part": "rest"},
        {**NODE, "awx_workflow_job_name": NODE["awx_job_template_name"], "hotfix_hosts": "srv2"},
    ],
    ids=["rest", "slice"],
)
def test_the_rest_of_a_workflow_and_a_slice_may_be_empty(variables: dict[str, Any], tmp_path: Path) -> None:
    found, output = hosts(tmp_path, "pc1", **variables)
    assert found == set()
    assert "names no host" not in output and "ERROR" not in output
