# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: WS-Management answers read into plain data.

Elements are found by their local names: typed answers (``SELECT *``) and fragments (``SELECT a,b``) have
different namespaces, and so have the items of EnumerateResponse (``w:``) and of PullResponse (``n:``).
Both were recorded from Windows Server 2008 R2.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from .wmi_values import unsigned32

Row = dict[str, "str | list[str | None] | None"]
"""A WMI object: property → text, None for nil, a list for an array of two or more.

Keys are as the host spells them; dates are the text inside ``Datetime``.
"""

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_HRESULT = re.compile(r"\b0x(8[0-9A-Fa-f]{7})\b")


@dataclass(frozen=True)
class Page:
    """One answer to Enumerate or Pull.

    Attributes:
        rows: The objects in it, perhaps none.
        context: What the next Pull has to name; None when the sequence has ended.
    """

    rows: list[Row]
    context: str | None


@dataclass(frozen=True)
class FaultDetail:
    """What a SOAP fault says: codes unsigned 32-bit (0 and None where absent), subcode without prefix."""

    code: int
    subcode: str | None
    reason: str
    provider_code: int | None


def parse_page(document: str | bytes) -> Page:
    """Reads an EnumerateResponse or a PullResponse.

    The end of a sequence is EndOfSequence in either namespace, or a context that is empty or missing: the
    shape of an answer without rows is not recorded, so that it may come with or without Items as well.

    Raises:
        ValueError: The document is no such answer.
    """
    answer = _answer(document, "EnumerateResponse", "PullResponse")
    rows: list[Row] = []
    context, ended = None, False
    for child in answer:
        match _local_name(child):
            case "Items":
                rows.extend(_row(item) for item in child)
            case "EnumerationContext":
                context = (child.text or "").strip() or None
            case "EndOfSequence":
                ended = True
    return Page(rows, None if ended else context)


def parse_output(document: str | bytes, method: str) -> Row:
    """Reads the ``METHOD_OUTPUT`` answer of a WMI method.

    Raises:
        ValueError: The document is no such answer.
    """
    return _row(_answer(document, f"{method}_OUTPUT"))


def parse_config(document: str | bytes) -> dict[str, str]:
    """Reads WinRM's configuration: path of element names below ``Config`` → text of what has no children.

    Raises:
        ValueError: The document is no such answer.
    """

    def leaves(element: ET.Element, path: str) -> Iterator[tuple[str, str]]:
        for child in element:
            below = f"{path}/{_local_name(child)}".lstrip("/")
            yield from leaves(child, below) if len(child) else [(below, (child.text or "").strip())]

    return dict(leaves(_answer(document, "Config"), ""))


def parse_fault(document: str | bytes) -> FaultDetail | None:
    """Reads a SOAP fault; None when the document is not one, or no XML.

    The code is WSManFault's, else MSFT_WmiError's (newer hosts answer quota faults that way). The provider's
    code is a nested WSManFault's, an ``__ExtendedStatus.StatusCode`` or an HRESULT in the provider's text,
    whichever is there and differs.
    """
    try:
        root = ET.fromstring(document)
    except ET.ParseError:
        return None
    fault = next(_descendants(root, "Fault"), None)
    if fault is None:
        return None
    codes = [unsigned32(int(node.get("Code", "0"))) for node in _descendants(fault, "WSManFault")]
    wmi_codes = list(_integers(fault, "error_Code"))
    status_codes = list(_integers(fault, "StatusCode"))
    texts = [" ".join(node.itertext()) for node in _descendants(fault, "ProviderFault")]
    hresults = [int(found, 16) for text in texts for found in _HRESULT.findall(text)]
    outer = (codes or wmi_codes or [0])[0]
    inner = [code for code in (*status_codes, *codes[1:], *wmi_codes, *hresults) if code not in (0, outer)]
    subcodes = [node for subcode in _descendants(fault, "Subcode") for node in _descendants(subcode, "Value")]
    return FaultDetail(
        code=outer,
        subcode=(subcodes[0].text or "").strip().rpartition(":")[2] or None if subcodes else None,
        reason=_reason(fault),
        provider_code=inner[0] if inner else None,
    )


def _local_name(element: ET.Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _answer(document: str | bytes, *names: str) -> ET.Element:
    try:
        root = ET.fromstring(document)
    except ET.ParseError as error:
        raise ValueError(f"the answer is not XML ({error})") from error
    for body in _descendants(root, "Body"):
        for answer in body:
            if _local_name(answer) in names:
                return answer
    raise ValueError(f"the answer holds no {' or '.join(names)}")


def _row(item: ET.Element) -> Row:
    row: Row = {}
    for element in item:
        name, value = _local_name(element), _value(element)
        if name not in row:
            row[name] = value
            continue
        present = row[name]
        row[name] = [*present, value] if isinstance(present, list) else [present, value]
    return row


def _value(element: ET.Element) -> str | None:
    if element.get(_NIL) in ("true", "1"):
        return None
    if len(element):  # <cim:Datetime>, or <Datetime> in a fragment
        return "".join(element.itertext()).strip()
    return element.text or ""


def _reason(fault: ET.Element) -> str:
    """The innermost message: WS-Management's own is general, the provider's names the thing."""
    messages = [*_descendants(fault, "Message"), *_descendants(fault, "ProviderFault")]
    innermost = [(node.text or "").strip() for node in reversed(messages) if not len(node)]
    texts = [(node.text or "").strip() for node in _descendants(fault, "Text")]
    found = next((text for text in (*innermost, *texts) if text), "no reason given")
    return " ".join(found.split())


def _integers(root: ET.Element, name: str) -> Iterator[int]:
    for node in _descendants(root, name):
        if re.fullmatch(r"\s*-?\d+\s*", node.text or ""):
            yield unsigned32(int(node.text or "0"))


def _descendants(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (node for node in root.iter() if _local_name(node) == name)
