# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever bytes a server sends, and however it cuts them, a probe ends in a result."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp import probe as probe_module
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._certificate import read_certificate
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._credssp import parse_challenge
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._der import MalformedError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._link import Link, Patience
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.request import ProbeRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit._rdp.test_credssp import answer

CONFIRMS = [
    bytes.fromhex("030000130ed00000000000") + bytes([kind, 0, 8, 0, code, 0, 0, 0])
    for kind in (2, 3)
    for code in (0, 1, 2, 5, 99)
]
SPEECH = (
    st.binary(max_size=200)
    | st.sampled_from(CONFIRMS)
    | st.builds(lambda confirm, rest: confirm + rest, st.sampled_from(CONFIRMS), st.binary(max_size=100))
)


class Speaker:
    """Stands for the network: every connection finds these bytes, one after the other, and then the end."""

    def __init__(self, speeches: list[bytes]) -> None:
        self._speeches = iter(speeches)
        self._ends: list[socket.socket] = []

    def reach(self, found: list[Any], patience: Patience) -> tuple[Any, Link]:
        here, there = socket.socketpair()
        there.sendall(next(self._speeches, b""))
        with suppress(OSError):
            there.shutdown(socket.SHUT_WR)
        self._ends.append(there)
        return found[0], Link(here, patience)

    def close(self) -> None:
        for end in self._ends:
            end.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(SPEECH, min_size=1, max_size=3))
def test_any_bytes_end_in_a_result(monkeypatch: pytest.MonkeyPatch, speeches: list[bytes]) -> None:
    network = Speaker(speeches)
    monkeypatch.setattr(probe_module, "addresses", lambda *_unused: [None])
    monkeypatch.setattr(probe_module, "reach", network.reach)
    result = probe_module.probe(ProbeRequest("rdsh-07", 3389, 2.0)).to_result()
    network.close()
    assert result["listening"] is True
    assert result["evidence"]
    assert result["system"] is None
    json.dumps(result)


@given(st.binary(max_size=600))
def test_any_bytes_for_a_challenge_are_a_challenge_or_make_no_sense(data: bytes) -> None:
    with suppress(MalformedError):
        parse_challenge(data)


@given(st.data())
def test_a_challenge_with_any_damage_is_a_challenge_or_makes_no_sense(data: st.DataObject) -> None:
    damaged = bytearray(answer())
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=6)):
        damaged[at] = data.draw(st.integers(0, 255))
    with suppress(MalformedError):
        json.dumps(str(parse_challenge(bytes(damaged))))


@given(st.binary(max_size=600))
def test_any_bytes_for_a_certificate_have_a_hash(data: bytes) -> None:
    assert len(read_certificate(data).sha256) == 64
