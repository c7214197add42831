# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers to the requests of X.224 show of a server's security."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._der import MalformedError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._negotiation import (
    BOTH,
    RDP,
    TLS,
    Answer,
    Security,
    answer_bytes,
    connection_request,
    parse_answer,
    security_of,
)

# As freerdp-shadow 2.11 answers; the layout is that of [MS-RDPBCGR] 4.1.2.
SELECTED_CREDSSP = bytes.fromhex("030000130ed000000000000200080002000000")
CREDSSP_REQUIRED = bytes.fromhex("030000130ed000000000000300080005000000")
WITHOUT_NEGOTIATION = bytes.fromhex("0300000b06d00000123400")


def test_a_request_has_the_layout_of_the_specification() -> None:
    assert connection_request(BOTH) == bytes.fromhex("030000130ee000000000000100080003000000")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (SELECTED_CREDSSP, Answer(selected=2)),
        (CREDSSP_REQUIRED, Answer(failure=5)),
        (WITHOUT_NEGOTIATION, Answer()),
    ],
)
def test_an_answer_selects_or_refuses_or_does_not_negotiate(data: bytes, answer: Answer) -> None:
    assert answer_bytes(data[:4]) == len(data)
    assert parse_answer(data) == answer


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not begin as an answer of RDP does"),
        (b"\x03\x00\xff\xff" + SELECTED_CREDSSP, "claims to have 65535 bytes"),
        (SELECTED_CREDSSP[:15], "not an X.224 Connection Confirm"),
        (SELECTED_CREDSSP.replace(b"\xd0", b"\x80"), "not an X.224 Connection Confirm"),
        (SELECTED_CREDSSP.replace(b"\x00\x02\x00\x08", b"\x00\x09\x00\x08"), "the unknown type 9"),
    ],
)
def test_anything_else_makes_no_sense(data: bytes, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        parse_answer(data)


@pytest.mark.parametrize(
    ("answers", "nla"),
    [
        ({BOTH: Answer(selected=2), TLS: Answer(failure=5)}, "required"),
        ({BOTH: Answer(selected=2), TLS: Answer(failure=2), RDP: Answer(failure=6)}, "required"),
        ({BOTH: Answer(selected=2), TLS: Answer(selected=1)}, "offered"),
        ({BOTH: Answer(selected=2), TLS: Answer(failure=2), RDP: Answer(selected=0)}, "offered"),
        ({BOTH: Answer(selected=1)}, "off"),
        ({BOTH: Answer(selected=0)}, "off"),
        ({BOTH: Answer(failure=2)}, "off"),
        ({BOTH: Answer(failure=3)}, "off"),
        ({BOTH: Answer()}, "off"),
    ],
)
def test_what_a_server_accepts_shows_whether_it_requires_nla(answers: Mapping[int, Answer], nla: str) -> None:
    assert security_of(answers).nla == nla


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {TLS: Answer(failure=5)},
        {BOTH: Answer(selected=2)},
        {BOTH: Answer(selected=2), TLS: Answer(failure=2)},
        {BOTH: Answer(failure=4)},
    ],
)
def test_an_answer_that_is_missing_leaves_nla_unknown(answers: Mapping[int, Answer]) -> None:
    assert security_of(answers).nla == "unknown"


def test_a_protocol_that_was_not_asked_for_is_not_known() -> None:
    assert security_of({BOTH: Answer(selected=2)}) == Security(True, None, None, True)


def test_a_server_without_negotiation_has_only_its_own_security() -> None:
    assert security_of({BOTH: Answer()}) == Security(False, True, False, False)


def test_a_failure_that_the_specification_does_not_know_is_shown_with_its_number() -> None:
    assert str(Answer(failure=99)) == "it refused: unknown (failure 99)"
