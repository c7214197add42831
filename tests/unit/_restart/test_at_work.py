# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restart at once does not interrupt an installation, a removal or a download of the hotfix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.now import restart_now
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._restart.request import parse_request
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError

from tests.unit._install.controllers import GOOD, LOOK, killed
from tests.unit._install.test_work_under_way import URL, asked, host_at_work
from tests.unit._restart.hosts import countdowns, task
from tests.unit.lab_session import LabSession


def restart(host: LabSession, *, check_mode: bool = False, **options: object) -> bool:
    wanted = parse_request({"hotfix": "KB978918", "state": "now", "only_if_pending": "never", **options})
    return restart_now(host, wanted, timeout=600, check_mode=check_mode).changed


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("state", "action"), [("present", "install"), ("absent", "remove"), ("downloaded", "download")]
)
def test_a_run_at_work_is_not_interrupted(tmp_path: Path, state: str, action: str, check_mode: bool) -> None:
    host = LabSession(host_at_work(state, tmp_path).lab)
    with pytest.raises(RemoteError, match=rf"not restarted: A run of KB978918 \({action}\) is at work there"):
        restart(host, check_mode=check_mode)
    assert countdowns(host) == []


def test_a_run_that_may_be_at_work_is_not_interrupted(tmp_path: Path) -> None:
    host = LabSession(host_at_work("present", tmp_path).lab)
    host.lab.profile = replace(host.lab.profile, blocked=("schtasks",))
    with pytest.raises(RemoteError, match=r"not restarted: Whether a run is at work .* is not known"):
        restart(host)
    assert countdowns(host) == []


def test_the_host_is_restarted_once_the_run_has_ended(tmp_path: Path) -> None:
    host = LabSession(host_at_work("present", tmp_path).lab)
    host.clock.sleep(600)
    assert restart(host)


def test_a_run_that_begins_while_users_sign_out_is_not_interrupted(tmp_path: Path) -> None:
    (tmp_path / "x.msu").write_bytes(GOOD)
    host = LabSession(
        files="vulnerable",
        downloads={URL: str(tmp_path / "x.msu")},
        download_seconds=300,
        sessions=[{"user": "user2", "id": 2, "name": "rdp-tcp#2"}],
    )
    host.clock.after(60, lambda: killed(LabSession(host.lab), asked("present", "url"), LOOK))
    with pytest.raises(RemoteError, match=r"not restarted: A run of KB978918 \(install\) is at work there"):
        restart(host, wait_for_sessions_minutes=2)
    assert (countdowns(host), task(host)) == ([], None)
