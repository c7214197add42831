# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controllers that install KB978918 on a simulated host, and what they leave there."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.current_run import Run
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.definition import load_definition
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._lock import staging_lock
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._run import start_run, wait_for_run
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._script import (
    ScriptHead,
    install_script,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.outcome import HotfixRequest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource

from tests.lab.endpoint.injection import Injection
from tests.lab.packages.builder import PackageSpec, build_msu
from tests.unit.lab_session import LabSession

KB = "KB978918"
IDENTITY = "Package_for_KB978918~31bf3856ad364e35~amd64~~6.1.1.0"
FOLDER = "C:\\Windows\\winfleet.hotfix\\KB978918"
LOCK = "C:\\Windows\\winfleet.hotfix-KB978918.lock"
TASK = "\\winfleet.hotfix\\KB978918-install"
OURS, OTHER, THIRD = ("0" * 31 + digit for digit in "abc")

GOOD = build_msu(PackageSpec("x64"))
SHA256 = hashlib.sha256(GOOD).hexdigest()
# The first look at a run after its task was started.
LOOK = 'findstr /b /c:"== "'


@lru_cache(maxsize=1)
def package_file() -> Path:
    """Return the package on the controller."""
    path = Path(tempfile.mkdtemp()) / "Windows6.1-KB978918-x64.msu"
    path.write_bytes(GOOD)
    return path


def request(**changes: Any) -> HotfixRequest:
    """Return a request for KB978918 without a package."""
    base = HotfixRequest(load_definition(KB), "present", None, 600.0, False, False)
    return replace(base, **changes)


def present(**changes: Any) -> HotfixRequest:
    """Return a request for KB978918 with the package of the controller."""
    return request(**{"source": PackageSource("controller", str(package_file()), None), **changes})


def starts(session: LabSession) -> int:
    """Return how often the session started a task."""
    return sum("schtasks /run" in line for line in session.command_lines)


def untouched(session: LabSession) -> bool:
    """Return whether nothing of an installation was ever begun on the host."""
    host = session.lab
    begun = ("mkdir", "schtasks /create", "schtasks /run", "del ", "rd ")
    assert not any(word in line for line in session.command_lines for word in begun), session.command_lines
    return not (host.disk.exists(LOCK) or host.disk.exists(FOLDER) or host.scheduler.find(TASK))


def left(session: LabSession) -> set[str]:
    """Return the names of what lies in the staging folder."""
    return {entry.name for entry in session.lab.disk.listing(FOLDER)}


def kept(session: LabSession, name: str) -> Callable[[], bytes]:
    """Keep a file of the staging folder as it is when the task is made, before a run can tidy up."""
    found: list[bytes] = []
    session.before("schtasks /create", lambda: found.append(session.lab.disk.read(f"{FOLDER}\\{name}")))
    return lambda: found[0]


class KilledError(BaseException):
    """The controller ends here and now."""


def killed(session: LabSession, asked: HotfixRequest, part: str) -> None:
    """Make a request whose controller is killed just before it sends a command line that holds `part`."""

    def kill() -> None:
        session.injections.add(Injection("cut_before", count=None))
        raise KilledError

    session.before(part, kill)
    with pytest.raises(KilledError):
        ensure_hotfix(session, asked)


def put(session: LabSession, path: str, data: bytes) -> None:
    """Write a file on the host, with the folder that it lies in."""
    folder = path.rpartition("\\")[0]
    if not session.lab.disk.is_folder(folder):
        session.lab.disk.make_folder(folder)
    session.lab.disk.write(path, data)


@contextmanager
def other_controller(session: LabSession) -> Iterator[OtherController]:
    """Let another controller hold the lock of the host."""
    other = OtherController(LabSession(session.lab))
    with other.lock:
        yield other


class OtherController:
    """A controller that prepares the run `OTHER`, a step at a time, whenever a test wants the step."""

    def __init__(self, session: LabSession) -> None:
        self.session = session
        self.run = Run(KB, "install", OTHER)
        self.lock = staging_lock(session, KB, OTHER)

    def start(self, action: str = "install") -> None:
        """Start the task, which installs the package whatever the action is called."""
        put(self.session, f"{FOLDER}\\package.msu", GOOD)
        script = install_script(
            ScriptHead(KB, OTHER, ""), architecture="x64", sha256=SHA256, sha1=None, fetch=None
        ).replace("set ACTION=install", f"set ACTION={action}")
        assert start_run(self.session, self.run, script, "C:\\Windows")

    def finish(self) -> None:
        """Start the task and wait for its end."""
        self.start()
        wait_for_run(self.session, self.run, 600.0)

    def release(self) -> None:
        """Give the lock back."""
        self.lock.__exit__(None, None, None)
