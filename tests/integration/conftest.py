# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests: a simulated fleet in a process of its own, and its control."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.control.client import NAMES_FILE, STATE_FILE, ControlClient
from tests.lab.packages.builder import PackageSpec, build_msu

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0
_TRIES = 5


@dataclass(frozen=True)
class Lab:
    """A running lab: its folder, its inventory file and the client of its control server."""

    directory: Path
    inventory: Path
    control: ControlClient

    def domain(self) -> dict[str, str]:
        """The environment of a controller in the lab's domain: realm, ticket cache, the hosts' names."""
        return {
            "KRB5_CONFIG": str(self.directory / "domain" / "krb5.conf"),
            "KRB5CCNAME": f"FILE:{self.directory / 'tickets'}",
            "LD_PRELOAD": "libnss_wrapper.so",
            "NSS_WRAPPER_HOSTS": str(self.directory / NAMES_FILE),
        }

    def host_vars(self, name: str) -> dict[str, Any]:
        """A host's inventory variables (address, port, user, password)."""
        document = yaml.safe_load(self.inventory.read_text("utf-8"))
        found: dict[str, Any] = document["all"]["children"]["lab"]["hosts"][name]
        return found


def _network() -> str:
    """A loopback network of 1,022 hosts, so that several labs can run side by side; below 127.240.0.0."""
    return f"127.{40 + secrets.randbelow(200)}.{4 * secrets.randbelow(64)}.0/22"


@pytest.fixture(scope="session")
def start_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Lab]]:
    """A function that starts a lab of its own: `start_lab({"hosts": [...]})` or `start_lab("demo.yml")`.

    Further arguments go to `python -m tests.lab`. All labs end with the test session.
    """
    processes: list[subprocess.Popen[bytes]] = []

    def start(fleet: str | dict[str, Any], *arguments: str) -> Lab:
        directory = tmp_path_factory.mktemp("lab")
        if isinstance(fleet, dict):
            path = directory / "fleet.yml"
            path.write_text(yaml.safe_dump(fleet), "utf-8")
            fleet = str(path)
        command = [sys.executable, "-m", "tests.lab", "--fleet", fleet, "--directory", str(directory)]
        for _try in range(_TRIES):
            process = _launch(directory, [*command, "--network", _network(), *arguments])
            processes.append(process)
            if _is_up(directory, process):
                data = json.loads((directory / STATE_FILE).read_text("utf-8"))
                return Lab(directory, Path(data["inventory"]), ControlClient(data["control"]))
        pytest.fail(f"{_TRIES} networks were taken, the last one by: {_output(directory)}")

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(timeout=20)


def _launch(directory: Path, command: list[str]) -> subprocess.Popen[bytes]:
    with (directory / "output.log").open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )


def _is_up(directory: Path, process: subprocess.Popen[bytes]) -> bool:
    """Wait for a lab; False if another one has some of its addresses."""
    deadline = time.monotonic() + _START_SECONDS
    while not (directory / STATE_FILE).exists():
        if process.poll() is not None and "Address already in use" in _output(directory):
            return False
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the lab did not start:\n{_output(directory)}")
        time.sleep(0.05)
    return True


def _output(directory: Path) -> str:
    return (directory / "output.log").read_text("utf-8")


@pytest.fixture(scope="module")
def lab(start_lab: Callable[..., Lab]) -> Lab:
    """The demo fleet, one for each test module."""
    return start_lab("demo.yml")


@pytest.fixture(scope="session")
def package_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package of each architecture, as an operator keeps it."""
    folder = tmp_path_factory.mktemp("packages")
    for architecture in ("x86", "x64", "ia64"):
        spec = PackageSpec(architecture)
        (folder / f"{spec.stem}.msu").write_bytes(build_msu(spec))
    return folder
