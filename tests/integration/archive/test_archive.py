# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the repository works where it arrives: the built archive, and a plain checkout of any name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Lab
from tests.integration.plays import Run, read_report, run_playbook
from tests.lab.packages.builder import PackageSpec, build_msu
from tests.tools import core_pythons
from tests.unit.docs.pages import snippets

ROOT = Path(__file__).resolve().parents[3]
GALAXY = Path(sys.executable).parent / "ansible-galaxy"
FLEET = {
    "hosts": [
        {"name": "client", "system": "win7-x86"},
        {"name": "core", "system": "2008r2-core"},
        {"name": "fixed", "system": "2008r2-x64", "files": "fixed"},
    ]
}
BEFORE = {"client": "vulnerable", "core": "vulnerable", "fixed": "compliant"}
NEEDED = {"meta", "plugins", "roles", "playbooks"}
IN_THE_ARCHIVE = NEEDED | {
    *(
        "FILES.json",
        "MANIFEST.json",
        ".ansible-lint",
        "CHANGELOG.rst",
        "CONTRIBUTING.md",
        "COPYING",
        "Makefile",
    ),
    *("LICENSES", "REUSE.toml", "SECURITY.md"),
    *("README.md", "changelogs", "docs", "execution-environment", "pyproject.toml", "tests"),
}
LEFTOVERS = (
    *(".venv/bin/python", ".lab/state.json", "docs/site/index.html"),
    *("packages/real.msu", "hotfix-reports/assess.html", "inventory.yml"),
    *("run.yml", "group_vars/all/vault.yml"),
)


