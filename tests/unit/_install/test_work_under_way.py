# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request that meets a run at work waits for it, whatever it does, and goes on from the truth."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._hotfix.current_run import find_run
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install import _delivery
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._run import read_record
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.outcome import HotfixRequest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.unit._install.controllers import (
    FOLDER,
    GOOD,
    KB,
    LOCK,
    LOOK,
    OTHER,
    SHA256,
    TASK,
    killed,
    left,
    other_controller,
    present,
    put,
    request,
    starts,
)
from tests.unit.lab_session import LabSession

URL = "http://packages.example/KB978918.msu"
BY_URL = PackageSource("url", URL, SHA256)
STATES = ("present", "downloaded", "absent")


@dataclass(frozen=True)
class End:
    """How the second request ends: a change or not, the status, and how many tasks it started itself."""

    changed: bool
    status: str
    starts: int


# The state that the first controller wanted, then the one that the second wants.
ENDS = {
    ("present", "present"): End(True, "restart_pending", 0),
    ("present", "downloaded"): End(False, "restart_pending", 0),
    ("present", "absent"): End(True, "restart_pending", 1),
    ("absent", "present"): End(False, "restart_pending", 0),
    ("absent", "downloaded"): End(False, "restart_pending", 0),
    ("absent", "absent"): End(True, "restart_pending", 0),
    ("downloaded", "present"): End(True, "restart_pending", 1),
    ("downloaded", "downloaded"): End(False, "vulnerable", 0),
    ("downloaded", "absent"): End(False, "vulnerable", 0),
}


def asked(state: str, way: str) -> HotfixRequest:
    """Return a request whose package the controller pushes, or the host fetches."""
    if state == "absent":
        return request(state=state)
    source = {} if way == "push" else {"source": BY_URL}
    return present(state=state, **source)


def host_at_work(state: str, folder: Path, way: str = "url") -> LabSession:
    """Return a host on which the task of a killed controller is at work for some minutes."""
    (folder / "x.msu").write_bytes(GOOD)
    first = LabSession(
        files="fixed" if state == "absent" else "vulnerable",
        downloads={URL: str(folder / "x.msu")},
        dism_seconds=90,
        download_seconds=90,
    )
    killed(first, asked(state, way), LOOK)
    task = first.lab.scheduler.find(TASK)
    assert task is not None and task.running
    return first


@pytest.mark.parametrize("way", ["push", "url"])
@pytest.mark.parametrize("pair", ENDS, ids="-".join)
def test_a_run_at_work_is_waited_for_in_every_pairing(
    tmp_path: Path, pair: tuple[str, str], way: str
) -> None:
    # A package that the controller pushes comes without a task.
    first_way = "url" if pair[0] == "downloaded" else way
    session = LabSession(host_at_work(pair[0], tmp_path, first_way).lab)
    outcome = ensure_hotfix(session, asked(pair[1], way))
    assert outcome.failure is None
    assert End(outcome.changed, outcome.status, starts(session)) == ENDS[pair]
    said = r"KB978918: an earlier run is still at work on the host \(\w+\); waiting .+, for up to \d+ s"
    assert any(re.fullmatch(said, line) for line in session.progress_lines)
    assert not any(".msu.part" in line for line in session.command_lines)
    assert not session.lab.disk.exists(LOCK) and session.lab.scheduler.find(TASK) is None


@pytest.mark.parametrize("state", STATES)
def test_check_mode_waits_for_nobody(tmp_path: Path, state: str) -> None:
    session = LabSession(host_at_work("present", tmp_path).lab)
    assert ensure_hotfix(session, present(state=state, check_mode=True)).failure is None
    assert session.clock.slept == [] and find_run(session, KB)


def test_a_download_that_met_an_installation_is_not_kept(tmp_path: Path) -> None:
    session = LabSession(host_at_work("present", tmp_path).lab)
    ensure_hotfix(session, asked("downloaded", "push"))
    assert left(session) == {"attempt.txt", "install.log", "dism.log"}


def test_a_removal_of_others_forgets_the_installation_that_it_undid(tmp_path: Path) -> None:
    host = host_at_work("absent", tmp_path)
    put(host, f"{FOLDER}\\attempt.txt", b"run=a1\r\nstage=install\r\nexit_code=3010\r\n")
    ensure_hotfix(LabSession(host.lab), asked("absent", "push"))
    assert "attempt.txt" not in left(host)


@pytest.mark.parametrize("state", ["downloaded", "absent", "settled"])
def test_a_failure_of_another_action_is_not_a_failure_of_this_one(tmp_path: Path, state: str) -> None:
    host = host_at_work("present", tmp_path)
    host.lab.inject("another_install_running")
    outcome = ensure_hotfix(LabSession(host.lab), asked(state, "push"))
    assert (outcome.failure, outcome.status) == (None, "vulnerable")
    assert outcome.changed is (state == "downloaded")


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_failure_of_the_same_action_is_reported_and_not_tried_again(tmp_path: Path, state: str) -> None:
    host = host_at_work(state, tmp_path)
    host.lab.inject("another_install_running")
    session = LabSession(host.lab)
    outcome = ensure_hotfix(session, asked(state, "push"))
    assert outcome.failure and (outcome.servicing.exit_code, starts(session)) == (183, 0)
    assert f"== done {'install' if state == 'present' else 'remove'} 183" in outcome.servicing.log_tail


def test_a_run_that_ends_without_a_result_is_followed_by_the_one_that_waited(tmp_path: Path) -> None:
    host = host_at_work("present", tmp_path)
    session = LabSession(host.lab)
    task = host.lab.scheduler.find(TASK)
    assert task is not None
    session.clock.after(30, lambda: host.lab.scheduler.end(task))
    outcome = ensure_hotfix(session, asked("present", "push"))
    assert (outcome.changed, outcome.status, starts(session)) == (True, "restart_pending", 1)


