# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the SOAP envelope of a request: pure text, without a connection.

Header and prefixes are those of pywinrm (`Protocol.build_wsman_header`), which Windows 6.1 is known to take.
pywinrm writes them with xmltodict, which took a tenth of the processor time of an assessment.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4
from xml.sax.saxutils import escape, quoteattr

_NAMESPACES = {
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "env": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "b": "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd",
    "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "cfg": "http://schemas.microsoft.com/wbem/wsman/1/config",
}
_BEGIN = (
    '<?xml version="1.0" encoding="utf-8"?>\n<env:Envelope '
    + " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
    + "><env:Header><a:To>http://windows-host:5985/wsman</a:To><a:ReplyTo>"
    '<a:Address mustUnderstand="true">'
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
    '<w:MaxEnvelopeSize mustUnderstand="true">153600</w:MaxEnvelopeSize>'
    '<w:Locale mustUnderstand="false" xml:lang="en-US"></w:Locale>'
    '<p:DataLocale mustUnderstand="false" xml:lang="en-US"></p:DataLocale>'
)


def envelope(
    action: str,
    resource_uri: str,
    body: str,
    *,
    operation_timeout: int,
    selectors: Mapping[str, str],
    options: Mapping[str, str],
) -> str:
    """Return the document of a request.

    Args:
        action: The URI of its action.
        resource_uri: What it is about.
        body: The content of its Body, from :func:`element`.
        operation_timeout: Seconds in which the host has to answer.
        selectors: Select one instance of the resource, such as a shell.
        options: For the resource.
    """
    header = (
        element("a:MessageID", f"uuid:{uuid4()}")
        + element("w:OperationTimeout", f"PT{operation_timeout}S")
        + element("w:ResourceURI", escape(resource_uri), {"mustUnderstand": "true"})
        + element("a:Action", escape(action), {"mustUnderstand": "true"})
        + _named("w:Selector", selectors)
        + _named("w:Option", options)
    )
    return f"{_BEGIN}{header}</env:Header><env:Body>{body}</env:Body></env:Envelope>"


def element(name: str, content: str = "", attributes: Mapping[str, str] | None = None) -> str:
    """Return an element with content that is XML already, and attributes that are plain text."""
    attached = "".join(f" {key}={quoteattr(value)}" for key, value in (attributes or {}).items())
    return f"<{name}{attached}>{content}</{name}>"


def text(name: str, value: str, attributes: Mapping[str, str] | None = None) -> str:
    """Return an element with plain text."""
    return element(name, escape(value), attributes)


def _named(name: str, values: Mapping[str, str]) -> str:
    """Return a set of values by name, such as ``w:SelectorSet``; nothing if it is empty."""
    members = [text(name, value, {"Name": key}) for key, value in values.items()]
    return element(f"{name}Set", "".join(members)) if members else ""
