# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, NTLM on the server's side, message encryption, injected faults."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import spnego
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from spnego.exceptions import NegotiateOptions

from tests.lab.endpoint import encryption
from tests.lab.endpoint.accounts import AcceptorFiles, HostAccounts, UserStore, principal_name
from tests.lab.endpoint.authentication import (
    CERTIFICATE_SCHEME,
    Accepted,
    Challenge,
    Connection,
    authenticate,
)
from tests.lab.endpoint.certificates import Certificates, principal_in
from tests.lab.endpoint.injection import Injection, Injections
from tests.lab.windows.profile import HostProfile, UserProfile, parse_fleet


def profile(**changes: object) -> HostProfile:
    users = [
        {"name": "Administrator", "password": "Pa:ss wörd", "builtin": True},
        {"name": "svc", "password": "other", "domain": "corp.example"},
    ]
    return parse_fleet({"hosts": [{"name": "rds-01", "users": users, **changes}]})[0]


def files_of(described: HostProfile, folder: Path) -> AcceptorFiles:
    return AcceptorFiles(UserStore(folder).file_for(described))


def log_on(
    described: HostProfile,
    folder: Path,
    name: str,
    password: str,
    protocol: str = "ntlm",
    scheme: str = "Negotiate",
) -> tuple[Connection, spnego.ContextProxy, Challenge | Accepted]:
    """A whole negotiation; the client is pyspnego's initiator."""
    files = files_of(described, folder)
    options = NegotiateOptions.use_ntlm if protocol == "ntlm" else NegotiateOptions.use_negotiate
    client = spnego.client(name, password, hostname="x", service="http", protocol=protocol, options=options)
    connection = Connection()
    token = client.step()
    for _unused in range(8):
        header = f"{scheme} {base64.b64encode(token or b'').decode()}"
        outcome = authenticate(header, connection, described, files)
        if isinstance(outcome, Accepted):
            if outcome.value:
                client.step(base64.b64decode(outcome.value.partition(" ")[2]))
            return connection, client, outcome
        token_text = outcome.values[0].partition(" ")[2]
        if not token_text:
            return connection, client, outcome
        token = client.step(base64.b64decode(token_text))
    raise AssertionError("the negotiation did not end")


@pytest.mark.parametrize(
    "name",
    ["Administrator", "administrator", ".\\Administrator", "RDS-01\\administrator"],
)
@pytest.mark.parametrize(
    ("protocol", "scheme"), [("ntlm", "Negotiate"), ("ntlm", "NTLM"), ("negotiate", "Negotiate")]
)
def test_a_local_account_logs_on_under_every_spelling(
    tmp_path: Path, name: str, protocol: str, scheme: str
) -> None:
    connection, client, outcome = log_on(profile(), tmp_path, name, "Pa:ss wörd", protocol, scheme)
    assert isinstance(outcome, Accepted)
    assert connection.user is not None
    assert connection.user.name == "Administrator"
    assert client.complete


@pytest.mark.parametrize("name", ["svc@corp.example", "CORP\\svc", "corp.example\\SVC"])
def test_a_domain_account_logs_on_with_its_domain(tmp_path: Path, name: str) -> None:
    assert isinstance(log_on(profile(), tmp_path, name, "other")[2], Accepted)


@pytest.mark.parametrize(
    ("name", "password"), [("Administrator", "wrong"), ("nobody", "x"), ("OTHER\\svc", "other")]
)
def test_wrong_credentials_end_in_a_plain_challenge(tmp_path: Path, name: str, password: str) -> None:
    connection, _unused, outcome = log_on(profile(), tmp_path, name, password)
    assert outcome == Challenge(("Negotiate",), final=True)
    assert connection.user is None


@pytest.mark.parametrize(
    "header", ["Negotiate !!!", "Negotiate TlRMTVNTUAABAAAA", "Basic QTpC", "Digest x", ""]
)
def test_garbage_in_the_header_is_a_plain_challenge(tmp_path: Path, header: str) -> None:
    files = files_of(profile(), tmp_path)
    assert authenticate(header, Connection(), profile(), files) == Challenge(("Negotiate",), final=True)


def test_basic_is_offered_and_taken_only_where_it_is_on(tmp_path: Path) -> None:
    described = profile(winrm={"basic": True})
    accounts = files_of(described, tmp_path)
    good = base64.b64encode("Administrator:Pa:ss wörd".encode()).decode()
    assert isinstance(authenticate(f"Basic {good}", Connection(), described, accounts), Accepted)
    refused = authenticate("Basic QTpC", Connection(), described, accounts)
    assert refused == Challenge(("Negotiate", 'Basic realm="WSMAN"'), final=True)


def test_the_account_file_is_readable_by_its_owner_alone_and_shared_by_equal_hosts(tmp_path: Path) -> None:
    store = UserStore(tmp_path)
    path = store.file_for(profile())
    assert path.stat().st_mode & 0o077 == 0
    assert store.file_for(profile(processors=2)) == path
    assert HostAccounts.of(profile()).find("RDS-01\\nobody") is None


