# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP envelopes of WS-Management: requests read, answers written with the prefixes Windows uses."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.lab.endpoint import faults

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
EVENTING = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
MICROSOFT = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
XML = "http://www.w3.org/XML/1998/namespace"
ANONYMOUS = f"{ADDRESSING}/role/anonymous"

_WSMAN_FAULT = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"

PREFIXES = {
    "s": SOAP,
    "a": ADDRESSING,
    "x": TRANSFER,
    "e": EVENTING,
    "n": ENUMERATION,
    "w": WSMAN,
    "rsp": SHELL,
    "p": MICROSOFT,
}

_UNDERSTOOD = {
    f"{{{ADDRESSING}}}{name}" for name in ("Action", "MessageID", "To", "ReplyTo", "FaultTo", "From")
}
_UNDERSTOOD |= {
    f"{{{WSMAN}}}{name}"
    for name in ("ResourceURI", "MaxEnvelopeSize", "OperationTimeout", "Locale", "OptionSet", "SelectorSet")
}
_UNDERSTOOD |= {f"{{{MICROSOFT}}}{name}" for name in ("DataLocale", "SessionId", "OperationID", "SequenceId")}
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")


@dataclass(frozen=True)
class Request:
    """One request, its header read; `body` is the first element of the SOAP body or None."""

    action: str
    message_id: str
    to: str = ""
    resource_uri: str = ""
    operation_timeout: float | None = None
    max_envelope_size: int | None = None
    selectors: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    body: ElementTree.Element | None = None


def local_name(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def child_text(element: ElementTree.Element | None, name: str) -> str | None:
    """The text of the first descendant called `name` (any namespace); None when there is none."""
    if element is None:
        return None
    found = next((item for item in element.iter() if local_name(item) == name), None)
    return None if found is None else (found.text or "")


def seconds(duration: str) -> float:
    """An xs:duration as seconds.

    Raises:
        FaultError: the text is no duration.
    """
    match = _DURATION.match(duration.strip())
    if not match or duration.strip() in ("P", "PT"):
        raise faults.fault("invalid_timeout")
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + rest


def parse(text: bytes) -> Request:
    """Read a request.

    Raises:
        FaultError: not well-formed, not SOAP 1.2, or a header that must be understood and is not.
    """
    if b"<!DOCTYPE" in text:
        raise faults.fault("invalid_xml")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        raise faults.fault("invalid_xml") from None
    if root.tag != f"{{{SOAP}}}Envelope":
        raise faults.fault("version_mismatch")
    header = root.find(f"{{{SOAP}}}Header")
    body = root.find(f"{{{SOAP}}}Body")
    if body is None:
        raise faults.fault("invalid_body")
    first = body[0] if len(body) else None
    if first is not None and first.tag == f"{{{IDENTITY}}}Identify":
        return Request(action="Identify", message_id="", body=first)
    if header is None:
        raise faults.fault("header_required")
    for item in header:
        if item.get(f"{{{SOAP}}}mustUnderstand") in ("true", "1") and item.tag not in _UNDERSTOOD:
            raise faults.fault("must_understand")
    action = (header.findtext(f"{{{ADDRESSING}}}Action") or "").strip()
    message_id = (header.findtext(f"{{{ADDRESSING}}}MessageID") or "").strip()
    if not action or not message_id:
        raise faults.fault("header_required", relates_to=message_id)
    timeout = header.findtext(f"{{{WSMAN}}}OperationTimeout")
    size = (header.findtext(f"{{{WSMAN}}}MaxEnvelopeSize") or "").strip()
    return Request(
        action=action,
        message_id=message_id,
        to=(header.findtext(f"{{{ADDRESSING}}}To") or "").strip(),
        resource_uri=(header.findtext(f"{{{WSMAN}}}ResourceURI") or "").strip(),
        operation_timeout=seconds(timeout) if timeout else None,
        max_envelope_size=int(size) if size.isdigit() else None,
        selectors=_named(header, "SelectorSet", "Selector"),
        options=_named(header, "OptionSet", "Option"),
        body=first,
    )


def _named(header: ElementTree.Element, set_name: str, item_name: str) -> dict[str, str]:
    path = f"{{{WSMAN}}}{set_name}/{{{WSMAN}}}{item_name}"
    return {item.get("Name", ""): item.text or "" for item in header.iterfind(path)}


def new_id() -> str:
    """A fresh identifier in the upper-case form that Windows writes."""
    return str(uuid.uuid4()).upper()


def answer(prefixes: str, action: str, relates_to: str, body: str) -> str:
    """An answer envelope; `prefixes` names the namespaces declared on it, in order ("s a n w")."""
    declared = " ".join(f'xmlns:{prefix}="{PREFIXES[prefix]}"' for prefix in prefixes.split())
    related = f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo>" if relates_to else ""
    return (
        f'<s:Envelope xml:lang="en-US" {declared}><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{new_id()}</a:MessageID><a:To>{ANONYMOUS}</a:To>{related}</s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )


def fault_answer(error: faults.FaultError, relates_to: str, machine: str) -> str:
    """The envelope of a fault; `machine` is the name by which the client called the host."""
    prefix = (error.subcode or "w").partition(":")[0]
    action = {"n": f"{ENUMERATION}/fault", "a": f"{ADDRESSING}/fault"}.get(prefix, _WSMAN_FAULT)
    return answer("s a x e n w p", action, error.relates_to or relates_to, faults.render(error, machine))
