# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures to log on to hosts of the lab's domain, each with whose fault it is and what the message says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.integration.connecting.cases import Case

PASSWORD = "Domain/Wort+42%"
ACCOUNTS = {
    "patching": "",
    "sensitive": "-allow_forwardable",
    "locked": "-allow_tix",
    "expired": "-expire yesterday",
    "mustchange": "-pwexpire yesterday",
}
"""Accounts of the domain, with what kadmin is told of them."""

HOSTS: list[dict[str, Any]] = [
    {"name": "plain"},
    {"name": "other"},
    {"name": "credssp", "winrm": {"credssp": True}},
    {
        "name": "no-rights",
        "winrm": {"credssp": True},
        "users": [
            {"name": "patching", "domain": "corp.example", "password": PASSWORD, "administrator": False}
        ],
    },
    {"name": "credssp-tls10", "winrm": {"credssp": True, "tls10_only": True}},
    {"name": "tls10", "winrm": {"https": True, "tls10_only": True}},
    *(
        {"name": kind, "winrm": {"https": True, "http": False, "certificate": kind.replace("-", "_")}}
        for kind in ("self-signed", "expired", "other-name", "foreign", "issued")
    ),
    *(
        {
            "name": name,
            "winrm": {"https": True, "http": False, "certificate": "issued", "certificates": True},
            "users": [{"name": name, "password": PASSWORD, "builtin": True, "certificate": mapped}],
        }
        for name, mapped in (("mapped", True), ("unmapped", False))
    ),
]
HOST_OF_DOMAIN = {
    "domain": "corp.example",
    "users": [{"name": name, "domain": "corp.example", "password": PASSWORD} for name in ACCOUNTS],
}
CREDSSP = {"ansible_winrm_transport": ["credssp"]}
NTLM = {"ansible_winrm_transport": ["ntlm"]}
HTTPS = {"ansible_port": 5986, "ansible_winrm_scheme": "https"}
BY_CERTIFICATE = {
    "ansible_winrm_transport": ["certificate"],
    "ansible_winrm_cert_pem": "@USER@",
    "ansible_winrm_cert_key_pem": "@USER@",
}
MANUAL = {"ansible_winrm_kinit_mode": "manual", "ansible_password": ""}


def on(host: str, culprit: str, says: str, variables: Mapping[str, Any] | None = None, **rest: Any) -> Case:
    """A failure on a host of the lab."""
    return Case(culprit, says, variables={"host": host, **(variables or {})}, **rest)


def connected(host: str, **variables: Any) -> Case:
    """A log-on that works."""
    return on(host, "nobody", "^connected$", variables)


def domain(culprit: str, says: str, user: str = "patching@CORP.EXAMPLE", **rest: Any) -> Case:
    """A failure to get a ticket."""
    return on("plain", culprit, says, {"ansible_user": user}, **rest)


def https(host: str, culprit: str, says: str, **variables: Any) -> Case:
    """A failure of a certificate, or of a file about one."""
    named = {f"ansible_winrm_{name}": value for name, value in variables.items()}
    return on(host, culprit, says, {**NTLM, "ansible_winrm_server_cert_validation": "validate", **named})


