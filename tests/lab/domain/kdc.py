# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kerberos realm for the lab's hosts: MIT's KDC in a folder and on a loopback address of its own.

It needs no root. It stands in for the domain controller; its tickets carry no groups (no PAC) and stay small.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PORT = 8088
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_START_SECONDS = 15.0
_STARTED = "commencing operation"
_PROGRAMS = {
    "krb5kdc": "krb5-kdc",
    "kdb5_util": "krb5-kdc",
    "kadmin.local": "krb5-admin-server",
    "kinit": "krb5-user",
}

# As in Active Directory, a password is proved before a ticket is given, so wrong ones are seen and counted.
# The encryption types of 6.1 are AES and RC4; Debian's KDC no longer allows RC4.
_KDC_CONF = """[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
  supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
  max_life = 10h
  max_renewable_life = 7d
  default_principal_flags = +preauth
 }}
[kdcdefaults]
 kdc_listen = {address}:{port}
 kdc_tcp_listen = {address}:{port}
[logging]
 kdc = FILE:{folder}/kdc.log
"""
_KRB5_CONF = """[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 forwardable = true
[realms]
 {realm} = {{
  kdc = {address}:{port}
 }}
[domain_realm]
 .{domain} = {realm}
"""


class DomainError(Exception):
    """The realm could not be made or started; the message says why."""


def missing() -> str | None:
    """Say what this machine lacks to run a realm and hosts in it, or None."""
    for program, package in _PROGRAMS.items():
        if not shutil.which(program, path=_PATH):
            return f"needs {program} (package {package}; make system-packages installs it)"
    for module in ("gssapi", "krb5"):
        if importlib.util.find_spec(module) is None:
            return f"needs the Python module {module} (tests/requirements/kerberos.txt; make .venv/.kerberos)"
    return None


@dataclass(frozen=True)
class Account:
    """A user of the domain."""

    name: str
    password: str


class Realm:
    """One Kerberos realm and its KDC.

    Args:
        folder: everything it writes goes here.
        domain: DNS name of the domain; the realm is the same in capitals.
        address: a loopback address on which nothing else uses `PORT`.
    """

    def __init__(self, folder: Path, domain: str, address: str) -> None:
        self.folder, self.domain, self.address = folder, domain.lower(), address
        self.name = domain.upper()
        self.krb5_conf = folder / "krb5.conf"
        self._kdc: subprocess.Popen[bytes] | None = None
        shutil.rmtree(folder, ignore_errors=True)
        self.keytabs.mkdir(parents=True, mode=0o700)
        values = {
            "realm": self.name,
            "domain": self.domain,
            "folder": folder,
            "address": address,
            "port": PORT,
        }
        (folder / "kdc.conf").write_text(_KDC_CONF.format(**values), "utf-8")
        self.krb5_conf.write_text(_KRB5_CONF.format(**values), "utf-8")
        self._run("kdb5_util", "create", "-s", "-W", "-r", self.name, "-P", os.urandom(16).hex())

    @property
    def keytabs(self) -> Path:
        """The folder with a file for each host, which has its keys and no other's, under its full name."""
        return self.folder / "keytabs"

    def populate(self, accounts: Iterable[Account], hosts: Iterable[str]) -> None:
        """Add users, and computers by their full name.

        A computer has the service HTTP under its full and its short name, as in Active Directory.
        """
        orders = [f"addprinc -pw {_quoted(account.password)} {_quoted(account.name)}" for account in accounts]
        for host in hosts:
            services = [f"HTTP/{host}", f"HTTP/{host.partition('.')[0]}"]
            orders += [f"addprinc -randkey {service}" for service in services]
            orders.append(f"ktadd -k {self.keytabs / host} {' '.join(services)}")
        self.administer(*orders)

    def administer(self, *orders: str) -> None:
        """Give orders to kadmin, such as `modprinc -allow_tix patching`.

        Raises:
            DomainError: kadmin could not carry one out.
        """
        if not orders:
            return
        done = self._run("kadmin.local", "-r", self.name, stdin="\n".join(orders) + "\n")
        errors = [line for line in done.stderr.splitlines() if ": " in line and "policy" not in line]
        if errors:
            raise DomainError(f"kadmin: {' '.join(errors)}")

    def start(self) -> None:
        """Start the KDC and wait until it answers; nothing happens if it runs."""
        if self._kdc is not None:
            return
        log = self.folder / "kdc.log"
        log.unlink(missing_ok=True)
        program = shutil.which("krb5kdc", path=_PATH) or "krb5kdc"
        self._kdc = subprocess.Popen(
            [program, "-n", "-r", self.name, "-P", str(self.folder / "kdc.pid")],
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._kdc.poll() is None:
            # A port that answers proves nothing: another KDC may have it.
            if log.exists() and _STARTED in log.read_text("utf-8"):
                return
            time.sleep(0.02)
        self.stop()
        raise DomainError(f"the KDC did not start: {log.read_text('utf-8') if log.exists() else 'no log'}")

    def stop(self) -> None:
        """End the KDC at once; tickets that it gave stay valid."""
        if self._kdc is not None:
            self._kdc.kill()
            self._kdc.wait()
            self._kdc = None

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": _PATH,
            "KRB5_CONFIG": str(self.krb5_conf),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
        }

    def _run(self, program: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [program, *arguments],
            input=stdin,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DomainError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done


def _quoted(text: str) -> str:
    """A word of kadmin's command line."""
    return '"' + text.replace('"', '""') + '"'
