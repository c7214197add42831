# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated host without a network, and the requests that tests of its service send."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from tests.lab.clock import Clock
from tests.lab.endpoint import soap
from tests.lab.endpoint.injection import Injections
from tests.lab.endpoint.wsman import WsmanService
from tests.lab.windows.accounts import Account
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.profile import parse_fleet

T = TypeVar("T")
CIMV2 = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
ADMINISTRATOR = Account("Administrator", "HOST", "S-1-5-21-1-2-3-500", True, True)
FILTERED = Account("operator", "HOST", "S-1-5-21-1-2-3-1001", False, False)


@lru_cache(maxsize=1)
def _templates() -> Path:
    return Path(tempfile.mkdtemp(prefix="lab-templates-"))


def make_host(*, clock: Clock | None = None, **profile: Any) -> WindowsHost:
    """A host in a folder of its own that outlives the test only in the system's temporary folder."""
    description = {"name": "host", "system": "2008r2-x64", **profile}
    folder = Path(tempfile.mkdtemp(prefix="host-", dir=_templates()))
    return WindowsHost(
        parse_fleet({"hosts": [description]})[0], folder, clock or Clock(), _templates() / "files"
    )


def make_service(host: WindowsHost, *, linger: float = 30.0) -> tuple[WsmanService, Injections]:
    injections = Injections()
    return WsmanService(host, injections, operation_linger=linger), injections


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def message(action: str, uri: str, body: str = "", header: str = "") -> bytes:
    """A request envelope; `body` and `header` may use the prefixes n, w, p and rsp."""
    return (
        f'<s:Envelope xmlns:s="{soap.SOAP}" xmlns:a="{soap.ADDRESSING}" xmlns:n="{soap.ENUMERATION}" '
        f'xmlns:w="{soap.WSMAN}" xmlns:rsp="{soap.SHELL}"><s:Header><a:To>http://host:5985/wsman</a:To>'
        f"<a:Action>{action}</a:Action><a:MessageID>uuid:11111111-2222-3333-4444-555555555555</a:MessageID>"
        f"<w:ResourceURI>{uri}</w:ResourceURI>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def enumerate_message(query: str, *, optimized: bool = True, namespace: str = "root/cimv2") -> bytes:
    options = "<w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>" if optimized else ""
    uri = f"http://schemas.microsoft.com/wbem/wsman/1/wmi/{namespace}/*"
    text = query.replace("&", "&amp;").replace("<", "&lt;")
    body = f'<n:Enumerate>{options}<w:Filter Dialect="{WQL}">{text}</w:Filter></n:Enumerate>'
    return message(f"{soap.ENUMERATION}/Enumerate", uri, body)


def pull_message(context: str, count: int = 32000) -> bytes:
    body = (
        f"<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext>"
        f"<n:MaxElements>{count}</n:MaxElements></n:Pull>"
    )
    return message(f"{soap.ENUMERATION}/Pull", f"{CIMV2}/*", body)


def invoke_message(class_name: str, method: str, arguments: str, namespace: str = "root/cimv2") -> bytes:
    uri = f"http://schemas.microsoft.com/wbem/wsman/1/wmi/{namespace}/{class_name}"
    body = f'<p:{method}_INPUT xmlns:p="{uri}">{arguments}</p:{method}_INPUT>'
    return message(f"{uri}/{method}", uri, body)


async def ask(service: WsmanService, request: bytes, account: Account = ADMINISTRATOR) -> str:
    return await service.handle(soap.parse(request), account, "127.0.0.1")
