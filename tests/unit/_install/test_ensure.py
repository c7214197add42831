# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request brings the host into the wanted state, once, whatever happened before and in between."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install._run import read_log_tail
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.outcome import HotfixRequest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    ConnectionLost,
    InputError,
    RemoteError,
)

from tests.lab.endpoint.injection import Injection
from tests.lab.packages.builder import PackageSpec, bad_packages, build_msu, inner_cabinet
from tests.unit._install.controllers import (
    FOLDER,
    GOOD,
    IDENTITY,
    KB,
    LOCK,
    LOOK,
    SHA256,
    TASK,
    kept,
    killed,
    left,
    package_file,
    present,
    put,
    request,
    starts,
    untouched,
)
from tests.unit.fixtures.loader import fixture
from tests.unit.lab.machine import CBS
from tests.unit.lab_session import LabSession

PACKAGES = fixture("packages")
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


def test_the_task_of_an_earlier_run_is_waited_for_and_never_started_twice() -> None:
    first = LabSession(dism_seconds=60)
    killed(first, present(), LOOK)
    second = LabSession(first.lab)
    outcome = ensure_hotfix(second, present())
    assert (outcome.changed, outcome.status, starts(second)) == (True, "restart_pending", 0)
    assert not any("package.msu.part" in line for line in second.command_lines)
    assert "an earlier run is still at work" in second.progress_lines[0]


def test_check_mode_predicts_while_an_earlier_run_is_at_work() -> None:
    first = LabSession(dism_seconds=60)
    killed(first, present(), LOOK)
    outcome = ensure_hotfix(LabSession(first.lab), present(**CHECK))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "vulnerable", True)


def test_a_run_that_nobody_tidied_up_behind_is_picked_up() -> None:
    first = LabSession()
    killed(first, present(), "set RUN=")
    second = LabSession(first.lab)
    assert "install.cmd" in left(second)
    outcome = ensure_hotfix(second, present())
    assert (outcome.changed, outcome.servicing.exit_code, starts(second)) == (False, 3010, 0)
    assert left(second) == {"attempt.txt", "install.log", "dism.log"}


def test_a_connection_lost_while_dism_works_loses_nothing() -> None:
    session = LabSession()
    session.before(LOOK, lambda: session.injections.add(Injection("cut_before", count=3)))
    outcome = ensure_hotfix(session, present())
    assert (outcome.changed, outcome.servicing.exit_code, starts(session)) == (True, 3010, 1)
    assert any("connection is lost" in line for line in session.progress_lines)


def test_a_host_that_stays_away_ends_in_an_error_that_says_how_to_go_on() -> None:
    session = LabSession()
    session.before(LOOK, session.lab.power.switch_off)
    with pytest.raises(ConnectionLost, match=r"out of reach.*pick up its result, run this again"):
        ensure_hotfix(session, present())
    assert session.clock.now() < 600


def test_an_account_that_can_no_longer_log_on_ends_the_wait_with_the_reason_and_is_not_locked() -> None:
    session = LabSession()

    def lost() -> None:
        session.injections.add(Injection("cut_before"))
        session.logons.refusal = "ntlm: the specified credentials were rejected by the server"

    session.before(LOOK, lost)
    with pytest.raises(ConnectionLost, match=r"did not accept the credentials.*The task goes on"):
        ensure_hotfix(session, present())
    assert session.logons.refused == 4
    assert any("did not accept the credentials" in line for line in session.progress_lines)


def test_a_task_that_takes_too_long_goes_on() -> None:
    session = LabSession(dism_seconds=600)
    with pytest.raises(RemoteError, match=r"not done after 60 seconds.*goes on.*run this again"):
        ensure_hotfix(session, present(timeout=60.0))
    task = session.lab.scheduler.find(TASK)
    assert task is not None and task.running


def test_a_task_that_ends_without_a_result_is_an_error() -> None:
    session = LabSession(dism_seconds=600)

    def end() -> None:
        task = session.lab.scheduler.find(TASK)
        assert task is not None and session.lab.scheduler.end(task)

    session.before(LOOK, lambda: session.clock.after(5, end))
    with pytest.raises(RemoteError, match=r"ended at the stage `install` without a result"):
        ensure_hotfix(session, present())


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


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("gcab-other-kb-x86.msu", "is of KB2859903, not of KB978918"),
        ("README.md", "not a cabinet"),
        ("missing.msu", "No such file"),
    ],
)
def test_a_package_that_does_not_fit_changes_nothing(package: str, message: str) -> None:
    session = LabSession()
    with pytest.raises(InputError, match=message):
        ensure_hotfix(session, present(source=PackageSource("controller", str(PACKAGES / package), None)))
    assert untouched(session)


def test_another_hash_on_the_controller_changes_nothing() -> None:
    session = LabSession()
    source = PackageSource("controller", str(package_file()), "0" * 64)
    with pytest.raises(InputError, match=r"has the SHA-256 .*, not 00"):
        ensure_hotfix(session, present(source=source))
    assert untouched(session)


def test_no_package_where_one_is_needed_names_the_file_to_give() -> None:
    with pytest.raises(RemoteError, match=r"Windows6.1-KB978918-x64\.msu"):
        ensure_hotfix(LabSession(), request())


def waiting_servicing(key: str) -> Callable[[], LabSession]:
    def make() -> LabSession:
        session = LabSession()
        session.lab.registry.create(f"{CBS}\\{key}")
        return session

    return make


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: LabSession(faults=["trustedinstaller_disabled"]),
            r"TrustedInstaller.*disabled.*sc config",
        ),
        (lambda: LabSession(free_bytes=100 * 2**20), r"has 100 MiB free"),
        (waiting_servicing("RebootPending"), r"wait for a restart \(RebootPending\)"),
        (waiting_servicing("RebootInProgress"), r"at work after the last boot.*Wait until it has finished"),
    ],
)
def test_a_host_that_is_not_ready_is_refused_unchanged(make: Callable[[], LabSession], message: str) -> None:
    session = make()
    with pytest.raises(RemoteError, match=message):
        ensure_hotfix(session, present())
    assert untouched(session)


def test_file_renames_of_other_programs_do_not_matter() -> None:
    assert ensure_hotfix(LabSession(pending_renames=["C:\\Windows\\Temp\\x.tmp"]), present()).changed


def test_the_refusal_of_an_account_without_rights_names_the_rights() -> None:
    # WinRM's access list lets the account in; its token is filtered all the same.
    users = [{"name": "operator", "password": "x", "remote": True}]
    session = LabSession(user="operator", users=users)
    with pytest.raises(RemoteError, match=r"Access is denied.*Administrators.*LocalAccountTokenFilterPolicy"):
        ensure_hotfix(session, present())
    assert starts(session) == 0 and not session.lab.disk.exists(FOLDER)


def test_missing_evidence_installs_nothing() -> None:
    session = LabSession()
    for name in ("System32\\Credssp.dll", "System32\\Tspkg.dll", "System32\\drivers\\Tssecsrv.sys"):
        session.lab.disk.write(f"C:\\Windows\\{name}", b"no program")
    outcome = ensure_hotfix(session, present())
    assert outcome.status == "unknown" and outcome.failure and untouched(session)


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
