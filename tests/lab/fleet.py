# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running fleet: hosts, their endpoints on loopback addresses, the clock, the inventory."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.lab.clock import Clock
from tests.lab.domain.kdc import Realm
from tests.lab.domain.membership import start_realm
from tests.lab.endpoint.accounts import AcceptorFiles, UserStore, principal_name
from tests.lab.endpoint.certificates import Certificates
from tests.lab.endpoint.quotas import OPERATION_LINGER
from tests.lab.endpoint.server import HTTP_PORT, HTTPS_PORT, Endpoint, Pace
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
        domain: the hosts' domain has a KDC, on the network's last address.
        keytabs: the keys of hosts whose domain is not the lab's, a file each under the host's full name.
        pace: how long every host takes.
    """

    directory: Path
    network: str = DEFAULT_NETWORK
    port: int = HTTP_PORT
    https_port: int = HTTPS_PORT
    operation_linger: float = OPERATION_LINGER
    domain: bool = False
    keytabs: Path | None = None
    pace: Pace = field(default_factory=Pace)


class Fleet:
    """All hosts of a lab."""

    def __init__(
        self, profiles: Sequence[HostProfile], options: LabOptions, clock: Clock | None = None
    ) -> None:
        self.options = options
        self.clock = clock or Clock()
        self.endpoints: dict[str, Endpoint] = {}
        self.realm: Realm | None = None
        self.certificates = Certificates(options.directory / "certificates")
        self._profiles = list(profiles)

    async def start(self) -> None:
        """Build the hosts and listen for each that is on."""
        _raise_file_limit(len(self._profiles))
        directory = self.options.directory
        users = UserStore(directory / "accounts")
        addresses = _addresses(self.options.network)
        if self.options.domain:
            last = str(ipaddress.ip_network(self.options.network)[-2])
            self.realm = start_realm(self._profiles, directory / "domain", last)
            # The acceptors of this process: the realm, and a replay cache that no other lab shares.
            os.environ.update(KRB5_CONFIG=str(self.realm.krb5_conf), KRB5RCACHEDIR=str(self.realm.folder))
        for profile in self._profiles:
            host = WindowsHost(
                profile, directory / "hosts" / profile.name, self.clock, directory / "templates"
            )
            self.endpoints[profile.name] = Endpoint(
                host,
                next(addresses),
                (self.options.port, self.options.https_port),
                AcceptorFiles(users.file_for(profile), self._keytab(profile)),
                self.certificates,
                operation_linger=self.options.operation_linger,
                pace=self.options.pace,
            )
        await self.clock.start()
        for endpoint in self.endpoints.values():
            await endpoint.start()
        await asyncio.sleep(0)

    def stop(self) -> None:
        """Close every listener and connection."""
        for endpoint in self.endpoints.values():
            endpoint.stop()
        if self.realm is not None:
            self.realm.stop()
        self.clock.close()

    def _keytab(self, profile: HostProfile) -> Path | None:
        keytabs = self.realm.keytabs if self.realm else self.options.keytabs
        return keytabs / profile.full_name if keytabs and profile.domain else None

    def inventory(self) -> dict[str, Any]:
        """An Ansible inventory of the fleet (hosts that are off included).

        HTTPS hosts without HTTP get the https scheme; the account is the profile's first.
        """
        hosts = {name: self._variables(endpoint) for name, endpoint in self.endpoints.items()}
        shared: dict[str, Any] = {
            "ansible_connection": "winrm",
            "ansible_winrm_transport": "ntlm",
            "ansible_winrm_server_cert_validation": "ignore",
        }
        if self.realm is not None:
            shared["ansible_winrm_kinit_env_vars"] = ["KRB5_CONFIG"]
        return {"all": {"children": {"lab": {"hosts": hosts, "vars": shared}}}}

    def _variables(self, endpoint: Endpoint) -> dict[str, Any]:
        """The variables of one host."""
        profile = endpoint.host.profile
        winrm, user = profile.winrm, profile.users[0]
        secure = winrm.https and not winrm.http
        variables: dict[str, Any] = {
            "ansible_host": endpoint.address,
            "ansible_port": endpoint.ports[1] if secure else endpoint.ports[0],
            "ansible_winrm_scheme": "https" if secure else "http",
            "ansible_user": f"{user.name}@{user.domain.upper()}" if user.domain else user.name,
            "ansible_password": user.password,
        }
        if secure and winrm.certificate != "self_signed":
            variables["ansible_winrm_server_cert_validation"] = "validate"
            variables["ansible_winrm_ca_trust_path"] = str(self.certificates.authority)
        if self.realm is not None and user.domain:
            variables["ansible_winrm_transport"] = "kerberos"
            variables["ansible_winrm_kerberos_hostname_override"] = profile.full_name
        if user.certificate:
            pem = str(self.certificates.of_user(principal_name(user)))
            variables.update(
                ansible_winrm_transport="certificate",
                ansible_winrm_cert_pem=pem,
                ansible_winrm_cert_key_pem=pem,
            )
        return variables

    def write_names(self, path: Path) -> None:
        """Write full names and addresses as a hosts file: those of the hosts and the domain controller's."""
        lines = [f"{each.address} {each.host.profile.full_name}\n" for each in self.endpoints.values()]
        if self.realm is not None:
            lines.append(f"{self.realm.address} dc01.{self.realm.domain}\n")
        path.write_text("".join(lines), "utf-8")

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
