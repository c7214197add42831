# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of the execution environment. Building its image needs a container engine: not tested."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
BUILDER = Path(sys.executable).parent / "ansible-builder"

pytestmark = pytest.mark.skipif(
    not BUILDER.exists(), reason="ansible-builder is not installed (requirements/test.txt)"
)


def requirements(text: str) -> set[str]:
    lines = (re.sub(r"\s*#.*", "", line) for line in text.splitlines())
    return {re.split(r"[<>=~\[ ]", line)[0].lower() for line in lines if line}


def test_the_build_context_is_made_and_holds_what_the_collection_needs(tmp_path: Path) -> None:
    definition = ROOT / "execution-environment" / "execution-environment.yml"
    command = [
        str(BUILDER),
        "create",
        "-f",
        str(definition),
        "-c",
        str(tmp_path),
        "--output-filename",
        "Containerfile",
    ]
    subprocess.run(command, check=True, capture_output=True)
    needed = requirements((ROOT / "meta" / "ee-requirements.txt").read_text("utf-8"))
    assert requirements((tmp_path / "_build" / "requirements.txt").read_text("utf-8")) == needed
    assert "openldap-devel" in (tmp_path / "_build" / "bindep.txt").read_text("utf-8")
    assert yaml.safe_load((tmp_path / "_build" / "requirements.yml").read_text("utf-8"))["collections"]
    assert "ansible-core~=" in (tmp_path / "Containerfile").read_text("utf-8")


def test_an_execution_environment_with_the_collection_finds_its_requirements(tmp_path: Path) -> None:
    place = tmp_path / "ansible_collections" / "winfleet" / "hotfix"
    place.parent.mkdir(parents=True)
    place.symlink_to(ROOT)
    command = [str(BUILDER), "introspect", str(tmp_path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = yaml.safe_load(output[output.index("---") :])
    assert {"pywinrm", "jmespath", "python-ldap"} <= requirements("\n".join(found["python"]))
    assert any(line.startswith("openldap-devel") for line in found["system"])


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("winrm", "pywinrm"),
        ("jmespath", "jmespath"),
        ("ldap", "python-ldap"),
        ("libarchive", "libarchive-c"),
    ],
)
def test_every_library_that_plugins_import_is_a_requirement(module: str, package: str) -> None:
    sources = (path.read_text("utf-8") for path in (ROOT / "plugins").rglob("*.py"))
    assert any(re.search(rf'(import {module}\b|from {module}\b|"{module}["\.])', text) for text in sources)
    assert package in requirements((ROOT / "meta" / "ee-requirements.txt").read_text("utf-8"))
