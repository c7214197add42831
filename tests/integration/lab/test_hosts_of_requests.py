# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab takes a request only for one valid host, as http.sys does."""

from __future__ import annotations

import socket

import pytest

from tests.integration.conftest import Lab


def status(lab: Lab, *hosts: str) -> bytes:
    """The status of the answer to a request with these Host headers."""
    known = lab.host_vars("win7-x64")
    lines = ["POST /wsman HTTP/1.1", *(f"Host: {host}" for host in hosts), "Content-Length: 0", "", ""]
    with socket.create_connection((known["ansible_host"], 5985), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return connection.recv(1000).split(b" ")[1]


@pytest.mark.parametrize("host", ["win7-x64:5985", "win7-x64", "10.1.2.3:5985", "[fe80::1]:5985"])
def test_a_request_for_a_host_is_answered(lab: Lab, host: str) -> None:
    assert status(lab, host) == b"401"


@pytest.mark.parametrize(
    "hosts", [(), ("a", "a"), ("user@a",), ("[fe80::1%25eth0]:5985",), ("a:port",), ("",)]
)
def test_no_host_several_and_an_invalid_one_are_refused(lab: Lab, hosts: tuple[str, ...]) -> None:
    assert status(lab, *hosts) == b"400"
