# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request brings the host into the wanted state, once, whatever happened before and in between."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._run import read_log_tail
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.outcome import HotfixRequest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource

from tests.lab.packages.builder import PackageSpec, bad_packages, build_msu, inner_cabinet
from tests.unit._install.controllers import (
    FOLDER,
    GOOD,
    IDENTITY,
    KB,
    LOCK,
    SHA256,
    TASK,
    kept,
    left,
    present,
    put,
    request,
    starts,
    untouched,
)
from tests.unit.lab_session import LabSession

SHARE = PackageSource("host", r"\\files\patches\x.msu", SHA256)
CHECK = {"check_mode": True}


@pytest.fixture
def shares(tmp_path: Path) -> dict[str, str]:
    """What a host's profile says of a share with the package."""
    (tmp_path / "x.msu").write_bytes(GOOD)
    return {r"\\files\patches": str(tmp_path)}


def test_a_vulnerable_host_gets_the_package_and_waits_for_the_restart() -> None:
    session = LabSession()
    package, script = kept(session, "package.msu"), kept(session, "install.cmd")
    outcome = ensure_hotfix(session, present())
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "restart_pending", True)
    assert (outcome.servicing.exit_code, outcome.servicing.exit_name) == (3010, "restart_required")
    assert outcome.servicing.identity == IDENTITY
    assert "== done install 3010" in outcome.servicing.log_tail
    assert package() == GOOD and SHA256 in script().decode()


def test_the_cabinet_of_a_package_alone_is_sent_and_installed(tmp_path: Path) -> None:
    path = tmp_path / "as-wsus-keeps-it.cab"
    path.write_bytes(inner_cabinet(PackageSpec("x64")))
    outcome = ensure_hotfix(LabSession(), request(source=PackageSource("controller", str(path), None)))
    assert (outcome.changed, outcome.status) == (True, "restart_pending")
    assert outcome.servicing.identity == IDENTITY


@pytest.mark.parametrize("state", [0x10, 0x20, 0x30, 0x40])
def test_a_package_that_an_interrupted_installation_left_is_installed(state: int) -> None:
    session = LabSession(packages={IDENTITY: state})
    outcome = ensure_hotfix(session, present())
    assert (outcome.changed, outcome.status) == (True, "restart_pending")


@pytest.mark.parametrize("state", [0xFFFFFF80, 0xFFFFFF90, 0xFFFFFFC0, 0xFFFFFFE0])
@pytest.mark.parametrize("wanted", ["present", "downloaded", "absent"])
def test_a_package_that_servicing_calls_broken_is_left_to_its_repair(state: int, wanted: str) -> None:
    session = LabSession(packages={IDENTITY: state})
    outcome = ensure_hotfix(session, present(state=wanted))
    assert (outcome.changed, outcome.status) == (False, "unknown")
    assert "broken" in outcome.failure and "KB947821" in outcome.failure


def test_a_progress_bar_that_was_redrawn_is_one_line_of_the_log() -> None:
    session = LabSession()
    put(session, f"{FOLDER}\\install.log", b"== install\r\n[==10.0%  ]\r[==100.0%==]\r\n\r\nthe end\r\n")
    assert read_log_tail(session, KB, "C:\\Windows", failed=False) == "== install\n[==100.0%==]\nthe end"


def test_the_folder_is_closed_before_anything_is_sent() -> None:
    session = LabSession()
    disk, open_to_others = session.lab.disk, []
    write = disk.write

    def watch(path: str, *arguments: Any, **options: Any) -> None:
        if path.startswith(FOLDER):
            open_to_others.append(disk.acl(FOLDER).inherited)
        write(path, *arguments, **options)

    disk.write = watch  # type: ignore[method-assign]
    ensure_hotfix(session, present())
    assert open_to_others and not any(open_to_others)


