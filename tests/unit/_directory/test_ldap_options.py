# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LDAP sources: what is refused before anything is sent, and what the errors say."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._directory._ldap_errors import explain
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
    text = str(explain(error, LdapAddress("ldaps", "dc1", 636), SIMPLE, doing="connecting"))
    assert "Secret-Pass-1" not in text and "********" in text


@pytest.mark.parametrize(
    ("name", "info", "words"),
    [
        ("INVALID_CREDENTIALS", "80090308: LdapErr: …, data 52e, v1db1", "wrong user name or password"),
        ("INVALID_CREDENTIALS", "80090308: LdapErr: …, data 775, v1db1", "locked out"),
        ("STRONG_AUTH_REQUIRED", "", "ldaps://"),
        ("NO_SUCH_OBJECT", "", "base"),
        ("INSUFFICIENT_ACCESS", "", "may not read"),
        ("TIMEOUT", "", "timeout"),
        ("LOCAL_ERROR", "", "klist"),
        ("SOMETHING_NEW", "what it said", "what it said"),
    ],
)
def test_errors_say_what_to_do(name: str, info: str, words: str) -> None:
    error = type(name, (Exception,), {})({"desc": "Described", "info": info})
    text = str(explain(error, LdapAddress("ldaps", "dc1", 636), SIMPLE, doing="connecting"))
    assert words in text and "dc1" in text


def test_without_python_ldap_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ldap", None)
    with pytest.raises(DirectoryError, match=r"pip install python-ldap.*Exports"):
        Survey(["ldaps://dc1"], TokenRules(), ldap=SIMPLE)
