# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin, run as Ansible runs it, without a host."""

from __future__ import annotations

import csv
import errno
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible_collections.winfleet.hotfix.plugins.action.report import ActionModule
from ansible_collections.winfleet.hotfix.plugins.modules import report as documentation
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report import files

from tests.unit._report.samples import result


def run(
    folder: Path,
    *,
    check: bool = False,
    diff: bool = False,
    groups: dict[str, list[str]] | None = None,
    known: dict[str, Any] | None = None,
    **arguments: Any,
) -> dict[str, Any]:
    task = Task()
    given = {"path": "fleet", "results": [result()], **arguments}
    task.args = {name: value for name, value in given.items() if value is not None}
    task.action = "winfleet.hotfix.report"
    task.check_mode, task.diff = check, diff
    task.failed_when = ["failed"]  # which needs the result; without it, a failure is raised
    loader = DataLoader()
    loader.set_basedir(str(folder))
    play_context = SimpleNamespace(check_mode=check, diff=diff)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    action = ActionModule(task, connection, play_context, loader, None, None)
    action._load_name = task.action  # the loader of ansible-core before 2.17 sets it from outside
    return action.run(task_vars={"groups": groups, **(known or {})})


def test_it_writes_every_format_and_says_where(tmp_path: Path) -> None:
    answer = run(tmp_path)
    assert answer["changed"]
    assert answer["counts"]["compliant"] == 1
    assert answer["files"] == {name: str(tmp_path / f"fleet.{name}") for name in ("json", "csv", "html")}
    assert json.loads((tmp_path / "fleet.json").read_text("utf-8"))["hosts"][0]["host"] == "srv01"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.csv", "fleet.html", "fleet.json"]


def test_a_second_report_with_the_same_rows_is_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path)
    path = tmp_path / "fleet.json"
    path.write_text(path.read_text("utf-8").replace('ed_at": "2', 'ed_at": "1'), "utf-8")
    assert not run(tmp_path)["changed"]
    assert '"generated_at": "2' in path.read_text("utf-8")
    assert run(tmp_path, results=[result(status="vulnerable")])["changed"]


def test_hosts_have_the_groups_of_the_inventory(tmp_path: Path) -> None:
    run(tmp_path, groups={"all": ["srv01", "b"], "site": ["srv01", "b"]}, hosts=["srv01", "b"])
    rows = json.loads((tmp_path / "fleet.json").read_text("utf-8"))["hosts"]
    assert [(row["host"], row["groups"]) for row in rows] == [("b", ["site"]), ("srv01", ["site"])]


def test_check_mode_writes_nothing_and_tells_the_same(tmp_path: Path) -> None:
    foreseen = run(tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []
    assert foreseen == run(tmp_path)


def test_the_difference_shows_the_rows(tmp_path: Path) -> None:
    run(tmp_path, formats=["json", "html"])
    answer = run(tmp_path, diff=True, formats=["json", "html"], results=[result(status="vulnerable")])
    as_json, as_html = answer["diff"]
    assert '"status": "compliant"' in as_json["before"]
    assert '"status": "vulnerable"' in as_json["after"]
    assert "after" not in as_html


@pytest.mark.parametrize("path", ["out/fleet", "out/fleet.json", "out/fleet.HTML"])
def test_the_suffix_of_a_format_is_no_part_of_the_name(tmp_path: Path, path: str) -> None:
    run(tmp_path, path=path, formats=["csv"])
    assert (tmp_path / "out" / "fleet.csv").is_file()


def test_of_earlier_reports_the_latest_word_on_a_host_counts(tmp_path: Path) -> None:
    texts = []
    for year, status in (("2027", "compliant"), ("2026", "vulnerable")):
        run(tmp_path, formats=["json"], results=[result("a", status)], hosts=["a", f"host-{year}"])
        text = (tmp_path / "fleet.json").read_text("utf-8")
        texts.append(re.sub(r'ed_at": "\d+', f'ed_at": "{year}', text))
    for number, text in enumerate(texts):
        (tmp_path / f"part{number}.json").write_text(text, "utf-8")
    answer = run(tmp_path, formats=["json"], results=[], reports=["part0.json", "part1.json"])
    assert (answer["counts"]["compliant"], answer["counts"]["not_attempted"]) == (1, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("{", "is not a fleet report: it is not JSON"),
        ('{"schema_version": "1.1", "hotfix": "KB978918", "gen', "is damaged: it begins as a fleet report"),
        ("[]", "is not a fleet report"),
        ('{"schema_version": "2.0", "hosts": []}', "has the schema 2.0"),
        ('{"schema_version": "1.0", "hosts": [], "hotfix": "KB1"}', "about KB1"),
        ('{"schema_version": "1.0", "hosts": [], "hotfix": "KB978918"}', "does not say when"),
    ],
)
def test_what_is_no_report_is_not_merged(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "part.json").write_text(text, "utf-8")
    answer = run(tmp_path, results=[], reports=["part.json"])
    assert answer["failed"]
    assert said in answer["msg"]
    assert "part.json" in answer["msg"]


