# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection is made when it is its account's turn, and what came of it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman import _lockout, _turns
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._lockout import (
    MOST_REFUSALS,
    NotTriedError,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._turns import connecting_in_turn
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.waiting import Clock

REFUSED = "ntlm: the specified credentials were rejected by the server"


class Plugin:
    """A connection plugin with options."""

    def get_option(self, name: str) -> Any:
        options = {"remote_user": "CORP\\patching", "remote_password": "Secret-42!", "transport": ["ntlm"]}
        return {**options, "remote_addr": "10.0.0.7", "port": 5985}.get(name)


@pytest.fixture(autouse=True, params=["quick", "slow"])
def _hosts(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts that take connections at once, and hosts that take them after the probe has ended."""
    monkeypatch.setattr(_lockout.constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    monkeypatch.setattr(_turns, "_takes_connections", lambda _connection: request.param == "quick")


def connect(host: str, failure: str) -> None:
    with pytest.raises(AnsibleConnectionFailure), connecting_in_turn(Plugin(), host, Clock()):
        raise AnsibleConnectionFailure(failure)


def test_a_host_gets_no_password_that_was_refused_too_often() -> None:
    for number in range(MOST_REFUSALS):
        connect(f"srv-{number}", REFUSED)
    with pytest.raises(NotTriedError, match="srv-0, srv-1, srv-2 refused"):
        connect("srv-4", REFUSED)


def test_a_host_that_does_not_answer_refuses_nothing() -> None:
    for number in range(MOST_REFUSALS + 1):
        connect(f"srv-{number}", "ntlm: Read timed out.")


def test_a_disk_that_is_full_does_not_hide_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_lockout, "_alone", full)
    connect("srv-1", REFUSED)