def test_a_message_is_encrypted_both_ways_and_a_changed_one_refused(tmp_path: Path) -> None:
    connection, client, _unused = log_on(profile(), tmp_path, "Administrator", "Pa:ss wörd")
    assert connection.context is not None
    content_type, answer = encryption.encrypt(connection.context, "<a>ü</a>".encode())
    assert content_type.startswith("multipart/encrypted;")
    assert answer.startswith(
        b"--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
        b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=9\r\n--Encrypted Boundary\r\n"
        b"\tContent-Type: application/octet-stream\r\n\x10\x00\x00\x00"
    )
    assert answer.endswith(b"--Encrypted Boundary--\r\n")
    head, payload = answer.split(b"octet-stream\r\n")
    sealed = payload[: -len(b"--Encrypted Boundary--\r\n")]
    assert client.unwrap_winrm(sealed[4:20], sealed[20:]) == "<a>ü</a>".encode()
    request = client.wrap_winrm(b"<b/>")
    message = head.replace(b"Length=9", b"Length=4") + b"octet-stream\r\n\x10\x00\x00\x00"
    message += request.header + request.data + b"--Encrypted Boundary--\r\n"
    assert encryption.decrypt(connection.context, message) == b"<b/>"
    with pytest.raises(encryption.DecryptionError):
        encryption.decrypt(connection.context, message)


@pytest.mark.parametrize(
    "body", [b"", b"garbage", b"Length=4 \tContent-Type: application/octet-stream\r\nxx"]
)
def test_a_malformed_encrypted_message_is_refused(tmp_path: Path, body: bytes) -> None:
    connection, _unused, _unused = log_on(profile(), tmp_path, "Administrator", "Pa:ss wörd")
    assert connection.context is not None
    with pytest.raises(encryption.DecryptionError):
        encryption.decrypt(connection.context, body)


def certificate_of(folder: Path, name: str) -> str | None:
    pem = Certificates(folder).of_user(principal_name(UserProfile(name, "any"))).read_bytes()
    return principal_in(x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER))


@pytest.mark.parametrize(
    ("switched_on", "mapped", "name", "accepted"),
    [
        (True, True, "lab", True),
        (False, True, "lab", False),
        (True, False, "lab", False),
        (True, True, "nobody", False),
    ],
    ids=["mapped", "switched off", "not mapped", "another name"],
)
def test_a_client_certificate_logs_on_where_it_is_mapped_and_switched_on(
    tmp_path: Path, switched_on: bool, mapped: bool, name: str, accepted: bool
) -> None:
    users = [{"name": "lab", "password": "any", "certificate": mapped}]
    described = profile(users=users, winrm={"certificates": switched_on})
    connection = Connection(certificate_of(tmp_path, name))
    outcome = authenticate(CERTIFICATE_SCHEME, connection, described, files_of(described, tmp_path))
    assert isinstance(outcome, Accepted) == accepted


def test_a_client_that_shows_no_certificate_is_not_logged_on_by_one(tmp_path: Path) -> None:
    described = profile(winrm={"certificates": True})
    outcome = authenticate(CERTIFICATE_SCHEME, Connection(), described, files_of(described, tmp_path))
    assert outcome == Challenge(("Negotiate",), final=True)


def test_credssp_logs_on_with_the_version_of_windows_6_1(tmp_path: Path) -> None:
    described = profile(winrm={"credssp": True})
    connection, client, outcome = log_on(
        described, tmp_path, "Administrator", "Pa:ss wörd", "credssp", "CredSSP"
    )
    assert isinstance(outcome, Accepted)
    assert connection.user is not None
    assert client.get_extra_info("protocol_version") == 2


def test_credssp_with_a_wrong_password_ends_in_a_plain_challenge(tmp_path: Path) -> None:
    described = profile(winrm={"credssp": True})
    outcome = log_on(described, tmp_path, "Administrator", "wrong", "credssp", "CredSSP")[2]
    assert outcome == Challenge(("Negotiate", "CredSSP"), final=True)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
def test_credssp_fails_in_its_own_tls_where_the_host_has_tls_1_0_only(tmp_path: Path) -> None:
    described = profile(winrm={"credssp": True, "tls10_only": True})
    outcome = log_on(described, tmp_path, "Administrator", "Pa:ss wörd", "credssp", "CredSSP")[2]
    assert outcome == Challenge(("Negotiate", "CredSSP"), final=True)


@pytest.mark.parametrize(
    ("size", "kind"), [(16384, "multipart/encrypted"), (16385, "multipart/x-multi-encrypted")]
)
def test_a_message_over_credssp_goes_in_pieces_of_16_kb_both_ways(
    tmp_path: Path, size: int, kind: str
) -> None:
    described = profile(winrm={"credssp": True})
    connection, client, _unused = log_on(
        described, tmp_path, "Administrator", "Pa:ss wörd", "credssp", "CredSSP"
    )
    assert connection.context is not None
    content_type, answer = encryption.encrypt(connection.context, b"x" * size)
    assert content_type.startswith(f'{kind};protocol="application/HTTP-CredSSP-session-encrypted"')
    assert encryption.decrypt(client, answer) == b"x" * size
    assert encryption.decrypt(connection.context, encryption.encrypt(client, b"y" * size)[1]) == b"y" * size


def test_an_injected_fault_waits_for_its_action_its_turn_and_runs_out() -> None:
    faults = Injections()
    faults.add(Injection("operations_quota", count=2, after=1, action="Enumerate"))
    taken = [faults.take(action, "operations_quota") is not None for action in ("Pull", *["Enumerate"] * 4)]
    assert taken == [False, False, True, True, False]
    assert faults.as_list() == []


def test_an_unknown_kind_of_fault_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown fault kind 'bad luck'"):
        Injection("bad luck")
