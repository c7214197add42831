# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request becomes what the host needs, once, whatever happened before and in between."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.outcome import HotfixRequest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._transfer_commands import FileHash
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    ConnectionLost,
    InputError,
    RemoteError,
)

from tests.unit._assessment.hosts import IDENTITY
from tests.unit._install.install_host import FIXED, PACKAGE_PATH, InstallHost, request, wired
from tests.unit.fixtures import fixture

__all__ = ["wired"]
pytestmark = pytest.mark.usefixtures("wired")

PACKAGES = fixture("packages")
PACKAGE = PACKAGES / "gcab-mszip.msu"
SHA256 = hashlib.sha256(PACKAGE.read_bytes()).hexdigest()
LOCAL = PackageSource("controller", str(PACKAGE), None)
SHARE = PackageSource("host", r"\\files\patches\x.msu", SHA256)
CHECK = {"check_mode": True}


def present(**changes: object) -> HotfixRequest:
    return request(**{"source": LOCAL, **changes})


def test_a_vulnerable_host_gets_the_package_and_waits_for_the_restart() -> None:
    host = InstallHost()
    outcome = ensure_hotfix(host, present())
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "restart_pending", True)
    assert (outcome.servicing.exit_code, outcome.servicing.exit_name) == (3010, "restart_required")
    assert outcome.servicing.identity == IDENTITY
    assert outcome.servicing.log_tail.splitlines() == ["== install", "[====100.0%====]", "the end"]
    assert host.files[PACKAGE_PATH] == PACKAGE.read_bytes()
    assert SHA256 in host.files["%SystemRoot%\\winfleet.hotfix\\KB978918\\install.cmd"].decode()


def test_the_folder_is_closed_before_anything_is_sent() -> None:
    host = InstallHost()
    taken: list[int] = []
    take = host.take
    host.take = lambda data, destination: (taken.append(len(host.command_lines)), take(data, destination))[1]  # type: ignore[method-assign]
    ensure_hotfix(host, present())
    prepared = next(n for n, line in enumerate(host.command_lines) if "icacls" in line)
    assert min(taken) > prepared


def test_a_run_tidies_up_but_for_record_and_logs() -> None:
    host = InstallHost()
    ensure_hotfix(host, present())
    (cleaning,) = (line for line in host.command_lines if "schtasks /delete" in line)
    assert "package.msu" in cleaning and host.script == "" and host.holder is None


def test_files_are_kept_where_that_is_asked_for() -> None:
    host = InstallHost()
    ensure_hotfix(host, present(keep_files=True))
    assert not any("package.msu" in line for line in host.command_lines)


@pytest.mark.parametrize("state", [None, 0x70])
def test_a_compliant_host_is_left_alone_even_without_a_package(state: int | None) -> None:
    host = InstallHost(state=state, version=FIXED)
    outcome = ensure_hotfix(host, request())
    assert (outcome.changed, outcome.status, outcome.restart_required) == (False, "compliant", False)
    assert not host.changed


def test_a_second_run_reports_the_pending_restart_and_the_first_runs_exit_code() -> None:
    host = InstallHost()
    ensure_hotfix(host, present())
    host.files.clear()
    outcome = ensure_hotfix(host, present())
    assert (outcome.changed, outcome.restart_required) == (False, True)
    assert outcome.servicing.exit_code == 3010
    assert host.starts == 1 and not host.files


def test_check_mode_predicts_and_changes_nothing() -> None:
    host = InstallHost()
    outcome = ensure_hotfix(host, present(**CHECK))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "vulnerable", True)
    assert not host.changed


def test_check_mode_shows_the_same_change_as_the_run() -> None:
    predicted = ensure_hotfix(InstallHost(), present(**CHECK))
    real = ensure_hotfix(InstallHost(), present())
    assert (predicted.before, predicted.after) == (real.before, real.after)
    assert real.after["task"] == "\\winfleet.hotfix\\KB978918-install" and real.after["sha256"] == SHA256