def test_without_results_and_reports_there_is_nothing_to_write(tmp_path: Path) -> None:
    task = Task()
    task.args = {"path": "fleet"}
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    action = ActionModule(task, connection, SimpleNamespace(), DataLoader(), None, None)
    action._load_name = task.action  # the loader of ansible-core before 2.17 sets it from outside
    with pytest.raises(AnsibleError, match="one of the following is required: results, reports"):
        action.run(task_vars={})


def test_a_name_with_other_dots_is_kept_and_a_folder_gets_a_name(tmp_path: Path) -> None:
    assert run(tmp_path, path="fleet.v2", formats=["json"])["files"]["json"].endswith("/fleet.v2.json")
    assert run(tmp_path, path=".", formats=["json"])["files"]["json"].endswith("/fleet-report.json")


def test_a_folder_that_must_not_be_written_to_is_answered_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **_options: Any) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    answer = run(tmp_path, path="new/fleet")
    assert answer["failed"]
    assert re.search(r"cannot be written: .*Permission denied.*\. Choose a folder .*mounted", answer["msg"])


def test_a_write_that_fails_says_so_and_leaves_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, formats=["json"])
    before = (tmp_path / "fleet.json").read_bytes()

    opened = Path.open

    def full(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if "w" in mode:
            raise OSError(28, "No space left on device", str(path))
        return opened(path, mode, *arguments, **named)

    monkeypatch.setattr(files.Path, "open", full)
    answer = run(tmp_path, formats=["json"], results=[])
    assert answer["failed"]
    assert "No space left" in answer["msg"]
    assert (tmp_path / "fleet.json").read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [{"select": "[?"}, {"token_report": "missing.json"}, {"token_report": [1]}]
)
def test_an_option_that_cannot_be_used_fails_with_a_message(
    tmp_path: Path, arguments: dict[str, Any]
) -> None:
    answer = run(tmp_path, **arguments)
    assert answer["failed"]
    assert "Traceback" not in answer["msg"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"path": "https://srv/reports/fleet"}, "path must be a path on the controller, not a URL"),
        ({"path": "\\\\srv\\reports"}, "path must be a path on the controller, not a path of Windows"),
        ({"reports": ["http://srv/a.json"]}, "reports must be a path on the controller"),
        ({"token_report": "http://srv/t.json"}, "token_report must be a path on the controller"),
    ],
)
def test_what_is_no_path_on_the_controller_is_refused_by_its_field(
    tmp_path: Path, arguments: dict[str, Any], said: str
) -> None:
    answer = run(tmp_path, **arguments)
    assert answer["failed"] and said in answer["msg"]
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnsibleError, match="colour"):
        run(tmp_path, colour="blue")


def test_all_formats_have_the_same_hosts(tmp_path: Path) -> None:
    run(tmp_path, results=[result("a"), result("b", "vulnerable"), {"host": "c", "unreachable": True}])
    as_json = json.loads((tmp_path / "fleet.json").read_text("utf-8"))["hosts"]
    as_csv = csv.DictReader(io.StringIO((tmp_path / "fleet.csv").read_text("utf-8-sig"), newline=""))
    page = (tmp_path / "fleet.html").read_text("utf-8")
    statuses = [(row["host"], row["status"]) for row in as_json]
    assert statuses == [(row["host"], row["status"]) for row in as_csv]
    assert all(f'["{host}",' in page for host, _status in statuses)


def test_the_documented_return_values_are_returned(tmp_path: Path) -> None:
    answer = run(tmp_path)
    assert set(yaml.safe_load(documentation.RETURN)) == set(answer) - {"changed"}


