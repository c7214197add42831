# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of listeners and of users, from a private authority; kept in the lab's folder."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

# The user principal name among a certificate's alternative names ([MS-PKCA] 3.1.5.2.1.1; UTF8String).
_PRINCIPAL_NAME = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_UTF8_STRING = b"\x0c"
_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)
_DAY = timedelta(days=1)


class Certificates:
    """Makes each certificate on its first use.

    All share one key, for keys take long to make; the authorities have keys of their own.

    Args:
        folder: where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def authority(self) -> Path:
        """The authority's certificate, for `ansible_winrm_ca_trust_path`."""
        path = self._folder / "ca.pem"
        if not path.exists():
            _write(path, self._authority_certificate)
        return path

    def of_listener(self, kind: str, name: str, address: str) -> Path:
        """The PEM file, key included, of an HTTPS listener (`CERTIFICATES` of windows/profile.py)."""
        path = self._folder / ("self_signed.pem" if kind == "self_signed" else f"{kind}-{name}.pem")
        if path.exists():
            return path
        if kind == "other_name":
            name, address = "somewhere-else.example", "192.0.2.1"
        subject = "winfleet lab" if kind == "self_signed" else name
        builder = self._builder(subject, expired=kind == "expired")
        if kind == "self_signed":
            certificate = builder.issuer_name(_name(subject)).sign(self._key, hashes.SHA256())
        else:
            names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(address))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            certificate = self._issue(builder, foreign=kind == "foreign")
        _write(path, certificate, self._key)
        return path

    def of_user(self, principal: str) -> Path:
        """The PEM file, key included, with which a user logs on."""
        path = self._folder / f"user-{principal.partition('@')[0]}.pem"
        if not path.exists():
            text = principal.encode()
            name = x509.OtherName(_PRINCIPAL_NAME, _UTF8_STRING + bytes([len(text)]) + text)
            builder = (
                self._builder(principal)
                .add_extension(x509.SubjectAlternativeName([name]), critical=False)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            )
            _write(path, self._issue(builder), self._key)
        return path

    def _builder(
        self, subject: str, key: rsa.RSAPrivateKey | None = None, *, expired: bool = False
    ) -> x509.CertificateBuilder:
        now = datetime.now(timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .public_key((key or self._key).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 30 * _DAY)
            .not_valid_after(now - _DAY if expired else now + 365 * _DAY)
        )

    def _issue(self, builder: x509.CertificateBuilder, *, foreign: bool = False) -> x509.Certificate:
        key, subject = self._authority_key, _name("winfleet lab authority")
        if foreign:
            key, subject = _new_key(), _name("some other authority")
        # As Active Directory's authority does; from 3.13 Python asks for it (ssl.VERIFY_X509_STRICT).
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        return (
            builder.issuer_name(subject).add_extension(identifier, critical=False).sign(key, hashes.SHA256())
        )

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return self._kept_key("key.pem")

    @cached_property
    def _authority_key(self) -> rsa.RSAPrivateKey:
        return self._kept_key("ca-key.pem")

    @cached_property
    def _authority_certificate(self) -> x509.Certificate:
        key = self._authority_key.public_key()
        builder = (
            self._builder("winfleet lab authority", self._authority_key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(_SIGNS_CERTIFICATES, critical=False)
        )
        return self._issue(builder)

    def _kept_key(self, name: str) -> rsa.RSAPrivateKey:
        path = self._folder / name
        if not path.exists():
            _write(path, _new_key())
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{path} is not an RSA key")
        return key


def principal_in(certificate: bytes) -> str | None:
    """The user principal name in a DER certificate, or None."""
    try:
        names = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except x509.ExtensionNotFound:
        return None
    for name in names.value.get_values_for_type(x509.OtherName):
        if name.type_id == _PRINCIPAL_NAME and name.value[:1] == _UTF8_STRING:
            return name.value[2:].decode("utf-8", "replace")
    return None


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _write(path: Path, *parts: x509.Certificate | rsa.RSAPrivateKey) -> None:
    path.touch(mode=0o600)
    pem = serialization.Encoding.PEM
    path.write_bytes(
        b"".join(
            part.public_bytes(pem)
            if isinstance(part, x509.Certificate)
            else part.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            for part in parts
        )
    )
