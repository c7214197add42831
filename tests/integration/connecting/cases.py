# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures to connect, each with whose fault it is; of the standard library alone, for every environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.integration.connecting.servers import (
    NTLM,
    PAGE,
    XHTML_PAGE,
    Answer,
    close,
    fault,
    http,
    reset,
    say,
    silent,
    tunnel,
)

PROXY = "http://127.0.0.1:@PORT@"
"""A proxy at the server's port."""

IMPATIENT = {"ansible_winrm_operation_timeout_sec": 1, "ansible_winrm_read_timeout_sec": 2}


@dataclass(frozen=True)
class Case:
    """One way to fail.

    Attributes:
        culprit: Whose fault it is.
        says: What the message says, a regular expression.
        answer: Of the server; None for a port where nothing listens.
        transport: Value of ansible_winrm_transport.
        scheme: Of the address.
        variables: Further connection variables. `@FOLDER@` stands for a folder with a self-signed certificate
            (tls.pem) and a file that is none (nonsense.pem).
        environment: Of the run.
        without: A library that the controller lacks, by the transport that needs it.
    """

    culprit: str
    says: str
    answer: Answer | None = close
    transport: str = "ntlm"
    scheme: str = "http"
    variables: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    without: str = ""


def setting(says: str, transport: str = "ntlm", scheme: str = "http", **variables: Any) -> Case:
    """A setting that cannot work; short names of variables stand for those of ansible_winrm."""
    named = {f"ansible_winrm_{name}": value for name, value in variables.items()}
    return Case("setting", says, transport=transport, scheme=scheme, variables=named)


def behind_proxy(answer: Answer | None, scheme: str = "http", says: str = "127.0.0.1") -> Case:
    """A host to which a proxy leads; it is never asked, as its address belongs to nobody."""
    return Case(
        "proxy",
        says,
        answer,
        scheme=scheme,
        variables={"ansible_host": "192.0.2.7", **IMPATIENT},
        environment={f"{scheme}_proxy": PROXY},
    )


PROXIES = {
    "proxy-refused": behind_proxy(None, says="took no request"),
    "proxy-unknown-name": Case(
        "proxy", r"proxy\.invalid:3128", environment={"http_proxy": "http://proxy.invalid:3128"}
    ),
    "proxy-silent": behind_proxy(silent, says="no answer came"),
    "proxy-closes": behind_proxy(close),
    "proxy-redirects": behind_proxy(http(302)),
    "proxy-not-utf8": behind_proxy(http(503, "<p>Fehler: Zugriff verweigert für".encode("latin-1"))),
    "proxy-password": Case(
        "proxy",
        r"\(set by ansible_winrm_proxy\)",
        http(407),
        variables={
            "ansible_host": "192.0.2.7",
            "ansible_winrm_proxy": "http://joe:Pr0xy-42@127.0.0.1:@PORT@",
        },
    ),
    "proxy-upper-case": Case(
        "proxy",
        r"environment variable HTTP_PROXY",
        http(403),
        variables={"ansible_host": "192.0.2.7"},
        environment={"HTTP_PROXY": PROXY},
    ),
    "proxy-for-all": Case(
        "proxy",
        r"environment variable all_proxy",
        http(403),
        variables={"ansible_host": "192.0.2.7"},
        environment={"all_proxy": PROXY},
    ),
    "proxy-of-no-kind": Case(
        "proxy", "cannot be read, or the proxy's kind", environment={"http_proxy": "socks9://127.0.0.1:1"}
    ),
    "proxy-without-host": Case("proxy", "cannot be read", environment={"http_proxy": "http://"}),
    **{
        f"proxy-{status}": behind_proxy(http(status, PAGE, b'Proxy-Authenticate: Basic realm="corp"'))
        for status in (200, 400, 401, 403, 404, 407, 413, 500, 502, 503, 504)
    },
    "tunnel-proxy-refused": behind_proxy(None, "https", says="took no request"),
    "tunnel-proxy-unknown-name": Case(
        "proxy",
        r"proxy\.invalid",
        scheme="https",
        environment={"https_proxy": "http://proxy.invalid:3128"},
    ),
    "tunnel-silent": behind_proxy(silent, "https"),
    "tunnel-proxy-closes": behind_proxy(close, "https"),
    **{
        f"tunnel-{status}": behind_proxy(http(status), "https", says="refused the tunnel")
        for status in (302, 403, 407, 502, 503)
    },
    "tunnel-closed": behind_proxy(tunnel(close), "https"),
    "tunnel-reset": behind_proxy(tunnel(reset), "https"),
    "tunnel-in-clear": behind_proxy(tunnel(say(b"HTTP/1.1 400 Bad\r\n\r\n")), "https"),
    "tunnel-to-old-tls": behind_proxy(tunnel(say(b"\x15\x03\x01\x00\x02\x02\x46")), "https"),
    "proxy-without-tls": Case(
        "proxy",
        "took no request",
        say(b"HTTP/1.1 400 Bad\r\n\r\n"),
        scheme="https",
        environment={"https_proxy": "https://127.0.0.1:@PORT@"},
    ),
}
"""What goes wrong at a proxy of the controller. The message must never send anybody to the host."""

