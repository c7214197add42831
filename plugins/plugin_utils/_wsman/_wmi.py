# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WMI queries and methods, and WinRM's settings, over WS-Management."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ._envelope import element, text
from ._responses import Row, parse_config, parse_output, parse_page
from .errors import CommandTimeout, NonsenseError, RemoteError, WsmanFault
from .fault_codes import OPERATION_TIMEOUT
from .waiting import LONGEST_OPERATION, OPERATION_TIMEOUTS

if TYPE_CHECKING:
    from ._client import Wsman

T = TypeVar("T")

WMI_ROOT = "http://schemas.microsoft.com/wbem/wsman/1/wmi"
_CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
_GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
_WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
_ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
_MAX_ELEMENTS = 32000
"""Requested per answer; the host pages by size anyway, near 76,000 characters."""
_MOST_PAGES = 1000
"""Answers to one query. The longest of this collection has about 200 rows, at worst each in one."""


def query(wsman: Wsman, wql: str, namespace: str, limit: int | None) -> list[Row]:
    """Run a WQL query and return its rows; see :meth:`Session.query`.

    Recordings of Windows Server 2008 R2 show exactly one object in the optimised first answer, whatever
    MaxElements is, and a new context with every Pull.
    """
    resource = f"{WMI_ROOT}/{namespace}/*"
    words = f"the query {wql!r}"
    body = (
        element("w:OptimizeEnumeration")
        + element("w:MaxElements", str(_MAX_ELEMENTS))
        + text("w:Filter", wql, {"Dialect": _WQL})
    )
    answer = wsman.ask(words, f"{_ENUMERATION}/Enumerate", resource, element("n:Enumerate", body))
    page = _parsed(wsman, words, parse_page, answer)
    rows, pages = page.rows, 1
    while page.context and (limit is None or len(rows) < limit):
        if pages == _MOST_PAGES:
            message = (
                f"The host has sent {pages:,} answers to {words} and no end of them. Restart its service "
            )
            raise RemoteError(wsman.host, f"{message}Winmgmt (or the host), then run this again.")
        pages += 1
        context = text("n:EnumerationContext", page.context)
        body = element("n:Pull", context + element("n:MaxElements", str(_MAX_ELEMENTS)))
        # Not repeatable: the next answer would lack the rows of one that was lost on the way.
        answer = wsman.ask(words, f"{_ENUMERATION}/Pull", resource, body, repeatable=False)
        page = _parsed(wsman, words, parse_page, answer)
        rows += page.rows
    if page.context:
        body = element("n:Release", text("n:EnumerationContext", page.context))
        # The rows have arrived; a host that fails to release the context frees it later.
        with suppress(RemoteError):
            wsman.ask("the end of a query", f"{_ENUMERATION}/Release", resource, body, timeouts=(0,))
    return rows[:limit]


def invoke(
    wsman: Wsman,
    class_name: str,
    method: str,
    arguments: Mapping[str, object],
    selectors: Mapping[str, str] | None,
    namespace: str,
    repeatable: bool,
) -> Row:
    """Call a WMI method; see :meth:`Session.invoke`.

    The host may have carried out a call that it did not answer in time: calling ``Win32_Process.Create``
    twice starts two processes. So a method is called once, with the longest OperationTimeout that hosts
    allow, unless the caller says that it may run twice.
    """
    resource = f"{WMI_ROOT}/{namespace}/{class_name}"
    words = f"the method {class_name}.{method}"
    parameters = "".join(_parameter(f"m:{name}", value) for name, value in arguments.items())
    try:
        answer = wsman.ask(
            words,
            f"{resource}/{method}",
            resource,
            element(f"m:{method}_INPUT", parameters, {"xmlns:m": resource}),
            selectors=selectors,
            repeatable=repeatable,
            timeouts=OPERATION_TIMEOUTS if repeatable else (LONGEST_OPERATION,),
        )
    except WsmanFault as fault:
        if fault.code != OPERATION_TIMEOUT or repeatable:
            raise
        message = (
            f"The host did not answer {class_name}.{method} within {LONGEST_OPERATION} seconds, and may have "
            "carried it out. It was not called again. Run the task again: it checks the host first."
        )
        raise CommandTimeout(wsman.host, message) from fault
    return _parsed(wsman, words, partial(parse_output, method=method), answer)


def winrm_config(wsman: Wsman) -> dict[str, str]:
    """Return WinRM's own settings: path of element names → value."""
    words = "the settings of WinRM"
    return _parsed(wsman, words, parse_config, wsman.ask(words, _GET, _CONFIG))


def _parsed(wsman: Wsman, words: str, parse: Callable[[bytes], T], answer: bytes) -> T:
    try:
        return parse(answer)
    except (ValueError, RecursionError) as error:
        raise NonsenseError(wsman.host, words, str(error), wsman.way) from error


def _parameter(name: str, value: object) -> str:
    if value is None:
        return element(name, "", {"xsi:nil": "true"})
    if isinstance(value, list | tuple):
        return "".join(_parameter(name, member) for member in value)
    return text(name, str(value).lower() if isinstance(value, bool) else str(value))
