# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Active Directory for the tests: a Samba domain controller on its own loopback address.

Needs root (Samba binds ports below 1024) and the packages of ``tests/requirements/system-packages.txt``.
Clients reach it by address: the certificate carries it and ``ldap/<address>`` is a service principal, so
nothing on the machine has to resolve a name.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

REALM = "CORP.EXAMPLE.COM"
BASE = "DC=corp,DC=example,DC=com"
PASSWORD = "Directory-Test-1"
READER = f"CN=reader,CN=Users,{BASE}"
_SYSTEM_PYTHON = "/usr/bin/python3"  # python3-samba is built for the distribution's own Python
_POPULATE = Path(__file__).with_name("populate.py")


def missing() -> str | None:
    """Say what this machine lacks to run a domain controller, or None."""
    if os.geteuid() != 0:
        return "needs root: a Samba domain controller binds ports below 1024"
    for program, package in (
        ("samba", "samba"),
        ("samba-tool", "samba"),
        ("ldapsearch", "ldap-utils"),
        ("kinit", "krb5-user"),
    ):
        if not (shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")):
            return f"needs {program} (package {package}; make system-packages installs it)"
    probe = subprocess.run([_SYSTEM_PYTHON, "-c", "import samba.samdb"], capture_output=True, check=False)
    if probe.returncode != 0:
        return f"needs the samba module of {_SYSTEM_PYTHON} (package python3-samba)"
    if not Path("/usr/share/samba/setup").is_dir():
        return "needs /usr/share/samba/setup (package samba-ad-provision)"
    return None


def _samba_version() -> tuple[int, int]:
    samba = shutil.which("samba") or "/usr/sbin/samba"
    text = subprocess.run([samba, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@dataclass(frozen=True)
class Certificates:
    """Files of a certificate authority and of a server certificate that it signed."""

    authority: Path
    certificate: Path
    key: Path


def issue_certificates(folder: Path, address: str, *, expired: bool = False) -> Certificates:
    """Make an authority and a server certificate for an address."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    ca_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test authority {folder.name}")])
    ca = (
        x509.CertificateBuilder(ca_name, ca_name, ca_key.public_key(), x509.random_serial_number())
        .not_valid_before(now - 30 * day)
        .not_valid_after(now + 30 * day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    server_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dc1.corp.example.com")])
    names = [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("dc1.corp.example.com")]
    certificate = (
        x509.CertificateBuilder(ca_name, server_name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - 20 * day)
        .not_valid_after(now - 2 * day if expired else now + 20 * day)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    files.authority.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    files.key.chmod(0o600)
    return files


class SambaDomain:
    """One running domain controller.

    Args:
        folder: Everything it writes goes here.
        address: A loopback address that nothing else uses.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self.certificates = issue_certificates(folder / "tls", address)
        self.krb5_conf = folder / "krb5.conf"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ldap(self) -> str:
        """URL for StartTLS and for Kerberos with sealing."""
        return f"ldap://{self.address}"

    @property
    def ldaps(self) -> str:
        """URL with TLS from the first byte."""
        return f"ldaps://{self.address}"

    @property
    def database(self) -> Path:
        """The directory's database, for writing in bulk."""
        return self.folder / "domain/private/sam.ldb"

    @property
    def config(self) -> Path:
        """The smb.conf of this controller."""
        return self.folder / "domain/etc/smb.conf"

    def provision(self) -> None:
        """Create the domain."""
        run = self.folder / "run"
        for name in ("pid", "ncalrpc", "ntp", "winbindd"):
            (run / name).mkdir(parents=True, exist_ok=True)
        (run / "ntp").chmod(0o750)
        (run / "winbindd").chmod(0o755)
        options = {
            "interfaces": f"{self.address}/8",
            "bind interfaces only": "yes",
            "vfs objects": "dfs_samba4 acl_xattr xattr_tdb",
            "pid directory": str(run / "pid"),
            "ncalrpc dir": str(run / "ncalrpc"),
            "ntp signd socket directory": str(run / "ntp"),
            "winbindd socket directory": str(run / "winbindd"),
            "server services": "ldap, kdc, rpc, cldap",
            "tls cafile": str(self.certificates.authority),
            "tls certfile": str(self.certificates.certificate),
            "tls keyfile": str(self.certificates.key),
        }
        if _samba_version() < (4, 21):  # without channel binding it refuses Kerberos inside TLS altogether
            options["ldap server require strong auth"] = "allow_sasl_over_tls"
        command = [
            "samba-tool",
            "domain",
            "provision",
            f"--targetdir={self.folder / 'domain'}",
            f"--realm={REALM}",
            "--domain=CORP",
            "--host-name=dc1",
            "--server-role=dc",
            f"--adminpass={PASSWORD}",
            "--dns-backend=NONE",
            f"--host-ip={self.address}",
            *(f"--option={name}={value}" for name, value in options.items()),
        ]
        self._check(command)
        self.krb5_conf.write_text(
            f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
            " rdns = false\n dns_canonicalize_hostname = false\n"
            f"[realms]\n {REALM} = {{\n  kdc = {self.address}\n }}\n"
            f"[domain_realm]\n {self.address} = {REALM}\n"
        )

    def populate(self, *arguments: str) -> None:
        """Run the script that writes objects, on the database itself."""
        self._check([_SYSTEM_PYTHON, str(_POPULATE), str(self.database), str(self.config), *arguments])

    def export_keytab(self, principal: str, path: Path) -> None:
        """Write the keys of a service, as an administrator does."""
        export = ["samba-tool", "domain", "exportkeytab", str(path)]
        self._check([*export, f"--principal={principal}", f"--configfile={self.config}"])

    def start(self) -> None:
        """Start the server and wait until it answers."""
        samba = shutil.which("samba") or "/usr/sbin/samba"
        with (self.folder / "samba.log").open("wb") as log:
            self._process = subprocess.Popen(
                [samba, "-i", "-M", "single", "-s", str(self.config)],
                stdin=subprocess.PIPE,  # samba -i ends at the end of its standard input
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self.address, 636), timeout=1).close()
                socket.create_connection((self.address, 88), timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"Samba did not start: {(self.folder / 'samba.log').read_text()[-2000:]}")

    def stop(self) -> None:
        """End the server at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None

    def kerberos_environment(self, cache: Path) -> dict[str, str]:
        """Return the environment in which Kerberos programs use this realm only."""
        return {**os.environ, "KRB5_CONFIG": str(self.krb5_conf), "KRB5CCNAME": f"FILE:{cache}"}

    def kinit(self, account: str, cache: Path) -> dict[str, str]:
        """Fetch a ticket-granting ticket; returns the environment to use it in."""
        environment = self.kerberos_environment(cache)
        subprocess.run(
            ["kinit", f"{account}@{REALM}"],
            input=f"{PASSWORD}\n".encode(),
            env=environment,
            check=True,
            capture_output=True,
        )
        return environment

    @staticmethod
    def _check(command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