def test_the_task_of_an_earlier_run_is_waited_for_and_never_started_twice() -> None:
    host = InstallHost()
    host.at_work("abcdef0123456789")
    outcome = ensure_hotfix(host, present())
    assert (outcome.changed, outcome.status, host.starts) == (True, "restart_pending", 0)
    assert not host.files


def test_a_run_that_nobody_tidied_up_behind_is_picked_up() -> None:
    host = InstallHost(state=0x60)
    host.script = "set RUN=abcdef0123456789\r\n"
    host.record = "run=abcdef0123456789\r\nstarted=\r\nstage=install\r\nexit_code=3010\r\n"
    outcome = ensure_hotfix(host, present())
    assert (outcome.changed, outcome.servicing.exit_code, host.starts) == (False, 3010, 0)
    assert host.script == ""


def test_another_action_at_work_is_refused() -> None:
    host = InstallHost()
    host.at_work("abcdef0123456789", "remove")
    with pytest.raises(RemoteError, match=r"Another run is at work.*\(remove\)"):
        ensure_hotfix(host, present())


def test_a_connection_lost_while_dism_works_loses_nothing() -> None:
    host = InstallHost()
    host.lost = 3
    outcome = ensure_hotfix(host, present())
    assert (outcome.changed, outcome.servicing.exit_code, host.starts) == (True, 3010, 1)
    assert any("connection is lost" in line for line in host.progress_lines)


def test_a_host_that_stays_away_ends_in_an_error_that_says_how_to_go_on() -> None:
    host = InstallHost()
    host.lost = 10_000
    with pytest.raises(ConnectionLost, match=r"out of reach.*run this again to pick its result up"):
        ensure_hotfix(host, present())
    assert host.clock.now() < 600


def test_a_task_that_takes_too_long_goes_on() -> None:
    host = InstallHost(ends=None)
    with pytest.raises(RemoteError, match=r"not done after 60 seconds.*goes on.*run this again"):
        ensure_hotfix(host, present(timeout=60.0))
    assert host.running and not any(line.startswith("schtasks /delete") for line in host.command_lines)


def test_a_task_that_ends_without_a_result_is_an_error() -> None:
    host = InstallHost(ends=None)
    host.commands["if exist"] = "held"
    with pytest.raises(RemoteError, match=r"ended at the stage .* without a result"):
        ensure_hotfix(host, present())


def test_a_failure_of_dism_names_the_code_and_changes_no_status() -> None:
    host = InstallHost(ends=("install", -2146498554))
    outcome = ensure_hotfix(host, present())
    assert (outcome.changed, outcome.status) == (False, "vulnerable")
    assert outcome.servicing.exit_name == "pending_operations"
    assert outcome.failure and "Restart the host" in outcome.failure


def test_a_hash_that_differs_on_the_host_is_named() -> None:
    outcome = ensure_hotfix(InstallHost(ends=("compare", 1)), present(source=SHARE))
    assert outcome.servicing.exit_name == "hash_differs" and outcome.failure


def test_a_package_that_lies_there_is_not_sent_again() -> None:
    host = InstallHost()
    host.package = FileHash("sha256", SHA256)
    ensure_hotfix(host, present())
    assert PACKAGE_PATH not in host.files and host.starts == 1


def test_from_a_share_the_task_gets_it() -> None:
    host = InstallHost()
    ensure_hotfix(host, present(source=SHARE))
    script = host.files["%SystemRoot%\\winfleet.hotfix\\KB978918\\install.cmd"].decode()
    assert r'copy /y /b "\\files\patches\x.msu" package.part' in script and PACKAGE_PATH not in host.files


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("gcab-other-kb-x86.msu", "is of KB2859903, not of KB978918"),
        ("README.md", "not a cabinet"),
        ("missing.msu", "No such file"),
    ],
)
def test_a_package_that_does_not_fit_changes_nothing(package: str, message: str) -> None:
    host = InstallHost()
    with pytest.raises(InputError, match=message):
        ensure_hotfix(host, present(source=PackageSource("controller", str(PACKAGES / package), None)))
    assert not host.changed


def test_another_hash_on_the_controller_changes_nothing() -> None:
    host = InstallHost()
    with pytest.raises(InputError, match=r"has the SHA-256 .*, not 00"):
        ensure_hotfix(host, present(source=PackageSource("controller", str(PACKAGE), "0" * 64)))
    assert not host.changed


