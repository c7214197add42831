# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each release of ansible-core that the collection names is tested, with a Python that it runs on."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

import pytest
import yaml

from tests.tools import core_pythons

ROOT = Path(__file__).resolve().parents[2]


def test_the_pinned_core_and_the_others_leave_no_release_out() -> None:
    constraints = (ROOT / "tests" / "requirements" / "constraints.txt").read_text("utf-8")
    pinned = re.search(r"^ansible-core==2\.(\d+)", constraints, re.MULTILINE)
    oldest = re.match(
        r">=2\.(\d+)", yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"]
    )
    assert pinned and oldest
    covered = sorted([int(core.partition(".")[2]) for core in core_pythons.CORES] + [int(pinned[1])])
    assert covered == list(range(int(oldest[1]), covered[-1] + 1))


def test_a_shim_that_runs_no_python_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = 14 if sys.version_info.minor != 14 else 13
    shim = tmp_path / f"python3.{other}"
    shim.write_text("#!/bin/sh\nexit 127\n", "utf-8")
    shim.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert core_pythons.python(other) is None


def test_a_python_that_is_not_on_the_path_is_found_in_pyenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minor = sys.version_info.minor
    program = tmp_path / "versions" / f"3.{minor}.1" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(core_pythons.sys, "executable", str(tmp_path / "none"))
    assert core_pythons.python(minor) == str(program)


def test_a_core_without_a_python_says_which_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_pythons, "python", lambda minor: "/usr/bin/python3.11" if minor == 11 else None)
    assert core_pythons.listing_of("2.21").endswith(
        "not tested: it needs Python 3.12 to 3.14, not found here"
    )
