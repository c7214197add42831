# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a host's Remote Desktop port what it says to anyone, without credentials."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from . import _credssp, _der, _negotiation
from ._certificate import read_certificate
from ._credssp import Challenge
from ._der import MalformedError
from ._link import Link, NoAnswerError, NotAskedError, NotListeningError, Patience, addresses, reach
from ._negotiation import BOTH, CREDSSP, RDP, TLS, Answer
from .findings import Findings, Secured
from .request import ProbeRequest

Result = TypeVar("Result")


def probe(request: ProbeRequest) -> Findings:
    """Probe a host in at most three connections.

    Whatever the host answers, and also if it answers nothing, the probe ends in findings.
    """
    patience = Patience(request.timeout)
    try:
        address, link = reach(addresses(request.host, request.port, patience), patience)
    except NoAnswerError as error:
        listening = False if isinstance(error, NotListeningError) else None
        said = f"Connection to {request.host}, port {request.port}: {error}."
        return Findings(listening, (said,), asked=not isinstance(error, NotAskedError))
    evidence: list[str] = []
    with link:
        answer = _attempt(evidence, _asked(BOTH), partial(_negotiate, link, BOTH))
        if answer is None:
            return Findings(True, tuple(evidence))
        secured = challenge = None
        if answer.selected in (TLS, CREDSSP):
            secured = _attempt(evidence, "TLS", partial(_secure, link))
        if secured is not None and answer.selected == CREDSSP:
            challenge = _attempt(evidence, "CredSSP, first message", partial(_challenge, link))
    answers = {BOTH: answer}
    for protocol in (TLS, RDP):
        if _negotiation.security_of(answers).accepts(protocol) is None:
            again = _attempt(evidence, _asked(protocol), partial(_ask, address, patience, protocol))
            answers |= {protocol: again} if again else {}
    return Findings(True, tuple(evidence), _negotiation.security_of(answers), secured, challenge)


def _attempt(evidence: list[str], what: str, step: Callable[[], Result]) -> Result | None:
    """Take a step and note how it ended; return None where it came to nothing."""
    try:
        result = step()
    except MalformedError as error:
        evidence.append(f"{what}: the answer makes no sense, {error}.")
    except NoAnswerError as error:
        evidence.append(f"{what}: {error}.")
    else:
        evidence.append(f"{what}: {result}.")
        return result
    return None


def _asked(protocols: int) -> str:
    return f"Asked for {_negotiation.PROTOCOLS[protocols]}"


def _ask(address: Any, patience: Patience, protocols: int) -> Answer:
    _address, link = reach([address], patience)
    with link:
        return _negotiate(link, protocols)


def _negotiate(link: Link, protocols: int) -> Answer:
    reader = link.ask(_negotiation.connection_request(protocols))
    header = reader.read(_negotiation.HEADER_BYTES)
    return _negotiation.parse_answer(header + reader.read(_negotiation.answer_bytes(header) - len(header)))


def _secure(link: Link) -> Secured:
    version, certificate = link.start_tls()
    return Secured(version, read_certificate(certificate))


def _challenge(link: Link) -> Challenge:
    reader = link.ask(_credssp.negotiate_request())
    header = reader.read(_der.HEADER_BYTES)
    size = _der.element_bytes(header)
    if not len(header) <= size <= _credssp.LONGEST:
        raise MalformedError(f"it claims to have {size} bytes")
    return _credssp.parse_challenge(header + reader.read(size - len(header)))
