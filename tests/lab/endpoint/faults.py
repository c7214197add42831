# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults a Windows host answers with; the table of codes and texts is faults.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import yaml

_BASE = 0x80338000
_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail"
_NAMESPACE = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
_LIBRARIES = {"Shell cmd plugin": "winrscmd.dll", "WMI Provider": "WsmWmiPl.dll"}
_TABLE: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text("utf-8"))


class FaultError(Exception):
    """A SOAP fault on its way to the client.

    Attributes:
        code: the WSManFault code (an unsigned HRESULT or Win32 code); 0 for a fault without one.
        value: SOAP code with its prefix; `subcode` likewise, None when Windows sends none.
        reason: text of s:Reason.
        message: XML inside f:Message.
        fault_detail: URI of w:FaultDetail, or None.
        relates_to: message id of the request, where it is known.
    """

    def __init__(
        self, name: str, /, *, message: str | None = None, relates_to: str = "", **parts: object
    ) -> None:
        entry = _TABLE[name]
        super().__init__(name)
        self.name = name
        self.code: int = entry.get("code", _BASE + entry.get("offset", 0))
        self.value: str = entry.get("value", "s:Sender")
        self.subcode: str | None = entry.get("subcode")
        # Windows' texts end in a space.
        self.reason: str = entry["reason"] + " "
        text = escape((entry.get("message", entry["reason"]) + " ").format(**parts))
        self.message = message or (_provider_fault(entry["provider"], text) if "provider" in entry else text)
        self.fault_detail: str | None = f"{_DETAIL}/{entry['detail']}" if "detail" in entry else None
        self.relates_to = relates_to


def fault(name: str, /, **parts: object) -> FaultError:
    """A fault of the table; `parts` fill its text."""
    return FaultError(name, **parts)  # type: ignore[arg-type]


def cannot_process_filter(query: str, computer: str, namespace: str, text: str) -> FaultError:
    """An invalid class or query, in the shape recorded from 2008 R2 (provider fault inside)."""
    code = _BASE + _TABLE["cannot_process_filter"]["offset"]
    schema = f"http://schemas.microsoft.com/wbem/wsman/1/wmi/{namespace}/__ExtendedStatus"
    inner = (
        f'<f:WSManFault Code="{code}" Machine={quoteattr(computer)} xmlns:f="{_NAMESPACE}">'
        f"<f:Message>{escape(text)}</f:Message></f:WSManFault><f:ExtendedError>"
        '<p:__ExtendedStatus xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" '
        f'xmlns:p="{schema}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:type="p:__ExtendedStatus_Type"><p:Description xsi:nil="true"/>'
        f"<p:Operation>ExecQuery</p:Operation><p:ParameterInfo>{escape(query)}</p:ParameterInfo>"
        '<p:ProviderName>WinMgmt</p:ProviderName><p:StatusCode xsi:nil="true"/>'
        "</p:__ExtendedStatus></f:ExtendedError>"
    )
    return FaultError("cannot_process_filter", message=_provider_fault("WMI Provider", inner))


def render(error: FaultError, machine: str) -> str:
    """The s:Fault element; `machine` is the name by which the client called the host."""
    subcode = f"<s:Subcode><s:Value>{error.subcode}</s:Value></s:Subcode>" if error.subcode else ""
    numbered = (
        f'<f:WSManFault xmlns:f="{_NAMESPACE}" Code="{error.code}" '
        f"Machine={quoteattr(machine)}><f:Message>{error.message}</f:Message></f:WSManFault>"
    )
    detail = f"<w:FaultDetail>{error.fault_detail}</w:FaultDetail>" if error.fault_detail else ""
    return (
        f"<s:Fault><s:Code><s:Value>{error.value}</s:Value>{subcode}</s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(error.reason)}</s:Text></s:Reason>'
        f"<s:Detail>{detail}{numbered if error.code else ''}</s:Detail></s:Fault>"
    )


def _provider_fault(provider: str, inner: str) -> str:
    path = f"%systemroot%\\system32\\{_LIBRARIES[provider]}"
    return f'<f:ProviderFault provider="{provider}" path="{path}">{inner}</f:ProviderFault>'
