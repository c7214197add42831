# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a session keeps of its conversation, and the settings of WinRM."""

from __future__ import annotations

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import RemoteError, WsmanFault

from tests.unit._wsman.replay import SHELL_ID, Exchange, Host, answer, command, fault, in_one_shell

QUERY = "SELECT Name FROM Win32_Service"
CONFIG = answer("release").replace(
    "<s:Body></s:Body>",
    '<s:Body><cfg:Config xmlns:cfg="c"><cfg:MaxEnvelopeSizekb>150</cfg:MaxEnvelopeSizekb>'
    "<cfg:Winrs><cfg:MaxShellsPerUser> 5 </cfg:MaxShellsPerUser></cfg:Winrs></cfg:Config></s:Body>",
)


def test_requests_and_answers_are_kept_in_their_order_faults_included() -> None:
    refused = fault("Enumerate", 2150858778)
    with Host(command("ver", "6.1"), refused) as host, host.session.recorded() as kept:
        host.session.run("ver")
        with pytest.raises(WsmanFault):
            host.session.query(QUERY)
    assert kept.shell_id == SHELL_ID
    assert [exchange.status for exchange in kept.exchanges] == [200, 200, 500]
    assert QUERY in kept.exchanges[-1].request
    assert "2150858778" in kept.exchanges[-1].reply


def test_nothing_is_kept_after_the_block() -> None:
    with Host(in_one_shell(command("ver"), command("ver"))) as host:
        with host.session.recorded() as kept:
            host.session.run("ver")
        host.session.run("ver")
    assert len(kept.exchanges) == 2


def test_settings_of_winrm_are_read_by_their_path() -> None:
    assert "MaxEnvelopeSizekb" in CONFIG
    with Host(Exchange("Get", CONFIG)) as host:
        assert host.session.winrm_config() == {"MaxEnvelopeSizekb": "150", "Winrs/MaxShellsPerUser": "5"}


def test_an_answer_without_settings_is_an_error() -> None:
    with (
        Host(Exchange("Get", answer("release"))) as host,
        pytest.raises(RemoteError, match="settings of WinRM"),
    ):
        host.session.winrm_config()
