# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe adds to what is known of a host, in sentences. None of them is a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._wsman.failures import WinrmPort, advice_said

# Versions from 5 on came with the updates for CVE-2018-0886, eight years after KB978918 ([MS-CSSP] 2.2.1).
_CREDSSP_OF_2018 = 5
_WHICH_HOST = "Check that the address in the inventory is this host's."

Known = Mapping[str, Any]


def remark_on_silent_host(seen: Known, port: int, said: str) -> str:
    """Return what Remote Desktop shows of a host that did not answer by WinRM.

    Args:
        seen: The result of the probe, as `rdp_info` documents it.
        port: The port that was probed.
        said: Why the host is unreachable, with the advice of this collection.
    """
    advice = advice_said(said)
    winrm = advice.winrm if advice else None
    if seen["negotiation"] is not None:
        build = (seen["system"] or {}).get("build")
        nla = "NLA unknown" if seen["nla"] == "unknown" else f"NLA {seen['nla']}"
        shown = ", ".join(filter(None, ["RDP open", nla, f"build {build}" if build else ""]))
        return f"{shown}: {'switch WinRM on here first' if winrm else 'the host is on'}."
    if seen["listening"]:
        return f"Something other than RDP answers on port {port}. {_WHICH_HOST}"
    if seen["listening"] is False:
        return f"RDP closed: port {port} refuses connections, so Remote Desktop is off or a firewall refuses."
    if winrm is WinrmPort.SILENT:
        return (
            f"RDP silent: nothing answers on port {port} either. The host is off, or a firewall drops both."
        )
    return f"RDP silent: nothing answers on port {port}, which a firewall may drop."


def contradictions(seen: Known, port: int, known: Known) -> Iterator[str]:
    """Yield how a probe contradicts an assessment of the same host; what either did not show never does.

    Args:
        seen: The result of the probe.
        port: The port that was probed.
        known: The `hotfix_info` of the host.
    """
    exposure = known.get("exposure") or {}
    if seen["listening"] is False and "rdp_server" in exposure.get("roles", ()):
        yield f"The registry says that Remote Desktop is on, and its port {port} refuses connections."
    if exposure.get("nla_required") is True and seen["nla"] in ("offered", "off"):
        yield f"The registry requires NLA, and the Remote Desktop port says that NLA is {seen['nla']}."
    if exposure.get("nla_required") is False and seen["nla"] == "required":
        yield "The registry does not require NLA, and the Remote Desktop port requires it."
    yield from _other_host(seen["system"] or {}, known.get("os") or {})
    if known.get("status") == "vulnerable" and (seen["credssp_version"] or 0) >= _CREDSSP_OF_2018:
        yield (
            f"Remote Desktop speaks version {seen['credssp_version']} of CredSSP, which came in 2018 with "
            "files far newer than the hotfix's, and the host has older ones. Read its file versions by hand."
        )


def _other_host(by_rdp: Known, by_wmi: Known) -> Iterator[str]:
    names, domain = by_rdp.get("names") or {}, by_rdp.get("domain") or {}
    # The name of a workgroup appears nowhere in NTLM.
    joined = by_wmi.get("domain") if by_wmi.get("domain_member") else None
    for what, known, shown in (
        ("build", by_wmi.get("build"), [by_rdp.get("build")]),
        ("name", by_wmi.get("computer_name"), [names.get("netbios")]),
        ("domain", joined, [domain.get("dns"), domain.get("netbios")]),
    ):
        others = [str(each) for each in shown if each is not None]
        if known and others and str(known).casefold() not in [each.casefold() for each in others]:
            yield f"By WMI the {what} is {known}, and by Remote Desktop {others[0]}. {_WHICH_HOST}"