def test_a_run_that_hides_its_name_is_waited_for(tmp_path: Path) -> None:
    host = host_at_work("present", tmp_path)
    host.lab.disk.delete(f"{FOLDER}\\install.cmd")
    session = LabSession(host.lab)
    assert ensure_hotfix(session, asked("downloaded", "push")).status == "restart_pending"


def test_a_wait_that_takes_too_long_says_what_is_at_work(tmp_path: Path) -> None:
    session = LabSession(host_at_work("absent", tmp_path).lab)
    with pytest.raises(RemoteError, match=r"not done after 60 seconds \(remove.*larger timeout"):
        ensure_hotfix(session, present(timeout=60.0))
    assert starts(session) == 0


def test_settled_waits_and_tidies_up_and_does_no_more(tmp_path: Path) -> None:
    session = LabSession(host_at_work("present", tmp_path).lab)
    outcome = ensure_hotfix(session, asked("settled", "push"))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (False, "restart_pending", True)
    assert left(session) == {"attempt.txt", "install.log", "dism.log"} and starts(session) == 0


def test_settled_leaves_a_quiet_host_alone() -> None:
    session = LabSession()
    assert not ensure_hotfix(session, request(state="settled")).changed
    assert len(session.command_lines) == 1


def test_settled_tidies_up_behind_a_run_that_ended_long_ago() -> None:
    first = LabSession()
    killed(first, present(), LOOK)
    first.clock.sleep(600)
    ensure_hotfix(LabSession(first.lab), request(state="settled"))
    assert left(first) == {"attempt.txt", "install.log", "dism.log"} and not first.lab.disk.exists(LOCK)


def test_the_lock_of_a_run_that_has_ended_delays_nobody() -> None:
    first = LabSession()
    killed(first, present(), "set RUN=")
    assert first.lab.disk.exists(LOCK)
    second = LabSession(first.lab)
    assert ensure_hotfix(second, request(state="absent")).changed
    assert second.clock.now() < 60 and not second.lab.disk.exists(LOCK)


def test_a_download_that_ended_long_ago_keeps_its_package(tmp_path: Path) -> None:
    host = host_at_work("downloaded", tmp_path)
    host.clock.sleep(3600)
    ensure_hotfix(LabSession(host.lab), request(state="settled"))
    assert left(host) == {"package.msu", "download.txt", "install.log"}


def test_a_record_that_the_assessment_does_not_see_delays_nothing() -> None:
    session = LabSession()

    def appears() -> None:
        put(session, f"{FOLDER}\\attempt.txt", f"run={OTHER}\r\nexit_code=1\r\n".encode())

    def vanishes() -> None:
        session.lab.disk.delete(f"{FOLDER}\\attempt.txt")
        session.before("mkdir", appears)

    session.before("mkdir", appears)
    session.before("[[attempt]]", lambda: session.before("[[attempt]]", vanishes))
    assert ensure_hotfix(session, present()).changed
    assert sum("mkdir" in line for line in session.command_lines) == 2 and session.clock.now() < 60


def test_a_host_where_others_never_stop_is_given_up_after_ten_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    session = LabSession()
    names = iter(range(100))

    def another_ended() -> None:
        put(session, f"{FOLDER}\\attempt.txt", f"run={next(names):032}\r\nexit_code=1\r\n".encode())
        session.before("mkdir", another_ended)

    session.before("mkdir", another_ended)
    monkeypatch.setattr(_delivery, "send_file", None)
    with pytest.raises(RemoteError, match=r"10 times in a row.*changed nothing.*at the same time"):
        ensure_hotfix(session, present())
    assert not session.lab.disk.exists(LOCK)


def test_a_lock_that_goes_over_into_another_run_is_waited_for() -> None:
    session = LabSession(files="fixed", dism_seconds=60)
    with other_controller(session) as other:
        session.clock.after(20, other.start)
        assert ensure_hotfix(session, request(state="absent")).failure is None


@pytest.mark.parametrize("state", ["present", "downloaded"])
def test_nothing_starts_beside_a_task_that_the_host_does_not_show(tmp_path: Path, state: str) -> None:
    host = host_at_work("present", tmp_path)
    host.lab.profile = replace(host.lab.profile, blocked=("schtasks",))
    session = LabSession(host.lab)
    with pytest.raises(
        RemoteError, match=r"run is at work.*is not known.*Nothing was changed.*run this again"
    ):
        ensure_hotfix(session, asked(state, "push"))
    assert not any("mkdir" in line for line in session.command_lines)


def test_an_unknown_run_that_shows_itself_as_at_work_is_waited_for(tmp_path: Path) -> None:
    host = host_at_work("present", tmp_path)
    readable = host.lab.profile
    host.lab.profile = replace(readable, blocked=("schtasks",))
    session = LabSession(host.lab)
    looks = iter(range(9))

    def look() -> None:
        if next(looks):
            host.lab.profile = readable
        else:
            session.before("all tasks listed", look)

    session.before("all tasks listed", look)
    outcome = ensure_hotfix(session, asked("present", "push"))
    assert (outcome.status, starts(session)) == ("restart_pending", 0)


def test_a_record_of_the_awaited_run_that_cannot_be_read_is_an_error_and_no_second_try(
    tmp_path: Path,
) -> None:
    session = LabSession(host_at_work("present", tmp_path).lab)
    with pytest.raises(RemoteError, match=r"attempt\.txt holds no result\. Look at the file"):
        put(session, f"{FOLDER}\\attempt.txt", b"")
        read_record(session, KB, "install")
