# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table from failure to advice. tests/integration/connecting provokes the libraries' texts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman._connection_hints import (
    advice_in,
    connection_hint,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.errors import HttpStatusError, WsmanFault
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.failures import (
    Culprit,
    Failure,
    Row,
    Wait,
    table,
)
from ansible_collections.winfleet.hotfix.plugins.plugin_utils._wsman.proxy import Proxy

ROOT = Path(__file__).resolve().parents[3]
PROXY = Proxy("http://proxy.corp.example:3128", "the environment variable http_proxy")
BAD_HTTP = "Bad HTTP response returned from server. Code"


@pytest.mark.parametrize(
    ("text", "culprit", "says"),
    [
        (
            "ntlm: read_timeout_sec must exceed operation_timeout_sec, and both must be non-zero",
            "setting",
            "time-outs",
        ),
        (
            "ntlm: Could not find a suitable TLS CA certificate bundle, invalid path: /etc/none.pem",
            "setting",
            "CA",
        ),
        (
            "certificate: both cert_pem and cert_key_pem must be specified for cert auth",
            "setting",
            "ansible_winrm_cert_key_pem",
        ),
        (
            "WinRM Kerberos authentication requested but the python kerberos library is not installed. "
            "Please install the pykerberos library",
            "setting",
            "pywinrm[kerberos]",
        ),
        (
            "kerberos: the python kerberos library is not installed",
            "setting",
            "ansible_winrm_transport: ntlm",
        ),
        (
            "ntlm: Failed to parse: '192.0.2.5:5985:5985' is not a valid host or port",
            "address",
            "ansible_host",
        ),
        (
            "ntlm: HTTPConnectionPool(host='http', port=80): Max retries exceeded with url: "
            "//192.0.2.5:5985/wsman (Caused by NameResolutionError(\"Failed to resolve 'http'\"))",
            "address",
            "ansible_host holds a URL",
        ),
        (
            "ntlm: ('Connection aborted.', BadStatusLine('220 mail.corp.example ESMTP'))",
            "address",
            "ansible_port",
        ),
        ("ntlm: 'NoneType' object has no attribute 'wrap'", "address", "not WinRM"),
        (
            "ntlm: ('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
            "network",
            "ansible_winrm_scheme: https",
        ),
        (
            "ntlm: ('Connection aborted.', "
            "RemoteDisconnected('Remote end closed connection without response'))",
            "network",
            "firewall",
        ),
        (
            "ntlm: SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
            "Missing Authority Key Identifier (_ssl.c:1020)')",
            "host",
            "an older Python",
        ),
        (f"ntlm: {BAD_HTTP} 500", "host", "AllowUnencrypted"),
        (f"basic: {BAD_HTTP} 500", "host", "ansible_winrm_message_encryption"),
        (f"ntlm: {BAD_HTTP} 503", "host", "not ready"),
        (f"ntlm: {BAD_HTTP} 403", "host", "permissions"),
        (f"ntlm: {BAD_HTTP} 413", "host", "MaxEnvelopeSizekb"),
        (
            "ntlm: The service is configured to not accept any remote shell requests. (extended fault data: "
            "{'http_status_code': 500, 'wsmanfault_code': 2150859193})",
            "host",
            "AllowRemoteShellAccess",
        ),
        (f"ntlm: {BAD_HTTP} 418", "unknown", "any proxy on the way"),
    ],
)
def test_a_failed_connection_names_its_culprit(text: str, culprit: str, says: str) -> None:
    transport = text.partition(":")[0]
    advice = advice_in(text, Failure(transports=frozenset([transport])))
    assert advice is not None
    assert advice.culprit.value == culprit
    assert says in str(advice)
    assert connection_hint(text, [transport]) == str(advice)


@pytest.mark.parametrize(
    ("code", "culprit", "says"),
    [
        (0x8007045B, "host", "shutting down"),
        (1115, "host", "shutting down"),
        (0x80041013, "host", "cannot load the provider"),
        (0x80041012, "host", "cannot load the provider"),
        (0x8007000E, "host", "out of memory"),
        (8, "host", "out of memory"),
        (0x80041006, "host", "out of memory"),
        (1326, "account", "password is wrong"),
        (0x8007052E, "account", "password is wrong"),
        (1909, "account", "locked out"),
        (0x80070775, "account", "locked out"),
        (1330, "account", "expired"),
        (5, "account", "LocalAccountTokenFilterPolicy"),
        (0x80070005, "account", "LocalAccountTokenFilterPolicy"),
        (2150859180, "host", "AllowRemoteShellAccess"),
    ],
)
def test_a_code_means_the_same_when_connecting_and_when_running(code: int, culprit: str, says: str) -> None:
    connecting = advice_in(f"ntlm: Nein. (extended fault data: {{'wsmanfault_code': {code}}})", Failure())
    assert connecting is not None
    assert connecting.culprit.value == culprit
    assert says in str(connecting)
    assert says in str(WsmanFault("rdsh-07", 0, "Nein.", provider_code=code))
    assert says in str(WsmanFault("rdsh-07", code, "Nein."))


def test_an_invalid_parameter_is_not_answered_with_advice_on_rights() -> None:
    for code in (87, 0x80070057, 2150858837):
        text = str(WsmanFault("rdsh-07", code, "Invalid parameter."))
        assert "did not accept a parameter" in text
        assert "Administrator" not in text