CASES = {
    "read-timeout": setting("read_timeout_sec", read_timeout_sec=20),
    "read-timeout-in-words": setting("read_timeout_sec", read_timeout_sec="soon"),
    "no-operation-timeout": setting("read_timeout_sec", operation_timeout_sec=0),
    "no-kerberos": Case(
        "setting", r"pywinrm\[kerberos\].*libkrb5-dev", transport="kerberos", without="kerberos"
    ),
    "no-credssp": Case("setting", r"pywinrm\[credssp\]", transport="credssp", without="credssp"),
    "no-ntlm-library": Case("setting", "requests_ntlm", without="ntlm"),
    "no-such-transport": setting("ansible_winrm_transport: ntlm", "telnet"),
    "no-password": Case("setting", "--ask-pass", variables={"ansible_password": None}),
    "no-user": Case("setting", "ansible_user", variables={"ansible_user": None}),
    "no-ca": setting("ansible_winrm_ca_trust_path", scheme="https", ca_trust_path="/no/such/ca.pem"),
    "no-ca-of-the-environment": Case(
        "setting",
        "REQUESTS_CA_BUNDLE",
        scheme="https",
        environment={"REQUESTS_CA_BUNDLE": "/no/such/ca.pem"},
    ),
    "no-certificates-in-ca": setting(
        "ansible_winrm_ca_trust_path", scheme="https", ca_trust_path="@FOLDER@/nonsense.pem"
    ),
    "certificate-not-named": setting("ansible_winrm_cert_pem", "certificate", "https"),
    "no-certificate": setting(
        "ansible_winrm_cert_pem", "certificate", "https", cert_pem="/no/c.pem", cert_key_pem="/no/k.pem"
    ),
    "no-key": setting(
        "cert_key_pem", "certificate", "https", cert_pem="@FOLDER@/tls.pem", cert_key_pem="/no/k.pem"
    ),
    "nonsense-as-certificate": setting(
        "ansible_winrm_cert_pem",
        "certificate",
        "https",
        cert_pem="@FOLDER@/nonsense.pem",
        cert_key_pem="@FOLDER@/nonsense.pem",
    ),
    "validation": setting("validate or ignore", scheme="https", server_cert_validation="false"),
    "encryption": setting("auto, always or never", message_encryption="true"),
    "encryption-of-basic": setting("always needs", "basic", message_encryption="always"),
    # A broken setting is one with a proxy, too.
    "read-timeout-behind-proxy": Case(
        "setting",
        "read_timeout_sec",
        variables={"ansible_winrm_read_timeout_sec": 20},
        environment={"http_proxy": PROXY},
    ),
    "host-with-port": Case("address", "ansible_host", variables={"ansible_host": "192.0.2.7:5985"}),
    "host-with-space": Case("address", "ansible_host", variables={"ansible_host": "srv 1"}),
    "host-with-scheme": Case("address", "holds a URL", variables={"ansible_host": "http://192.0.2.7"}),
    "port-too-large": Case("address", "ansible_port", variables={"ansible_port": 70000}),
    "unknown-name": Case("address", "check ansible_host", variables={"ansible_host": "no-such.invalid"}),
    "http-on-https": Case(
        "address", "does not speak HTTPS", say(b"HTTP/1.1 400 Bad\r\n\r\n"), scheme="https"
    ),
    "ssh": Case("address", "ansible_port", say(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n")),
    "page-instead": Case("address", "not WinRM", http(200)),
    "page-instead-basic": Case("address", "not WinRM", http(200), "basic"),
    "xhtml-instead": Case("address", "not WinRM", http(200, XHTML_PAGE), "basic"),
    "nothing-instead": Case("address", "not WinRM", http(200, b""), "basic"),
    "latin-1-instead": Case("address", "not WinRM", http(403, b"<p>verweigert f\xfcr"), "basic"),
    "not-found": Case("address", "ansible_winrm_path", http(404)),
    "nothing-listens": Case("network", "winrm quickconfig", None),
    "closed": Case("network", "closed without an answer", close),
    "reset": Case("network", "closed without an answer", reset),
    "reset-tls": Case("network", "closed without an answer", reset, scheme="https"),
    "silent": Case("network", "firewall", silent, variables=IMPATIENT),
    "silent-tls": Case("network", "firewall", silent, scheme="https", variables=IMPATIENT),
    "closed-tls": Case("host", "TLS 1.0 only", close, scheme="https"),
    "old-tls": Case("host", "TLS 1.0 only", say(b"\x15\x03\x01\x00\x02\x02\x46"), scheme="https"),
    "no-cipher": Case("host", "TLS 1.0 only", say(b"\x15\x03\x01\x00\x02\x02\x28"), scheme="https"),
    "unknown-ca": Case("host", "ansible_winrm_ca_trust_path", None, scheme="https"),
    "trusted": Case(
        "network",
        "closed without an answer",
        None,
        scheme="https",
        variables={"ansible_winrm_ca_trust_path": "@FOLDER@/tls.pem"},
    ),
    "in-clear": Case("host", "ansible_winrm_message_encryption", http(500)),
    "in-clear-basic": Case("host", "ansible_winrm_transport: ntlm", http(500), "basic"),
    "not-ready": Case("host", "not ready", http(503, b"")),
    "no-answer-from-behind": Case("host", "load balancer", http(504, b"")),
    "forbidden": Case("host", "permissions", http(403, b"")),
    "too-large": Case("host", "MaxEnvelopeSizekb", http(413, b"")),
    "bad-request": Case("host", "could not read the request", http(400, b"")),
    "no-ntlm": Case("host", "did not offer NTLM", http(401, b"", NTLM)),
    "remote-shells-off": Case(
        "host",
        "Allow Remote Shell Access",
        fault("2150859180", "The service is configured to not accept any remote shell requests."),
        "basic",
    ),
    "shutting-down": Case(
        "host", "shutting down", fault("2147943515", "A shutdown is in progress."), "basic"
    ),
    "provider": Case(
        "host", "cannot load the provider", fault("2147749907", "Provider load failure"), "basic"
    ),
    "out-of-memory": Case("host", "out of memory", fault("14", "Not enough storage."), "basic"),
    "fault-in-hexadecimal": Case("host", "not a number", fault("0x80338029", "Late."), "basic"),
    "fault-without-number": Case("host", "not a number", fault("", "Something."), "basic"),
    "basic-refused": Case("account", "do not accept Basic", http(401), "basic"),
    "no-rights": Case("account", "LocalAccountTokenFilterPolicy", fault("5", "Access is denied."), "basic"),
    "wrong-password": Case("account", "ansible_password", fault("1326", "Logon failure."), "basic"),
    "locked": Case("account", "locked out", fault("1909", "Locked out."), "basic"),
    "no-rights-behind-proxy": Case(
        "account",
        "LocalAccountTokenFilterPolicy",
        fault("5", "Access is denied."),
        "basic",
        variables={"ansible_host": "192.0.2.7"},
        environment={"http_proxy": PROXY},
    ),
    "teapot": Case("unknown", "any proxy on the way", http(418)),
}
