# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The field check against simulated hosts, and its recordings played by the fake of the unit tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import run_playbook
from tests.unit._field_check.bundles import Bundle

ODD = ["findstr_loses_nul", "no_sha256", "reg_find_needs_recursion"]
WRONG_ON_ODD = {"upload-raw", "reg-first-level"}
HOSTS: list[dict[str, Any]] = [
    {"name": "stock-r2", "system": "2008r2-x64", "winrm": {"http": True, "https": True}},
    {"name": "odd-r2", "system": "2008r2-x64", "language": "de-DE", "faults": ODD},
    {
        "name": "old-tls-7",
        "system": "win7-x86",
        "winrm": {"http": True, "https": True, "tls10_only": True},
    },
]


DEFRAG = "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag"
TASK = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Author>Microsoft Corporation</Author></RegistrationInfo>
  <Principals><Principal id="LocalSystem"><UserId>S-1-5-18</UserId></Principal></Principals>
  <Settings><Enabled>false</Enabled></Settings>
  <Actions Context="LocalSystem">
    <Exec><Command>%windir%\\system32\\defrag.exe</Command><Arguments>-c</Arguments></Exec>
  </Actions>
</Task>
"""


@pytest.fixture(scope="module")
def field_lab(start_lab: Callable[..., Lab]) -> Lab:
    lab = start_lab({"defaults": {"domain": "contoso.example"}, "hosts": HOSTS})
    # Windows comes with this task, the simulated hosts do not.
    lab.control.write_file("stock-r2", "C:\\task.xml", TASK.encode("utf-16"))
    made = lab.control.run("stock-r2", f'schtasks /create /tn "{DEFRAG}" /xml C:\\task.xml')
    assert made["exit_code"] == 0, made
    return lab


@pytest.fixture(scope="module")
def checked(field_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The module's result for each host, and what the host looked like before and after."""
    folder = tmp_path_factory.mktemp("field")
    before = {each["name"]: field_lab.control.snapshot(each["name"]) for each in HOSTS}
    run = run_playbook("field_check", field_lab.inventory, folder)
    assert run.code == 0, run.output
    return {
        task.host: {
            **task.result,
            "before": before[task.host],
            "after": field_lab.control.snapshot(task.host),
            "output": run.output,
        }
        for task in run.of("field_check")
    }


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {finding["id"]: finding["verdict"] for finding in result["findings"]}


def test_a_host_in_its_original_state_bears_out_all_that_can_be_decided(
    checked: dict[str, dict[str, Any]],
) -> None:
    found = verdicts(checked["stock-r2"])
    assert {name for name, verdict in found.items() if verdict == "wrong"} == {"tls"}
    undecided = {name for name, verdict in found.items() if verdict == "undecided"}
    assert undecided == {"manifests-folder", "servicing-log"}  # it has neither of the two yet


def test_a_host_that_is_different_is_told_with_what_follows(checked: dict[str, dict[str, Any]]) -> None:
    found = verdicts(checked["odd-r2"])
    assert {name for name, verdict in found.items() if verdict == "wrong"} == {
        *WRONG_ON_ODD,
        "hash-algorithms",
    }
    assert "Lines of base64 are sent instead" in checked["odd-r2"]["output"]


def test_a_host_that_offers_tls_1_0_only_is_recognised(checked: dict[str, dict[str, Any]]) -> None:
    (finding,) = [row for row in checked["old-tls-7"]["findings"] if row["id"] == "tls"]
    assert finding["verdict"] == "holds"
    assert "TLSv1 only" in finding["evidence"]


@pytest.mark.parametrize("name", [each["name"] for each in HOSTS])
def test_nothing_stays_on_the_host_but_a_line_in_the_log_of_dism(
    checked: dict[str, dict[str, Any]], name: str
) -> None:
    before, after = checked[name]["before"], checked[name]["after"]
    after["files"].pop("C:\\Windows\\Logs\\DISM\\dism.log")  # DISM's own, as the guide says
    assert set(before) == set(after)
    for part, state in before.items():
        assert after[part] == state, part
    assert checked[name]["changed"] is False


@pytest.mark.parametrize("name", [each["name"] for each in HOSTS])
def test_the_recordings_of_a_host_can_be_replayed_and_tell_nothing_of_it(
    checked: dict[str, dict[str, Any]], name: str
) -> None:
    path = Path(checked[name]["bundle"])
    text = path.read_text("utf-8").lower()
    for secret in (name, "contoso", "lab-passw0rd", "administrator,", "127."):
        assert secret not in text
    bundle = Bundle(path)
    system = bundle.play_platform()
    for check in bundle.checks():
        assert bundle.play_check(check, system) == bundle.recorded_finding(check), check
    assert bundle.play_assessment() == bundle.recorded_assessment()


def test_check_mode_sends_nothing_and_writes_nothing(field_lab: Lab, tmp_path: Path) -> None:
    field_lab.control.reset_counters()
    run = run_playbook("field_check", field_lab.inventory, tmp_path, "--check", "--limit", "stock-r2")
    assert run.code == 0, run.output
    (task,) = run.of("field_check")
    assert "upload-raw" not in verdicts(task.result)
    assert "bundle" not in task.result
    assert "Send" not in field_lab.control.counters()["hosts"]["stock-r2"]["actions"]
