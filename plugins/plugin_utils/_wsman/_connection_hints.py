# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table of what to try when a connection to a host fails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Hint:
    """Advice about failures whose text holds a pattern, a regular expression that ignores case.

    It applies to the listed values of ``ansible_winrm_transport``, or to all if the list is empty.
    """

    pattern: str
    advice: str
    transports: tuple[str, ...] = ()


HINTS: tuple[Hint, ...] = (
    Hint(
        r"pykerberos library is not installed|kerberos, but pykerberos",
        "Install pywinrm[kerberos] into Ansible's Python, or set ansible_winrm_transport: ntlm.",
    ),
    Hint(
        r"calling kinit cmd",
        "Install kinit on the controller (Debian: krb5-user, Red Hat: krb5-workstation), or set "
        "ansible_winrm_transport: ntlm.",
    ),
    Hint(
        r"requests-credssp is not installed",
        "Install pywinrm[credssp] into Ansible's Python, or better set ansible_winrm_transport: ntlm, for "
        "CredSSP to a host without the fix can fail by the very defect.",
    ),
    Hint(
        r"requires a (password|username)",
        "Set ansible_user and ansible_password (from a vault or a credential), or run with --ask-pass.",
    ),
    Hint(
        r"name or service not known|failed to resolve|nodename nor servname|temporary failure in name",
        "The controller cannot resolve the name: check ansible_host.",
    ),
    Hint(
        r"connection refused|errno 111",
        "Nothing listens there: run winrm quickconfig on the host, and check ansible_port (5985 for HTTP, "
        "5986 for HTTPS; Ansible uses 5986 by default).",
    ),
    Hint(
        r"unsupported.protocol|handshake.failure|alert protocol version|no protocols available|"
        r"internal.error.*ssl|dh key too small|unexpected.eof|eof occurred|legacy sigalg",
        "Stock Windows 7 and Server 2008 R2 offer TLS 1.0 only, which OpenSSL 3 refuses. Use HTTP with NTLM, "
        "which encrypts its messages (ansible_port: 5985, ansible_winrm_scheme: http, "
        "ansible_winrm_transport: ntlm); or enable TLS 1.2 in the host's Schannel registry "
        r"(HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server: "
        "Enabled = 1, DisabledByDefault = 0) and restart it; or, if you accept the risk, allow TLS 1.0 in "
        "this controller's OpenSSL (MinProtocol = TLSv1 and CipherString = DEFAULT@SECLEVEL=0 in "
        "openssl.cnf).",
    ),
    Hint(
        r"certificate.verify.failed|self.signed certificate|hostname mismatch",
        "The controller does not trust the host's certificate: name its CA in ansible_winrm_ca_trust_path, "
        "or use HTTP with NTLM (ansible_port: 5985), which encrypts its messages.",
    ),
    Hint(
        r"wrong.version.number|record.layer.failure",
        "That port does not speak HTTPS: set ansible_port: 5986 for HTTPS, or ansible_port: 5985 and "
        "ansible_winrm_scheme: http.",
    ),
    Hint(
        r"timed out|timeout|no route to host|unreachable|did not open a shell|^\w+:$",
        "The host is off or busy, or a firewall blocks the port: check ansible_host and ansible_port "
        "(5985 for HTTP, 5986 for HTTPS).",
    ),
    Hint(
        r"code 400",
        "HTTP 400 during Kerberos means that the account's token is too large for the host's http.sys "
        "(MaxFieldLength, MaxRequestBytes; KB2020943): set ansible_winrm_transport: ntlm, or use an account "
        "in fewer groups.",
        transports=("kerberos",),
    ),
    Hint(
        r"code 400",
        "The host could not read the request: check that ansible_host and ansible_port lead to its WinRM "
        "without a proxy (no_proxy), and leave ansible_winrm_message_encryption at auto.",
        transports=("ntlm", "plaintext", "basic", "ssl", "certificate"),
    ),
    Hint(
        r"",
        "On an unpatched Windows 7 or Windows Server 2008 R2, CredSSP can fail for users whose security "
        "token exceeds 16 KB: set ansible_winrm_transport: ntlm.",
        transports=("credssp",),
    ),
    Hint(
        r"credentials were rejected|code 401",
        "Stock hosts do not accept Basic authentication: set ansible_winrm_transport: ntlm. If this host "
        "does, check ansible_user and ansible_password.",
        transports=("plaintext", "basic", "ssl"),
    ),
    Hint(
        r"credentials were rejected|code 401",
        "Check ansible_user (DOMAIN\\user or user@domain for a domain account) and ansible_password, and "
        "that the account is not locked or expired.",
    ),
    Hint(
        r"'wsmanfault_code': '?5\b|access is denied",
        "The account can log on but has no right to use WinRM: use one in the host's Administrators group. A "
        "local account other than the built-in Administrator needs LocalAccountTokenFilterPolicy = 1 under "
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System.",
    ),
    Hint(
        r"'wsmanfault_code': '?21508591(73|74|75|76|79)|quotalimit",
        "A WinRM quota stayed used up: close this account's other remote sessions on the host, or run fewer "
        "tasks at a time against it.",
    ),
    Hint(
        r"code 404",
        "Nothing answers at the WinRM path: check ansible_winrm_path (default /wsman) and ansible_port.",
    ),
)


def connection_hint(text: str, transports: Sequence[str]) -> str | None:
    """Return the advice of the first hint that fits a failure's text, or None.

    `transports` has the values of ``ansible_winrm_transport``; it is empty when Ansible chooses.
    """
    tried = {*transports, *re.findall(r"(?:^|, )(\w+): ", text)}
    for hint in HINTS:
        fits = not hint.transports or not tried.isdisjoint(hint.transports)
        if fits and re.search(hint.pattern, text, re.IGNORECASE | re.MULTILINE):
            return hint.advice
    return None
