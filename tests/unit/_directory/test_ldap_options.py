# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LDAP sources: what is refused before anything is sent, and what the errors say."""

from __future__ import annotations

import re
import socket
import sys
import threading
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory._ldap_errors import (
    CONNECTING,
    explain,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory._time_limit import (
    THREAD_NAME,
    TimeLimitError,
    within,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.ldap_options import (
    LdapAddress,
    LdapOptions,
    parse_address,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory.problems import DirectoryError
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens._token_rules import TokenRules
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._tokens.survey import Survey

SIMPLE = LdapOptions(bind_dn="CN=reader,DC=corp", bind_password="Secret-Pass-1")


@pytest.mark.parametrize(
    ("url", "options", "what"),
    [
        ("ldap://dc1", SIMPLE, "clear text"),
        ("ldaps://dc1", LdapOptions(bind_dn="CN=reader"), "empty password"),
        ("ldaps://dc1", LdapOptions(), "bind_dn"),
        ("ldaps://reader:pw@dc1", SIMPLE, "contains a user name"),
        ("ldaps://", SIMPLE, "names no server"),
        ("ldaps://dc1/DC=corp", SIMPLE, "option"),
        ("ldaps://dc1:port", SIMPLE, "not an LDAP URL"),
        ("ldaps://dc1", LdapOptions(bind_dn="x", bind_password="y", start_tls=True), "start_tls"),
    ],
)
def test_what_would_be_unsafe_or_senseless_is_refused_before_connecting(
    url: str, options: LdapOptions, what: str
) -> None:
    with pytest.raises(DirectoryError, match=what):
        parse_address(url, options)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"auth": "ntlm"}, "simple or gssapi"),
        ({"timeout": 0}, "timeout"),
        ({"ca_path": "/no/ca.pem"}, "ca_path"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(DirectoryError, match=what):
        LdapOptions(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"no certificate\n", b"0\x82\x03\x05 as DER begins"])
def test_a_file_without_a_certificate_in_pem_is_refused_with_the_way_to_make_one(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "ca.cer"
    path.write_bytes(content)
    with pytest.raises(
        DirectoryError, match=r"ca\.cer holds no certificate in PEM.*openssl x509 -inform der"
    ):
        LdapOptions(ca_path=str(path))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ldaps://dc1", "ldaps://dc1:636"),
        ("LDAPS://dc1:3269/", "ldaps://dc1:3269"),
        ("ldaps://[::1]", "ldaps://[::1]:636"),
    ],
)
def test_addresses(url: str, expected: str) -> None:
    address = parse_address(url, SIMPLE)
    assert address.url == expected
    assert address.is_global_catalog == ("3269" in url)


def test_the_password_is_in_no_representation_and_no_error() -> None:
    assert "Secret-Pass-1" not in repr(SIMPLE)
    error = type("OTHER", (Exception,), {})({"desc": "Failed", "info": "near Secret-Pass-1"})
    text = str(explain(error, LdapAddress("ldaps", "dc1", 636), SIMPLE, doing=CONNECTING))
    assert "Secret-Pass-1" not in text and "********" in text


@pytest.mark.parametrize(
    ("name", "info", "words"),
    [
        ("INVALID_CREDENTIALS", "80090308: LdapErr: …, data 52e, v1db1", "wrong user name or password"),
        ("INVALID_CREDENTIALS", "80090308: LdapErr: …, data 775, v1db1", "locked out"),
        ("STRONG_AUTH_REQUIRED", "", "ldaps://"),
        ("NO_SUCH_OBJECT", "", "base"),
        ("INSUFFICIENT_ACCESS", "", "may not read"),
        ("INVALID_CREDENTIALS", "80090346: LdapErr: …, data 80090346, v4563", "channel binding"),
        ("INVALID_DN_SYNTAX", "", "bind_dn"),
        ("OPERATIONS_ERROR", "000004DC: LdapErr: …, comment: …, data 0, v1db1", "bind first"),
        ("SIZELIMIT_EXCEEDED", "", "limit on the number of objects"),
        ("TIMEOUT", "", "ldap.conf"),
        ("SOMETHING_NEW", "what it said", "what it said"),
    ],
)
def test_errors_say_what_to_do(name: str, info: str, words: str) -> None:
    assert words in explained(name, info)


