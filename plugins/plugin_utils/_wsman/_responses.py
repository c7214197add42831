# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse WS-Management answers into plain data.

Elements are found by their local names, because namespaces vary: typed answers (``SELECT *``) differ from
fragments (``SELECT a,b``), and the items of EnumerateResponse (``w:``) from those of PullResponse (``n:``).
Both were recorded from Windows Server 2008 R2.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from .wmi_values import as_code

Row = dict[str, "str | list[str | None] | None"]
"""A WMI object: property → text, None for nil, a list for an array of two or more.

The host spells the keys; a date is the text inside ``Datetime``.
"""

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_DONE = "CommandState/Done"
_HRESULT = re.compile(r"\b0x(8[0-9A-Fa-f]{7})\b")


@dataclass(frozen=True)
class Page:
    """One answer to Enumerate or Pull; `context` is for the next Pull, None at the end of the sequence."""

    rows: list[Row]
    context: str | None


@dataclass(frozen=True)
class Received:
    """What a command has printed since the last look, and its exit code if it has ended."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int | None = None


@dataclass(frozen=True)
class FaultDetail:
    """A SOAP fault: unsigned 32-bit codes (0 and None where absent), and the subcode without its prefix."""

    code: int
    subcode: str | None
    reason: str
    provider_code: int | None


def parse_page(document: str | bytes) -> Page:
    """Parse an EnumerateResponse or a PullResponse.

    EndOfSequence in either namespace ends a sequence, and so does an empty or missing context. The shape of
    an answer without rows is not recorded, so both forms are accepted, with and without Items.

    Raises:
        ValueError: The document is neither.
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
    """Parse the ``METHOD_OUTPUT`` answer of a WMI method; raise ValueError if it is not one."""
    return _row(_answer(document, f"{method}_OUTPUT"))


def parse_config(document: str | bytes) -> dict[str, str]:
    """Parse WinRM's configuration: path of element names below ``Config`` → text of each leaf.

    Raise ValueError if the document is not a configuration.
    """

    def leaves(element: ET.Element, path: str) -> Iterator[tuple[str, str]]:
        for child in element:
            below = f"{path}/{_local_name(child)}".lstrip("/")
            yield from leaves(child, below) if len(child) else [(below, (child.text or "").strip())]

    return dict(leaves(_answer(document, "Config"), ""))


def parse_shell_id(document: str | bytes) -> str:
    """Return the id of the shell that was made; raise ValueError if the answer has none."""
    return _identifier(node.text for node in _parsed(document).iter() if node.get("Name") == "ShellId")


def parse_command_id(document: str | bytes) -> str:
    """Return the id of the command that was started; raise ValueError if the answer has none."""
    return _identifier(node.text for node in _parsed(document).iterfind(".//{*}CommandId"))


def parse_received(document: str | bytes) -> Received:
    """Parse the answer to Receive; raise ValueError if it is not one."""
    answer = _answer(document, "ReceiveResponse")
    streams: dict[str | None, bytes] = {}
    for stream in answer.iterfind("{*}Stream"):
        name = stream.get("Name")
        streams[name] = streams.get(name, b"") + base64.b64decode((stream.text or "").encode("ascii"))
    ended = [node for node in answer.iterfind("{*}CommandState") if node.get("State", "").endswith(_DONE)]
    exit_code = int(ended[0].findtext("{*}ExitCode", "")) if ended else None
    return Received(streams.get("stdout", b""), streams.get("stderr", b""), exit_code)


def parse_fault(document: str | bytes) -> FaultDetail | None:
    """Parse a SOAP fault; return None if the document is not one, or not XML.

    The code is that of WSManFault, else of MSFT_WmiError, which newer hosts use for quota faults. The
    provider's code is the first that differs from it of ``__ExtendedStatus.StatusCode``, a nested WSManFault,
    and an HRESULT in the provider's text. A code that is not a number of 32 bits counts as absent.
    """
    try:
        root = _parsed(document)
    except ValueError:
        return None
    fault = root.find(".//{*}Fault")
    if fault is None:
        return None
    codes = [as_code(node.get("Code")) or 0 for node in fault.iterfind(".//{*}WSManFault")]
    wmi_codes = _codes(fault, "error_Code")
    status_codes = _codes(fault, "StatusCode")
    texts = [" ".join(node.itertext()) for node in fault.iterfind(".//{*}ProviderFault")]
    hresults = [int(found, 16) for text in texts for found in _HRESULT.findall(text)]
    outer = next((code for code in (*codes[:1], *wmi_codes) if code), 0)
    inner = [code for code in (*status_codes, *codes[1:], *wmi_codes, *hresults) if code not in (0, outer)]
    subcode = fault.findtext(".//{*}Subcode//{*}Value", "")
    return FaultDetail(
        code=outer,
        subcode=subcode.strip().rpartition(":")[2] or None,
        reason=_reason(fault),
        provider_code=inner[0] if inner else None,
    )


def _identifier(found: Iterator[str | None]) -> str:
    if identifier := next(found, None):
        return identifier
    raise ValueError("no identifier")


def _local_name(element: ET.Element) -> str:
    """Return the element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _parsed(document: str | bytes) -> ET.Element:
    """Parse XML; raise ValueError whatever is wrong with it, an unknown encoding included."""
    try:
        return ET.fromstring(document)
    except (ET.ParseError, LookupError, ValueError) as error:
        raise ValueError(f"the answer is not XML ({error})") from error


def _answer(document: str | bytes, *names: str) -> ET.Element:
    for part in _parsed(document):
        if _local_name(part) == "Body":
            for answer in part:
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
    """Return the innermost message: WS-Management's own is general, the provider's is specific."""
    messages = [*fault.iterfind(".//{*}Message"), *fault.iterfind(".//{*}ProviderFault")]
    innermost = [(node.text or "").strip() for node in reversed(messages) if not len(node)]
    texts = [(node.text or "").strip() for node in fault.iterfind(".//{*}Text")]
    found = next((text for text in (*innermost, *texts) if text), "no reason given")
    return " ".join(found.split())


def _codes(root: ET.Element, name: str) -> list[int]:
    return [as_code(node.text) or 0 for node in root.iterfind(f".//{{*}}{name}")]
