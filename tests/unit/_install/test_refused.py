# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What does not fit a host, or a host that is not ready, is refused before anything changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.ensure import ensure_hotfix
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._install.source import PackageSource
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import (
    InputError,
    RemoteError,
)

from tests.unit._install.controllers import (
    FOLDER,
    package_file,
    present,
    request,
    starts,
    untouched,
)
from tests.unit.fixtures.loader import fixture
from tests.unit.lab.machine import CBS
from tests.unit.lab_session import LabSession

PACKAGES = fixture("packages")


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
