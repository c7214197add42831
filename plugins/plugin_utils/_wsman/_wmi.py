# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: WMI by WS-Management, queries and methods, and WinRM's settings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ._responses import Page, Row, parse_config, parse_output, parse_page
from .errors import CommandTimeout, RemoteError, WsmanFault
from .fault_codes import OPERATION_TIMEOUT
from .waiting import LONGEST_OPERATION, OPERATION_TIMEOUTS

if TYPE_CHECKING:
    from ._client import Wsman

WMI_ROOT = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
_CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
_GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
_WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
_ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
_MAX_ELEMENTS = 32000
"""Asked for in every answer. The host pages by size anyway, near 76,000 characters."""


def query(wsman: Wsman, wql: str, namespace: str, limit: int | None) -> list[Row]:
    """Runs a WQL query.

    Windows Server 2008 R2 was recorded to put exactly one object into the optimised first answer, whatever
    MaxElements says, and to name a new context with every Pull.

    Args:
        wsman: The connection.
        wql: The query; literals quoted by ``quote_wql``.
        namespace: Such as ``root/cimv2``.
        limit: Stop after that many rows, and release the rest; None reads all.

    Returns:
        The rows, at most `limit`.
    """
    resource = f"{WMI_ROOT}/{namespace}/*"
    words = f"the query {wql!r}"
    body = {
        "n:Enumerate": {
            "w:OptimizeEnumeration": None,
            "w:MaxElements": str(_MAX_ELEMENTS),
            "w:Filter": {"@Dialect": _WQL, "#text": wql},
        }
    }
    page = _page(wsman, wsman.ask(words, f"{_ENUMERATION}/Enumerate", resource, body), words)
    rows = page.rows
    while page.context and (limit is None or len(rows) < limit):
        body = {
            "n:Pull": {"n:EnumerationContext": page.context, "n:MaxElements": str(_MAX_ELEMENTS)},
        }
        # Not repeatable: rows of an answer that was lost on the way would be missing from the next.
        answer = wsman.ask(words, f"{_ENUMERATION}/Pull", resource, body, repeatable=False)
        page = _page(wsman, answer, words)
        rows += page.rows
    if page.context:
        body = {"n:Release": {"n:EnumerationContext": page.context}}
        # The rows are here already; a host that cannot release frees the context itself.
        with suppress(RemoteError):
            wsman.ask("the end of a query", f"{_ENUMERATION}/Release", resource, body, timeouts=(0,))
    return rows[:limit]


def invoke(
    wsman: Wsman,
    class_name: str,
    method: str,
    arguments: Mapping[str, object],
    *,
    selectors: Mapping[str, str] | None = None,
    namespace: str = "root/cimv2",
    repeatable: bool = False,
) -> Row:
    """Calls a WMI method.

    A call that the host could not finish in time may have been carried out: ``Win32_Process.Create`` asked
    twice starts two processes. So a method is called once, with the longest OperationTimeout that hosts
    allow, unless the caller says that a second call does no harm.

    Args:
        wsman: The connection.
        class_name: Such as ``Win32_Process``.
        method: Such as ``Create``.
        arguments: Name → text, number, bool, list of those, or None for nil.
        selectors: Key properties of the instance; none for a static method.
        namespace: Such as ``root/cimv2``.
        repeatable: Whether the method may run twice.

    Returns:
        The output parameters with ``ReturnValue``.

    Raises:
        CommandTimeout: The call was not answered in time and may or may not have been carried out.
    """
    resource = f"{WMI_ROOT}/{namespace}/{class_name}"
    words = f"the method {class_name}.{method}"
    parameters: dict[str, object] = {"@xmlns:m": resource}
    parameters |= {f"m:{name}": _parameter(value) for name, value in arguments.items()}
    try:
        answer = wsman.ask(
            words,
            f"{resource}/{method}",
            resource,
            {f"m:{method}_INPUT": parameters},
            selectors=selectors,
            repeatable=repeatable,
            timeouts=OPERATION_TIMEOUTS if repeatable else (LONGEST_OPERATION,),
        )
        return parse_output(answer, method)
    except WsmanFault as fault:
        if fault.code != OPERATION_TIMEOUT or repeatable:
            raise
        message = (
            f"{class_name}.{method} was not answered within {LONGEST_OPERATION} seconds and may have been "
        )
        message += "carried out. It was not repeated; run the task again, which looks at the host first."
        raise CommandTimeout(wsman.host, message) from fault
    except ValueError as error:
        raise RemoteError(wsman.host, f"The answer to {words} made no sense: {error}.") from error


def winrm_config(wsman: Wsman) -> dict[str, str]:
    """Reads WinRM's own settings (the resource that ``winrm get winrm/config`` asks for).

    Returns:
        Path of element names → value.
    """
    words = "the settings of WinRM"
    try:
        return parse_config(wsman.ask(words, _GET, _CONFIG, {}))
    except ValueError as error:
        raise RemoteError(wsman.host, f"The answer to {words} made no sense: {error}.") from error


def _page(wsman: Wsman, answer: bytes, words: str) -> Page:
    try:
        return parse_page(answer)
    except ValueError as error:
        raise RemoteError(wsman.host, f"The answer to {words} made no sense: {error}.") from error


def _parameter(value: object) -> object:
    if value is None:
        return {"@xsi:nil": "true"}
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return [_parameter(member) for member in value]
    return str(value)
