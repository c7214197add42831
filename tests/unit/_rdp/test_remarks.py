# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe adds to what is known of a host, in words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._credssp import Challenge
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._negotiation import Security
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.findings import FINDINGS, Findings
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp.remarks import (
    contradictions,
    remark_on_silent_host,
)

REQUIRED = Security(True, False, False, True)
OFFERED = Security(True, True, True, True)
OFF = Security(True, True, True, False)
HOST = Challenge(2, "6.1", 7600, "RDSH-07", "rdsh-07.corp.example", "CORP", "corp.example")
REFUSED = "rdsh-07: Nothing listens there. Run winrm quickconfig on the host. [Connection refused]"
SILENT = "rdsh-07: The host is off or busy, or a firewall blocks the port. [timed out]"
DENIED = "rdsh-07: The host did not accept the credentials. [401]"
CUT_OFF = (
    "rdsh-07: The connection was closed without an answer. If the port speaks HTTPS, … [RemoteDisconnected]"
)
NO_TICKET = (
    "rdsh-07: No KDC of the domain answers the controller. Check that krb5.conf … [Cannot contact any KDC]"
)


def seen(security: Security = REQUIRED, challenge: Challenge | None = HOST) -> dict[str, Any]:
    return Findings(True, ("Asked.",), security, None, challenge).to_result()


NOTHING = Findings(None, ("Silent.",)).to_result()
CLOSED = Findings(False, ("Refused.",)).to_result()
OTHER = Findings(True, ("Garbage.",)).to_result()


def test_a_result_has_the_documented_keys() -> None:
    assert tuple(NOTHING) == FINDINGS


@pytest.mark.parametrize(
    ("findings", "said", "remark"),
    [
        (seen(), REFUSED, "RDP open, NLA required, build 7600: switch WinRM on here first."),
        (seen(OFF, None), REFUSED, "RDP open, NLA off: switch WinRM on here first."),
        (seen(Security(True, credssp=True)), REFUSED, "RDP open, NLA unknown, build 7600: switch WinRM on"),
        # WinRM is on already, and answers.
        (seen(), DENIED, "RDP open, NLA required, build 7600: the host is on."),
        (seen(), CUT_OFF, "RDP open, NLA required, build 7600: the host is on."),
        # Nobody has asked WinRM yet.
        (seen(), NO_TICKET, "RDP open, NLA required, build 7600: the host is on."),
        (seen(), SILENT, "RDP open, NLA required, build 7600: switch WinRM on here first."),
        (NOTHING, SILENT, "RDP silent: nothing answers on port 3389 either. The host is off"),
        # A host that refuses a connection or a log-on is not off.
        (NOTHING, REFUSED, "RDP silent: nothing answers on port 3389, which a firewall may drop."),
        (NOTHING, DENIED, "RDP silent: nothing answers on port 3389, which a firewall may drop."),
        (NOTHING, NO_TICKET, "RDP silent: nothing answers on port 3389, which a firewall may drop."),
        (CLOSED, REFUSED, "RDP closed: port 3389 refuses connections"),
        (OTHER, REFUSED, "Something other than RDP answers on port 3389. Check that the address"),
    ],
)
def test_a_silent_host_has_a_second_line(findings: dict[str, Any], said: str, remark: str) -> None:
    assert remark_on_silent_host(findings, 3389, said).startswith(remark)


def assessed(**changes: Any) -> dict[str, Any]:
    system = {"build": 7600, "computer_name": "RDSH-07", "domain": "corp.example", "domain_member": True}
    exposure = {"roles": ["session_host", "rdp_server"], "nla_required": True}
    return {
        "status": changes.get("status", "vulnerable"),
        "os": {**system, **changes.get("os", {})},
        "exposure": {**exposure, **changes.get("exposure", {})},
    }


@pytest.mark.parametrize(
    "known",
    [
        assessed(),
        assessed(os={"computer_name": "rdsh-07", "domain": "CORP"}),
        assessed(os={"domain": "WORKGROUP", "domain_member": False}),
        assessed(os={"build": None, "computer_name": None, "domain": None}),
        {"status": "unknown", "os": None, "exposure": None},
        {},
    ],
)
def test_a_host_that_is_as_wmi_says_has_no_remark(known: dict[str, Any]) -> None:
    assert list(contradictions(seen(), 3389, known)) == []


@pytest.mark.parametrize("findings", [NOTHING, OTHER])
def test_what_was_not_seen_contradicts_nothing(findings: dict[str, Any]) -> None:
    assert list(contradictions(findings, 3389, assessed())) == []


@pytest.mark.parametrize(
    ("findings", "known", "remark"),
    [
        (
            seen(OFFERED),
            assessed(),
            "The registry requires NLA, and the Remote Desktop port says that NLA is offered",
        ),
        (
            seen(OFF, None),
            assessed(),
            "The registry requires NLA, and the Remote Desktop port says that NLA is off",
        ),
        (seen(), assessed(exposure={"nla_required": False}), "The registry does not require NLA, and the"),
        (seen(), assessed(os={"build": 7601}), "By WMI the build is 7601, and by Remote Desktop 7600."),
        (
            seen(),
            assessed(os={"computer_name": "PC-1"}),
            "By WMI the name is PC-1, and by Remote Desktop RDSH-07.",
        ),
        (
            seen(),
            assessed(os={"domain": "lab.example"}),
            "By WMI the domain is lab.example, and by Remote Desktop",
        ),
        (
            CLOSED,
            assessed(),
            "The registry says that Remote Desktop is on, and its port 3389 refuses connections.",
        ),
    ],
)
def test_a_contradiction_is_a_remark(findings: dict[str, Any], known: dict[str, Any], remark: str) -> None:
    (found,) = contradictions(findings, 3389, known)
    assert found.startswith(remark)


def test_credssp_of_2018_on_a_host_with_older_files_is_a_remark() -> None:
    newer = seen(challenge=Challenge(6, "6.1", 7600, "RDSH-07", None, "CORP", "corp.example"))
    assert [text[:38] for text in contradictions(newer, 3389, assessed())] == [
        "Remote Desktop speaks version 6 of Cre"
    ]
    assert list(contradictions(newer, 3389, assessed(status="compliant"))) == []