def test_a_run_tidies_up_but_for_record_and_logs() -> None:
    session = LabSession()
    ensure_hotfix(session, present())
    assert left(session) == {"attempt.txt", "install.log", "dism.log"}
    assert session.lab.scheduler.find(TASK) is None and not session.lab.disk.exists(LOCK)


def test_files_are_kept_where_that_is_asked_for() -> None:
    session = LabSession()
    ensure_hotfix(session, present(keep_files=True))
    assert {"package.msu", "install.cmd"} < left(session)


@pytest.mark.parametrize("files", ["ldr", "fixed"])
def test_a_compliant_host_is_left_alone_even_without_a_package(files: str) -> None:
    session = LabSession(files=files)
    outcome = ensure_hotfix(session, request())
    assert (outcome.changed, outcome.status, outcome.restart_required) == (False, "compliant", False)
    assert untouched(session)


def test_a_second_run_reports_the_pending_restart_and_the_first_runs_exit_code() -> None:
    first = LabSession()
    ensure_hotfix(first, present())
    second = LabSession(first.lab)
    outcome = ensure_hotfix(second, present())
    assert (outcome.changed, outcome.restart_required) == (False, True)
    assert outcome.servicing.exit_code == 3010
    assert starts(second) == 0 and "package.msu" not in left(second)


def test_check_mode_predicts_and_changes_nothing() -> None:
    session = LabSession()
    outcome = ensure_hotfix(session, present(**CHECK))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "vulnerable", True)
    assert untouched(session)


def test_check_mode_shows_the_same_change_as_the_run() -> None:
    predicted = ensure_hotfix(LabSession(), present(**CHECK))
    real = ensure_hotfix(LabSession(), present())
    assert (predicted.before, predicted.after) == (real.before, real.after)
    assert real.after["task"] == TASK and real.after["sha256"] == SHA256


def test_a_failure_of_dism_names_the_code_and_changes_no_status() -> None:
    outcome = ensure_hotfix(LabSession(faults=["pending_operations"]), present())
    assert (outcome.changed, outcome.status) == (False, "vulnerable")
    assert outcome.servicing.exit_name == "pending_operations"
    assert outcome.failure and "Restart the host" in outcome.failure


def test_a_hash_that_differs_on_the_host_is_named(shares: dict[str, str]) -> None:
    other = PackageSource("host", SHARE.package, "0" * 64)
    outcome = ensure_hotfix(LabSession(shares=shares), present(source=other))
    assert outcome.servicing.exit_name == "hash_differs" and outcome.failure


def test_a_package_that_lies_there_is_not_sent_again() -> None:
    session = LabSession()
    put(session, f"{FOLDER}\\package.msu", GOOD)
    assert ensure_hotfix(session, present()).changed
    assert not any("package.msu.part" in line for line in session.command_lines) and starts(session) == 1


def test_from_a_share_the_task_gets_it(shares: dict[str, str]) -> None:
    session = LabSession(shares=shares)
    script = kept(session, "install.cmd")
    assert ensure_hotfix(session, present(source=SHARE)).changed
    assert r'copy /y /b "\\files\patches\x.msu" package.part' in script().decode()
    assert not any("package.msu.part" in line for line in session.command_lines)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_download_stores_the_package_and_starts_nothing(check_mode: bool) -> None:
    session = LabSession()
    outcome = ensure_hotfix(session, present(state="downloaded", check_mode=check_mode))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "vulnerable", False)
    assert session.lab.disk.exists(f"{FOLDER}\\package.msu") is not check_mode and starts(session) == 0


def test_a_download_that_lies_there_is_unchanged() -> None:
    first = LabSession()
    ensure_hotfix(first, present(state="downloaded"))
    second = LabSession(first.lab)
    assert not ensure_hotfix(second, present(state="downloaded")).changed
    assert not any("mkdir" in line for line in second.command_lines)


def test_a_host_that_downloads_itself_keeps_the_package(shares: dict[str, str]) -> None:
    session = LabSession(shares=shares)
    outcome = ensure_hotfix(session, present(state="downloaded", source=SHARE))
    assert (outcome.changed, outcome.restart_required) == (True, False)
    assert left(session) == {"package.msu", "download.txt", "install.log"}


