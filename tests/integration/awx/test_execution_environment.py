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


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context, as `ansible-builder` makes it."""
    folder = tmp_path_factory.mktemp("context")
    definition = ROOT / "execution-environment" / "execution-environment.yml"
    command = [BUILDER, "create", "-f", definition, "-c", folder, "--output-filename", "Containerfile"]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    return folder


def test_the_build_context_holds_what_the_collection_needs(context: Path) -> None:
    needed = requirements((ROOT / "meta" / "ee-requirements.txt").read_text("utf-8"))
    assert requirements((context / "_build" / "requirements.txt").read_text("utf-8")) == needed
    headers = (context / "_build" / "bindep.txt").read_text("utf-8")
    assert {"openldap-devel", "krb5-devel", "krb5-workstation"} <= set(headers.split())
    assert yaml.safe_load((context / "_build" / "requirements.yml").read_text("utf-8"))["collections"]
    assert "ansible-core~=" in (context / "Containerfile").read_text("utf-8")


def test_what_the_build_context_installs_can_log_on_by_every_transport(context: Path, tmp_path: Path) -> None:
    for header in ("krb5.h", "ldap.h", "sasl/sasl.h"):
        if not Path("/usr/include", header).exists():
            pytest.skip(f"needs {header} to build what it installs (make system-packages)")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path)], check=True)
    python = str(tmp_path / "bin" / "python")
    files = ["-r", str(context / "_build" / "requirements.txt")]
    files += ["-c", str(ROOT / "tests" / "requirements" / "constraints.txt")]
    subprocess.run([python, "-m", "pip", "install", "-q", *files], check=True, capture_output=True)
    script = (
        "import jmespath, ldap, libarchive, yaml; from winrm import transport;"
        "print([getattr(transport, f'HAVE_{name}') for name in ('KERBEROS', 'NTLM', 'CREDSSP')])"
    )
    done = subprocess.run([python, "-c", script], check=False, capture_output=True, text=True)
    assert done.stdout.strip() == "[True, True, True]", done.stderr


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
