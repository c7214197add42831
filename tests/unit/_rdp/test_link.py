# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with several addresses: which of them a probe takes, and what it says where none takes it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp import _link
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._link import (
    NoAnswerError,
    NotAskedError,
    NotListeningError,
    Patience,
    reach,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.probe import probe
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.request import ProbeRequest


def address(port: int) -> Any:
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port)


NO_WAY = (99, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("::1", 3389))
"""An address of a family that this system does not have, as IPv6 is on some controllers."""


@pytest.fixture
def taking() -> Iterator[Any]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield address(server.getsockname()[1])


@pytest.fixture
def refusing() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return address(server.getsockname()[1])


@pytest.fixture
def silent() -> Iterator[Any]:
    """A port whose queue of connections is full, so that it answers no further one."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _unused in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield address(server.getsockname()[1])


def test_an_address_to_which_the_controller_has_no_way_is_passed_over(taking: Any) -> None:
    found, link = reach([NO_WAY, taking], Patience(2.0))
    with link:
        assert found == taking


def test_a_silent_address_leaves_time_for_the_next(silent: Any, taking: Any) -> None:
    found, link = reach([silent, taking], Patience(2.0))
    with link:
        assert found == taking


def test_a_host_refuses_if_each_address_that_can_be_asked_does(refusing: Any) -> None:
    with pytest.raises(NotListeningError, match="refused"):
        reach([refusing, NO_WAY], Patience(2.0))


def test_a_silent_address_is_not_one_that_refuses(silent: Any, refusing: Any) -> None:
    with pytest.raises(NoAnswerError) as failed:
        reach([silent, refusing], Patience(1.0))
    assert not isinstance(failed.value, NotListeningError)


def test_a_controller_without_a_way_to_any_address_has_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAskedError):
        reach([NO_WAY], Patience(2.0))
    monkeypatch.setattr(_link.socket, "getaddrinfo", lambda *_unused, **_options: [NO_WAY])
    findings = probe(ProbeRequest("rdsh-07", 3389, 2.0))
    assert (findings.asked, findings.listening) == (False, None)
