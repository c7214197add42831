# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of controllers that work on a host at the same moment one prepares it; the others report its result."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install import _delivery
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._lock import (
    PATIENCE,
    release_command,
    staging_lock,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.unit._install.install_host import InstallHost, request, wired
from tests.unit.fixtures import fixture

__all__ = ["wired"]
pytestmark = pytest.mark.usefixtures("wired")

PACKAGE = fixture("packages/gcab-mszip.msu")
PRESENT = request(source=PackageSource("controller", str(PACKAGE), None))
KB = "KB978918"
OTHER = "0" * 31 + "a"
OURS = "0" * 31 + "b"
PART = "C:\\Windows\\winfleet.hotfix\\KB978918\\package.msu.part"


def record(run: str, exit_code: int) -> str:
    return f"run={run}\r\nstarted=\r\nstage=install\r\nexit_code={exit_code}\r\n"


def locked_host(**options: object) -> InstallHost:
    host = InstallHost(**options)  # type: ignore[arg-type]
    host.holder = OTHER
    return host


def test_the_lock_is_taken_with_the_folder_in_one_command_and_given_back() -> None:
    host = InstallHost()
    ensure_hotfix(host, PRESENT)
    (taking,) = (line for line in host.command_lines if "mkdir" in line)
    assert taking.index("KB978918.lock") < taking.index("icacls")
    assert len(taking) < 2000 and host.holder is None


def test_who_finds_the_lock_taken_prepares_nothing_and_reports_the_run_that_is_at_work() -> None:
    host = locked_host(polls=8)
    looks: list[float] = []

    def look() -> None:
        looks.append(host.clock.now())
        assert not any("schtasks /create" in line for line in host.command_lines) and not host.files
        if len(looks) == 4:
            host.at_work(OTHER)

    host.on_look = look
    outcome = ensure_hotfix(host, PRESENT)
    assert (outcome.changed, outcome.status, outcome.servicing.exit_code) == (True, "restart_pending", 3010)
    assert host.starts == 0 and not host.files
    assert any("another controller is preparing this host" in line for line in host.progress_lines)


def test_a_run_that_ended_between_two_looks_is_reported_as_a_change() -> None:
    host = locked_host()

    def look() -> None:
        host.holder, host.state, host.record = None, 0x60, record(OTHER, 3010)

    host.on_look = look
    outcome = ensure_hotfix(host, PRESENT)
    assert (outcome.changed, outcome.status, outcome.servicing.exit_code) == (True, "restart_pending", 3010)
    assert outcome.before != outcome.after and host.starts == 0


def test_a_run_that_failed_between_two_looks_is_reported_and_not_made_again() -> None:
    host = locked_host()
    looks: list[None] = []

    def look() -> None:
        looks.append(None)
        if len(looks) == 2:
            host.holder, host.record = None, record(OTHER, 183)

    host.on_look = look
    outcome = ensure_hotfix(host, PRESENT)
    assert outcome.failure and outcome.servicing.exit_code == 183 and not outcome.changed
    assert host.starts == 0


def test_one_that_gave_up_is_followed_by_the_one_that_waited() -> None:
    host = locked_host()
    host.on_look = lambda: setattr(host, "holder", None)
    assert ensure_hotfix(host, PRESENT).changed
    assert host.starts == 1


def test_an_attempt_that_ended_since_the_assessment_is_not_made_again() -> None:
    host = InstallHost(ends=None)
    assessed = host.commands["echo [["]

    def ended_meanwhile(line: str) -> str:
        text: str = assessed(line)
        if not host.record:
            host.record = record(OTHER, 3010)
        else:
            host.state = 0x60
            text = assessed(line)
        return text

    host.commands["echo [["] = ended_meanwhile
    outcome = ensure_hotfix(host, PRESENT)
    assert (outcome.changed, outcome.status, host.starts) == (True, "restart_pending", 0)


def test_a_lock_whose_holder_does_not_move_is_taken_over_after_a_bounded_time() -> None:
    host = locked_host()
    host.files[PART] = b"half"
    outcome = ensure_hotfix(host, PRESENT)
    assert outcome.changed and host.starts == 1
    lasted = sum(host.clock.slept)
    assert PATIENCE <= lasted < PATIENCE + 60
    assert any("has not moved for 120 s; taking over" in line for line in host.progress_lines)


def test_a_holder_that_moves_is_waited_for() -> None:
    host = locked_host()

    def look() -> None:
        host.files[PART] = host.files.get(PART, b"") + b"more"

    host.on_look = look
    with pytest.raises(RemoteError, match=r"Another controller is preparing KB978918.*changed nothing"):
        ensure_hotfix(host, PRESENT)
    assert host.clock.now() >= PRESENT.timeout and host.holder == OTHER and host.starts == 0


def test_who_was_taken_for_dead_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    host = InstallHost(polls=8)

    def send_file(session: InstallHost, source: Path, destination: str) -> None:
        session.holder = OTHER
        session.at_work(OTHER)

    monkeypatch.setattr(_delivery, "send_file", send_file)
    outcome = ensure_hotfix(host, PRESENT)
    assert (outcome.changed, outcome.servicing.exit_code, host.starts) == (True, 3010, 0)


def test_the_host_itself_refuses_to_start_what_has_lost_the_lock() -> None:
    host = InstallHost(polls=8)
    lose = host.commands["if exist"]

    def lost_late(line: str) -> object:
        if "schtasks /run" in line and host.holder != OTHER:
            host.holder = OTHER
            host.at_work(OTHER)
            return (75, "")
        return lose(line)

    host.commands["if exist"] = lost_late
    outcome = ensure_hotfix(host, PRESENT)
    assert outcome.changed and outcome.servicing.exit_code == 3010
    assert host.starts == 1  # the one that the host refused


def test_two_names_in_the_lock_make_nobody_its_holder() -> None:
    host = InstallHost()
    host.commands["(mkdir"] = f"[lock]\r\n{OTHER}\r\n{OURS}\r\n"
    with staging_lock(host, KB, OURS, None) as held:
        assert not held
    assert host.command_lines[-1] == release_command(KB, OURS)


def test_a_lock_given_back_in_the_moment_of_the_refusal_is_asked_for_again() -> None:
    host = InstallHost()
    answers = [(1, "", "already exists"), (0, f"[lock]\r\n{OURS}\r\n")]
    host.commands["(mkdir"] = lambda _unused: answers.pop(0)
    with staging_lock(host, KB, OURS, None) as held:
        assert held


def test_a_failure_gives_the_lock_back(monkeypatch: pytest.MonkeyPatch) -> None:
    host = InstallHost()

    def send_file(session: InstallHost, source: Path, destination: str) -> None:
        raise RemoteError(session.host, "The file cannot be written.")

    monkeypatch.setattr(_delivery, "send_file", send_file)
    with pytest.raises(RemoteError, match="cannot be written"):
        ensure_hotfix(host, PRESENT)
    assert host.holder is None


def test_a_removal_waits_for_the_lock_too() -> None:
    host = locked_host(state=0x70, version="6.1.7600.20618", ends=("remove", 3010), state_after=0x05)
    outcome = ensure_hotfix(host, request(state="absent"))
    assert outcome.changed and host.starts == 1 and host.clock.now() >= PATIENCE
