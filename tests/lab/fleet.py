# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running fleet: hosts, their endpoints on loopback addresses, the clock, the inventory."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.clock import Clock
from tests.lab.endpoint.authentication import UserStore
from tests.lab.endpoint.quotas import OPERATION_LINGER
from tests.lab.endpoint.server import HTTP_PORT, HTTPS_PORT, Endpoint
from tests.lab.endpoint.tls import ensure_certificate
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.profile import HostProfile

log = logging.getLogger("lab")

DEFAULT_NETWORK = "127.16.0.0/16"


@dataclass(frozen=True)
class LabOptions:
    """How a fleet is laid out.

    Attributes:
        directory: the lab's folder: disks, accounts, certificate, inventory, state.
        network: loopback network that the hosts' addresses are taken from.
        port, https_port: ports of every host.
        operation_linger: seconds for which an ended command still counts as an operation of its user.
    """

    directory: Path
    network: str = DEFAULT_NETWORK
    port: int = HTTP_PORT
    https_port: int = HTTPS_PORT
    operation_linger: float = OPERATION_LINGER


class Fleet:
    """All hosts of a lab."""

    def __init__(
        self, profiles: Sequence[HostProfile], options: LabOptions, clock: Clock | None = None
    ) -> None:
        self.options = options
        self.clock = clock or Clock()
        self.endpoints: dict[str, Endpoint] = {}
        self._profiles = list(profiles)

    async def start(self) -> None:
        """Build the hosts and listen for each that is on."""
        _raise_file_limit(len(self._profiles))
        directory = self.options.directory
        users = UserStore(directory / "accounts")
        certificate = ensure_certificate(directory)
        addresses = _addresses(self.options.network)
        for profile in self._profiles:
            host = WindowsHost(
                profile, directory / "hosts" / profile.name, self.clock, directory / "templates"
            )
            self.endpoints[profile.name] = Endpoint(
                host,
                next(addresses),
                (self.options.port, self.options.https_port),
                users.file_for(profile),
                certificate,
                operation_linger=self.options.operation_linger,
            )
        await self.clock.start()
        for endpoint in self.endpoints.values():
            await endpoint.start()
        await asyncio.sleep(0)

    def stop(self) -> None:
        """Close every listener and connection."""
        for endpoint in self.endpoints.values():
            endpoint.stop()
        self.clock.close()

    def inventory(self) -> dict[str, Any]:
        """An Ansible inventory of the fleet (hosts that are off included).

        HTTPS hosts without HTTP get the https scheme; the account is the profile's first.
        """
        hosts: dict[str, Any] = {}
        for name, endpoint in self.endpoints.items():
            winrm, user = endpoint.host.profile.winrm, endpoint.host.profile.users[0]
            secure = winrm.https and not winrm.http
            hosts[name] = {
                "ansible_host": endpoint.address,
                "ansible_port": endpoint.ports[1] if secure else endpoint.ports[0],
                "ansible_winrm_scheme": "https" if secure else "http",
                "ansible_user": f"{user.name}@{user.domain}" if user.domain else user.name,
                "ansible_password": user.password,
            }
        shared = {
            "ansible_connection": "winrm",
            "ansible_winrm_transport": "ntlm",
            "ansible_winrm_server_cert_validation": "ignore",
        }
        return {"all": {"children": {"lab": {"hosts": hosts, "vars": shared}}}}

    def write_inventory(self, path: Path) -> None:
        """Write the inventory as YAML."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(self.inventory(), sort_keys=False, allow_unicode=True)
        path.write_text(
            f"---\n# A simulated fleet (tests/lab): accounts and passwords of the lab.\n{text}", "utf-8"
        )


def _addresses(network: str) -> Iterator[str]:
    return (str(address) for address in ipaddress.ip_network(network).hosts())


def _raise_file_limit(hosts: int) -> None:
    """Room for two listeners and some connections a host."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hosts * 12 + 512
    if soft != resource.RLIM_INFINITY and soft < wanted:
        ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
