# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates are recognised as another library names them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._rdp._certificate import (
    Certificate,
    read_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KEY = ec.generate_private_key(ec.SECP256R1())


def made(until: datetime, *names: tuple[x509.ObjectIdentifier, str]) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in names])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(7).not_valid_before(until - timedelta(days=200)).not_valid_after(until)
    return builder.sign(KEY, hashes.SHA256())


def read(certificate: x509.Certificate) -> Certificate:
    return read_certificate(certificate.public_bytes(serialization.Encoding.DER))


@pytest.mark.parametrize("year", [2027, 2049, 2050, 2100])
def test_the_end_of_a_certificate_is_read_in_both_forms_of_a_date(year: int) -> None:
    until = datetime(year, 2, 11, 8, 15, tzinfo=timezone.utc)
    assert read(made(until, (NameOID.COMMON_NAME, "rdsh-07"))).not_after == until


def test_names_are_written_with_their_kinds() -> None:
    certificate = made(
        datetime(2027, 1, 1, tzinfo=timezone.utc),
        (NameOID.COUNTRY_NAME, "DE"),
        (NameOID.ORGANIZATION_NAME, "Böhm & Söhne"),
        (NameOID.COMMON_NAME, "rdsh-07.corp.example"),
        (NameOID.DOMAIN_COMPONENT, "corp"),
        (NameOID.SERIAL_NUMBER, "4711"),
    )
    found = read(certificate)
    assert found.subject == "C=DE, O=Böhm & Söhne, CN=rdsh-07.corp.example, DC=corp, OID.550405=4711"
    assert found.issuer == found.subject
    assert found.sha256 == certificate.fingerprint(hashes.SHA256()).hex()


def test_a_certificate_that_cannot_be_read_still_has_its_hash() -> None:
    found = read_certificate(b"\x30\x03\x02\x01\x05")
    assert (found.subject, found.issuer, found.not_after) == (None, None, None)
    assert len(found.sha256) == 64
