# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How WMI objects look in WS-Management: typed elements for whole objects, fragments for parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from xml.sax.saxutils import escape

XSI = "http://www.w3.org/2001/XMLSchema-instance"
CIM = "http://schemas.dmtf.org/wbem/wscim/1/common"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
BASE = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"


@dataclass(frozen=True)
class Instance:
    """One WMI object: class name as the schema spells it, all properties by their spelled name."""

    class_name: str
    properties: Mapping[str, Any]

    def by_lower_name(self) -> dict[str, Any]:
        """The properties for comparisons."""
        return {name.lower(): value for name, value in self.properties.items()}


def class_uri(namespace: str, class_name: str) -> str:
    """The resource URI of a class."""
    return f"{BASE}{namespace}/{class_name}"


def typed(instance: Instance, namespace: str) -> str:
    """A whole object, as `SELECT *` gives it: every property, alphabetical, in the class's namespace."""
    name = instance.class_name
    inner = "".join(_element(f"p:{key}", value, "cim:") for key, value in _alphabetical(instance.properties))
    return (
        f'<p:{name} xmlns:xsi="{XSI}" xmlns:p="{class_uri(namespace, name)}" xmlns:cim="{CIM}" '
        f'xsi:type="p:{name}_Type">{inner}</p:{name}>'
    )


def fragment(instance: Instance, wanted: Iterable[str]) -> str:
    """Chosen properties, as `SELECT a,b` gives them: no namespace, alphabetical, the schema's spelling."""
    names = {name.lower() for name in wanted}
    chosen = {key: value for key, value in instance.properties.items() if key.lower() in names}
    inner = "".join(_element(key, value, "") for key, value in _alphabetical(chosen))
    return f'<w:XmlFragment xmlns:xsi="{XSI}" xmlns:w="{WSMAN}">{inner}</w:XmlFragment>'


def method_output(uri: str, method: str, values: Mapping[str, Any]) -> str:
    """The answer of a method: out parameters in the schema's order, ReturnValue last; absent ones are nil."""
    inner = "".join(_element(f"p:{key}", value, "cim:") for key, value in values.items())
    return (
        f'<p:{method}_OUTPUT xmlns:xsi="{XSI}" xmlns:p="{uri}" xmlns:cim="{CIM}">{inner}</p:{method}_OUTPUT>'
    )


def timestamp(moment: datetime) -> str:
    """xs:dateTime in UTC, the fraction without trailing zeros (recorded: `2013-04-15T16:28:39.5Z`)."""
    utc = moment.astimezone(timezone.utc)
    fraction = f"{utc.microsecond:06d}".rstrip("0")
    return f"{utc:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"


def _alphabetical(properties: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(properties.items(), key=lambda item: item[0].lower())


def _element(name: str, value: Any, date_prefix: str) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, (list, tuple)):
        return "".join(_element(name, item, date_prefix) for item in value) or f'<{name} xsi:nil="true"/>'
    if isinstance(value, datetime):
        return f"<{name}><{date_prefix}Datetime>{timestamp(value)}</{date_prefix}Datetime></{name}>"
    if isinstance(value, bool):
        return f"<{name}>{'true' if value else 'false'}</{name}>"
    return f"<{name}>{_escaped(str(value))}</{name}>"


def _escaped(text: str) -> str:
    """Text content; a carriage return is written as a reference, or XML's line ending rule would drop it."""
    return escape(text, {"\r": "&#13;"})
