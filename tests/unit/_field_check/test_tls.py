# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which TLS a host offers; against a real server is tests/integration/field."""

from __future__ import annotations

import ssl

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._field_check import tls


def refuse(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("modern", "old", "verdict", "evidence"),
    [
        ("TLSv1.2", None, "wrong", "port 5986 offers TLSv1.2 to this controller: HTTPS can be used"),
        (
            refuse("UNSUPPORTED_PROTOCOL"),
            "TLSv1",
            "holds",
            "port 5986 offers TLSv1 only (UNSUPPORTED_PROTOCOL)",
        ),
        (
            ConnectionRefusedError(111, "Connection refused"),
            None,
            "undecided",
            "port 5986: Connection refused",
        ),
        (refuse("UNSUPPORTED_PROTOCOL"), refuse("NO_CIPHERS"), "undecided", "refuses this controller"),
    ],
)
def test_the_verdict_follows_what_can_be_agreed_on(
    monkeypatch: pytest.MonkeyPatch, modern: object, old: object, verdict: str, evidence: str
) -> None:
    answers = {False: modern, True: old}

    def handshake(_address: str, _port: int, *, old: bool) -> object:
        if isinstance(answers[old], Exception):
            raise answers[old]
        return answers[old]

    monkeypatch.setattr(tls, "_handshake", handshake)
    finding = tls.check_tls("host", 5986)
    assert finding.verdict == verdict
    assert evidence in finding.evidence
