# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enumerations: the pages of a query's answer as a 2008 R2 host gives them (recorded).

The first optimised answer holds as many items as the profile says (one on 6.1, whatever MaxElements asks);
the rest comes by Pull, whose context changes with every page and is absent from the last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from tests.lab.endpoint import faults, soap
from tests.lab.endpoint.quotas import OperationQuota
from tests.lab.endpoint.soap import Request
from tests.lab.wmi import render, repository

if TYPE_CHECKING:
    from tests.lab.windows.accounts import Account
    from tests.lab.windows.host import WindowsHost

WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
#: Recorded pages end near this many characters of items.
PAGE_CHARACTERS = 76_000
_PREFIXES = "s a n w"


@dataclass
class _Enumeration:
    account: Account
    items: deque[str]


class EnumerationService:
    """The open enumerations of a host."""

    def __init__(self, host: WindowsHost, quota_of: Callable[[Account], OperationQuota]) -> None:
        self._host = host
        self._quota_of = quota_of
        self._open: dict[str, _Enumeration] = {}

    def __len__(self) -> int:
        return len(self._open)

    def drop_all(self) -> None:
        """The host goes down."""
        for identity, enumeration in list(self._open.items()):
            self._quota_of(enumeration.account).release(identity)
        self._open.clear()

    async def enumerate(
        self, request: Request, account: Account, namespace: str, *, rows_by_pull: bool
    ) -> str:
        """Answer Enumerate; `rows_by_pull` gives a context even when there is no row."""
        body = request.body
        if body is None or soap.local_name(body) != "Enumerate":
            raise faults.fault("invalid_body")
        text = self._query_text(request, body)
        try:
            query, instances = await repository.select(self._host, namespace, text)
        except repository.WmiError as error:
            if not error.expected:
                self._host.unknown(f"{namespace}: {text}")
            name = self._host.profile.netbios_name
            raise faults.cannot_process_filter(text, name, namespace, str(error)) from None
        if query.properties:
            items = deque(render.fragment(item, query.properties) for item in instances)
        else:
            items = deque(render.typed(item, namespace) for item in instances)
        optimized = any(soap.local_name(item) == "OptimizeEnumeration" for item in body)
        first: list[str] = []
        if optimized:
            asked = _number(soap.child_text(body, "MaxElements"), 1)
            first = _page(items, min(asked, self._host.profile.winrm.optimized_items))
        return self._first_answer(request, account, items, first, optimized and not rows_by_pull)

    def _first_answer(
        self, request: Request, account: Account, items: deque[str], first: list[str], may_end: bool
    ) -> str:
        inner = f"<w:Items>{''.join(first)}</w:Items>" if first or may_end else ""
        if not items and may_end:
            inner = f"<n:EnumerationContext></n:EnumerationContext>{inner}<w:EndOfSequence/>"
        else:
            inner = f"<n:EnumerationContext>{self._keep(account, items)}</n:EnumerationContext>{inner}"
        body = f"<n:EnumerateResponse>{inner}</n:EnumerateResponse>"
        return soap.answer(_PREFIXES, f"{soap.ENUMERATION}/EnumerateResponse", request.message_id, body)

    def pull(self, request: Request, account: Account) -> str:
        """Answer Pull: the next page under a new context, or the last one under none."""
        enumeration = self._take(request, account)
        items = _page(enumeration.items, _number(soap.child_text(request.body, "MaxElements"), 1))
        inner = f"<n:Items>{''.join(items)}</n:Items>"
        if enumeration.items:
            identity = self._keep(account, enumeration.items)
            inner = f"<n:EnumerationContext>{identity}</n:EnumerationContext>{inner}"
        else:
            inner += "<n:EndOfSequence/>"
        body = f"<n:PullResponse>{inner}</n:PullResponse>"
        return soap.answer(_PREFIXES, f"{soap.ENUMERATION}/PullResponse", request.message_id, body)

    def release(self, request: Request, account: Account) -> str:
        """Answer Release."""
        self._take(request, account)
        return soap.answer(_PREFIXES, f"{soap.ENUMERATION}/ReleaseResponse", request.message_id, "")

    def _keep(self, account: Account, items: deque[str]) -> str:
        identity = f"uuid:{soap.new_id()}"
        self._quota_of(account).hold(identity)
        self._open[identity] = _Enumeration(account, items)
        return identity

    def _take(self, request: Request, account: Account) -> _Enumeration:
        identity = (soap.child_text(request.body, "EnumerationContext") or "").strip()
        enumeration = self._open.get(identity)
        if enumeration is None or enumeration.account != account:
            raise faults.fault("invalid_enumeration_context")
        del self._open[identity]
        self._quota_of(account).release(identity)
        return enumeration

    def _query_text(self, request: Request, body: ElementTree.Element) -> str:
        chosen = next((item for item in body if soap.local_name(item) == "Filter"), None)
        if chosen is not None:
            if chosen.get("Dialect", "").rstrip("/") != WQL:
                raise faults.fault("filter_dialect")
            return (chosen.text or "").strip()
        name = request.resource_uri.partition("?")[0].rpartition("/")[2]
        if name == "*":
            raise faults.fault("invalid_body")
        return f"select * from {name}"


def _page(items: deque[str], count: int) -> list[str]:
    """Take items off: at most `count`, and no more than fit a page (one always does)."""
    page: list[str] = []
    size = 0
    while items and len(page) < count and (not page or size + len(items[0]) <= PAGE_CHARACTERS):
        size += len(items[0])
        page.append(items.popleft())
    return page


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.strip().isdigit() else default
