# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Negotiate the security of an RDP connection: X.224 requests, and what the answers show.

Layouts and codes are from [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from ._der import MalformedError

RDP, TLS, CREDSSP = 0, 1, 2
BOTH = TLS | CREDSSP
HEADER_BYTES = 4
"""The TPKT header, which has the length of the answer."""

PROTOCOLS: Mapping[int, str] = {
    RDP: "RDP's own security",
    TLS: "TLS",
    CREDSSP: "CredSSP",
    BOTH: "CredSSP or TLS",
}
_TLS_NOT_ALLOWED, _NO_CERTIFICATE, _CREDSSP_REQUIRED = 2, 3, 5
FAILURES: Mapping[int, str] = {
    1: "TLS is required",
    _TLS_NOT_ALLOWED: "TLS is not allowed",
    _NO_CERTIFICATE: "the server has no certificate",
    4: "the flags are inconsistent",
    _CREDSSP_REQUIRED: "CredSSP, and so NLA, is required",
    6: "TLS with a certificate of the user is required",
}
# An answer has 11 bytes, or 19 with the negotiation.
_LONGEST = 64
_TPKT, _CONFIRM, _RESPONSE, _FAILURE = 3, 0xD0, 2, 3


@dataclass(frozen=True)
class Answer:
    """The answer to a request: the protocol that was selected, or a failure; neither without negotiation."""

    selected: int | None = None
    failure: int | None = None

    def __str__(self) -> str:
        if self.selected is not None:
            return f"it selected {PROTOCOLS.get(self.selected, f'protocol {self.selected}')}"
        if self.failure is not None:
            return f"it refused: {FAILURES.get(self.failure, 'unknown')} (failure {self.failure})"
        return "it answered without negotiation, as servers do that have only RDP's own security"


@dataclass(frozen=True)
class Security:
    """Whether a server negotiates, and whether it accepts each protocol; None is not known."""

    negotiation: bool | None = None
    rdp: bool | None = None
    tls: bool | None = None
    credssp: bool | None = None

    def accepts(self, protocol: int) -> bool | None:
        """Return whether RDP, TLS or CREDSSP is accepted."""
        return {RDP: self.rdp, TLS: self.tls, CREDSSP: self.credssp}[protocol]

    @property
    def nla(self) -> str:
        """``required``, ``offered``, ``off`` or ``unknown``."""
        if self.credssp is None:
            return "unknown"
        if not self.credssp:
            return "off"
        if self.rdp or self.tls:
            return "offered"
        return "unknown" if None in (self.rdp, self.tls) else "required"


def connection_request(protocols: int) -> bytes:
    """Return a Connection Request that offers these protocols: RDP, TLS, CREDSSP or BOTH."""
    negotiation = struct.pack("<BBHI", 1, 0, 8, protocols)
    return struct.pack(">BBHBBHHB", _TPKT, 0, 19, 14, 0xE0, 0, 0, 0) + negotiation


def answer_bytes(header: bytes) -> int:
    """Return how many bytes an answer has in all, from its header.

    Raises:
        MalformedError: It is not the header of an answer.
    """
    if len(header) < HEADER_BYTES or header[0] != _TPKT:
        raise MalformedError("it does not begin as an answer of RDP does")
    size = int.from_bytes(header[2:4], "big")
    if not HEADER_BYTES < size <= _LONGEST:
        raise MalformedError(f"it claims to have {size} bytes")
    return size


def parse_answer(data: bytes) -> Answer:
    """Read a Connection Confirm.

    Raises:
        MalformedError: It is something else.
    """
    if len(data) < answer_bytes(data[:HEADER_BYTES]) or len(data) < 11 or data[5] & 0xF0 != _CONFIRM:
        raise MalformedError("it is not an X.224 Connection Confirm")
    if len(data) < 19:
        return Answer()
    kind, _flags, _size, value = struct.unpack_from("<BBHI", data, 11)
    if kind == _RESPONSE:
        return Answer(selected=value)
    if kind == _FAILURE:
        return Answer(failure=value)
    raise MalformedError(f"it has a negotiation of the unknown type {kind}")


def security_of(answers: Mapping[int, Answer]) -> Security:
    """Return what the answers show, by the protocols asked for; one that is missing says nothing."""
    both = answers.get(BOTH)
    if both is None:
        return Security()
    if both == Answer():
        return Security(negotiation=False, rdp=True, tls=False, credssp=False)
    return Security(True, _rdp(answers), _tls(answers), _credssp(both))


def _rdp(answers: Mapping[int, Answer]) -> bool | None:
    if any(answer.selected == RDP for answer in answers.values()):
        return True
    if any(answer.failure == _CREDSSP_REQUIRED for answer in answers.values()):
        return False
    asked = answers.get(RDP)
    return None if asked is None else asked == Answer()


def _tls(answers: Mapping[int, Answer]) -> bool | None:
    if any(answer.selected == TLS for answer in answers.values()):
        return True
    if any(answer.failure in (_TLS_NOT_ALLOWED, _NO_CERTIFICATE) for answer in answers.values()):
        return False
    asked = answers.get(TLS)
    return None if asked is None else False


def _credssp(both: Answer) -> bool | None:
    """Return whether CredSSP is accepted: a server that has it prefers it to TLS."""
    if both.selected is not None:
        return both.selected == CREDSSP
    # CredSSP runs within TLS.
    return False if both.failure in (_TLS_NOT_ALLOWED, _NO_CERTIFICATE) else None