def test_no_package_where_one_is_needed_names_the_file_to_give() -> None:
    with pytest.raises(RemoteError, match=r"Windows6.1-KB978918-x64\.msu"):
        ensure_hotfix(InstallHost(), request())


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (InstallHost(start_mode="Disabled"), r"TrustedInstaller .* disabled.*sc config"),
        (InstallHost(free=100 * 2**20), r"has 100 MiB free"),
        (InstallHost(parts={"pending": "RebootPending\r\n"}), r"wait for a restart \(RebootPending\)"),
        (InstallHost(parts={"pending": "RebootInProgress\r\n"}), r"Wait until the host has come to rest"),
    ],
)
def test_a_host_that_is_not_ready_is_refused_unchanged(host: InstallHost, message: str) -> None:
    with pytest.raises(RemoteError, match=message):
        ensure_hotfix(host, present())
    assert not host.changed


def test_file_renames_of_other_programs_do_not_matter() -> None:
    host = InstallHost(parts={"pending": "PendingFileRenameOperations\r\n"})
    assert ensure_hotfix(host, present()).changed


def test_an_account_that_may_not_make_the_folder_is_told_what_it_needs() -> None:
    host = InstallHost()
    host.commands["(mkdir"] = (1, "", "Zugriff verweigert")
    with pytest.raises(
        RemoteError, match=r"Zugriff verweigert.*Administrators.*LocalAccountTokenFilterPolicy"
    ):
        ensure_hotfix(host, present())
    assert host.starts == 0 and not host.files


def test_missing_evidence_installs_nothing() -> None:
    host = InstallHost()
    host.wmi["CIM_DataFile"] = []
    outcome = ensure_hotfix(host, present())
    assert outcome.status == "unknown" and outcome.failure and not host.changed


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_download_stores_the_package_and_starts_nothing(check_mode: bool) -> None:
    host = InstallHost()
    outcome = ensure_hotfix(host, present(state="downloaded", check_mode=check_mode))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "vulnerable", False)
    assert (PACKAGE_PATH in host.files) is not check_mode and host.starts == 0


def test_a_download_that_lies_there_is_unchanged() -> None:
    host = InstallHost()
    host.package = FileHash("sha256", SHA256)
    assert not ensure_hotfix(host, present(state="downloaded")).changed
    assert not host.changed


def test_a_host_that_downloads_itself_keeps_the_package() -> None:
    host = InstallHost(ends=("download", 0))
    outcome = ensure_hotfix(host, present(state="downloaded", source=SHARE))
    assert (outcome.changed, outcome.restart_required) == (True, False)
    assert not any("package.msu" in line for line in host.command_lines)


def test_a_removal_names_the_installed_package_and_forgets_the_attempt() -> None:
    host = InstallHost(state=0x70, version=FIXED, ends=("remove", 3010), state_after=0x05)
    outcome = ensure_hotfix(host, request(state="absent"))
    assert (outcome.changed, outcome.status, outcome.restart_required) == (True, "restart_pending", True)
    script = host.files["%SystemRoot%\\winfleet.hotfix\\KB978918\\install.cmd"].decode()
    assert f"/packagename:{IDENTITY}" in script
    assert any("attempt.txt" in line and line.startswith("del") for line in host.command_lines)


@pytest.mark.parametrize(("state", "restart"), [(None, False), (0x05, True), (0x40, False), (0x50, False)])
def test_what_is_not_installed_is_not_removed(state: int | None, restart: bool) -> None:
    host = InstallHost(state=state)
    outcome = ensure_hotfix(host, request(state="absent"))
    assert (outcome.changed, outcome.restart_required) == (False, restart)
    assert not host.changed


def test_check_mode_predicts_a_removal() -> None:
    host = InstallHost(state=0x70, version=FIXED)
    outcome = ensure_hotfix(host, request(state="absent", **CHECK))
    assert (outcome.changed, outcome.restart_required) == (True, True)
    assert outcome.after["state"] == "Uninstall Pending" and not host.changed
