# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe saw, and its form in the module's result.

Nothing of it is a verdict. Servers other than Windows answer too, and [MS-NLMP] 2.2.2.10 says of the version
in an NTLM message that it is for debugging.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ._certificate import Certificate
from ._credssp import Challenge
from ._negotiation import Security

FINDINGS = (
    "listening",
    "negotiation",
    "nla",
    "security_protocols",
    "tls",
    "system",
    "credssp_version",
    "evidence",
)
"""The keys of a result."""


@dataclass(frozen=True)
class Secured:
    """A TLS connection: its version in OpenSSL's words, such as TLSv1, and the certificate of the server."""

    version: str
    certificate: Certificate

    def __str__(self) -> str:
        return f"{self.version}, the certificate is of {self.certificate.subject or 'nobody'}"


@dataclass(frozen=True)
class Findings:
    """What a probe saw; None was not seen.

    Attributes:
        listening: Whether the port takes connections; False only where it refuses them.
        evidence: A sentence for each step.
        security: What the server accepts.
        secured: TLS, where the server selected it or CredSSP.
        challenge: What the server says of itself, where it selected CredSSP.
        asked: Whether the controller knew an address of the host and had a way to it.
    """

    listening: bool | None
    evidence: tuple[str, ...]
    security: Security = field(default_factory=Security)
    secured: Secured | None = None
    challenge: Challenge | None = None
    asked: bool = True

    def to_result(self) -> dict[str, Any]:
        """Return plain data, in the form that the module documents."""
        security = self.security
        return {
            "listening": self.listening,
            "negotiation": security.negotiation,
            "nla": security.nla,
            "security_protocols": {
                "rdp": security.rdp,
                "tls": security.tls,
                "credssp": security.credssp,
            },
            "tls": self.secured and _tls(self.secured),
            "system": self.challenge and _system(self.challenge),
            "credssp_version": self.challenge and self.challenge.credssp_version,
            "evidence": list(self.evidence),
        }


def _tls(secured: Secured) -> dict[str, Any]:
    until = secured.certificate.not_after
    not_after = until.isoformat() if until else None
    return {"version": secured.version, **asdict(secured.certificate), "not_after": not_after}


def _system(challenge: Challenge) -> dict[str, Any]:
    return {
        "version": challenge.version,
        "build": challenge.build,
        "names": {"netbios": challenge.netbios, "dns": challenge.dns},
        "domain": {"netbios": challenge.netbios_domain, "dns": challenge.dns_domain},
        "time": challenge.time.isoformat() if challenge.time else None,
    }
