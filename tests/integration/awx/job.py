# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a playbook as a job of AWX does: ansible-runner, AWX's private data folder, variables in its form.

What is imitated is what `awx/main/tasks/jobs.py` and `awx/main/utils/safe_yaml.py` of AWX 24.6.1 put into the
folder. There is no container around it: paths that AWX mounts under /runner are the folder itself.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]


class _UnsafeDumper(yaml.SafeDumper):
    """Writes every text as `!unsafe '…'`, as AWX does with what a person may have typed."""

    def represent_data(self, data: Any) -> yaml.Node:
        if isinstance(data, str):
            return self.represent_scalar("!unsafe", data)
        return super().represent_data(data)


def dump_variables(variables: Mapping[str, Any], of_template: Mapping[str, Any]) -> str:
    """Extra variables as AWX writes them; those that are the template's own are trusted."""
    return "".join(
        yaml.dump(
            {name: value},
            Dumper=yaml.SafeDumper if of_template.get(name) == value else _UnsafeDumper,
            default_flow_style=False,
        )
        for name, value in variables.items()
    )


@dataclass(frozen=True)
class Job:
    """A finished job.

    Attributes:
        status: successful or failed.
        output: What AWX shows.
        artifacts: What `set_stats` left.
        events: The job events.
    """

    status: str
    output: str
    artifacts: dict[str, Any]
    events: list[dict[str, Any]] = field(repr=False)


def project_files(root: Path = ROOT) -> list[str]:
    """The files of a working tree that git knows or would add, from its root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [name for name in listed.split("\0") if name and (root / name).exists()]


def check_out(folder: Path) -> Path:
    """The files of the working tree as the folder `project` of a job."""
    project = folder / "project"
    for name in project_files():
        source, target = ROOT / name, project / name
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return project


def run_job(
    folder: Path,
    number: int,
    playbook: str,
    inventory: Mapping[str, Any],
    *,
    template: Mapping[str, Any],
    answers: Mapping[str, Any] | None = None,
    credential: Mapping[str, Any] | None = None,
    options: Sequence[str] = (),
) -> Job:
    """Runs one job.

    Args:
        folder: Holds the folder `project`; the job's own folder is made beside it.
        number: The job's id.
        playbook: As in the job template.
        inventory: What an inventory script prints for `--list`.
        template: Extra variables of the template.
        answers: Answers to the survey.
        credential: Extra variables that a credential injects.
        options: Of ansible-playbook, such as `--check`.
    """
    import ansible_runner

    private = folder / f"job_{number}"
    (private / "inventory").mkdir(parents=True)
    (private / "env").mkdir()
    (private / "project").symlink_to(folder / "project")
    script = private / "inventory" / "hosts"
    script.write_text(
        f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(inventory)!r})\n", "utf-8"
    )
    script.chmod(0o700)
    variables = {
        **template,
        **(answers or {}),
        **(credential or {}),
        "awx_job_id": number,
        "awx_job_launch_type": "manual",
        "awx_job_template_name": playbook,
        "tower_job_id": number,
    }
    (private / "env" / "extravars").write_text(dump_variables(variables, template), "utf-8")
    result = ansible_runner.run(
        private_data_dir=str(private),
        playbook=playbook,
        ident=str(number),
        cmdline=" ".join(["-u root", *options]),
        quiet=True,
        settings={"suppress_ansible_output": True, "idle_timeout": 300},
        envvars={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(private),
            # AWX joins the project's own collections_path to the folder of its requirements.
            "ANSIBLE_COLLECTIONS_PATH": f"{private}/requirements_collections:collections",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_NOCOLOR": "1",
            "AWX_PRIVATE_DATA_DIR": str(private),
        },
    )
    events = list(result.events)
    stats = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
    artifacts = {name: value for data in stats for name, value in data.get("artifact_data", {}).items()}
    with result.stdout as stream:
        output = stream.read()
    return Job(result.status, output, artifacts, events)
