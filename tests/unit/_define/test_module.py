# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin, run as Ansible runs it, without a host."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible_collections.winfleet.hotfix.plugins.action.definition import ActionModule
from ansible_collections.winfleet.hotfix.plugins.modules import definition as documentation

from tests.lab.packages import samples
from tests.lab.packages.builder import build_msu

UPDATE = replace(samples.two_builds(), signed=False)
FILE = f"hotfixes/{UPDATE.kb}.yml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.msu").write_bytes(build_msu(UPDATE))
    return tmp_path


def run(folder: Path, *, check: bool = False, diff: bool = False, **arguments: Any) -> dict[str, Any]:
    task = Task()
    task.args = {"packages": "a.msu", "path": "hotfixes", **arguments}
    task.action = "winfleet.hotfix.definition"
    task.check_mode, task.diff = check, diff
    task.failed_when = ["failed"]  # which needs the result; without it, a failure is raised
    loader = DataLoader()
    loader.set_basedir(str(folder))
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    action = ActionModule(task, connection, SimpleNamespace(check_mode=check, diff=diff), loader, None, None)
    action._load_name = task.action  # the loader of ansible-core before 2.17 sets it from outside
    return action.run(task_vars={})


def test_it_writes_the_definition_that_it_returns(folder: Path) -> None:
    answer = run(folder)
    assert answer["changed"] and answer["path"] == str(folder / FILE)
    assert yaml.safe_load((folder / FILE).read_text("utf-8")) == answer["definition"]


def test_it_returns_what_is_documented(folder: Path) -> None:
    answer = run(folder)
    documented = yaml.safe_load(documentation.RETURN)
    assert set(answer) - {"changed"} == set(documented)
    for name, entry in documented.items():
        if "contains" in entry:
            assert answer[name], name
            assert all(set(each) == set(entry["contains"]) for each in answer[name])


def test_a_second_run_changes_nothing(folder: Path) -> None:
    run(folder)
    before = (folder / FILE).stat().st_mtime_ns
    assert not run(folder)["changed"]
    assert (folder / FILE).stat().st_mtime_ns == before


def test_check_mode_predicts_the_change_and_writes_nothing(folder: Path) -> None:
    answer = run(folder, check=True)
    assert answer["changed"] and answer["definition"]["kb"] == UPDATE.kb
    assert [each.name for each in folder.iterdir()] == ["a.msu"]


def test_diff_mode_shows_the_file_before_and_after(folder: Path) -> None:
    assert "diff" not in run(folder, check=True)
    first = run(folder, diff=True)["diff"]
    assert (first["before"], first["after"]) == ("", (folder / FILE).read_text("utf-8"))
    (folder / FILE).write_text("kb: KB1\n", "utf-8")
    assert run(folder, diff=True, force=True)["diff"]["before"] == "kb: KB1\n"


def test_a_reviewed_file_stays(folder: Path) -> None:
    run(folder)
    (folder / FILE).write_text("kb: KB1\n", "utf-8")
    answer = run(folder)
    assert answer["failed"] and "somebody may have reviewed it" in answer["msg"]
    assert (folder / FILE).read_text("utf-8") == "kb: KB1\n"
    assert run(folder, force=True)["changed"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"packages": "none.msu"}, "none.msu, which cannot be read on the controller: No such file"),
        ({"packages": []}, "packages is empty"),
        ({"packages": "page.msu"}, "page.msu, which is not a package: it is an HTML page"),
        ({"packages": "http://depot/a.msu"}, "packages must be a path on the controller, not a URL. Nothing"),
        ({"packages": "."}, "is a folder. Name the hotfix to search for by hotfix"),
        ({"packages": ".", "hotfix": "KB7654321"}, "no package of KB7654321 for any architecture"),
        ({"hotfix": "9100001"}, "hotfix is '9100001': it must be a KB number"),
        ({"ca_path": "none.pem"}, "none.pem, which is not a file"),
        ({"path": "page.msu/x"}, "path cannot be written"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(
    folder: Path, arguments: dict[str, Any], message: str
) -> None:
    (folder / "page.msu").write_text("<!DOCTYPE html>")
    answer = run(folder, **arguments)
    assert answer["failed"] and message in answer["msg"]
    assert answer["msg"].endswith("Nothing was written.")
    assert {each.name for each in folder.iterdir()} == {"a.msu", "page.msu"}


def test_a_folder_that_cannot_be_read_is_named_and_not_the_path_to_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    answer = run(folder, packages=".", hotfix=UPDATE.kb)
    assert f"packages has {folder}, which cannot be read on the controller: Permission" in answer["msg"]


def test_a_damaged_package_is_named_and_not_the_architecture_that_has_one(folder: Path) -> None:
    (folder / f"{UPDATE.kb}-x86.msu").write_bytes(b"MSCF")
    answer = run(folder, packages=".", hotfix=UPDATE.kb)
    assert (
        f"files of {UPDATE.kb} cannot be used: {UPDATE.kb}-x86.msu cannot be used: it is trunc"
        in answer["msg"]
    )
    assert "no package" not in answer["msg"]
