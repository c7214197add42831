# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the lab in a real Kerberos realm: whose tickets it takes, and what it refuses."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import spnego
from spnego import ContextReq
from spnego.exceptions import NegotiateOptions

from tests.lab.domain.kdc import Account, DomainError, Realm, missing
from tests.lab.domain.membership import start_realm
from tests.lab.endpoint import encryption
from tests.lab.endpoint.accounts import AcceptorFiles, UserStore
from tests.lab.endpoint.authentication import Accepted, Challenge, Connection, authenticate
from tests.lab.windows.profile import HostProfile, parse_fleet

PASSWORD = 'Domain "Passw0rd"'
USER = "patching@CORP.EXAMPLE"
PLAIN = Challenge(("Negotiate", "Kerberos"), final=True)

krb5 = pytest.importorskip("krb5", reason="a domain needs the Python module krb5 (make .venv/.kerberos)")
pytestmark = pytest.mark.skipif(missing() is not None, reason=f"a domain {missing()}")


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """A realm with one host more and one user more than the tests' host knows."""
    address = f"127.{40 + secrets.randbelow(200)}.{secrets.randbelow(250)}.{1 + secrets.randbelow(250)}"
    realm = start_realm([profile(), profile(name="other")], tmp_path_factory.mktemp("realm") / "d", address)
    realm.populate([Account("stranger", PASSWORD)], [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KRB5_CONFIG", str(realm.krb5_conf))
        yield realm
    realm.stop()


def profile(name: str = "rds-01", **changes: object) -> HostProfile:
    user = {"name": "patching", "password": PASSWORD, "domain": "corp.example"}
    return parse_fleet({"hosts": [{"name": name, "domain": "corp.example", "users": [user], **changes}]})[0]


def log_on(
    realm: Realm,
    folder: Path,
    described: HostProfile,
    *,
    user: str = USER,
    service: str = "rds-01.corp.example",
    protocol: str = "kerberos",
    scheme: str = "Negotiate",
) -> tuple[Connection, spnego.ContextProxy, Challenge | Accepted]:
    """Log on with one token, as Kerberos does."""
    options = NegotiateOptions.use_negotiate if protocol == "negotiate" else NegotiateOptions.none
    client = spnego.client(
        user, PASSWORD, hostname=service, service="HTTP", protocol=protocol, options=options
    )
    connection = Connection()
    header = f"{scheme} {base64.b64encode(client.step() or b'').decode()}"
    files = AcceptorFiles(UserStore(folder).file_for(described), realm.keytabs / described.full_name)
    outcome = authenticate(header, connection, described, files)
    if isinstance(outcome, Accepted) and outcome.value:
        client.step(base64.b64decode(outcome.value.partition(" ")[2]))
    return connection, client, outcome


@pytest.mark.parametrize(
    ("protocol", "scheme"),
    [("kerberos", "Negotiate"), ("kerberos", "Kerberos"), ("negotiate", "Negotiate")],
)
def test_a_ticket_logs_its_user_on_and_the_host_proves_itself(
    realm: Realm, tmp_path: Path, protocol: str, scheme: str
) -> None:
    connection, client, outcome = log_on(realm, tmp_path, profile(), protocol=protocol, scheme=scheme)
    assert isinstance(outcome, Accepted)
    assert outcome.value is not None
    assert outcome.value.startswith(f"{scheme} ")
    assert connection.user is not None
    assert connection.user.name == "patching"
    assert client.complete


def test_messages_are_encrypted_both_ways_with_the_key_of_the_ticket(realm: Realm, tmp_path: Path) -> None:
    connection, client, _unused = log_on(realm, tmp_path, profile())
    assert connection.context is not None
    message = b"<a/>" * 30_000
    assert encryption.decrypt(client, encryption.encrypt(connection.context, message)[1]) == message
    assert encryption.decrypt(connection.context, encryption.encrypt(client, message)[1]) == message


def test_a_ticket_for_another_host_is_refused_plainly(realm: Realm, tmp_path: Path) -> None:
    assert log_on(realm, tmp_path, profile(), service="other.corp.example")[2] == PLAIN


def test_a_user_whom_the_host_does_not_know_is_refused_plainly(realm: Realm, tmp_path: Path) -> None:
    assert log_on(realm, tmp_path, profile(), user="stranger@CORP.EXAMPLE")[2] == PLAIN


def test_a_host_with_kerberos_off_refuses_tickets(realm: Realm, tmp_path: Path) -> None:
    described = profile(winrm={"kerberos": False})
    assert log_on(realm, tmp_path, described)[2] == Challenge(("Negotiate",), final=True)


def test_delegation_puts_a_second_ticket_into_the_token(realm: Realm) -> None:
    def size(**options: ContextReq) -> int:
        target = {"hostname": "rds-01.corp.example", "service": "HTTP", "protocol": "kerberos"}
        token = spnego.client(USER, PASSWORD, **target, **options).step()
        return len(token or b"")

    assert size(context_req=ContextReq.default | ContextReq.delegate) > 1.7 * size()


def test_a_token_is_good_for_one_logon(realm: Realm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5RCACHEDIR", str(tmp_path))
    client = spnego.client(
        USER, PASSWORD, hostname="rds-01.corp.example", service="HTTP", protocol="kerberos"
    )
    header = f"Negotiate {base64.b64encode(client.step() or b'').decode()}"
    files = AcceptorFiles(UserStore(tmp_path).file_for(profile()), realm.keytabs / profile().full_name)
    outcomes = [authenticate(header, Connection(), profile(), files) for _unused in range(2)]
    assert isinstance(outcomes[0], Accepted)
    assert outcomes[1] == PLAIN


def test_a_locked_account_gets_no_ticket_until_it_is_unlocked(realm: Realm, tmp_path: Path) -> None:
    realm.administer("modprinc -allow_tix patching")
    with pytest.raises(krb5.Krb5Error, match="revoked"):
        log_on(realm, tmp_path, profile())
    realm.administer("modprinc +allow_tix patching")
    assert isinstance(log_on(realm, tmp_path, profile())[2], Accepted)


def test_no_ticket_is_given_while_the_kdc_is_stopped(realm: Realm, tmp_path: Path) -> None:
    realm.stop()
    with pytest.raises(krb5.Krb5Error, match="Cannot contact any KDC"):
        log_on(realm, tmp_path, profile())
    realm.start()
    assert isinstance(log_on(realm, tmp_path, profile())[2], Accepted)


def test_an_order_that_kadmin_cannot_carry_out_is_an_error(realm: Realm) -> None:
    with pytest.raises(DomainError, match="Principal does not exist"):
        realm.administer("modprinc -allow_tix nobody")


@pytest.mark.parametrize(
    ("hosts", "says"),
    [
        ([{"name": "a"}], "the hosts name none"),
        (
            [{"name": "a", "domain": "x.example"}, {"name": "b", "domain": "y.example"}],
            "x.example, y.example",
        ),
    ],
)
def test_a_fleet_without_one_domain_has_no_realm(tmp_path: Path, hosts: list[object], says: str) -> None:
    with pytest.raises(DomainError, match=says):
        start_realm(parse_fleet({"hosts": hosts}), tmp_path, "127.0.0.1")


def test_a_machine_that_lacks_something_for_a_domain_is_told_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("tests.lab.domain.kdc._PATH", "/nonexistent")
    with pytest.raises(DomainError, match=r"needs krb5kdc \(package krb5-kdc; make system-packages"):
        start_realm([profile()], tmp_path, "127.0.0.1")
