# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server says of itself in CredSSP before anyone logs on."""

from __future__ import annotations

import struct
from datetime import datetime, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._credssp import (
    Challenge,
    negotiate_request,
    parse_challenge,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._der import MalformedError
from spnego._ntlm_raw.messages import Negotiate

NAMES = {1: "RDSH-07", 2: "CORP", 3: "rdsh-07.corp.example", 4: "corp.example", 5: "corp.example"}


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    return bytes([tag, *([size] if size < 128 else [0x82, size >> 8, size & 255])]) + content


def pairs(names: dict[int, str], ticks: int | None) -> bytes:
    listed = [(number, name.encode("utf-16-le")) for number, name in names.items()]
    listed += [] if ticks is None else [(7, ticks.to_bytes(8, "little"))]
    return b"".join(struct.pack("<HH", number, len(value)) + value for number, value in listed) + bytes(4)


def answer(
    *,
    names: dict[int, str] | None = None,
    ticks: int | None = 134_081_136_000_000_000,
    build: int | None = 7600,
    credssp: bytes = b"\2",
    before: bytes = b"",
) -> bytes:
    """A TSRequest as a host answers, with an NTLM CHALLENGE laid out by [MS-NLMP] 2.2.1.2."""
    target = pairs(NAMES if names is None else names, ticks)
    flags = 0xE2898235 if build else 0xE0898235
    message = b"NTLMSSP\0" + struct.pack("<IHHIIQQ", 2, 0, 0, 56, flags, 0x1122334455667788, 0)
    message += struct.pack("<HHI", len(target), len(target), 56)
    message += struct.pack("<BBHxxxB", 6, 1, build or 0, 15) + target
    tokens = der(0x30, der(0x30, der(0xA0, der(0x04, before + message))))
    return der(0x30, der(0xA0, der(0x02, credssp)) + der(0xA1, tokens))


def test_the_request_has_a_negotiate_that_another_implementation_reads() -> None:
    request = negotiate_request()
    message = Negotiate.unpack(request[request.index(b"NTLMSSP\0") :])
    assert message.domain_name is None
    assert message.workstation is None


def test_a_host_says_its_build_names_domain_and_time() -> None:
    assert parse_challenge(answer()) == Challenge(
        credssp_version=2,
        version="6.1",
        build=7600,
        netbios="RDSH-07",
        dns="rdsh-07.corp.example",
        netbios_domain="CORP",
        dns_domain="corp.example",
        time=datetime(2025, 11, 20, 12, tzinfo=timezone.utc),
    )


def test_the_message_may_be_wrapped_in_spnego() -> None:
    assert parse_challenge(answer(before=bytes.fromhex("a181c73081c4"))).build == 7600


def test_a_version_that_is_not_flagged_is_not_one() -> None:
    challenge = parse_challenge(answer(build=None))
    assert (challenge.version, challenge.build) == (None, None)


@pytest.mark.parametrize("ticks", [None, 0, 2**64 - 1])
def test_a_time_that_cannot_be_is_not_one(ticks: int | None) -> None:
    assert parse_challenge(answer(ticks=ticks)).time is None


def test_control_characters_in_a_name_reach_no_terminal() -> None:
    assert parse_challenge(answer(names={1: "RDSH\x1b[31m\n07"})).netbios == "RDSH[31m07"


def test_a_name_is_cut_at_the_length_of_a_dns_name() -> None:
    assert len(parse_challenge(answer(names={3: "x" * 4000})).dns or "") == 255


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "ends in the middle"),
        (b"\x30\x80" + bytes(40), "a DER length that DER does not allow"),
        (der(0x30, der(0xA0, der(0x02, b"\x06")) + der(0xA4, der(0x02, b"\x12"))), "no NTLM message"),
        (der(0x30, der(0xA0, der(0x04, b"\x06"))), "not a TSRequest"),
        # Python writes no number of more than 4,300 digits.
        (answer(credssp=bytes([1, *bytes(2000)])), "not a TSRequest"),
        (answer()[:-1], "ends in the middle"),
        (answer().replace(b"NTLMSSP\0\x02", b"NTLMSSP\0\x03"), "not a CHALLENGE"),
    ],
)
def test_anything_else_makes_no_sense(data: bytes, problem: str) -> None:
    with pytest.raises(MalformedError, match=problem):
        parse_challenge(data)