def explained(name: str, info: str, options: LdapOptions = SIMPLE, doing: str = CONNECTING) -> str:
    error = type(name, (Exception,), {})({"desc": "Described", "info": info})
    text = str(explain(error, LdapAddress("ldaps", "dc1", 636), options, doing=doing))
    assert text.startswith(f"ldaps://dc1:636: {doing} failed: ")
    return text


def test_a_server_without_a_certificate_is_not_said_to_be_starting() -> None:
    info = "00000000: LdapErr: DSID-0C090F7B, comment: Error initializing SSL/TLS, data 0, v4563"
    assert "does not offer TLS" in explained("UNAVAILABLE", info)
    assert "try again" in explained("UNAVAILABLE", "")


def test_a_base_that_is_no_dn_is_named_while_reading() -> None:
    assert "option base" in explained("INVALID_DN_SYNTAX", "", doing="reading users")


@pytest.mark.parametrize(
    ("name", "info", "claim"),
    [
        ("SIZELIMIT_EXCEEDED", "", "paging"),
        ("OPERATIONS_ERROR", "00002020: LdapErr: …, data 0", "bind"),
        ("LOCAL_ERROR", "", "Kerberos"),
        ("FILTER_ERROR", "Bad search filter", "server"),
        ("DECODING_ERROR", "", "server"),
    ],
)
def test_a_cause_that_the_answer_does_not_prove_is_not_named(name: str, info: str, claim: str) -> None:
    text = explained(name, info).removeprefix("ldaps://dc1:636: connecting failed: ")
    assert claim not in text and "Described" in text


def test_a_local_error_of_kerberos_sends_to_the_ticket() -> None:
    assert "klist" in explained("LOCAL_ERROR", "", LdapOptions(auth="gssapi"))


@pytest.mark.parametrize(
    ("doing", "connected", "words"),
    [
        (CONNECTING, False, "no connection in time.*firewall"),
        (CONNECTING, True, "accepted the connection.*TLS"),
        ("reading users", True, "did not answer in time"),
    ],
)
def test_a_time_limit_says_how_far_it_came_and_its_seconds(doing: str, connected: bool, words: str) -> None:
    error = TimeLimitError(connected=connected)
    text = str(explain(error, LdapAddress("ldaps", "dc1", 636), SIMPLE, doing=doing))
    assert re.search(words, text) and "30 seconds" in text and "raise timeout" in text


# Time limits


def test_a_call_that_returns_in_time_gives_its_value_or_its_error() -> None:
    assert within(5, 1, lambda: "page") == "page"
    with pytest.raises(ZeroDivisionError):
        within(5, 1, lambda: 1 / 0)


def test_a_call_that_does_not_return_is_left_and_its_connection_ended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as silent, pytest.raises(TimeLimitError) as caught:
            within(0.01, port, lambda: silent.recv(1))
        assert caught.value.connected
    assert all_calls_ended()


def test_a_call_without_a_connection_is_left_too() -> None:
    over = threading.Event()
    with pytest.raises(TimeLimitError) as caught:
        within(0.01, 1, over.wait)
    assert not caught.value.connected
    over.set()


def all_calls_ended() -> bool:
    calls = [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]
    for call in calls:
        call.join(5)
    return not any(call.is_alive() for call in calls)


def test_a_python_ldap_that_cannot_be_loaded_is_not_called_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "ldap.py"
    broken.write_text("raise ImportError('libldap-2.4.so.2: cannot open shared object file')\n")
    for name in [name for name in sys.modules if name.partition(".")[0] == "ldap"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DirectoryError, match=r"cannot be loaded: libldap-2\.4\.so\.2"):
        Survey(["ldaps://dc1"], TokenRules(), ldap=SIMPLE)


def test_without_python_ldap_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ldap", None)
    with pytest.raises(DirectoryError, match=r"pip install python-ldap.*Exports"):
        Survey(["ldaps://dc1"], TokenRules(), ldap=SIMPLE)