def test_the_providers_code_says_more_than_the_general_one() -> None:
    denied = WsmanFault("rdsh-07", 2150858778, "Nein.", provider_code=0x80041003)
    assert "denied access" in str(denied)


def test_a_faults_text_about_time_is_not_taken_for_a_silent_host() -> None:
    text = "ntlm: The provider timed out, connection refused. (extended fault data: {'wsmanfault_code': 99})"
    assert advice_in(text, Failure()) is None


@pytest.mark.parametrize("status", [400, 403, 404, 407, 413, 500, 502, 503, 504, 418])
def test_with_a_proxy_an_http_error_is_the_proxys(status: int) -> None:
    way = Failure(proxy=PROXY, host="192.0.2.5", port=5985)
    connecting = advice_in(f"ntlm: {BAD_HTTP} {status}", way)
    assert connecting is not None
    assert connecting.culprit is Culprit.PROXY
    for text in (str(connecting), str(HttpStatusError("rdsh-07", status, way))):
        assert "http://proxy.corp.example:3128 (set by the environment variable http_proxy)" in text
        assert "add 192.0.2.5 to the environment variable no_proxy" in text


def test_a_proxy_is_not_blamed_for_a_setting_or_for_what_the_host_itself_answered() -> None:
    way = Failure(proxy=PROXY)
    setting = advice_in("ntlm: auth method ntlm requires a password", way)
    assert setting is not None
    assert setting.culprit is Culprit.SETTING
    denied = advice_in("ntlm: Nein. (extended fault data: {'wsmanfault_code': 5})", way)
    assert denied is not None
    assert denied.culprit is Culprit.ACCOUNT


def test_a_proxy_that_nobody_set_is_named_where_its_answer_proves_it() -> None:
    advice = advice_in(f"ntlm: {BAD_HTTP} 407", Failure())
    assert advice is not None
    assert str(advice).startswith("The proxy between the controller and the host wants a password")


def test_the_table_decides_by_culprit_in_one_order_and_explains_each_code_once() -> None:
    culprits = [row.advice.culprit for row in table()]
    assert list(dict.fromkeys(culprits)) == list(Culprit)
    codes = [code for row in table() for code in row.codes or ()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("row", table())
def test_every_row_is_in_full_sentences_whatever_is_filled_in(row: Row) -> None:
    filled = [
        part.format(proxy="a proxy", host="a host", port=5985)
        for part in (row.advice.what, row.advice.remedy)
    ]
    assert all(part.endswith(".") and "  " not in part for part in filled)


@pytest.mark.parametrize(
    ("said", "culprit", "says"),
    [
        ("Password incorrect", "account", "ansible_password"),
        ("krb5_get_init_creds: CLIENT_NOT_FOUND", "account", "user@REALM"),
        ("krb5_get_init_creds: Client (nobody@CORP.EXAMPLE) unknown", "account", "user@REALM"),
        ("krb5_get_init_creds: CLIENT LOCKED OUT", "account", "Unlock it"),
        ("krb5_get_init_creds: Clients credentials have been revoked", "account", "Unlock it"),
        ("krb5_get_init_creds: CLIENT EXPIRED", "account", "Extend it"),
        ("krb5_get_init_creds: Client (old@CORP.EXAMPLE) expired", "account", "Extend it"),
        ("krb5_get_init_creds: unable to reach any KDC in realm corp.example", "network", "in capitals"),
        ("krb5_get_init_creds: Clock skew too great", "setting", "Synchronise"),
    ],
)
def test_what_heimdals_kinit_says_is_known(said: str, culprit: str, says: str) -> None:
    # Heimdal 7.8 against MIT's KDC, which answers in capitals, and the texts of its library.
    text = f"Kerberos auth failure for principal patching@CORP.EXAMPLE: kinit: {said}"
    found = advice_in(text, Failure(transports=frozenset({"kerberos"})))
    assert found is not None
    assert (found.culprit.value, says in str(found)) == (culprit, True), found


def test_the_guide_quotes_the_messages_of_the_table() -> None:
    guide = (ROOT / "docs" / "guide" / "logging-on.md").read_text("utf-8")
    section = guide.partition("## When logging on fails")[2]
    quoted = re.findall(r"^\| (?!message|---)(.+?) \|", section, re.MULTILINE)
    said = [row.advice.what for row in table()]
    assert len(quoted) > 20
    assert [message for message in quoted if not any(what.startswith(message) for what in said)] == []


def test_whatever_the_account_is_refused_for_ends_a_wait() -> None:
    unending = [
        row.advice.what
        for row in table()
        if row.advice.culprit is Culprit.ACCOUNT and row.advice.wait is Wait.ON
    ]
    assert unending == []


def test_no_openssl_cnf_brings_tls_1_0_back(tmp_path: Path) -> None:
    settings = tmp_path / "openssl.cnf"
    settings.write_text(
        "openssl_conf = main\n[main]\nssl_conf = ssl\n[ssl]\nsystem_default = defaults\n"
        "[defaults]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n",
        "utf-8",
    )
    program = (
        "from urllib3.util.ssl_ import create_urllib3_context as make; print(make().minimum_version.name)"
    )
    made = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "OPENSSL_CONF": str(settings)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout.strip() == "TLSv1_2"
