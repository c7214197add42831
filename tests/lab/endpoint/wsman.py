# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WS-Management service of a host: which resource answers which action, and under which quotas."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from tests.lab.endpoint import faults, soap
from tests.lab.endpoint.commands import URI as SHELL_URI
from tests.lab.endpoint.enumeration import EnumerationService
from tests.lab.endpoint.injection import FAULTS, Injections
from tests.lab.endpoint.quotas import OperationQuota
from tests.lab.endpoint.shells import ShellService
from tests.lab.endpoint.soap import Request
from tests.lab.wmi import render, repository

if TYPE_CHECKING:
    from tests.lab.windows.accounts import Account
    from tests.lab.windows.host import WindowsHost

log = logging.getLogger("lab.endpoint")

CONFIG_URI = "http://schemas.microsoft.com/wbem/wsman/1/config"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
# What ends things stays possible when the quota is used up.
_UNCOUNTED = ("Signal", "Delete", "Release", "Identify")


class WsmanService:
    """WS-Management of one host."""

    def __init__(self, host: WindowsHost, injections: Injections, *, operation_linger: float) -> None:
        self._host = host
        self._injections = injections
        self._linger = operation_linger
        self._quotas: dict[str, OperationQuota] = {}
        self.shells = ShellService(host, self._quota_of)
        self.enumerations = EnumerationService(host, self._quota_of)

    def drop_all(self) -> None:
        """The host goes down: nothing of what was open survives."""
        self.shells.drop_all()
        self.enumerations.drop_all()
        self._quotas.clear()

    async def handle(self, request: Request, account: Account, address: str) -> str:
        """Answer a request.

        Raises:
            FaultError: what Windows answers instead.
        """
        action = action_name(request)
        if action == "Identify":
            return self.identify(anonymous=False)
        self._injected(action)
        if not account.may_connect:
            raise faults.fault("access_denied")
        if action in _UNCOUNTED:
            text = await self._dispatch(request, account, address, action)
        else:
            with self._quota_of(account).request():
                text = await self._dispatch(request, account, address, action)
        limit = self._host.profile.winrm.max_envelope_kb * 1024
        if len(text.encode()) > min(request.max_envelope_size or limit, limit):
            raise faults.fault("envelope_too_large")
        return text

    async def _dispatch(self, request: Request, account: Account, address: str, action: str) -> str:
        uri = request.resource_uri.partition("?")[0]
        if uri == SHELL_URI:
            return await self.shells.handle(request, account, address)
        if uri.lower().startswith(render.BASE):
            return await self._wmi(request, account, uri[len(render.BASE) :], action)
        if uri.startswith(CONFIG_URI) and action == "Get":
            return self._config(request)
        self._host.unknown(f"resource {request.resource_uri}")
        raise faults.fault("resource_not_found")

    async def _wmi(self, request: Request, account: Account, path: str, action: str) -> str:
        namespace, _unused, name = path.replace("\\", "/").rpartition("/")
        namespace = namespace.lower()
        if repository.lacks_namespace(self._host, namespace):
            old = self._host.profile.winrm.stack == "2.0"
            raise faults.fault("resource_not_found" if old else "resource_not_found_3")
        if namespace not in repository.NAMESPACES:
            self._host.unknown(f"namespace {namespace}")
            raise faults.fault("resource_not_found")
        if request.action == f"{soap.ENUMERATION}/Enumerate":
            by_pull = self._injections.take(action, "zero_rows_by_pull") is not None
            return await self.enumerations.enumerate(request, account, namespace, rows_by_pull=by_pull)
        if request.action == f"{soap.ENUMERATION}/Pull":
            return self.enumerations.pull(request, account)
        if request.action == f"{soap.ENUMERATION}/Release":
            return self.enumerations.release(request, account)
        if repository.lacks_class(self._host, name):
            raise faults.fault("resource_not_found")
        spelled = repository.class_name(namespace, name)
        if spelled is None:
            self._host.unknown(f"class {namespace}/{name}")
            raise faults.fault("resource_not_found")
        if request.action == f"{soap.TRANSFER}/Get":
            return await self._get(request, namespace, spelled)
        return await self._invoke(request, account, namespace, spelled, action)

    async def _get(self, request: Request, namespace: str, name: str) -> str:
        _unused, instances = await repository.select(self._host, namespace, f"select * from {name}")
        wanted = {
            key.lower(): value.lower() for key, value in request.selectors.items() if key != "__cimnamespace"
        }
        found = [
            item
            for item in instances
            if all(str(item.by_lower_name().get(key)).lower() == value for key, value in wanted.items())
        ]
        if len(found) != 1:
            raise faults.fault("resource_not_found")
        body = render.typed(found[0], namespace)
        return soap.answer("s a x w", f"{soap.TRANSFER}/GetResponse", request.message_id, body)

    async def _invoke(
        self, request: Request, account: Account, namespace: str, name: str, method: str
    ) -> str:
        try:
            values = await repository.invoke(
                self._host, account, namespace, name, method, _arguments(request.body)
            )
        except repository.UnknownMethodError as error:
            self._host.unknown(f"method {error}")
            raise faults.fault("action_not_supported") from None
        except repository.UnknownParameterError as error:
            raise faults.fault("invalid_parameter", name=str(error)) from None
        except ValueError as error:
            raise faults.fault("invalid_parameter", name=str(error)) from None
        uri = render.class_uri(namespace, name)
        body = render.method_output(uri, method, values)
        return soap.answer("s a x w p", f"{request.action}Response", request.message_id, body)

    def identify(self, *, anonymous: bool) -> str:
        """Answer Identify; the version stays hidden from clients that are not authenticated."""
        system = self._host.profile.os
        version = "OS: 0.0.0 SP: 0.0" if anonymous else f"OS: {system.version} SP: {system.service_pack}.0"
        stack = self._host.profile.winrm.stack
        body = (
            f'<wsmid:IdentifyResponse xmlns:wsmid="{soap.IDENTITY}">'
            f"<wsmid:ProtocolVersion>{soap.WSMAN}</wsmid:ProtocolVersion>"
            "<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
            f"<wsmid:ProductVersion>{version} Stack: {stack}</wsmid:ProductVersion></wsmid:IdentifyResponse>"
        )
        head = f'<s:Envelope xml:lang="en-US" xmlns:s="{soap.SOAP}"><s:Header/>'
        return f"{head}<s:Body>{body}</s:Body></s:Envelope>"

    def _config(self, request: Request) -> str:
        winrm = self._host.profile.winrm
        body = (
            f'<cfg:Config xmlns:cfg="{CONFIG_URI}"><cfg:MaxEnvelopeSizekb>{winrm.max_envelope_kb}'
            f"</cfg:MaxEnvelopeSizekb><cfg:MaxTimeoutms>{winrm.max_timeout_ms}</cfg:MaxTimeoutms>"
            "<cfg:MaxBatchItems>32000</cfg:MaxBatchItems><cfg:MaxProviderRequests>4294967295"
            "</cfg:MaxProviderRequests></cfg:Config>"
        )
        return soap.answer("s a x w p", f"{soap.TRANSFER}/GetResponse", request.message_id, body)

    def _injected(self, action: str) -> None:
        winrm = self._host.profile.winrm
        made = {
            "operations_quota": ("operation_quota", winrm.max_operations_per_user),
            "shells_quota": ("shell_quota", winrm.max_shells_per_user),
            "operation_timeout": ("timed_out", 0),
            "access_denied": ("access_denied", 0),
            **{name: (name, 0) for name in FAULTS},
        }
        injection = self._injections.take(action, *made)
        if injection is not None:
            name, limit = made[injection.kind]
            raise faults.fault(name, limit=limit)

    def _quota_of(self, account: Account) -> OperationQuota:
        limit = self._host.profile.winrm.max_operations_per_user
        return self._quotas.setdefault(account.qualified, OperationQuota(limit, self._linger))


def action_name(request: Request) -> str:
    """The last part of an action URI: Enumerate, Receive, GetDWORDValue …"""
    return request.action.rpartition("/")[2]


def _arguments(body: ElementTree.Element | None) -> dict[str, list[str]]:
    """A method's in parameters by name; arrays are repeated elements, nil ones are left out."""
    found: dict[str, list[str]] = {}
    for item in body if body is not None else ():
        if item.get(_NIL) not in ("true", "1"):
            found.setdefault(soap.local_name(item), []).append(item.text or "")
    return found