@pytest.fixture(scope="module")
def fleet(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab(FLEET)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository, and none that merely lie about, in a folder named `project` as in AWX."""
    project = tmp_path_factory.mktemp("checkout") / "project"
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source, target = ROOT / name, project / name
        if source.is_symlink() or source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return project


@pytest.fixture(scope="module")
def archive(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as `ansible-galaxy collection build` makes it, in a checkout that was worked in."""
    worked_in = tmp_path_factory.mktemp("worked-in") / "hotfix"
    shutil.copytree(checkout, worked_in, symlinks=True)
    for leftover in LEFTOVERS:
        (worked_in / leftover).parent.mkdir(parents=True, exist_ok=True)
        (worked_in / leftover).write_text("left over", "utf-8")
    folder = tmp_path_factory.mktemp("archive")
    command = [str(GALAXY), "collection", "build", "--output-path", str(folder), str(worked_in)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("winfleet-hotfix-*.tar.gz"))


@pytest.fixture(scope="module")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of collections with this one in it, less everything that a run does not need."""
    collections = tmp_path_factory.mktemp("collections")
    command = [str(GALAXY), "collection", "install", "--offline", "-p", str(collections), str(archive)]
    subprocess.run(command, check=True, capture_output=True, cwd=collections)
    for entry in (collections / "ansible_collections" / "winfleet" / "hotfix").iterdir():
        if entry.is_dir() and entry.name not in NEEDED:
            shutil.rmtree(entry)
    return collections


def run_installed(
    playbook: str, collections: Path, fleet: Lab, place: Path, *options: str, **variables: Any
) -> Run:
    """Run a playbook of the installed collection by its name, from a folder that holds nothing else."""
    place.mkdir()
    (place / "ansible.cfg").write_text("[defaults]\n", "utf-8")
    return run_playbook(
        f"winfleet.hotfix.{playbook}",
        fleet.inventory,
        place,
        *options,
        variables=variables,
        environment={
            "ANSIBLE_CONFIG": str(place / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "PWD": str(place),
        },
        cwd=place,
    )


def test_the_archive_holds_what_belongs_to_the_collection_and_nothing_else(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert {name.split("/")[0] for name in names} == IN_THE_ARCHIVE
    junk = [name for name in names if name.endswith((".pyc", ".msu", ".retry", "__pycache__"))]
    assert [name for name in junk if not name.startswith("tests/unit/fixtures/")] == []
    assert not set(LEFTOVERS) & set(names)
    assert any(name.startswith("tests/lab/packages/") for name in names), "ignored by too wide a pattern"


def test_an_installed_collection_assesses(installed: Path, fleet: Lab, tmp_path: Path) -> None:
    run = run_installed("assess", installed, fleet, tmp_path / "empty")
    assert run.code == 0, run.output
    assert {host: row["status"] for host, row in read_report(tmp_path / "empty", "assess").items()} == BEFORE


def test_the_readme_installs_it_beside_the_newest_ansible(checkout: Path, fleet: Lab, tmp_path: Path) -> None:
    programs, place = tmp_path / "controller" / "bin", tmp_path / "empty"
    subprocess.run([core_pythons.newest(), "-m", "venv", programs.parent], check=True)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    install = next(
        each.text
        for each in snippets("shell")
        if each.page == ROOT / "README.md" and "pip install" in each.text
    )
    subprocess.run(["bash", "-euc", install], cwd=checkout, env=environment, check=True)
    run = run_playbook(
        "winfleet.hotfix.assess",
        fleet.inventory,
        place,
        core=programs,
        environment={**environment, "ANSIBLE_CONFIG": ""},
        cwd=tmp_path / "fleet",
    )
    assert run.code == 0, run.output
    assert {host: row["status"] for host, row in read_report(place, "assess").items()} == BEFORE


def test_an_installed_collection_rehearses_the_remediation(
    installed: Path, fleet: Lab, tmp_path: Path
) -> None:
    place = tmp_path / "empty"
    packages = tmp_path / "packages"
    packages.mkdir()
    for architecture in ("x86", "x64"):
        spec = PackageSpec(architecture)
        (packages / f"{spec.stem}.msu").write_bytes(build_msu(spec))
    window = {"days": ["sat"], "start": "02:00", "duration_minutes": 60}
    run = run_installed(
        *("remediate", installed, fleet, place, "--check", "--diff"),
        hotfix_package_dir=str(packages),
        hotfix_restart_window=window,
    )
    assert run.code == 0, run.output
    assert run.changed_hosts() == {"client", "core"}
    actions = {host: row["actions"] for host, row in read_report(place, "remediate-check").items()}
    assert {host: each["step"] for host, each in actions.items()} == {
        "client": "install",
        "core": "install",
        "fixed": "none",
    }


@pytest.mark.parametrize("kind", ["module", "lookup", "filter", "role"])
def test_an_installed_collection_documents_itself(kind: str, installed: Path) -> None:
    command = [str(GALAXY.with_name("ansible-doc")), "--list", "--type", kind, "winfleet.hotfix"]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(installed)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=installed)
    assert "winfleet.hotfix." in done.stdout
    assert "WARNING" not in done.stderr


def test_a_plain_checkout_finds_itself(checkout: Path, fleet: Lab, tmp_path: Path) -> None:
    # As in AWX: no path is configured but by the ansible.cfg of the checkout, which is the working directory.
    run = run_playbook(
        checkout / "playbooks" / "assess.yml",
        fleet.inventory,
        tmp_path,
        environment={"ANSIBLE_CONFIG": str(checkout / "ansible.cfg")},
        cwd=checkout,
    )
    assert run.code == 0, run.output
    assert {host: row["status"] for host, row in read_report(tmp_path, "assess").items()} == BEFORE


def test_every_playbook_of_a_plain_checkout_is_understood(checkout: Path) -> None:
    # configure_awx needs the collection awx.awx: tests/integration/awx has one.
    playbooks = sorted(
        set((checkout / "playbooks").glob("*.yml")) - {checkout / "playbooks/configure_awx.yml"}
    )
    command = [
        str(GALAXY.with_name("ansible-playbook")),
        "--syntax-check",
        "-i",
        "localhost,",
        *map(str, playbooks),
    ]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(checkout / "ansible.cfg")}
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