def test_no_key_of_the_result_makes_the_task_look_skipped(tmp_path: Path) -> None:
    assert not {"skipped", "unreachable", "failed"} & run(tmp_path).keys()


def test_a_probe_leaves_nothing_even_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    answer = run(tmp_path, path="new/folder/fleet", results=None, probe=True)
    assert not answer.get("failed"), answer
    assert list(tmp_path.iterdir()) == []


def test_a_probe_says_that_no_report_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", "utf-8")
    answer = run(tmp_path, path="taken/fleet", results=None, probe=True)
    assert answer["failed"]
    assert f"{tmp_path}/taken" in answer["msg"]
    assert "no folder" in answer["msg"]


def test_a_probe_says_that_no_copy_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file", "utf-8")
    answer = run(tmp_path, results=None, probe=True, keep=3)
    assert answer["failed"]
    assert "The copy of the report" in answer["msg"] and str(tmp_path / "kept") in answer["msg"]
    assert not run(tmp_path, results=None, probe=True, keep=0).get("failed")


@pytest.mark.parametrize("given", ["kb1234567", "1234567", "/srv/hotfixes/KB1234567.yml"])
def test_a_probe_looks_at_the_copies_of_the_hotfix_of_the_run(tmp_path: Path, given: str) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "KB1234567").write_text("a file", "utf-8")
    answer = run(tmp_path, results=None, probe=True, keep=3, hotfix=given)
    assert answer["failed"]
    assert str(tmp_path / "kept" / "KB1234567") in answer["msg"]
    assert not run(tmp_path, results=None, probe=True, keep=3, hotfix="KB978918").get("failed")


def test_a_probe_fails_where_the_folder_takes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_options: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    monkeypatch.setattr(files.tempfile, "TemporaryFile", refuse)
    answer = run(tmp_path, results=None, probe=True)
    assert answer["failed"]
    assert "Choose a folder that this user can write to" in answer["msg"]


def test_a_full_disk_in_the_middle_loses_no_older_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    ours = files.Path.open

    def full(self: Path, *args: Any, **options: Any) -> Any:
        if self.name.startswith(".fleet.html"):
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return ours(self, *args, **options)

    monkeypatch.setattr(files.Path, "open", full)
    answer = run(tmp_path, results=[result(status="vulnerable")])
    assert answer["failed"]
    assert "No space left on device" in answer["msg"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_two_runs_at_once_into_one_folder_leave_whole_files_and_no_parts(tmp_path: Path) -> None:
    # Jobs of AWX have the same process ids, each in its own container: only the parts' names differ.
    with ThreadPoolExecutor(4) as pool:
        each = [[result(f"host-{number}")] for number in range(12)]
        answers = list(pool.map(lambda rows: run(tmp_path, results=rows, formats=["json", "csv"]), each))
    assert not [answer["msg"] for answer in answers if answer.get("failed")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.csv", "fleet.json"]
    report = json.loads((tmp_path / "fleet.json").read_text("utf-8"))
    assert len(report["hosts"]) == 1


def test_the_hosts_results_are_gathered_from_what_their_tasks_registered(tmp_path: Path) -> None:
    registered = {
        "done": {"hotfix__assessed": {"hotfix_info": result()["hotfix_info"]}},
        "broken": {"hotfix__assessed": {"failed": True, "msg": "It broke."}},
        "later": {"hotfix__assessed": {}},
    }
    known = {"hostvars": SimpleNamespace(raw_get=registered.get)}
    answer = run(tmp_path, known=known, results=None, gather=True, hosts=list(registered))
    assert answer["hosts"] == {"error": ["broken"], "not_attempted": ["later"], "compliant": ["done"]}
    assert answer["failing"] == ["broken", "later"]


def test_a_run_that_was_refused_everywhere_leaves_the_report_of_the_last_one(tmp_path: Path) -> None:
    run(tmp_path)
    before = (tmp_path / "fleet.json").read_bytes()
    said = {"hotfix__assessed": {"failed": True, "refused": True, "msg": "Wrong."}}
    known = {"hostvars": SimpleNamespace(raw_get=lambda _host: said)}
    run(tmp_path, known=known, results=None, gather=True, hosts=["a"], refused_path="fleet-refused")
    assert (tmp_path / "fleet.json").read_bytes() == before
    assert json.loads((tmp_path / "fleet-refused.json").read_text("utf-8"))["rehearsal"] is True