def test_a_removal_names_the_installed_package_and_forgets_the_attempt() -> None:
    session = LabSession()
    ensure_hotfix(session, present())
    session.lab.power.schedule(0, restart=True)
    session.clock.sleep(60)
    session.reconnect()
    script = kept(session, "install.cmd")
    outcome = ensure_hotfix(session, request(state="absent"))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "restart_pending", True)
    assert f"/packagename:{IDENTITY}" in script().decode()
    assert "removal.txt" in left(session) and "attempt.txt" not in left(session)


@pytest.mark.parametrize(("state", "restart"), [(None, False), (0x05, True), (0x40, False), (0x50, False)])
def test_what_is_not_installed_is_not_removed(state: int | None, restart: bool) -> None:
    session = LabSession(packages={IDENTITY: state} if state else {})
    outcome = ensure_hotfix(session, request(state="absent"))
    assert (outcome.changed, outcome.restart_required) == (False, restart)
    assert untouched(session)


def test_check_mode_predicts_a_removal() -> None:
    session = LabSession(files="fixed")
    outcome = ensure_hotfix(session, request(state="absent", **CHECK))
    assert (outcome.changed, outcome.restart_required) == (True, True)
    assert outcome.after["state"] == "Uninstall Pending" and untouched(session)


def test_another_package_on_the_share_is_refused_by_the_host(shares: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "x.msu").write_bytes(build_msu(PackageSpec("x64", compress=False)))
    outcome = ensure_hotfix(LabSession(shares=shares), present(source=SHARE))
    assert outcome.servicing.exit_name == "hash_differs" and outcome.status == "vulnerable"


def test_a_wrong_package_is_shown_by_the_last_line_of_the_log(shares: dict[str, str], tmp_path: Path) -> None:
    other = bad_packages()["Windows6.1-KB2534111-x64.msu"]
    (tmp_path / "x.msu").write_bytes(other)
    source = PackageSource("host", SHARE.package, hashlib.sha256(other).hexdigest())
    outcome = ensure_hotfix(LabSession(shares=shares), present(source=source))
    assert outcome.servicing.exit_name == "wrong_package"
    assert outcome.failure and re.search(r"last line of its log: '.*Package_for_KB2534111", outcome.failure)


def test_a_download_that_fails_quotes_what_certutil_said() -> None:
    source = PackageSource("url", "http://nowhere.example/x.msu", SHA256)
    outcome = ensure_hotfix(LabSession(faults=["download_fails"]), present(source=source))
    assert outcome.failure and "The server name or address could not be resolved" in outcome.failure


def test_after_a_failed_installation_the_last_attempt_is_that_one() -> None:
    session = LabSession(faults=["disk_full"])
    put(
        session,
        f"{FOLDER}\\attempt.txt",
        b"run=a1\r\nstage=install\r\nexit_code=183\r\n",
    )
    outcome = ensure_hotfix(session, present())
    assert outcome.last_attempt and outcome.last_attempt.exit_code == 0x80070070
    assert outcome.last_attempt.outcome == "failed"


def test_a_failed_download_is_no_attempt_to_install() -> None:
    source = PackageSource("url", "http://nowhere.example/x.msu", SHA256)
    session = LabSession(faults=["download_fails"])
    outcome = ensure_hotfix(session, present(state="downloaded", source=source))
    assert outcome.failure and outcome.last_attempt is None


def all_requests() -> list[HotfixRequest]:
    return [present(), present(state="downloaded"), request(state="absent")]


@pytest.mark.parametrize("asked", all_requests(), ids=lambda asked: asked.state)
def test_a_host_that_the_hotfix_is_not_for_is_left_alone(asked: HotfixRequest) -> None:
    session = LabSession(system="2012-x64", files="windows8")
    assert ensure_hotfix(session, asked).status == "not_applicable" and untouched(session)
