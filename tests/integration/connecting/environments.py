# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environments of the tests, in each of which provoke.py meets the failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.conftest import ROOT

ENVIRONMENTS = {
    "current": Path(sys.executable),
    **{path.name[len(".venv-") :]: path / "bin" / "python" for path in sorted(ROOT.glob(".venv-core-*"))},
}
Scripts = dict[str, "subprocess.Popen[str]"]
Failures = dict[str, dict[str, str]]


@contextmanager
def provoking(folders: pytest.TempPathFactory, cases: Path | None = None) -> Iterator[Scripts]:
    """Run the script in every environment at once, as it mostly waits for silent servers.

    Without a file of cases it meets those of cases.py.
    """
    script = Path(__file__).with_name("provoke.py")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "collections")])
    started = {}
    for name, python in ENVIRONMENTS.items():
        command = [str(python), "-W", "ignore", str(script), str(folders.mktemp(name))]
        environment = {**os.environ, "PYTHONPATH": paths, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
        started[name] = subprocess.Popen(
            [*command, *([str(cases)] if cases else [])],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        yield started
    finally:
        for process in started.values():
            process.kill()


def failures_of(process: subprocess.Popen[str]) -> Failures:
    """Return what each case ended in."""
    printed, errors = process.communicate()
    assert process.returncode == 0, errors
    found: Failures = json.loads(printed)
    return found
