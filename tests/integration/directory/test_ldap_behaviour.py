# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading LDAP where Samba differs from Active Directory, and where servers misbehave (through a stub)."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory import ldap_source
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory._ldap_errors import (
    CONNECTING,
    explain,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory._time_limit import THREAD_NAME
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldap_options import (
    LdapOptions,
    parse_address,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldap_source import _library
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.sid import parse_sid
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._report.files import report_paths
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._sizer import TokenSize
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import (
    SidCounts,
    TokenRules,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.lookup_items import token_items
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.report_files import write_report
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

from tests.integration.directory.samba_domain import Certificates, issue_certificates
from tests.integration.directory.stub_server import Object, Relay, StubDirectory, StubServer
from tests.lab import mixed_directory
from tests.lab.directory_export import Item

try:
    _library()
except DirectoryError as error:
    pytest.skip(str(error), allow_module_level=True)

ADDRESS = f"127.{secrets.randbelow(200) + 40}.1.1"
DOMAIN = "S-1-5-21-1-2-3"
SUFFIX = "DC=corp,DC=example"


def group(name: str, rid: int, group_type: int = -2147483646, **attributes: list[bytes | str]) -> Object:
    return Object(
        f"CN={name},{SUFFIX}",
        {
            "objectClass": ["top", "group"],
            "objectSid": [parse_sid(f"{DOMAIN}-{rid}")],
            "groupType": [str(group_type)],
            **attributes,
        },
    )


def user(name: str, rid: int, memberships: list[str], **attributes: list[bytes | str]) -> Object:
    return Object(
        f"CN={name},{SUFFIX}",
        {
            "sAMAccountName": [name],
            "objectSid": [parse_sid(f"{DOMAIN}-{rid}")],
            "primaryGroupID": ["513"],
            "memberOf": [f"CN={group},{SUFFIX}" for group in memberships],
            **attributes,
        },
    )


def directory_of(groups: int = 10, users: int = 5) -> StubDirectory:
    """Every user is in every group, and the first group in the second."""
    nesting: list[dict[str, list[bytes | str]]] = [{} for _unused in range(groups)]
    if groups > 1:
        nesting[0] = {"memberOf": [f"CN=g1,{SUFFIX}"]}
    return StubDirectory(
        [
            group("Domain Users", 513),
            *(group(f"g{n}", 2000 + n, **nesting[n]) for n in range(groups)),
        ],
        [user(f"user{n}", 5000 + n, [f"g{g}" for g in range(groups)]) for n in range(users)],
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return issue_certificates(tmp_path_factory.mktemp("tls"), ADDRESS)


Serve = Callable[..., tuple[str, LdapOptions]]


@pytest.fixture
def serve(certificates: Certificates) -> Iterator[Serve]:
    servers = []

    def start(
        directory: StubDirectory,
        certificates: Certificates = certificates,
        port: int = 0,
        *,
        client_certificate: bool = False,
    ) -> tuple[str, LdapOptions]:
        server = StubServer(directory, certificates.certificate, certificates.key, ADDRESS, port)
        if client_certificate:
            server.require_client_certificate(certificates.authority)
        servers.append(server)
        options = LdapOptions(
            bind_dn="CN=reader",
            bind_password="Secret-Pass-1",
            ca_path=str(certificates.authority),
            timeout=5,
        )
        return server.url, options

    yield start
    for server in servers:
        server.close()


def survey(url: str, options: LdapOptions, *others: str) -> tuple[dict[str, TokenSize], list[str]]:
    found = Survey([url, *others], TokenRules(), ldap=options)
    try:
        return {size.user.account: size for size in found.all()}, list(found.notes)
    finally:
        found.close()


def refused(url: str, options: LdapOptions) -> str:
    with pytest.raises(DirectoryError) as caught:
        survey(url, options)
    return str(caught.value)


def found(item: Item) -> Object:
    """An object of the mixed directory as a search finds it."""
    shown: dict[str, list[bytes | str]] = {"objectClass": list(item.object_class)}
    for name, value in item.attributes.items():
        values = value if isinstance(value, list) else [value]
        shown[name] = [each if isinstance(each, bytes) else str(each) for each in values]
    return Object(item.dn, shown)


def test_the_mixed_directory_has_the_sizes_of_its_exports(serve: Serve, tmp_path: Path) -> None:
    groups, people = list(map(found, mixed_directory.groups())), list(map(found, mixed_directory.people()))
    url, options = serve(StubDirectory(groups, people, most_values=1))  # memberOf comes in ranges

    lookup = Survey([url], TokenRules(), ldap=options)
    items = token_items(lookup, "all", [], None)
    lookup.close()
    assert {item["user"]: item["token_bytes"] for item in items} == mixed_directory.SIZES

    report = Survey([url], TokenRules(), ldap=options)
    files = report_paths(tmp_path / "tokens", ["json"], "token-report")
    written = write_report(report, files, everyone=True, generated_at="now").files["json"]
    report.close()
    users = json.loads(written.read_text("utf-8"))["users"]
    assert {item["user"]: item["token_bytes"] for item in users} == mixed_directory.SIZES
    for notes in (list(lookup.notes), list(report.notes)):
        assert len(notes) == 1 and "more than once" in notes[0] and "(1: jon)" in notes[0]


def test_values_that_come_in_ranges_are_all_fetched(serve: Serve) -> None:
    directory = directory_of(groups=32, users=2)
    directory.most_values, directory.page = 10, 5  # the next page is on its way while the rest is fetched
    sizes, notes = survey(*serve(directory))
    assert {name: size.counts.global_ for name, size in sizes.items()} == {"user0": 33, "user1": 33}
    assert not notes


def test_a_server_that_repeats_a_range_ends_it_with_a_warning(serve: Serve) -> None:
    directory = directory_of(groups=32, users=1)
    directory.most_values = 10
    directory.repeat_ranges = True
    sizes, (note,) = survey(*serve(directory))
    assert sizes["user0"].counts.global_ == 11 and "cut off" in note and "CN=user0" in note


def test_a_server_that_sends_empty_pages_without_end_is_an_error(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap_source, "_MOST_EMPTY_PAGES", 3)
    directory = directory_of()
    directory.endless = True
    assert "4 pages without an object" in refused(*serve(directory))


def test_pages_are_read_to_the_end(serve: Serve) -> None:
    directory = directory_of(groups=25, users=33)
    directory.page = 10
    sizes, _notes = survey(*serve(directory))
    assert len(sizes) == 33 and all(size.counts.global_ == 26 for size in sizes.values())


def test_continuation_references_are_passed_over(serve: Serve) -> None:
    directory = directory_of()
    directory.referrals = ("ldap://other.example/DC=other,DC=example",)
    sizes, notes = survey(*serve(directory))
    assert len(sizes) == 5 and not notes


def test_two_domains_are_read_as_one(serve: Serve) -> None:
    corp, lab = directory_of(groups=1, users=1), directory_of(groups=0, users=0)
    corp.groups.append(
        group("forest", 3000, -2147483640, member=["CN=guest,DC=lab,DC=example", f"CN=user0,{SUFFIX}"])
    )
    lab_sid = "S-1-5-21-7-8-9"
    lab.groups[0].dn = "CN=Domain Users,DC=lab,DC=example"
    lab.groups[0].attributes["objectSid"] = [parse_sid(f"{lab_sid}-513")]
    lab.users.append(
        Object(
            "CN=guest,DC=lab,DC=example",
            {
                "sAMAccountName": ["guest"],
                "objectSid": [parse_sid(f"{lab_sid}-1104")],
                "primaryGroupID": ["513"],
            },
        )
    )
    url, options = serve(corp)
    sizes, _notes = survey(url, options, serve(lab)[0])
    assert sizes["guest"].counts == SidCounts(global_=1, universal_foreign=1)
    assert sizes["user0"].counts == SidCounts(global_=2, universal=1)


def test_the_global_catalog_is_searched_whole_and_its_caveat_told(serve: Serve) -> None:
    sizes, (note,) = survey(*serve(directory_of(), port=3269))
    assert len(sizes) == 5 and "Global Catalog" in note and "lower bounds" in note


@pytest.mark.parametrize("attribute", ["memberOf", "primaryGroupID", "sAMAccountName", "objectSid"])
def test_an_attribute_withheld_from_the_account_is_named(serve: Serve, attribute: str) -> None:
    directory = directory_of()
    for each in directory.users:
        del each.attributes[attribute]
    if attribute == "objectSid":
        directory.users.append(user("seen", 6000, ["g0"]))
    _sizes, notes = survey(*serve(directory))
    assert any(attribute in note for note in notes)


def test_a_group_type_withheld_is_named_and_the_group_counted(serve: Serve) -> None:
    directory = directory_of(groups=3)
    del directory.groups[2].attributes["groupType"]
    sizes, (note,) = survey(*serve(directory))
    assert "groupType" in note and "CN=g1" in note and sizes["user0"].counts.global_ == 4


def test_named_users_only_are_asked_for(serve: Serve) -> None:
    directory = directory_of()
    url, options = serve(directory)
    found = Survey([url], TokenRules(), ldap=options)
    assert [size.user.account for size in found.named(["user3"])] == ["user3"]
    found.close()


def test_an_empty_base_is_an_error(serve: Serve) -> None:
    directory = directory_of(users=0)
    assert "no user in" in refused(*serve(directory))


def test_a_base_that_is_not_there_is_an_error(serve: Serve) -> None:
    url, options = serve(directory_of())
    assert "base does not exist" in refused(url, dataclasses.replace(options, base="DC=elsewhere"))


def test_a_wrong_password_is_told_and_not_shown(serve: Serve) -> None:
    url, options = serve(directory_of())
    message = refused(url, dataclasses.replace(options, bind_password="Wrong-Pass-2"))
    assert "wrong user name or password" in message and "Wrong-Pass-2" not in message


def test_an_expired_certificate_is_told(serve: Serve, tmp_path: Path) -> None:
    expired = issue_certificates(tmp_path / "expired", ADDRESS, expired=True)
    assert "certificate has expired" in refused(*serve(directory_of(), expired))


def test_a_certificate_of_another_authority_is_told(serve: Serve, tmp_path: Path) -> None:
    url, options = serve(directory_of())
    other = issue_certificates(tmp_path / "other", ADDRESS)
    message = refused(url, dataclasses.replace(options, ca_path=str(other.authority)))
    assert "not trusted" in message and "ca_path" in message


def test_a_certificate_for_another_name_is_told(serve: Serve, tmp_path: Path) -> None:
    named = issue_certificates(tmp_path / "named", "127.0.0.99")
    assert "not trusted" in refused(*serve(directory_of(), named))


def test_an_unverified_certificate_is_a_warning(serve: Serve, tmp_path: Path) -> None:
    url, options = serve(directory_of(), issue_certificates(tmp_path / "own", ADDRESS, expired=True))
    sizes, (note,) = survey(url, dataclasses.replace(options, validate_certs=False, ca_path=""))
    assert len(sizes) == 5 and "not verified" in note


def test_a_server_gone_in_mid_read_is_told_with_how_far_it_was(serve: Serve) -> None:
    directory = directory_of(users=30)
    directory.page, directory.drop_after = 10, 4
    message = refused(*serve(directory))
    assert "reading users" in message and "of them" in message


def test_a_server_that_stops_answering_is_told_in_time(serve: Serve) -> None:
    directory = directory_of(users=30)
    directory.page, directory.silent_after = 10, 4
    url, options = serve(directory)
    message = refused(url, dataclasses.replace(options, timeout=1))
    assert "did not answer in time" in message and "timeout" in message


@pytest.fixture
def relay(serve: Serve) -> Iterator[Callable[..., Relay]]:
    relays: list[Relay] = []

    def before(url: str, most: int | None = None) -> Relay:
        relays.append(Relay(url, most))
        return relays[-1]

    yield before
    for each in relays:
        each.close()


@pytest.mark.parametrize("share", [0, 0.2, 0.6, 0.99], ids=["hello", "handshake", "page", "last record"])
def test_a_server_silent_at_any_byte_is_told_in_time_and_nothing_waits_for_it(
    serve: Serve, relay: Callable[..., Relay], share: float
) -> None:
    directory = directory_of(users=30)
    directory.page = 10
    url, options = serve(directory)
    whole = relay(url)
    survey(whole.url, options)
    cut = relay(url, int(share * whole.sent))
    message = refused(cut.url, dataclasses.replace(options, timeout=1))
    assert "in time (1 seconds)" in message and "raise timeout" in message and cut.silent.is_set()
    calls = [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]
    for call in calls:
        call.join(10)
    assert not any(call.is_alive() for call in calls)


def test_the_library_waits_for_a_silent_handshake_and_does_not_read_over_and_over(
    serve: Serve, relay: Callable[..., Relay]
) -> None:
    url, options = serve(directory_of())
    silent = relay(url, 0)
    reading = threading.Thread(target=refused, args=(silent.url, dataclasses.replace(options, timeout=3)))
    reading.start()
    assert silent.silent.wait(10)  # the client has said hello and now reads
    port = int(silent.url.rpartition(":")[2])
    mine = [fd for fd in sockets() if peer_port(fd) == port]
    assert len(mine) == 1 and os.get_blocking(mine[0])
    reading.join()


def sockets() -> list[int]:
    names = [int(each.name) for each in Path("/dev/fd").iterdir()]
    return [fd for fd in names if Path(f"/dev/fd/{fd}").is_socket()]


def peer_port(fd: int) -> int | None:
    with socket.socket(fileno=os.dup(fd)) as copy:
        try:
            return int(copy.getpeername()[1])
        except (OSError, IndexError, ValueError):
            return None


def test_a_server_that_wants_a_client_certificate_is_not_said_to_have_another_fault(serve: Serve) -> None:
    message = refused(*serve(directory_of(), client_certificate=True))
    assert "TLS without it works" in message and "client certificate" in message
    assert "not trusted" not in message and "closed the connection" not in message


def test_what_only_the_library_refuses_is_not_laid_on_the_server(serve: Serve) -> None:
    url, options = serve(directory_of())
    said = {
        "desc": "Can't contact LDAP server",
        "info": "Key usage violation in certificate has been detected.",
    }
    error = _library().SERVER_DOWN(said)
    text = str(explain(error, parse_address(url, options), options, doing=CONNECTING))
    assert "it may refuse the certificate" in text and said["info"] in text
    assert "closed the connection" not in text


def test_without_validation_no_certificate_is_blamed(serve: Serve, tmp_path: Path) -> None:
    url, options = serve(directory_of(), issue_certificates(tmp_path / "own", ADDRESS, expired=True))
    ldap = _library()
    error = ldap.SERVER_DOWN({"desc": "Can't contact LDAP server", "info": "what the library says"})
    unverified = dataclasses.replace(options, validate_certs=False)
    text = str(explain(error, parse_address(url, unverified), unverified, doing=CONNECTING))
    assert "not trusted" not in text and "what the library says" in text


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (3, "time limit"),
        (4, "limit on the number of objects"),
        (10, "Referral"),
        (11, "administrative limit"),
        (51, "busy"),
    ],
)
def test_a_search_that_the_server_ends_early_is_an_error_and_not_a_lost_connection(
    serve: Serve, result: int, words: str
) -> None:
    directory = directory_of()
    directory.result = result
    message = refused(*serve(directory))
    assert "reading users" in message and words in message
    assert "connection" not in message


def test_nobody_there_is_told() -> None:
    options = LdapOptions(bind_dn="CN=reader", bind_password="x", timeout=2)
    assert "cannot be reached" in refused(f"ldaps://{ADDRESS}:9", options)