DOMAIN = {
    "no-kinit": on("plain", "setting", "Debian: krb5-user", {"ansible_winrm_kinit_cmd": "/no/kinit"}),
    "kinit-without-a-reason": on(
        "plain",
        "account",
        "kinit USER@REALM on the controller by hand",
        {"ansible_winrm_kinit_cmd": "/bin/false"},
    ),
    "wrong-password": on("plain", "account", "ansible_password", {"ansible_password": "Falsch"}),
    "unknown-user": domain("account", "user@REALM", "nobody@CORP.EXAMPLE"),
    "down-level-name": domain("account", r"does not take DOMAIN\\user", "CORP\\patching"),
    "locked": domain("account", "locked out or disabled", "locked@CORP.EXAMPLE"),
    "expired-account": domain("account", "account has expired", "expired@CORP.EXAMPLE"),
    "must-change-password": domain("account", "has to change it", "mustchange@CORP.EXAMPLE"),
    "small-letters": domain("setting", "in capitals", "patching@corp.example"),
    "unknown-realm": domain("setting", "krb5.conf", "patching@ELSE.EXAMPLE"),
    "no-krb5-conf": domain(
        "setting", r"kinit_env_vars: \[KRB5_CONFIG\]", environment={"KRB5_CONFIG": "/no/krb5.conf"}
    ),
    "kdc-down": domain("network", "port 88, TCP and UDP", environment={"KRB5_CONFIG": "@DOWN@"}),
    "clock-skew": domain(
        "setting", "Synchronise the controller's clock", environment={"KRB5_CONFIG": "@SKEW@"}
    ),
    "clock-of-the-host": domain(
        "host", "clock is within five minutes of the domain's", environment={"KRB5_CONFIG": "@AHEAD@"}
    ),
    "no-ticket": on(
        "plain", "setting", "kinit USER@REALM", {**MANUAL, "ansible_user": "nobody@CORP.EXAMPLE"}
    ),
    "no-cache": on("plain", "setting", "KRB5CCNAME", MANUAL, environment={"KRB5CCNAME": "FILE:/no/cache"}),
    "ticket-expired": on(
        "plain", "setting", "ticket has expired", MANUAL, environment={"KRB5CCNAME": "@EXPIRED@"}
    ),
    "unknown-service": on(
        "plain", "address", "full name in the domain", {"ansible_winrm_kerberos_hostname_override": None}
    ),
    "token-too-large": on(
        "plain",
        "host",
        "kerberos_delegation off.*KB2020943",
        {"ansible_host": "127.0.0.1", "ansible_port": "@HTTP 400@"},
    ),
    "service-of-another-account": on(
        "plain",
        "host",
        "setspn -Q.*five minutes",
        {"ansible_winrm_kerberos_hostname_override": "other.corp.example"},
    ),
}
"""What Kerberos refuses. None of these but `wrong-password` may be blamed on the password."""

NTLM_AND_CREDSSP = {
    "ntlm-wrong-password": on(
        "plain",
        "account",
        "not locked or expired",
        {**NTLM, "ansible_user": "sensitive@CORP.EXAMPLE", "ansible_password": "Falsch"},
    ),
    "credssp-off": on("plain", "host", r'auth @\{CredSSP="true"\}', CREDSSP),
    "credssp-tls10": on("credssp-tls10", "host", "TLS within CredSSP.*ntlm", CREDSSP),
    "credssp-tls10-allowed": on(
        "credssp-tls10",
        "host",
        "TLS within CredSSP.*ntlm",
        {**CREDSSP, "ansible_winrm_credssp_disable_tlsv1_2": True},
    ),
    "credssp-without-rights": on("no-rights", "account", "LocalAccountTokenFilterPolicy", CREDSSP),
    # Last, as the account is not tried again over CredSSP until it was accepted by another transport.
    "credssp-wrong-password": on(
        "credssp", "account", "password first", {**CREDSSP, "ansible_password": "Falsch"}
    ),
}
CERTIFICATES = {
    "tls10": on("tls10", "host", "whatever openssl.cnf allows", {**NTLM, **HTTPS}),
    "self-signed": https("self-signed", "host", "is self-signed.*ansible_winrm_ca_trust_path"),
    "certificate-expired": https("expired", "host", "has expired.*the controller's clock"),
    "foreign": https("foreign", "host", "does not trust.*ansible_winrm_ca_trust_path"),
    "other-name": https("other-name", "address", "another name than ansible_host"),
    "http-to-5986": on(
        "issued", "network", "ansible_winrm_scheme: https", {**NTLM, "ansible_winrm_scheme": "http"}
    ),
    "ca-missing": https("foreign", "setting", "exists on the controller", ca_trust_path="/no/ca.pem"),
    "ca-in-der": https("foreign", "setting", "openssl x509 -inform DER", ca_trust_path="@DER@"),
    "certificate-not-mapped": on("unmapped", "account", "certmapping", BY_CERTIFICATE),
}
WAYS_OUT = {
    "another-ticket": connected("plain"),
    "kinit-by-hand": connected("plain", **MANUAL),
    "delegation-that-the-domain-forbids": connected(
        "plain",
        ansible_user="sensitive@CORP.EXAMPLE",
        ansible_winrm_kerberos_delegation=True,
    ),
    "credssp-switched-on": connected("credssp", **CREDSSP),
    "http-and-ntlm-to-tls10": connected("tls10", ansible_port=5985, ansible_winrm_scheme="http", **NTLM),
    "tls12-switched-on": connected("issued", **NTLM),
    "der-converted": connected("issued", ansible_winrm_ca_trust_path="@CONVERTED@", **NTLM),
    "certificate-mapped": connected("mapped", **BY_CERTIFICATE),
}
"""What messages name as the next step. Where the domain forbids delegation, the log-on goes on without it."""
